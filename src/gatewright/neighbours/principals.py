"""Whose an access key is: a file of principals, or the IAM and STS of the embedded moto server.

A file that is named decides alone. Without one the embedded server is asked, if it is this node's IAM. Any other IAM
gives no secrets away, so no signature can be checked: then every call of a method with AWS_IAM is refused.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from gatewright.execute.world import Principals
from gatewright.neighbours.embedded_principals import EmbeddedPrincipals
from gatewright.neighbours.endpoints import BuiltIn, Endpoints
from gatewright.neighbours.principals_file import PrincipalsFile
from gatewright.values.faults import PrincipalsUnreachable

log = logging.getLogger(__name__)

NO_PRINCIPALS = (
    "methods with AWS_IAM refuse every call: IAM is neither the embedded server nor a file of principals, so nobody's"
    " secret key is known; GATEWRIGHT_PRINCIPALS names such a file"
)
_REMIND_SECONDS = 60.0


def principals_of(
    path: Path | None, endpoints: Endpoints, embedded: EmbeddedPrincipals, now: Callable[[], float]
) -> Principals:
    """What this node knows of principals; `path` is the file that GATEWRIGHT_PRINCIPALS names. `now` gives seconds of
    any clock. Raises PrincipalsFileError."""
    if path is not None:
        return PrincipalsFile(path)
    return embedded if is_embedded(endpoints) else NoPrincipals(now)


def is_embedded(endpoints: Endpoints) -> bool:
    """Whether the embedded server is this node's IAM and STS."""
    return endpoints.of("iam") is BuiltIn.MOTO and endpoints.of("sts") is BuiltIn.MOTO


class NoPrincipals:
    """Implements `execute.world.Principals` where nobody can be known. `now` gives seconds of any clock."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._told: float | None = None

    async def of(self, access_key: str) -> NoReturn:
        """Always raises PrincipalsUnreachable; the node's log is told why once a minute."""
        now = self._now()
        if self._told is None or now - self._told >= _REMIND_SECONDS:
            self._told = now
            log.warning(NO_PRINCIPALS)
        raise PrincipalsUnreachable(NO_PRINCIPALS)

    def doubt(self) -> str:
        """See execute.world.Principals."""
        return NO_PRINCIPALS
