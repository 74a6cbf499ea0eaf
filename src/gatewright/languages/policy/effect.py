"""What policies say of a request."""

from enum import Enum


class Effect(Enum):
    """A policy that says nothing of a request is SILENT: then it is for others to allow it.

    A resource policy DELEGATES when it allows the caller's account and not the caller: the account's own policies pass
    it on, or do not. User guide: "AWS JSON policy elements: Principal", "AWS account principals"."""

    ALLOW = "allow"
    DENY = "deny"
    SILENT = "silent"
    DELEGATES = "delegates"
