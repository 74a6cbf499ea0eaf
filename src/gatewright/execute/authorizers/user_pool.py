"""User pools by their ARN, and the issuers that settings put in their place."""

import re
from pathlib import Path
from typing import NamedTuple

from gatewright.aws.service_api import service_host

SERVICE = "cognito-idp"
PATIENCE = 10.0  # seconds; the embedded neighbour may have to be started
_ISSUER = re.compile(r"https://cognito-idp\.([a-z0-9-]+)\.[a-z0-9.]+/([\w-]+_[0-9a-zA-Z]+)")
_ARN = re.compile(
    r"arn:aws[a-z-]*:cognito-idp:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):userpool/(?P<id>[\w-]+_[0-9a-zA-Z]+)"
)


class UserPool(NamedTuple):
    """One user pool, by the parts of its ARN."""

    account: str
    region: str
    id: str

    @property
    def issuer(self) -> str:
        """The `iss` of its tokens."""
        return f"https://{service_host(SERVICE, self.region)}/{self.id}"


def user_pool(arn: str) -> UserPool:
    """The pool of an ARN. Raises ValueError for another one."""
    match = _ARN.fullmatch(arn)
    if match is None:
        raise ValueError(f"Invalid Cognito User Pool ARN specified: {arn}")
    return UserPool(match["account"], match["region"], match["id"])


class Issuer(NamedTuple):
    """`url` is the `iss` of its tokens, "" for the pool's own; `keys` is the file of its keys, None to ask for them.

    `patience` in seconds, for each of the two questions that it may take to have them."""

    url: str
    keys: Path | None = None
    patience: float = PATIENCE


Trusted = UserPool | Issuer
"""Whose keys sign tokens: a pool, or another issuer by its own name."""


def pool_of_issuer(url: str, account: str) -> UserPool | None:
    """The pool of that account whose tokens have `url` as `iss`; None when it is no pool's."""
    match = _ISSUER.fullmatch(url)
    if match is None:
        return None
    pool = UserPool(account, match[1], match[2])
    return pool if pool.issuer == url else None
