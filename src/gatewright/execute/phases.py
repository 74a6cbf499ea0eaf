"""What the phases before the integration tell the access log: waf, authenticate, authorizer and authorize.

`waf` is the decision of the stage's web ACL, `authenticate` the check of a signature, `authorizer` the answer of a
Lambda or Cognito authorizer, `authorize` the decision by the policies. A request that has no such phase, and a stage
without an access log, tell nothing.
AWS Compute Blog: "Troubleshooting Amazon API Gateway with enhanced observability variables"; developer guide:
"Variables for access logging for API Gateway".
"""

from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Literal

from gatewright.values.refusal import Refusal

if TYPE_CHECKING:
    from gatewright.execute.authorizers.authorization import Authorizer
    from gatewright.execute.context import RequestContext
    from gatewright.execute.world import World
    from gatewright.languages.policy import Effect

Phase = Literal["waf", "authenticate", "authorizer", "authorize"]
PHASES: tuple[Phase, ...] = ("waf", "authenticate", "authorizer", "authorize")
_VARIABLES = {phase: (f"{phase}.status", f"{phase}.latency", f"{phase}.error") for phase in PHASES}
NOT_AUTHORIZED = "The client is not authorized to perform this operation."


def decided(authorizer: "Authorizer", phase: Phase, context: "RequestContext", world: "World") -> "Awaitable[Effect]":
    """What `authorizer` decides, its phase told where a log asks for it. Raises as it does."""
    if context.plan.log_line is None:
        return authorizer.decide(context, world)
    return _told(authorizer, phase, context, world)


async def _told(authorizer: "Authorizer", phase: Phase, context: "RequestContext", world: "World") -> "Effect":
    began = world.now()
    try:
        effect = await authorizer.decide(context, world)
    except Refusal as refusal:
        error = refusal.cause or refusal.message
        tell(context, phase, status=refusal.row.status, latency=world.now() - began, error=error)
        raise
    tell(context, phase, status=200, latency=world.now() - began)
    return effect


def tell(context: "RequestContext", phase: Phase, *, status: int, latency: float, error: str | None = None) -> None:
    """Note how a phase ended; `latency` in seconds, `status` 200 for one that lets the request go on."""
    if context.plan.log_line is None:
        return
    told = context.phases
    if told is None:
        told = context.phases = {}
    for_status, for_latency, for_error = _VARIABLES[phase]
    told[for_status] = status
    told[for_latency] = max(int(latency * 1000), 0)
    if error:
        told[for_error] = error


def tell_decision(context: "RequestContext", *, allowed: bool) -> None:
    """Note what the policies said, which takes no time to speak of."""
    tell(context, "authorize", status=200 if allowed else 403, latency=0, error=None if allowed else NOT_AUTHORIZED)


def tell_more(context: "RequestContext", told: Mapping[str, int | str]) -> None:
    """Note values of `$context` by their name, such as `authorizer.integrationLatency`."""
    if context.plan.log_line is not None:
        context.phases = {**(context.phases or {}), **told}
