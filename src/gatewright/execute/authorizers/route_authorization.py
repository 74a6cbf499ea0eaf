"""Authorization of the routes of HTTP and WebSocket APIs: who calls, and whether the caller may.

Compiled once for each route; None for a route that is open to anyone. Developer guide: "Control and manage access to
HTTP APIs in API Gateway", "Control and manage access to WebSocket APIs in API Gateway".
"""

from gatewright.execute.plan import Document, Source, Step


class RouteAuthorizations:
    """What decides who may call the routes of one stage."""

    def __init__(self, snapshot: Document, stage: Source) -> None:
        """`snapshot` is the deployment's, `stage` what all its routes share."""
        self._snapshot = snapshot

    def of(self, source: Source) -> Step | None:
        """The authorization of one route. Raises ValueError for one that cannot be compiled."""
        raise NotImplementedError
