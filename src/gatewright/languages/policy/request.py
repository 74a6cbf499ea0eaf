"""What policies are asked about: someone's wish to do something with a resource.

User guide: "The request context".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Keys = Mapping[str, Sequence[str]]
"""Values of condition keys by lower-case name. A key that is not there has no entry."""


@dataclass(frozen=True, slots=True)
class PolicyPrincipal:
    """Who asks. `arn` is that of a user, of a session or of an account's root; `role_arn` of the role of a session, ""
    for others. `user_id` is the unique id, of a session `{role id}:{session name}`."""

    account: str
    arn: str
    user_id: str = ""
    role_arn: str = ""


class AccessRequest(NamedTuple):
    """`principal` None is anyone. `spellings` are other ways to write `resource`: a Deny of one is a Deny of all.
    `destinations` are where it leads if it goes up (`..`): an Allow must be of these, too."""

    action: str
    resource: str
    principal: PolicyPrincipal | None
    keys: Keys
    spellings: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
