"""Writes docs/parity.md from the code: which operations answer, and what APIs may hold that is not served.

python docs/parity.py
"""

import contextlib
from pathlib import Path
from typing import Any

from gatewright.aws.service import load_service
from gatewright.execute import unserved, unserved_routes
from gatewright.functions import operations as lambda_operations
from gatewright.management import rest, v2
from gatewright.store.sqlite import SqliteStore

PAGE = Path(__file__).with_name("parity.md")
HEAD = """# What is served

Written from the code by `python docs/parity.py`; a test holds the two together.

## Operations
An operation that is not listed answers 501 `NotImplementedException` naming itself, once its input passed the model.
"""
TABLES = {
    unserved.REFUSED: """
## Refused when configured
AWS takes other values, this version does not serve them yet: it answers `BadRequestException` with the reason.
""",
    unserved.CLOSED: """
## Closed
Stored as AWS stores it. While another value than a served one is there, each request that depends on it is answered
500 `Internal server error`, pages of portals 403, never let through; the log says why. `gatewright doctor` lists what a
node has of these.
""",
    unserved.STORED_ONLY: """
## Stored only
Stored as AWS stores it, and without effect yet. `gatewright doctor` lists what a node has of these.
""",
}
OF_ROUTES = "HTTP and WebSocket APIs: "
COLUMNS = """
| of | property | served |
|---|---|---|
"""


def handled() -> dict[str, set[str]]:
    """The operations that have a handler, by service. Nothing is called, so the handlers need no parts."""
    nothing: Any = None
    first = rest.DataPlane(*[nothing] * len(rest.DataPlane._fields))
    second = v2.DataPlane(*[nothing] * len(v2.DataPlane._fields))
    with contextlib.closing(SqliteStore(Path(":memory:"))) as store:
        built = {
            "apigateway": rest.handlers(store, first, nothing),
            "apigatewayv2": v2.handlers(store, second, nothing),
            # Answered where connections are: gatewright/execute/websocket/connections_api.py.
            "apigatewaymanagementapi": load_service("apigatewaymanagementapi").operations,
            "lambda": lambda_operations.handlers(nothing),
        }
    return {name: set(operations) for name, operations in built.items()}


def page() -> str:
    """The whole page."""
    text = HEAD
    for name, names in handled().items():
        every = load_service(name).operations
        text += f"\n### {name}: {len(names)} of {len(every)}\n"
        if names:
            text += ", ".join(f"`{each}`" for each in sorted(names)) + "\n"
    nouns = [*unserved.TABLE.items(), *((f"{OF_ROUTES}{noun}", rules) for noun, rules in unserved_routes.TABLE.items())]
    for effect, head in TABLES.items():
        text += head + COLUMNS
        for noun, rules in nouns:
            text += "".join(f"| {noun} | `{rule.path}` | {rule.served} |\n" for rule in rules if rule.effect is effect)
    stored = ", ".join(f"`{noun}`" for noun in unserved.STORED_NOUNS)
    return f"{text}\nWhole nouns, besides: {stored}.\n" if stored else text


if __name__ == "__main__":
    PAGE.write_text(page())
