"""`Cache-Control: max-age=0`: a client asks for a new response in place of the cached one, and who may do so.

Developer guide: "Invalidate an API Gateway cache entry". A client that may not gets 403, or what is cached.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from gatewright.execute.authorizers.authorization import NO_POLICY, outcome_for_principal
from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import ACCESS_DENIED
from gatewright.execute.headers_memo import HeadersMemo
from gatewright.execute.policy_request import access_request
from gatewright.languages.policy import Effect, Policy, decide_all
from gatewright.values.headers import Headers
from gatewright.values.refusal import refuse

ACTION = "execute-api:InvalidateCache"
FORBIDDEN = ACCESS_DENIED._replace(error_type="ForbiddenException", message="Forbidden")

_FAIL, _WARN = "FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER"


class Invalidation(NamedTuple):
    """Who may have a cached response replaced; `strategy` is what others get. `policy` is the API's own."""

    needs_permission: bool
    strategy: str
    policy: Policy

    @property
    def warns(self) -> bool:
        """A client that may not is told so by a header."""
        return self.strategy == _WARN

    def is_allowed(self, context: RequestContext) -> bool:
        """Whether the caller may: a principal of the API's own account whose policies, or the API's, allow it.

        Raises Refusal when the method's ARN is too long."""
        if not self.needs_permission:
            return True
        principal = context.caller.principal
        if principal is None or principal.account != context.plan.account:
            return False  # developer guide: "Cross-account cache invalidation is not supported"
        request = access_request(context, ACTION)
        own = decide_all(principal.policies, principal.bounds, request)
        return outcome_for_principal(own, self.policy, request, context) is Effect.ALLOW

    def refuse(self) -> None:
        """End the request of a client that may not, if that is the method's strategy. Raises Refusal."""
        if self.strategy == _FAIL:
            refuse(FORBIDDEN, cause=f"the caller is not allowed to perform {ACTION}")


def compile_invalidation(setting: Mapping[str, Any], policy: Policy | None) -> Invalidation:
    """A method's setting, and the API's policy if there is one. Only a setting that says so asks no permission."""
    needs = setting.get("requireAuthorizationForCacheControl")
    strategy = setting.get("unauthorizedCacheControlHeaderStrategy") or _FAIL
    return Invalidation(needs is not False, strategy, policy or NO_POLICY)


def _read(headers: Headers) -> bool:
    for line in headers:
        if line.lower == "cache-control":
            for directive in line.value.split(","):
                name, _, value = directive.partition("=")
                if name.strip().lower() == "max-age" and value.strip().strip('"') == "0":
                    return True
    return False


asks_for_new = HeadersMemo(_read).of
"""Whether a head asks for a new response."""
