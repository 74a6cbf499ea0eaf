"""A request to a WebSocket API: a handshake that becomes a connection, or a call of the management API of connections.

Read this first. The steps stand in AWS's order, as in rest.py.
"""

from gatewright.execute.domain import MappedDomain
from gatewright.execute.gateway_response import FORBIDDEN
from gatewright.execute.rest import begin
from gatewright.execute.websocket.plan import WebSocketPlan
from gatewright.execute.world import World
from gatewright.values.refusal import Refusal
from gatewright.values.request import Request
from gatewright.values.response import Answer


async def serve(
    plan: WebSocketPlan, request: Request, path: str, world: World, domain: MappedDomain | None = None
) -> Answer:
    """The whole response to `request`, whose `path` within the stage is as received. Never raises."""
    return plan.refused(Refusal(FORBIDDEN, FORBIDDEN.message), begin(plan, request, path, domain))
