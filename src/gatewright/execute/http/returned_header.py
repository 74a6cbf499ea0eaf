"""Which headers of a response clients of HTTP APIs get, whether a backend, a function or a mapping wrote them.

None is remapped: AWS documents that for REST APIs alone.
"""

from gatewright.values.headers import CONNECTION, FRAMING

_FOR_ONE_HOP = CONNECTION | FRAMING
# What belongs to one connection, too, or is the gateway's to say.
_DROPPED = frozenset({"date", "expect", "proxy-authenticate", "te", "trailer", "upgrade", "apigw-requestid"})


def is_returned(lower: str, kind: int) -> bool:
    """`lower` is the name in lower case, `kind` what values.headers.KINDS tells of it."""
    return not (kind & _FOR_ONE_HOP or lower in _DROPPED)
