"""What is shown of the caller: `$context.authorizer.*` and `$context.identity.*`.

Access logs, parameter mapping and gateway responses read it here; events and templates show all of it at once, and
whose signature a request bears by `show_principal`.
Developer guide: "Variables for data transformations", "Variables for access logging".
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gatewright.execute.context import RequestContext
    from gatewright.execute.private_api import VpcEndpoint

AUTHORIZER = "authorizer."
_CLAIMS = "claims."
# Of the principal whose signature a method asked for: AWS's name, ours.
PRINCIPAL: Mapping[str, str] = {
    "accountId": "account",
    "caller": "user_id",
    "principalOrgId": "organization",
    "user": "user_id",
    "userArn": "arn",
}


class Identity(Protocol):
    """What events of all kinds of APIs have in their `requestContext.identity` for it."""

    access_key: str | None
    account_id: str | None
    caller: str | None
    principal_org_id: str | None
    user: str | None
    user_arn: str | None


def show_principal(context: "RequestContext", identity: Identity) -> None:
    """Put the principal into an event's identity, if a signature was asked for."""
    principal = context.caller.principal
    if principal is not None:
        identity.access_key, identity.account_id = principal.access_key, principal.account
        identity.caller = identity.user = principal.user_id
        identity.principal_org_id, identity.user_arn = principal.organization, principal.arn


def authorizer_value(context: "RequestContext", name: str) -> str:
    """`$context.authorizer.{name}` as text, "" when there is none. What has parts, as `claims`, has no text itself."""
    shown = context.caller.authorizer
    if shown is None:
        return ""
    value = shown.get(name)
    if value is None and name.startswith(_CLAIMS):
        claims = shown.get("claims")
        value = claims.get(name.removeprefix(_CLAIMS)) if isinstance(claims, Mapping) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or isinstance(value, Mapping | list) else str(value)


def unverified_key(context: "RequestContext") -> str:
    """The API key that came with a request to a method that asks for one, "" for none: as authorizers see it, before
    anybody looks it up."""
    asked_for = context.method is not None and context.method.require_key is not None
    return (context.read.api_key or "") if asked_for else ""


def endpoint_of(context: "RequestContext") -> "VpcEndpoint | None":
    """Through which VPC endpoint a request to a private API came."""
    private = context.plan.private
    return None if private is None else private.endpoint_of(context.request)


def principal_value(context: "RequestContext", attribute: str) -> str:
    """A member of the Principal, "" when there is no principal or it has none."""
    principal = context.caller.principal
    return "" if principal is None else getattr(principal, attribute) or ""
