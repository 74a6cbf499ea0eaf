"""A management call on its way from the wire to the handler of its operation.

A call carries no store: handlers are closures over what they need, and open their own transaction, one per operation
(`with store.transaction() as tx:`). Raising inside it rolls everything back. A handler returns the output structure
with members named as the model names them: None members are dropped and members the model does not know are never sent.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NamedTuple

from gatewright.values.request import Request


class Call(NamedTuple):
    """One decoded and validated call. `input` has the model's member names; absent members are absent keys.

    `integration_timeout` is the account's quota for integrations of regional and private APIs, in milliseconds."""

    operation: str
    account: str
    region: str
    input: dict[str, Any]
    request: Request
    request_id: str
    integration_timeout: int = 29_000


Output = Mapping[str, Any] | None

# A coroutine handler may await only `Pending`s: it is driven by hand.
Handler = Callable[[Call], Output | Coroutine[Any, None, Output]]
