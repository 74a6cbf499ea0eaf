"""How large the parts of one message may be; Amazon API Gateway's own quotas by default.

Developer guide: "Amazon API Gateway quotas and important notes".
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """All in bytes. `headers` counts every header line with its CRLF; `request_line` the line without it."""

    request_line: int = 10_240
    headers: int = 10_240
    body: int = 10 * 1024 * 1024


SERVED = Limits()
RETURNED = Limits(headers=65_536)
"""What a backend may answer: more header bytes than a client may send, since AWS's limit is for requests."""


@dataclass(frozen=True, slots=True)
class WebSocketLimits:
    """Bytes: of a message, and of the payload of one frame, that a client may send. Frames for clients are no larger.
    Seconds: without any frame, and altogether.

    Developer guide: "Quotas for configuring and running a WebSocket API"."""

    message: int = 128 * 1024
    frame: int = 32 * 1024
    idle: float = 600
    age: float = 7_200


OF_WEBSOCKETS = WebSocketLimits()
