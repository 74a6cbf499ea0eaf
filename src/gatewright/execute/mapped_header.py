"""A header that parameter mapping writes, towards a backend or a client."""

from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE
from gatewright.values.headers import CONTROL
from gatewright.values.refusal import refuse


def mapped_line(name: str, value: str) -> bytes:
    """The header line, with its CRLF. Raises Refusal for a value that would forge another line."""
    if CONTROL.search(value):
        refuse(
            API_CONFIGURATION_ERROR, cause=f"{CONFIGURATION_FAILURE}{name} would have control characters in its value"
        )
    return f"{name}: {value.strip()}\r\n".encode()
