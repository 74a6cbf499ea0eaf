"""The node's own pages under /_gatewright/ (and the health page other tools look for under /_localstack/)."""

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from gatewright import __version__
from gatewright.execute.counters import BOUNDS_MS
from gatewright.execute.registry import Registry
from gatewright.observe.metrics import CONTENT_TYPE, Collector, exposition
from gatewright.values.request import Request
from gatewright.values.response import Response

JSON = b"Content-Type: application/json\r\n"
Page = Callable[[Request], Response | Awaitable[Response]]
AtHost = Callable[[str, Request], Response | None]  # (host in lower case without port, request)

SERVED = ("apigateway", "lambda")


def health(_: Request) -> Response:
    """Answers as soon as the port is open: nothing is served before everything is ready."""
    return Response(200, [JSON], msgspec.json.encode({"status": "ready", "version": __version__}))


def localstack_health(_: Request) -> Response:
    """The shape that tools waiting for a local AWS poll for."""
    services = dict.fromkeys(SERVED, "running")
    return Response(200, [JSON], msgspec.json.encode({"services": services, "version": __version__}))


def metrics_page(registry: Registry, *others: Collector) -> Page:
    """The counters of all stages, and `others`, for Prometheus."""
    content_type = f"Content-Type: {CONTENT_TYPE}\r\n".encode()
    return lambda _: Response(200, [content_type], exposition(registry.counters(), BOUNDS_MS, *others))


class Pages:
    """Own pages by path; a path ending in "/" stands for all below it."""

    def __init__(self, pages: Mapping[str, Page], at_host: AtHost) -> None:
        """`at_host` answers at hosts that have pages of their own, and nothing else there."""
        own: dict[str, Page] = {"/_gatewright/health": health, "/_localstack/health": localstack_health}
        self._pages = own | dict(pages)
        self.at_host = at_host

    def find(self, path: str) -> Page | None:
        """The page of a path that starts /_gatewright/ or /_localstack/; unknown ones answer 404."""
        if not path.startswith(("/_gatewright/", "/_localstack/")):
            return None
        above, page = path, self._pages.get(path)
        while page is None and above:
            above = above[: above.rfind("/", 0, -1) + 1]
            page = self._pages.get(above)
        return page or not_found


def not_found(request: Request) -> Response:
    """A path under our own prefix that is no page."""
    return Response(404, [JSON], msgspec.json.encode({"message": f"There is no page {request.path}"}))
