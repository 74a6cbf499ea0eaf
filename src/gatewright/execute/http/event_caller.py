"""What the Lambda events of an HTTP API show of the caller, as the authorizer found out.

Seen in published events: format 1.0 has both members of a JWT authorizer, null, where a function decided; 2.0 has null
for a function that gave no context. Who tells no User-Agent has an empty one in both.
Developer guide: "AWS Lambda proxy integrations for HTTP APIs".
"""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from gatewright.execute.caller import Caller
from gatewright.execute.caller_values import show_principal
from gatewright.execute.context import RequestContext


class Identity(Struct, rename="camel", kw_only=True):
    """`requestContext.identity` of format 1.0."""

    access_key: str | None = None
    account_id: str | None = None
    caller: str | None = None
    cognito_amr: None = None
    cognito_authentication_provider: None = None
    cognito_authentication_type: None = None
    cognito_identity_id: None = None
    cognito_identity_pool_id: None = None
    principal_org_id: str | None = None
    source_ip: str
    user: str | None = None
    user_agent: str
    user_arn: str | None = None


def identity_1_0(context: RequestContext, user_agent: str | None) -> Identity:
    """The `requestContext.identity` of format 1.0."""
    identity = Identity(source_ip=context.request.source_ip, user_agent=user_agent or "")
    show_principal(context, identity)
    return identity


def authorizer_1_0(caller: Caller) -> Mapping[str, Any] | UnsetType:
    """The `requestContext.authorizer` of format 1.0."""
    shown = caller.authorizer
    if shown is None or "claims" in shown:
        return UNSET if shown is None else shown
    principal = {"principalId": caller.principal_id} if caller.principal_id else {}
    return {"claims": None, "scopes": None, **principal, **(caller.context or {})}


def authorizer_2_0(caller: Caller) -> Mapping[str, Any] | UnsetType:
    """The same of format 2.0."""
    principal, shown = caller.principal, caller.authorizer
    if principal is not None:
        return {
            "iam": {
                "accessKey": principal.access_key,
                "accountId": principal.account,
                "callerId": principal.user_id,
                "cognitoIdentity": None,
                "principalOrgId": principal.organization,
                "userArn": principal.arn,
                "userId": principal.user_id,
            }
        }
    if shown is None:
        return UNSET
    return {"jwt": shown} if "claims" in shown else {"lambda": caller.context}
