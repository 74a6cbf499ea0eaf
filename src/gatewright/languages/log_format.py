"""Access-log formats: text with `$context.name` in it, split into what is literal and what is a variable.

Nothing is evaluated and nothing nests. `${context.name}` is the same as `$context.name`.
Developer guide: "Set up CloudWatch logging for REST APIs in API Gateway".
"""

import re
from typing import NamedTuple

# A name that ends in a dot or dash leaves it to the text around it.
_VARIABLE = re.compile(r"\$(?:context\.([A-Za-z0-9_](?:[A-Za-z0-9_.:-]*[A-Za-z0-9_])?)|\{context\.([^{}]+)\})")


class LogFormat(NamedTuple):
    """`literals` are one more than `names`, and stand before, between and after them."""

    literals: tuple[str, ...]
    names: tuple[str, ...]


def parse_log_format(text: str) -> LogFormat:
    """Every text is a format: what is no variable is literal. Names are without the `context.`."""
    pieces = _VARIABLE.split(text)
    names = (bare or braced for bare, braced in zip(pieces[1::3], pieces[2::3], strict=True))
    return LogFormat(tuple(pieces[0::3]), tuple(names))
