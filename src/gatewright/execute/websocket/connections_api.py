"""The management API of connections: what a WebSocket API's backend says to a client, asks about it, or ends.

`/@connections/{id}` below every address of a stage. Each call is signed, by a principal whose policies allow
`execute-api:ManageConnections`. Developer guide: "Use @connections commands in your backend service".
"""

from gatewright.execute.websocket.plan import WebSocketPlan
from gatewright.execute.world import World
from gatewright.values.request import Request
from gatewright.values.response import AnyResponse, Response

PREFIX = "/@connections/"


async def serve(plan: WebSocketPlan, request: Request, path: str, world: World) -> AnyResponse:
    """The whole response to a call whose `path` within the stage, as received, names a connection. Never raises."""
    return Response(403, (), b"")


def is_call(path: str) -> bool:
    """Whether a path within a stage, as received, is of this API."""
    return path.replace("%40", "@", 1).startswith(PREFIX)
