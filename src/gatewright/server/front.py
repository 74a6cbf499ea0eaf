"""The front door: whose request is this? A deployed API's, a management service's, another AWS service's, or nobody's.

Deployed APIs answer anyone. Everything else is for this machine's own programs: a request whose Host is not a name of
this node (a web page that points its own domain at 127.0.0.1), or whose Origin may not call us, is refused.
"""

import re
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

import msgspec

from gatewright.execute import http_api, rest, websocket_api
from gatewright.execute.http.plan import HttpApiPlan
from gatewright.execute.plan import RestPlan, StagePlan
from gatewright.execute.registry import Registry
from gatewright.execute.websocket import connections_api
from gatewright.execute.websocket.plan import WebSocketPlan
from gatewright.execute.world import World
from gatewright.management import cors
from gatewright.management.dispatch import Management
from gatewright.management.portal_page import PAGE as PORTALS
from gatewright.neighbours.pass_through import BODY_LIMIT
from gatewright.neighbours.service_of import host_name, service_of
from gatewright.server.pages import JSON, Pages
from gatewright.signatures.scope import DEFAULT_ACCOUNT, account_of, scope_of
from gatewright.values.headers import Headers, first
from gatewright.values.request import Request
from gatewright.values.response import Answer, AnyResponse, Response
from gatewright.wire.limits import SERVED

MANAGEMENT = frozenset({"apigateway", "lambda", "execute-api"})
OWN_HOST = re.compile(r"(?:.+\.)?(?:localhost|localhost\.localstack\.cloud|amazonaws\.com|amazonaws\.com\.cn)")
_ORIGIN = re.compile(r"https?://[^/?#]+")
_PORTAL = re.compile(rf"https?://[^/?#]+{PORTALS}")
_OTHER_ORIGIN = ("cross-site", "same-site")
LOOPBACK = frozenset({"127.0.0.1", "[::1]"})

SERVE: dict[type[StagePlan], Callable[..., Coroutine[Any, None, Answer]]] = {
    RestPlan: rest.serve,
    HttpApiPlan: http_api.serve,
    WebSocketPlan: websocket_api.serve,
}
LAMBDA_BODY = 70 * 1024 * 1024  # CreateFunction takes a package of 50 MB, in base64


class Neighbours(Protocol):
    """What `neighbours.pass_through.PassThrough` does."""

    def handle(self, request: Request, service: str, account: str) -> Coroutine[Any, None, Response]:
        """The answer of another AWS service."""
        ...


class Trust:
    """Who may speak to more than deployed APIs. `hosts`: further names of this node; `origins`: web pages not of it."""

    def __init__(self, hosts: Sequence[str] = (), origins: Sequence[str] = ()) -> None:
        self._hosts = LOOPBACK | {host.lower() for host in hosts}
        self._origins = tuple(origins)

    def refusal(self, request: Request) -> Response | None:
        """403 for a foreign Host or Origin, in words for whoever set it up; None when both are fine."""
        host = host_name(request)
        if host not in self._hosts and not OWN_HOST.fullmatch(host):
            return forbidden(f"The Host {host!r} is not one of this gateway. GATEWRIGHT_HOSTS names further ones.")
        origin = _page(request)
        if origin is not None and not cors.is_allowed(origin, self._origins):
            return forbidden(
                f"The origin {origin!r} may not call this gateway; GATEWRIGHT_ORIGINS names those that may."
            )
        return None


class Front:
    """Call it with a request; drive what it returns."""

    __slots__ = ("_management", "_neighbours", "_pages", "_registry", "_trust", "_world")

    def __init__(
        self,
        data_plane: tuple[Registry, World],
        management: Management,
        neighbours: Neighbours,
        pages: Pages,
        trust: Trust,
    ) -> None:
        self._registry, self._world = data_plane
        self._management = management
        self._neighbours = neighbours
        self._pages = pages
        self._trust = trust

    def body_limit(self, method: str, target: str, headers: Headers) -> int:
        """How many bytes a body may have: AWS's limit of an API, more for other services' calls."""
        request = Request(method, target, *_halves(target), headers, b"", "", "http", 0.0)
        scope = scope_of(request)
        if scope is None or scope.service in ("execute-api", "apigateway"):
            return SERVED.body
        if self._trust.refusal(request) is not None or self._registry.find(request) is not None:
            return SERVED.body
        return LAMBDA_BODY if scope.service == "lambda" else BODY_LIMIT

    def body_refusal(self, request: Request) -> Response | None:
        """What a client is told whose body, which is not here, is larger than that; None for what AWS's own front
        layers say."""
        place = self._registry.find(request)
        if place is None or not isinstance(place.plan, HttpApiPlan):
            return None
        return http_api.refuse_body(place.plan, request, place.path, self._world, place.domain)

    def __call__(self, request: Request) -> Coroutine[Any, None, Answer]:
        """The way to the response."""
        place = self._registry.find(request)
        if place is not None:
            plan, path, domain = place
            return SERVE[type(plan)](plan, request, path, self._world, domain)
        return self._not_an_api(request)

    async def _not_an_api(self, request: Request) -> AnyResponse:
        first_of_all = self._pages.at_host(host_name(request), request) or self._trust.refusal(request)
        if first_of_all is not None:
            return first_of_all
        page = self._pages.find(request.path)
        if page is not None:
            answer = page(request)
            return answer if isinstance(answer, Response) else await answer
        if connections_api.is_call(request.path):
            called = await connections_api.serve_anywhere(request, self._world)
            if called is not None:
                return called
        return await self._service(request)

    async def _service(self, request: Request) -> AnyResponse:
        scope = scope_of(request)
        service = service_of(request, scope.service if scope else None)
        if service is None or service in MANAGEMENT:
            return await self._management.handle(request)
        return await self._neighbours.handle(request, service, account_of(scope) if scope else DEFAULT_ACCOUNT)


def forbidden(message: str) -> Response:
    """403 with words for whoever set this up."""
    return Response(403, [JSON], msgspec.json.encode({"message": message}))


def _page(request: Request) -> str | None:
    """The origin of the web page that made the request; None when no page but of this machine did. Portals are pages
    of this node that others write: what they lead to, links, pictures and endpoints to try, is portals and APIs.

    Browsers leave Origin out of a GET for an image or a link, which in the query protocol may change something. They do
    tell that it crosses origins (Fetch Metadata), and who refers to us unless the page forbids that.
    """
    referrer = first(request.headers, "referer") or ""
    if _PORTAL.match(referrer) and not request.path.startswith(PORTALS):
        return "null"
    origin = first(request.headers, "origin")
    if origin is None and first(request.headers, "sec-fetch-site") in _OTHER_ORIGIN:
        page = _ORIGIN.match(referrer)
        return page[0] if page else "null"
    return origin


def _halves(target: str) -> tuple[str, str]:
    path, _, query = target.partition("?")
    return path, query
