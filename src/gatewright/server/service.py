"""What the connections of one listener share: whom they ask, and how much of everything a client may take."""

import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gatewright.server.sweep import Sweep
from gatewright.server.websocket import BOUNDS, WebSocket, WebSocketBounds
from gatewright.values.request import Request
from gatewright.values.response import Answer, Response
from gatewright.wire.http1_server import BodyLimit
from gatewright.wire.limits import SERVED, Limits
from gatewright.wire.message_head import Heads

if TYPE_CHECKING:
    from gatewright.server.connection import Connection

Front = Callable[[Request], Coroutine[Any, None, Answer]]
BodyRefusal = Callable[[Request], Response | None]


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: between requests, for a whole head, a whole body, a reader to take anything, and after a refusal."""

    idle: float = 60.0
    head: float = 10.0
    body: float = 60.0
    reader: float = 30.0
    farewell: float = 1.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a client may take of us. `body_limit(method, target, headers)`, in bytes, replaces `limits.body`, and
    `body_refusal(request)` may say what a client with a larger one is told; its request has no body."""

    limits: Limits = SERVED
    body_limit: BodyLimit | None = None
    body_refusal: BodyRefusal | None = None
    patience: Patience = Patience()
    websocket: WebSocketBounds = BOUNDS


@dataclass(frozen=True, slots=True)
class Service:
    """What all connections of one listener share."""

    front: Front
    sweep: Sweep
    bounds: Bounds
    scheme: str
    clock: Callable[[], float] = time.time  # epoch seconds
    connections: set["Connection | WebSocket"] = field(default_factory=set)
    heads: Heads = field(default_factory=Heads)
