"""Who calls a method, and whether the caller may: read `authorization.py` first."""
