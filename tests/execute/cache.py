"""What tests of the response cache share: a stage that caches, a backend that counts, and one that answers later."""

from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

from gatewright.execute.plan import RestPlan
from gatewright.execute.rest import serve
from gatewright.execute.world import Origin, Returned, World
from gatewright.values.pending import Drive, Pending
from gatewright.values.request import Request
from gatewright.values.response import AnyResponse, Response
from tests.execute.stage import Scene, headers, method, plan

PROXY = {"type": "HTTP_PROXY", "uri": "http://backend/", "httpMethod": "ANY"}
SETTING = {
    "cachingEnabled": True,
    "cacheTtlInSeconds": 300,
    "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": False,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}


def returned(body: str, status: int = 200, *lines: str) -> Returned:
    """An answer of the backend."""
    return Returned(status, headers(*lines), body.encode())


def caching(
    integration: dict[str, Any],
    path: str = "/",
    verb: str = "GET",
    of_method: dict[str, Any] | None = None,
    **stage: Any,
) -> RestPlan:
    """A stage with one method, and a cache for GET unless `stage` says otherwise."""
    settings = {"cacheClusterEnabled": True, "cacheClusterSize": "0.5", "methodSettings": {"*/*": SETTING}}
    return plan({path: {verb: method(integration, **(of_method or {}))}}, **settings | stage)


def bodies(scene: Scene, stage: RestPlan, *requests: Request) -> list[str]:
    """The bodies of the responses to requests made one after the other."""
    return [scene.serve(stage, request).body.decode() for request in requests]


class LateBackend:
    """An HttpClient that answers when the test says so."""

    def __init__(self) -> None:
        self.asked: list[Pending[Returned]] = []

    def send(self, origin: Origin, method: str, head: bytes, body: bytes, timeout: float) -> Awaitable[Returned]:
        pending: Pending[Returned] = Pending()
        self.asked.append(pending)
        return pending


class Crowd:
    """Requests that are under way at the same time, and their responses in the order in which they came."""

    def __init__(self, world: World | None = None) -> None:
        self.backend = LateBackend()
        self.world = replace(world or Scene().world, http=self.backend)
        self.responses: list[Response] = []

    def ask(self, stage: RestPlan, *requests: Request) -> None:
        for request in requests:
            Drive(serve(stage, request, request.path, self.world), self._done).step()

    def _done(self, response: AnyResponse | None, error: BaseException | None) -> None:
        assert isinstance(response, Response), error
        self.responses.append(response)
