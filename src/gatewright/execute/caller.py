"""Who calls a method, as its authorizer found out: what `$context.authorizer`, `$context.identity` and events show.

Developer guide: "Variables for data transformations", "Output from an API Gateway Lambda authorizer".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gatewright.languages.policy import Policy


@dataclass(frozen=True, slots=True)
class Principal:
    """Whose access key signed a request. `user_id` is the unique id, of a role's session `{role id}:{session name}`.

    `role_arn` is the role of a session, "" for others. `policies` are its identity policies; of each set in `bounds`,
    its permissions boundary's and its session's, some policy must allow, too. `keys` are condition keys that the
    principal brings along, such as `aws:principaltag/team`, by lower-case name."""

    account: str
    arn: str
    user_id: str
    access_key: str
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)
    until: float | None = None  # when the session ends, epoch seconds
    role_arn: str = ""
    policies: "tuple[Policy, ...]" = ()
    bounds: "tuple[tuple[Policy, ...], ...]" = ()
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    organization: str | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """`authorizer` is `$context.authorizer` as events show it, None where AWS shows none. `usage_identifier_key` is the
    API key that a Lambda authorizer named; `principal` whose signature a method with AWS_IAM asked for. `context` is
    what a Lambda authorizer says of the caller, and nothing else."""

    principal_id: str = ""
    authorizer: Mapping[str, Any] | None = None
    usage_identifier_key: str | None = None
    principal: Principal | None = None
    context: Mapping[str, Any] | None = None


ANONYMOUS = Caller()
