"""Who calls a method, as its authorizer found out: what `$context.authorizer`, `$context.identity` and events show.

Developer guide: "Variables for data transformations", "Output from an API Gateway Lambda authorizer".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Principal:
    """Whose access key signed a request. `user_id` is the unique id, of a role's session `{role id}:{session name}`.

    `policies` are the documents of its identity policies; `boundary` those that bound them, None without a boundary.
    `keys` are condition keys that the principal brings along, such as `aws:PrincipalTag/team`, by lower-case name."""

    account: str
    arn: str
    user_id: str
    access_key: str
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)
    until: float | None = None  # when the session ends, epoch seconds
    policies: tuple[Mapping[str, Any], ...] = ()
    boundary: tuple[Mapping[str, Any], ...] | None = None
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    organization: str | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """`authorizer` is `$context.authorizer` as events show it, None where AWS shows none. `usage_identifier_key` is the
    API key that a Lambda authorizer named; `principal` whose signature a method with AWS_IAM asked for."""

    principal_id: str = ""
    authorizer: Mapping[str, Any] | None = None
    usage_identifier_key: str | None = None
    principal: Principal | None = None


ANONYMOUS = Caller()
