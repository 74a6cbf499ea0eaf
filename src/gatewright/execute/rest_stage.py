"""From a deployment's snapshot and a stage of a REST API to the plan that serves them: a pure function.

The stage's own parts first, then each method's (`method.py`), with what stands before it (`gate.py`). What cannot be
compiled, or is not served, becomes part of the plan: the requests it concerns get 500 with the reason as cause, the
others are served.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

from gatewright.execute import unserved
from gatewright.execute.access_log import compile_log_line
from gatewright.execute.caching.response_cache import StageCache, compile_stage_cache
from gatewright.execute.canary import Canary
from gatewright.execute.compression import compile_compression
from gatewright.execute.counters import Counters
from gatewright.execute.custom_gateway_response import compile_gateway_responses
from gatewright.execute.gate import Gate
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE
from gatewright.execute.method import Methods
from gatewright.execute.network import NETWORK, Network
from gatewright.execute.path_tree import NoPaths, Paths
from gatewright.execute.plan import Document, MethodPlan, RestPlan, Source
from gatewright.execute.private_api import compile_private_api
from gatewright.execute.resource import ResourceTree, verbs_served
from gatewright.execute.web_acl import WebAclFilter


def compile_rest_stage(
    snapshot: Document,
    stage: Document,
    canary: Document | None = None,
    *,
    account: str,
    region: str,
    network: Network = NETWORK,
) -> RestPlan:
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
) -> RestPlan:
    api = snapshot["restApi"]
    name = stage["stageName"]
    variables = dict(stage.get("variables") or {})
    source = replace(source_of(api, name, variables, account, region), network=network)
    log_line, log_doubt = compile_log_line(stage)
    unserved_parts = chain(unserved.of_rest_api(api), unserved.of_stage(stage))
    doubt = log_doubt or unserved.closed(unserved_parts)
    return RestPlan(
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
    """What all methods of a stage share, for `Methods` to fill in. `api` is GetRestApi's output."""
    return Source(
        variables=variables,
        account=account,
        region=region,
        api_id=api["id"],
        stage=stage,
        binary_media_types=tuple(api.get("binaryMediaTypes") or ()),
        in_test=in_test,
        endpoint_type=((api.get("endpointConfiguration") or {}).get("types") or ["REGIONAL"])[0],
    )


def _resources(
    snapshot: Document, stage: Document, cache: StageCache | None, source: Source, doubt: str | None
) -> Paths[MethodPlan]:
    if doubt is not None:
        return NoPaths(API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE + doubt)
    gate = Gate(snapshot, stage, source, cache)
    methods = Methods(snapshot, source, gate)

    def served(resource: Document) -> Iterator[tuple[str, MethodPlan]]:
        held = resource.get("resourceMethods") or {}
        for verb in held:
            yield from gate.by_verb(methods.plan(resource, verb), verbs_served(verb, held))

    return ResourceTree((resource["path"], dict(served(resource))) for resource in snapshot["resources"])
