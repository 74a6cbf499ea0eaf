"""A request as policies see it: its action and resource, who makes it, and the condition keys, each made when asked.

User guide: "AWS global condition context keys". Developer guide: "AWS condition keys that can be used in API Gateway
resource policies".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gatewright.execute.caller_values import endpoint_of
from gatewright.execute.method_arn import method_arn, readings
from gatewright.languages.policy import AccessRequest, PolicyPrincipal
from gatewright.values.headers import last

if TYPE_CHECKING:
    from gatewright.execute.caller import Principal
    from gatewright.execute.context import RequestContext

INVOKE = "execute-api:Invoke"


def access_request(context: "RequestContext", action: str = INVOKE) -> AccessRequest:
    """What policies are asked of a request, with `context.caller` as the one who makes it.

    Raises Refusal when its method's ARN is too long."""
    arn = method_arn(context)
    principal = context.caller.principal
    return AccessRequest(action, arn, policy_principal(principal), RequestKeys(context), *readings(arn))


def policy_principal(principal: "Principal | None") -> PolicyPrincipal | None:
    """Who signed a request, None for a request that asked for no signature."""
    if principal is None:
        return None
    return PolicyPrincipal(principal.account, principal.arn, principal.user_id, principal.role_arn)


class RequestKeys(Mapping[str, Sequence[str]]):
    """The condition keys of one request by lower-case name. What the gateway knows itself no principal can bring."""

    __slots__ = ("_context", "_known")

    def __init__(self, context: "RequestContext") -> None:
        self._context = context
        self._known: dict[str, Sequence[str]] = {}

    def __getitem__(self, name: str) -> Sequence[str]:
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._values(name)
        if not known:
            raise KeyError(name)
        return known

    def _values(self, name: str) -> Sequence[str]:
        principal = self._context.caller.principal
        if name in _OF_REQUEST:
            value = _OF_REQUEST[name](self._context)
        elif principal is None:
            value = None
        elif name in _OF_PRINCIPAL:
            value = _OF_PRINCIPAL[name](principal)
        else:
            return principal.keys.get(name, ())
        return () if value is None else (value,)

    def __iter__(self) -> Iterator[str]:
        principal = self._context.caller.principal
        names = [*_OF_REQUEST, *((*_OF_PRINCIPAL, *principal.keys) if principal is not None else ())]
        return (name for name in dict.fromkeys(names) if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _current_time(context: "RequestContext") -> str:
    return datetime.fromtimestamp(int(context.began), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _source_ip(context: "RequestContext") -> str | None:
    """A private API has its address within the VPC in place of it."""
    return context.request.source_ip if context.plan.private is None else None


def _vpc_source_ip(context: "RequestContext") -> str | None:
    return context.request.source_ip if context.plan.private is not None else None


def _endpoint(context: "RequestContext") -> str | None:
    endpoint = endpoint_of(context)
    return endpoint.id if endpoint else None


def _vpc(context: "RequestContext") -> str | None:
    endpoint = endpoint_of(context)
    return endpoint.vpc if endpoint else None


_OF_REQUEST: Mapping[str, Callable[["RequestContext"], str | None]] = {
    "aws:currenttime": _current_time,
    "aws:epochtime": lambda context: str(int(context.began)),
    "aws:referer": lambda context: last(context.request.headers, "referer"),
    "aws:requestedregion": lambda context: context.plan.region,
    "aws:resourceaccount": lambda context: context.plan.account,
    "aws:securetransport": lambda context: "true" if context.request.scheme == "https" else "false",
    "aws:sourceip": _source_ip,
    "aws:sourcevpc": _vpc,
    "aws:sourcevpce": _endpoint,
    "aws:useragent": lambda context: last(context.request.headers, "user-agent"),
    "aws:vpcsourceip": _vpc_source_ip,
}


def _principal_arn(principal: "Principal") -> str:
    """Of a session the role's."""
    return principal.role_arn or principal.arn


def _username(principal: "Principal") -> str | None:
    """Of a user, without the path."""
    kind, _, name = principal.arn.rpartition(":")[2].partition("/")
    return name.rpartition("/")[2] if kind == "user" else None


_TYPES = {"user": "User", "assumed-role": "AssumedRole", "federated-user": "FederatedUser", "root": "Account"}

_OF_PRINCIPAL: Mapping[str, Callable[["Principal"], str | None]] = {
    "aws:principalaccount": lambda principal: principal.account,
    "aws:principalarn": _principal_arn,
    "aws:principalisawsservice": lambda principal: "false",
    "aws:principalorgid": lambda principal: principal.organization,
    "aws:principaltype": lambda principal: _TYPES.get(principal.arn.rpartition(":")[2].partition("/")[0]),
    "aws:userid": lambda principal: principal.user_id,
    "aws:username": _username,
    "aws:viaawsservice": lambda principal: "false",
}
