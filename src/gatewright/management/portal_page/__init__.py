"""Published portals and their previews, as web pages below `PAGE`: HTML made when it is asked for.

A portal that is published answers at its own domain name, too, at the one that it got or at the one that its owner
gave it. A page carries nothing that its owner or readers wrote but as text (`languages/markdown/`), and may run no
script but the node's own, which tries endpoints: these pages have the origin of everything else that a node answers.
"""

from collections.abc import Callable, Iterable, Mapping

from gatewright.values.records import Change, Store
from gatewright.values.request import Request
from gatewright.values.response import Response

PAGE = "/_gatewright/portals/"
OVERVIEW = "overview"  # in the place of an id, the page that a product opens with


class PortalPages:
    """All portals of a node; `clock` gives epoch seconds. The modules that write HTML come with the first reader."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._names: Mapping[str, str] | None = None

    def __call__(self, request: Request) -> Response:
        """What answers below `PAGE`."""
        return self._answer(request.method, request.path.removeprefix(PAGE), f"{PAGE}{{}}/")

    def at_host(self, host: str, request: Request) -> Response | None:
        """What answers at that host, in lower case and without port; None when it is no published portal's."""
        if self._names is None:
            self._names = self._read_names()
        id = self._names.get(host)
        if id is None:
            return None
        below = request.path.startswith(f"{PAGE}-/")
        return self._answer(request.method, request.path.removeprefix(PAGE) if below else id + request.path, "/")

    def drop_changed(self, changes: Iterable[Change]) -> None:
        """Read the names anew when a commit has changed a portal."""
        if any(change.key.kind == "Portal" for change in changes):
            self._names = None

    def _answer(self, method: str, path: str, home: str) -> Response:
        from gatewright.management.portal_page.pages import answer  # noqa: PLC0415

        return answer(self._store, self._clock(), method, path, home)

    def _read_names(self) -> Mapping[str, str]:
        """The ids of published portals by host. A portal's own domain name takes the place of the one it got."""
        names: dict[str, str] = {}
        with self._store.read() as tx:
            for key in tx.keys("Portal"):
                portal = tx.get(key) or {}
                endpoint = portal["endpointConfiguration"]
                if portal["publishStatus"] == "PUBLISHED":
                    names[(endpoint.get("domainName") or endpoint["portalDefaultDomainName"]).lower()] = key.id
        return names
