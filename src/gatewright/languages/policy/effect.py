"""What policies say of a request."""

from enum import Enum


class Effect(Enum):
    """A policy that says nothing of a request is SILENT: then it is for others to allow it."""

    ALLOW = "allow"
    DENY = "deny"
    SILENT = "silent"
