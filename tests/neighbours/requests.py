"""Requests as the server would hand them over."""

from gatewright.values.headers import header_line
from gatewright.values.request import Request


def request(
    method: str = "GET", target: str = "/", headers: dict[str, str] | None = None, body: bytes = b""
) -> Request:
    """A request whose header lines are in the order given."""
    path, _, query = target.partition("?")
    lines = tuple(header_line(name, value) for name, value in (headers or {}).items())
    return Request(method, target, path, query, lines, body, "127.0.0.1", "http", 0.0)
