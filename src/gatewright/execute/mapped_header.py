"""A header that parameter mapping or an override writes, towards a backend or a client.

Developer guide: "API Gateway important notes" (headers that cannot be mapped, remapped headers); the lists are those
recorded on AWS.
"""

from collections.abc import Sequence

from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE
from gatewright.values.headers import CONTROL, FIELD_NAME
from gatewright.values.refusal import refuse

# Mapping one of these fails every request of the method.
_ILLEGAL = frozenset({"content-length", "transfer-encoding", "x-amzn-trace-id", "x-amzn-apigateway-api-id"})
_ILLEGAL_FOR_SERVICES = _ILLEGAL | {"authorization", "connection", "expect", "proxy-authenticate", "te"}
# Dropped after mapping.
_DROPPED = frozenset({"expect", "proxy-authenticate", "te"})
_DROPPED_FOR_SERVICES = _DROPPED | {"referer"}
# With them what belongs to one connection only, which is the upstream client's.
_DROPPED_FOR_HTTP = _DROPPED | {"via", "connection", "keep-alive", "proxy-connection", "trailer", "upgrade"}
_SERVICES = frozenset({"AWS", "AWS_PROXY"})

_REMAPPED = frozenset(
    {
        *("authorization", "connection", "content-length", "content-md5", "date", "expect", "host", "max-forwards"),
        *("proxy-authenticate", "server", "trailer", "upgrade", "user-agent", "www-authenticate"),
        "keep-alive",  # for one hop only, like Connection, which the server writes
        "x-amzn-requestid",  # the gateway's own, as with proxies
    }
)
_NOT_RETURNED = frozenset({"transfer-encoding", "x-amz-apigw-id"})


class IllegalHeader(ValueError):
    """A header that AWS lets nobody map, or no header at all; in the words of AWS's execution log."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} header already present" if FIELD_NAME.fullmatch(name) else f"{name} is no header")


def is_sent(name: str, integration_type: str) -> bool:
    """Whether a header mapped for an integration request reaches the backend. Raises IllegalHeader."""
    lower = name.lower()
    services = integration_type in _SERVICES
    if lower in (_ILLEGAL_FOR_SERVICES if services else _ILLEGAL) or not FIELD_NAME.fullmatch(name):
        raise IllegalHeader(name)
    return lower not in (_DROPPED_FOR_SERVICES if services else _DROPPED_FOR_HTTP)


def returned_name(name: str) -> str | None:
    """The name under which the client gets a header mapped for a method response; None for one it never gets.

    Raises IllegalHeader."""
    if not FIELD_NAME.fullmatch(name):
        raise IllegalHeader(name)
    lower = name.lower()
    if lower in _NOT_RETURNED:
        return None
    return f"x-amzn-Remapped-{name}" if lower in _REMAPPED else name


def mapped_line(name: str, value: str) -> bytes:
    """The header line, with its CRLF. Raises Refusal for a value that would forge another line."""
    if CONTROL.search(value):
        refuse(
            API_CONFIGURATION_ERROR, cause=f"{CONFIGURATION_FAILURE}{name} would have control characters in its value"
        )
    return f"{name}: {value.strip()}\r\n".encode("utf-8", "replace")


def mapped_lines(headers: Sequence[tuple[str, str]]) -> bytes:
    """The header lines one after the other. Raises Refusal likewise."""
    if CONTROL.search("".join([value for _, value in headers])):
        return b"".join([mapped_line(name, value) for name, value in headers])
    return "".join([f"{name}: {value.strip()}\r\n" for name, value in headers]).encode("utf-8", "replace")
