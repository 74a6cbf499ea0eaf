"""What tests of the data plane share: documents as management stores them, and a world they script."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from gatewright.execute.authorizers.authorizer_results import AuthorizerResults
from gatewright.execute.authorizers.openid_issuer import OpenIdIssuers
from gatewright.execute.authorizers.user_pool_keys import UserPoolKeys
from gatewright.execute.authorizers.verified_tokens import VerifiedTokens
from gatewright.execute.caching.cached_responses import CACHE_BYTES, LocalResponses
from gatewright.execute.caching.seal import Seal
from gatewright.execute.caller import Principal
from gatewright.execute.domain import MappedDomain
from gatewright.execute.limits.api_key import StoredApiKeys
from gatewright.execute.limits.throttle import ACCOUNT, LocalThrottles
from gatewright.execute.limits.usage import LocalUsage
from gatewright.execute.plan import RestPlan, StagePlan
from gatewright.execute.registry import FORBIDDEN_TO_ALL, ApiStages, Load, Registry
from gatewright.execute.rest_stage import compile_rest_stage
from gatewright.execute.web_acls import WebAcls
from gatewright.execute.websocket.connections import Connections
from gatewright.execute.world import Origin, Returned, ServiceCall, World
from gatewright.server.front import SERVE
from gatewright.store.sqlite import SqliteStore
from gatewright.values.faults import FunctionFault, NetworkFault
from gatewright.values.headers import Headers
from gatewright.values.invocation import InvocationResponse
from gatewright.values.long_work import AtOnce
from gatewright.values.pending import Drive, Pending
from gatewright.values.request import Request
from gatewright.values.response import Response
from gatewright.wire.header_lines import read_header_line

Document = dict[str, Any]
T = TypeVar("T")
ARRIVED = 1_700_000_000.0  # 0x6553f100
MOCK = {
    "type": "MOCK",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "integrationResponses": {"200": {"statusCode": "200"}},
}


def headers(*lines: str) -> Headers:
    """Lines such as `Host: x` as the wire reads them."""
    return tuple(read_header_line(line.encode("latin-1")) for line in lines)


def request(method: str = "GET", target: str = "/", *lines: str, body: bytes = b"") -> Request:
    path, _, query = target.partition("?")
    return Request(method, target, path, query, headers(*lines), body, "192.0.2.7", "http", ARRIVED)


def method(integration: Document | None, **rest: Any) -> Document:
    """A Method with its integration; it declares a response for each integration response."""
    document: Document = {"authorizationType": "NONE", "apiKeyRequired": False, **rest}
    if integration is not None:
        document["methodIntegration"] = integration
        document.setdefault(
            "methodResponses", {code: {"statusCode": code} for code in integration.get("integrationResponses", {})}
        )
    return document


def snapshot(resources: Mapping[str, Mapping[str, Document]], **rest: Any) -> Document:
    """A deployment's snapshot of an API with these methods, by path and verb. `rest` is of the RestApi."""
    return {
        "restApi": {"id": "abcdef1234", "name": "users", **rest},
        "resources": [
            {"id": f"r{number}", "path": path, "resourceMethods": dict(methods)}
            for number, (path, methods) in enumerate(resources.items())
        ],
    }


def route_snapshot(
    integrations: Mapping[str, Document], routes: Mapping[str, Document] | None = None, **api: Any
) -> Document:
    """Likewise of an HTTP or WebSocket API, with an integration for each route key; `routes` adds to single Routes."""
    return {
        "api": {"apiId": "abcdef1234", **api},
        "routes": [
            {
                "routeId": f"r{number}",
                "routeKey": key,
                "target": f"integrations/i{number}",
                "authorizationType": "NONE",
                "apiKeyRequired": False,
                "routeResponses": [],
                **((routes or {}).get(key) or {}),
            }
            for number, key in enumerate(integrations)
        ],
        "integrations": [
            {"integrationId": f"i{number}", "integrationResponses": [], **integration}
            for number, integration in enumerate(integrations.values())
        ],
        "authorizers": [],
        "models": [],
    }


def plan(resources: Mapping[str, Mapping[str, Document]], **stage: Any) -> RestPlan:
    """The compiled stage `prod` of such an API. `stage` is of the Stage."""
    return compiled(snapshot(resources), **stage)


def compiled(document: Document, **stage: Any) -> RestPlan:
    settings = {"stageName": "prod", "deploymentId": "dep1", **stage}
    return compile_rest_stage(document, settings, account="123456789012", region="eu-west-1")


def one(integration: Document | None, path: str = "/", verb: str = "GET", **stage: Any) -> RestPlan:
    """A stage with one method."""
    return plan({path: {verb: method(integration)}}, **stage)


class Backend:
    """An HttpClient whose answers the test gives; it keeps what was sent."""

    def __init__(self, *answers: Returned | Exception) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[Origin, str, bytes, bytes, float]] = []

    def send(self, origin: Origin, method: str, head: bytes, body: bytes, timeout: float) -> Awaitable[Returned]:
        self.sent.append((origin, method, head, body, timeout))
        pending: Pending[Returned] = Pending()
        answer = self.answers.pop(0) if self.answers else NetworkFault("connect", "nothing listens")
        if isinstance(answer, Exception):
            pending.fail(answer)
        else:
            pending.complete(answer)
        return pending

    forward = send

    @property
    def head(self) -> list[str]:
        """The head of the one request that was sent, as lines."""
        ((_, _, head, _, _),) = self.sent
        assert head.endswith(b"\r\n\r\n")
        return head.decode().split("\r\n")[:-2]


class NoFunctions:
    """A Lambda service without functions."""

    async def invoke(
        self, function_arn: str, event: bytes, *, source_arn: str | None, timeout: float, trace_id: str
    ) -> InvocationResponse:
        raise FunctionFault("not_found", function_arn)

    def queue(self, function_arn: str, event: bytes, *, source_arn: str | None, trace_id: str) -> str:
        raise FunctionFault("not_found", function_arn)


class NoServices:
    """Other AWS services, none of which can be reached."""

    async def call(self, call: ServiceCall, *, timeout: float) -> Returned:
        raise NetworkFault("connect", f"{call.service} is not there")


class KnownPrincipals:
    """Those that a test names, by access key."""

    def __init__(self) -> None:
        self.by_key: dict[str, Principal] = {}

    async def of(self, access_key: str) -> Principal | None:
        return self.by_key.get(access_key)

    def doubt(self) -> str:
        return "" if self.by_key else "nobody is known"


class Work(AtOnce):
    """Long work done at once; it counts how often others had their turn, and what would be done beside them."""

    def __init__(self) -> None:
        self.turns = 0
        self.beside_others = 0

    async def turn(self) -> None:
        self.turns += 1

    async def beside(self, work: Callable[[], T]) -> T:
        self.beside_others += 1
        return work()


class Scene:
    """A world with a clock that moves 3 ms at each look, and what the stage logged."""

    def __init__(self, *answers: Returned | Exception) -> None:
        self.backend = Backend(*answers)
        self.lines: list[tuple[str, bytes]] = []
        self.clock = ARRIVED
        self.chance = 0.5
        self.work = Work()
        self.store = SqliteStore(Path(":memory:"))  # of API keys and usage plans
        self.principals = KnownPrincipals()
        self.plans: dict[tuple[str, str], StagePlan] = {}  # those that connections live by
        services = NoServices()
        self.world = World(
            now=self.now,
            http=self.backend,
            functions=NoFunctions(),
            services=services,
            chance=lambda: self.chance,
            log=self.log,
            work=self.work,
            user_pools=UserPoolKeys(services, self.now, OpenIdIssuers(self.backend, {})),
            verified_tokens=VerifiedTokens(),
            authorizer_results=AuthorizerResults(self.now),
            principals=self.principals,
            api_keys=StoredApiKeys(self.store, ACCOUNT),
            throttles=LocalThrottles(),
            usage=LocalUsage(self.store),
            web_acls=WebAcls(services, self.now, self.work),
            responses=LocalResponses(CACHE_BYTES, Seal(bytes(32))),
            connections=Connections(),
            plan_of=lambda api_id, stage: self.plans.get((api_id, stage)),
        )

    def now(self) -> float:
        self.clock += 0.003
        return self.clock

    def log(self, plan: RestPlan, line: bytes) -> None:
        self.lines.append((plan.stage, line))

    def serve(
        self, plan: RestPlan, request: Request, path: str | None = None, domain: MappedDomain | None = None
    ) -> Response:
        """The response, driven as the server drives it; `path` is the request's own unless given."""
        answers: list[Response] = []

        def done(answer: Response | None, error: BaseException | None) -> None:
            if error is not None:
                raise error
            assert answer is not None
            answers.append(answer)

        within = request.path if path is None else path
        Drive(SERVE[type(plan)](plan, request, within, self.world, domain), done).step()
        return answers[0]

    def find_and_serve(self, registry: Registry, request: Request) -> Response | None:
        found = registry.find(request)
        return None if found is None else self.serve(found.plan, request, found.path, found.domain)


def registry_of(load: Load, api_id: str = "abcdef1234", *stages: str) -> Registry:
    """A registry that knows one API, with these stages or `prod`."""
    names = ApiStages(frozenset(stages or ("prod",)), FORBIDDEN_TO_ALL)
    return Registry(lambda asked: names if asked == api_id else None, load)


REQUEST_ID = "11111111-2222-4333-8444-555555555555"
CHOSEN_ID = f"x-amzn-RequestId: {REQUEST_ID}"  # sent by a client, it makes the response the same each time


def shown(response: Response) -> tuple[int, list[bytes], bytes]:
    """The whole response; the extended id, which nobody can choose, is checked for its form and left out."""
    *lines, request_id, extended = response.headers
    assert request_id.startswith(b"x-amzn-RequestId: ") and len(request_id) == len("x-amzn-RequestId: \r\n") + 36
    assert extended.startswith(b"x-amz-apigw-id: ") and extended.endswith(b"=\r\n") and len(extended) == 34
    return response.status, lines, response.body
