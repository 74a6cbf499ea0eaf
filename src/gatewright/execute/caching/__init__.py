"""The response cache of a method: read `response_cache.py` first."""
