"""Published portals and their previews, as web pages below `PAGE`: HTML made when it is asked for.

A portal that is published answers at its own domain name, too, at the one that it got or at the one that its owner
gave it. A page carries nothing that its owner or readers wrote but as text (`languages/markdown/`), and may run no
script but the node's own, which tries endpoints: these pages have the origin of everything else that a node answers.
"""

from collections.abc import Callable

from gatewright.values.records import Store, Transaction
from gatewright.values.request import Request
from gatewright.values.response import Response

PAGE = "/_gatewright/portals/"
OVERVIEW = "overview"  # in the place of an id, the page that a product opens with


class PortalPages:
    """All portals of a node; `clock` gives epoch seconds. The modules that write HTML come with the first reader."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def __call__(self, request: Request) -> Response:
        """What answers below `PAGE`."""
        return self._answer(request.method, request.path.removeprefix(PAGE), f"{PAGE}{{}}/")

    def at_host(self, host: str, request: Request) -> Response | None:
        """What answers at that host, in lower case and without port; None when it is no published portal's."""
        with self._store.read() as tx:
            id = portal_at(tx, host)
        if id is None:
            return None
        below = request.path.startswith(f"{PAGE}-/")
        return self._answer(request.method, request.path.removeprefix(PAGE) if below else id + request.path, "/")

    def _answer(self, method: str, path: str, home: str) -> Response:
        from gatewright.management.portal_page.pages import answer  # noqa: PLC0415

        return answer(self._store, self._clock(), method, path, home)


def portal_at(tx: Transaction, host: str) -> str | None:
    """The id of the published portal that has that host. Its own domain name takes the place of the one it got."""
    for key in tx.keys("Portal"):
        portal = tx.get(key) or {}
        endpoint = portal["endpointConfiguration"]
        name = endpoint.get("domainName") or endpoint["portalDefaultDomainName"]
        if name.lower() == host and portal["publishStatus"] == "PUBLISHED":
            return key.id
    return None
