"""From a deployment's snapshot and a stage to the plan that serves them: a pure function.

What cannot be compiled, or is not served, becomes part of the plan: the requests it concerns get 500 with the reason
as cause, the others are served. Where AWS's types of integration are told apart is the table below.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple, NoReturn

import msgspec

from gatewright.execute import unserved
from gatewright.execute.access_log import AccessLogFormatError, compile_format
from gatewright.execute.api_key import compile_api_key
from gatewright.execute.authorization import Authorizations
from gatewright.execute.canary import Canary
from gatewright.execute.compression import compile_compression
from gatewright.execute.context import RequestContext
from gatewright.execute.counters import Counters
from gatewright.execute.custom_gateway_response import compile_gateway_responses
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE, FORBIDDEN
from gatewright.execute.integrations.aws import compile_aws
from gatewright.execute.integrations.http import compile_http
from gatewright.execute.integrations.http_proxy import compile_http_proxy
from gatewright.execute.integrations.http_stream import compile_http_stream
from gatewright.execute.integrations.lambda_proxy import compile_lambda_proxy
from gatewright.execute.integrations.lambda_stream import compile_lambda_stream
from gatewright.execute.integrations.mock import compile_mock
from gatewright.execute.method_setting import MethodSettings
from gatewright.execute.method_throttle import compile_throttle
from gatewright.execute.network import NETWORK, Network
from gatewright.execute.plan import Document, Integration, MethodPlan, Resources, Source, StagePlan
from gatewright.execute.private_api import compile_private_api
from gatewright.execute.request_validator import Models, compile_request_validator
from gatewright.execute.resource import NoResources, ResourceTree, verbs_served
from gatewright.execute.response_cache import StageCache, compile_response_cache, compile_stage_cache
from gatewright.execute.web_acl import WebAclFilter
from gatewright.execute.world import World
from gatewright.values.refusal import refuse

PROXIES = frozenset({"AWS_PROXY", "HTTP_PROXY"})
_log = logging.getLogger(__name__)

INTEGRATIONS: Mapping[str, Callable[[Source], Integration]] = {
    "AWS": compile_aws,
    "AWS_PROXY": compile_lambda_proxy,
    "HTTP": compile_http,
    "HTTP_PROXY": compile_http_proxy,
    "MOCK": compile_mock,
}
STREAMED: Mapping[str, Callable[[Source], Integration]] = {
    "AWS_PROXY": compile_lambda_stream,
    "HTTP_PROXY": compile_http_stream,
}
_NAME_THEIR_METHOD = frozenset({"AWS", "AWS_PROXY"})  # in the event and in the permission they ask for


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """The integration of a method that cannot be served."""

    cause: str

    async def call(self, context: RequestContext, world: World) -> NoReturn:
        """Always raises Refusal."""
        context.integration_error = self.cause
        refuse(API_CONFIGURATION_ERROR, cause=self.cause)


def compile_stage(
    snapshot: Document,
    stage: Document,
    canary: Document | None = None,
    *,
    account: str,
    region: str,
    network: Network = NETWORK,
) -> StagePlan:
    """`snapshot` as management stores it for a deployment, `stage` as GetStage gives it. Its counters are new ones.

    `canary` is the snapshot of the deployment that the stage's canary serves. Raises LookupError when it is missing."""
    cache = compile_stage_cache(stage)
    plan = _compiled(snapshot, stage, cache, account, region, network)
    settings = stage.get("canarySettings")
    if not settings:
        return plan
    if canary is None:
        raise LookupError(f"the canary of stage {plan.api_id}/{plan.stage} has no snapshot")
    variables = (stage.get("variables") or {}) | (settings.get("stageVariableOverrides") or {})
    other = stage | {"deploymentId": settings["deploymentId"], "variables": variables}
    if not settings.get("useStageCache"):
        cache = compile_stage_cache(other, is_canary=True)
    served = replace(_compiled(canary, other, cache, account, region, network), is_canary=True)
    return replace(plan, is_canary=False, canary=Canary(settings.get("percentTraffic") or 0.0, served))


def _compiled(
    snapshot: Document, stage: Document, cache: StageCache | None, account: str, region: str, network: Network
) -> StagePlan:
    api = snapshot["restApi"]
    name = stage["stageName"]
    variables = dict(stage.get("variables") or {})
    source = replace(source_of(api, name, variables, account, region), network=network)
    log_line, log_doubt = _log_line(stage)
    unserved_parts = chain(unserved.of_rest_api(api), unserved.of_stage(stage))
    doubt = log_doubt or unserved.closed(unserved_parts)
    return StagePlan(
        api_id=api["id"],
        api_name=api.get("name") or "",
        stage=name,
        account=account,
        region=region,
        deployment_id=stage.get("deploymentId") or "",
        variables=variables,
        resources=_resources(snapshot, stage, cache, source, doubt),
        log_line=log_line,
        counters=Counters(),
        refused=compile_gateway_responses(snapshot.get("gatewayResponses") or (), variables),
        compress=compile_compression(api.get("minimumCompressionSize")),
        private=compile_private_api(source.endpoint_type, api, network.ways),
        filter=WebAclFilter(stage["webAclArn"]) if stage.get("webAclArn") else None,
    )


def source_of(
    api: Document, stage: str, variables: Mapping[str, str], account: str, region: str, *, in_test: bool = False
) -> Source:
    """What all methods of a stage share, for `compile_method` to fill in. `api` is GetRestApi's output."""
    return Source(
        method={},
        integration={},
        variables=variables,
        account=account,
        region=region,
        api_id=api["id"],
        stage=stage,
        verb="",
        resource_path="",
        binary_media_types=tuple(api.get("binaryMediaTypes") or ()),
        in_test=in_test,
        endpoint_type=((api.get("endpointConfiguration") or {}).get("types") or ["REGIONAL"])[0],
    )


class Shared:
    """What is compiled once for all methods of a snapshot: models, and one integration for those configured alike."""

    def __init__(self, snapshot: Document) -> None:
        self.integrations: dict[bytes, Integration] = {}
        self.validators: Iterable[Document] = snapshot.get("requestValidators") or ()
        self.models = Models(snapshot.get("models") or ())


def compile_method(resource: Document, verb: str, source: Source, shared: Shared) -> MethodPlan:
    """One method of `resource`. `source` is what all methods of the stage share; the rest of it is filled in here."""
    method = resource["resourceMethods"][verb] or {}
    source = replace(
        source,
        method=method,
        integration=method.get("methodIntegration") or {},
        verb=verb,
        resource_path=resource["path"],
    )
    integration = _shared_integration(source, shared.integrations)
    return _validated(MethodPlan(verb, resource["id"], resource["path"], integration), method, shared)


def _shared_integration(source: Source, alike: dict[bytes, Integration]) -> Integration:
    if source.integration.get("type") in _NAME_THEIR_METHOD:
        return _integration(source)
    key = msgspec.json.encode((source.integration, source.method | {"methodIntegration": None}))
    integration = alike.get(key)
    if integration is None:
        integration = alike[key] = _integration(source)
    return integration


def _integration(source: Source) -> Integration:
    """What is wrong with one method is that method's alone."""
    try:
        doubt = _doubt(source)
        if doubt is not None:
            return Misconfigured(CONFIGURATION_FAILURE + doubt)
        streamed = source.integration.get("responseTransferMode") == "STREAM"
        return (STREAMED if streamed else INTEGRATIONS)[source.integration["type"]](source)
    except ValueError as error:
        return Misconfigured(f"{CONFIGURATION_FAILURE}{error}")
    except Exception:
        _log.exception("%s %s of API %s cannot be compiled", source.verb, source.resource_path, source.api_id)
        return Misconfigured(f"{CONFIGURATION_FAILURE}the method cannot be compiled")


def _doubt(source: Source) -> str | None:
    if not source.integration:
        return "No integration defined for method"
    # A test invocation asks for no authorization: whoever may make it may call the method.
    doubt = None if source.in_test else unserved.closed(unserved.of_method(source.method))
    doubt = doubt or unserved.closed(unserved.of_integration(source.integration))
    if source.integration["type"] not in PROXIES:  # these pass the answer on as it is
        for response in (source.integration.get("integrationResponses") or {}).values():
            doubt = doubt or unserved.closed(unserved.of_integration_response(response))
    return doubt


def _resources(
    snapshot: Document, stage: Document, cache: StageCache | None, source: Source, doubt: str | None
) -> Resources:
    if snapshot["restApi"].get("disableExecuteApiEndpoint"):
        return NoResources(FORBIDDEN)
    if doubt is not None:
        return NoResources(API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE + doubt)
    shared = Shared(snapshot)
    key_source = snapshot["restApi"].get("apiKeySource") or "HEADER"
    settings = MethodSettings(stage.get("methodSettings") or {})
    authorizations = Authorizations(snapshot, source)
    gate = Gate(authorizations, settings, key_source, cache and cache._replace(policy=authorizations.policy))

    def methods(resource: Document) -> Iterator[tuple[str, MethodPlan]]:
        held = resource.get("resourceMethods") or {}
        for verb in held:
            plan = _gated(compile_method(resource, verb, source, shared), resource, source, gate)
            yield from _limited(plan, verbs_served(verb, held), source, settings)

    return ResourceTree((resource["path"], dict(methods(resource))) for resource in snapshot["resources"])


class Gate(NamedTuple):
    """What a deployed stage has before its methods, and a test invocation has not."""

    authorizations: Authorizations
    settings: MethodSettings
    api_key_source: str
    cache: StageCache | None


def _gated(plan: MethodPlan, resource: Document, source: Source, gate: Gate) -> MethodPlan:
    """With who may call the method, and its cache; one that lets no request through needs neither."""
    if isinstance(plan.integration, Misconfigured):
        return plan
    method = resource["resourceMethods"][plan.verb] or {}
    integration = method.get("methodIntegration") or {}
    source = replace(source, method=method, integration=integration, verb=plan.verb, resource_path=plan.resource_path)
    try:
        return replace(
            plan,
            authorize=gate.authorizations.of(source),
            require_key=compile_api_key(method, gate.api_key_source),
            cache=compile_response_cache(source, gate.settings, gate.cache, plan.integration),
        )
    except ValueError as error:
        return replace(plan, integration=Misconfigured(f"{CONFIGURATION_FAILURE}{error}"))


def _limited(
    plan: MethodPlan, verbs: Iterable[str], source: Source, settings: MethodSettings
) -> Iterator[tuple[str, MethodPlan]]:
    """For each of the verbs that the method serves, with what the setting for it says: whether requests are counted,
    and how often they may come."""
    is_open = not isinstance(plan.integration, Misconfigured)
    plans: dict[str, MethodPlan] = {}
    for verb in verbs:
        setting = settings.of(plan.resource_path, verb)
        if setting.verb not in plans:
            plans[setting.verb] = replace(
                plan,
                metrics_enabled=bool(setting.values.get("metricsEnabled")),
                throttle=compile_throttle(source, plan, setting) if is_open else None,
            )
        yield verb, plans[setting.verb]


def _validated(plan: MethodPlan, method: Document, shared: Shared) -> MethodPlan:
    """With the method's request validator; a method that lets no request through has nothing to validate."""
    if isinstance(plan.integration, Misconfigured):
        return plan
    try:
        return replace(plan, validate=compile_request_validator(method, shared.validators, shared.models))
    except ValueError as error:
        return replace(plan, integration=Misconfigured(f"{CONFIGURATION_FAILURE}{error}"))


def _log_line(stage: Document) -> tuple[Callable[[RequestContext], bytes] | None, str | None]:
    """The stage's access log, or why there can be none."""
    settings = stage.get("accessLogSettings") or {}
    if not settings.get("format"):
        return None, None
    try:
        return compile_format(settings["format"]), None
    except AccessLogFormatError as error:
        return None, str(error)
