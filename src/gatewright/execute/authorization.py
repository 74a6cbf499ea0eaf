"""Authorization of a method: who calls, and whether the caller may, by the caller's policies and the API's own.

Compiled once for each method; None for a method that is open to anyone. Developer guide: "How API Gateway resource
policies affect authorization workflow", whose tables decide how two policies are read together.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from gatewright.execute.plan import Document, Source
from gatewright.languages.policy import Effect

if TYPE_CHECKING:
    from gatewright.execute.context import RequestContext
    from gatewright.execute.world import World

# Lets a request through, or raises Refusal. Notes in the context who calls.
Authorize = Callable[["RequestContext", "World"], Awaitable[None]]


class Authorizer(Protocol):
    """Finds out who calls. Compiled once, shared by all requests of all its methods."""

    def decide(self, context: "RequestContext", world: "World") -> Awaitable[Effect]:
        """What the caller's own policies say of the request; who that is, is noted as `context.caller`.

        Raises Refusal when the caller cannot be known."""
        ...


class Authorizations:
    """What decides who may call the methods of one stage."""

    def __init__(self, snapshot: Document) -> None:
        self._documents = {document["id"]: document for document in snapshot.get("authorizers") or ()}

    def of(self, source: Source) -> Authorize | None:
        """The authorization of one method. Raises ValueError for one that cannot be compiled."""
        return None
