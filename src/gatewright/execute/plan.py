"""What a stage is once compiled: every decision that a request does not change is already made.

A `StagePlan` is never changed, only replaced by the registry; a request in flight finishes on the one it began with.
A `CallPlan` is what a request calls, a method or a route. `Source` is what a compiler of an integration is given.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from gatewright.execute.canary import Canary
from gatewright.execute.compression import Compress
from gatewright.execute.counters import Counters
from gatewright.execute.gateway_response import render
from gatewright.execute.network import NETWORK, Network
from gatewright.execute.path_tree import Paths
from gatewright.execute.private_api import PrivateApi
from gatewright.execute.world import World
from gatewright.values.response import AnyResponse

if TYPE_CHECKING:
    from gatewright.execute.context import RequestContext
    from gatewright.values.refusal import Refusal
    from gatewright.values.response import Response

Document = dict[str, Any]
# Lets a request through, or raises Refusal.
Step = Callable[["RequestContext", World], Awaitable[None]]
# The same for a step that seldom has to wait: None when it has let the request through at once.
QuickStep = Callable[["RequestContext", World], Awaitable[None] | None]


class Integration(Protocol):
    """What a method calls. Compiled once, shared by all requests, so it keeps nothing of a request."""

    def call(self, context: "RequestContext", world: World) -> Awaitable[AnyResponse]:
        """The response for the client, without the headers `serve` adds to all. Raises Refusal.

        Notes what the access log tells of the integration in `context`."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """What a stage's methods or routes share and, filled in for each, one of them as configured.

    `protocol` is the kind of API: REST, HTTP or WEBSOCKET. `in_test`: it is compiled for a test invocation. No stage's
    name says that: a deployed one may have any name. `verb` is as configured (ANY included), `method` and `integration`
    are GetMethod's and GetIntegration's output, or what `route_source.py` makes of a route's."""

    variables: Mapping[str, str]
    account: str
    region: str
    api_id: str
    stage: str
    network: Network = NETWORK
    protocol: str = "REST"
    binary_media_types: tuple[str, ...] = ()
    in_test: bool = False
    endpoint_type: str = "REGIONAL"
    method: Document = field(default_factory=dict)
    integration: Document = field(default_factory=dict)
    verb: str = ""
    resource_path: str = ""

    @property
    def integration_verb(self) -> str:
        """The verb that the integration's backend gets, "" for the client's."""
        verb: str = self.integration.get("httpMethod") or "ANY"
        return "" if verb == "ANY" else verb


@dataclass(frozen=True, slots=True)
class CallPlan:
    """What a request calls, ready to serve. `verb` is as configured: a request may bring another one to ANY.

    `metrics_enabled`: it is counted by itself, too. The steps that a request takes before the integration raise Refusal
    for one that goes no further; a step that is not configured is None."""

    verb: str
    resource_id: str
    resource_path: str
    integration: Integration
    metrics_enabled: bool = False
    authorize: "Step | None" = None
    require_key: "Callable[[RequestContext, World], None] | None" = None
    throttle: "QuickStep | None" = None


@dataclass(frozen=True, slots=True)
class MethodPlan(CallPlan):
    """A method of a resource. `cache` answers in place of the integration, which it calls when it has to."""

    validate: "Callable[[RequestContext], None] | None" = None
    cache: Integration | None = None


@dataclass(frozen=True, slots=True)
class RoutePlan(CallPlan):
    """A route of an HTTP API, or one of a WebSocket API. `key` is its route key, `resource_id` its id.

    `verb` and `resource_path` are the halves of an HTTP API's key, ANY and the key itself for any other."""

    key: str = field(kw_only=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePlan:
    """What a deployed stage of any kind of API has. One without ids and names is of no API: it answers for what is not
    there.

    `protocol` is AWS's word for the kind of API. `log_line` writes one access-log line without its newline, or is
    None. `refused` answers refused requests. `only_by_domain`: no address but custom domain names leads here.
    Logs, policies and events of any API ask for two things that only REST APIs have: `is_canary` tells the two plans
    of a stage with a canary apart, `private` says who comes near a private API at all."""

    protocol: ClassVar[str]
    api_id: str = ""
    api_name: str = ""
    stage: str = ""
    account: str = ""
    region: str = ""
    deployment_id: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    log_line: "Callable[[RequestContext], bytes] | None" = None
    counters: Counters
    refused: "Callable[[Refusal, RequestContext], Response]" = render
    is_canary: bool | None = None
    private: PrivateApi | None = None
    only_by_domain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RestPlan(StagePlan):
    """A stage of a REST API, or the one of a test invocation, whose `deployment_id` is "".

    `compress` compresses responses where clients want it, None when the API does not. `canary` has a share of the
    stage's requests. `filter` is the stage's web ACL."""

    protocol: ClassVar[str] = "REST"
    resources: Paths[MethodPlan]
    compress: Compress | None = None
    canary: Canary | None = None
    filter: "Step | None" = None
