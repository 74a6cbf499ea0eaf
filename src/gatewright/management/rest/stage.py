"""Stage: a name under which a deployment is reached, and how it is served there.

https://docs.aws.amazon.com/apigateway/latest/api/API_Stage.html
"""

import re
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from gatewright.aws.call import Call, Handler
from gatewright.aws.errors import ServiceError
from gatewright.execute.caching.cached_responses import FlushFailed
from gatewright.execute.caching.response_cache import DEFAULT_SIZE
from gatewright.execute.unserved import of_stage
from gatewright.management.leaving_plans import stage_leaves_plans
from gatewright.management.noun import Change, Noun, require
from gatewright.management.patch import ALL, Acts, Operation, Patch, bad_value, member, refused
from gatewright.management.rest.access_log_settings import (
    access_log_is_complete,
    drop_access_log,
    log_value,
    need_log_role,
)
from gatewright.management.rest.canary import (
    bad_copy,
    canary_settled,
    drop_canary,
    drop_override,
    promote_deployment,
    promote_variables,
    set_canary,
    set_override,
)
from gatewright.management.rest.client_certificate import CLIENT_CERTIFICATE
from gatewright.management.rest.inside import is_inside, key_inside
from gatewright.management.rest.method_setting import patch_method_setting
from gatewright.management.rest.rest_api import REST_API
from gatewright.management.tags import tags_settled
from gatewright.management.values import boolean, one_of, optional, read_json
from gatewright.values.records import Document, Store

MOST_VARIABLES = 100
# (API, stage): empties its cache. Raises FlushFailed. It may await only `Pending`s.
Flush = Callable[[str, str], Coroutine[Any, None, None]]
Forget = Callable[[str, str], None]  # (API, stage): drops the results of its authorizers
CACHE_SIZES = ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_VARIABLE_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
_VARIABLE_VALUE = re.compile(r"[A-Za-z0-9._~:/?#&=,-]{1,512}")
# AWS's own list, its missing commas included.
_PATHS = (
    "[/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, "
    "/accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, "
    "/{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, "
    "/{resourcePath}/{httpMethod}/throttling/burstLimit/{resourcePath}/{httpMethod}/throttling/rateLimit"
    "/{resourcePath}/{httpMethod}/caching/ttlInSeconds, /{resourcePath}/{httpMethod}/caching/enabled, "
    "/{resourcePath}/{httpMethod}/caching/dataEncrypted, "
    "/{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, "
    "/{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, "
    "/*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit /*/*/throttling/rateLimit "
    "/*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted, "
    "/*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, "
    "/variables/{variable_name}, /tracingEnabled]"
)


def missing(call: Call) -> ServiceError:
    """The API has no such stage."""
    return ServiceError("NotFoundException", "Invalid stage identifier specified")


def exists(call: Call) -> ServiceError:
    """The API has that stage already."""
    return ServiceError("ConflictException", "Stage already exists")


def name_is_well_formed(change: Change) -> None:
    """A stage's name is a segment of its address."""
    check_name(change.new["stageName"])


def check_name(name: str) -> None:
    """Raises BadRequestException."""
    if not _NAME.fullmatch(name):
        raise refused("Stage name only allows a-zA-Z0-9_-")


def deployment_exists(change: Change) -> None:
    """A stage points at a deployment of its API, and so does its canary."""
    old = change.old or {}
    canary = change.new.get("canarySettings")
    if canary is not None and not canary.get("deploymentId"):
        raise refused("Deployment id does not exist")
    if not is_inside(change, "Deployment", change.new["deploymentId"]):
        if not old:
            raise ServiceError("NotFoundException", "Invalid Deployment identifier specified")
        raise refused("Deployment id does not exist")
    if canary is not None and not is_inside(change, "Deployment", canary["deploymentId"]):
        raise refused("Deployment id does not exist")


def variables_are_well_formed(change: Change) -> None:
    """Stage variables go into addresses and ARNs: few characters are allowed."""
    canary = change.new.get("canarySettings") or {}
    for variables in (change.new.get("variables") or {}, canary.get("stageVariableOverrides") or {}):
        check_variables(variables)


def check_variables(variables: Mapping[str, str | None]) -> None:
    """AWS's rules for all variables of a stage. Raises BadRequestException, LimitExceededException."""
    if len(variables) > MOST_VARIABLES:
        raise ServiceError("LimitExceededException", f"A stage can have at most {MOST_VARIABLES} stage variables")
    for name, value in variables.items():
        if not _VARIABLE_NAME.fullmatch(name):
            raise refused(f"Invalid stage variable name: {name}. Stage variable names only allow a-zA-Z0-9_")
        if not _VARIABLE_VALUE.fullmatch(value or ""):
            raise refused(
                f"Invalid stage variable value: {value or ''}. Please use values with alphanumeric characters and "
                "the symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','."
            )


def cache_settled(change: Change) -> None:
    """What AWS tells of a cache cluster: half a gigabyte unless told, and there only while it is enabled."""
    enabled = change.new["cacheClusterEnabled"]
    change.new["cacheClusterStatus"] = "AVAILABLE" if enabled else "NOT_AVAILABLE"
    if enabled:
        change.new.setdefault("cacheClusterSize", DEFAULT_SIZE)


def references_exist(change: Change) -> None:
    """The client certificate is the account's, the documentation version the API's."""
    certificate, documentation = change.new.get("clientCertificateId"), change.new.get("documentationVersion")
    if certificate:
        require(change.tx, change.call._replace(input={"clientCertificateId": certificate}), CLIENT_CERTIFICATE)
    if documentation and not is_inside(change, "DocumentationVersion", documentation):
        raise ServiceError("NotFoundException", "Invalid Documentation version specified")


def execution_logs_have_a_role(change: Change) -> None:
    """Log levels other than OFF need the account's role."""
    before = (change.old or {}).get("methodSettings", {})
    for key, row in change.new["methodSettings"].items():
        level = row.get("loggingLevel", "OFF")
        if level != "OFF" and before.get(key, {}).get("loggingLevel", "OFF") == "OFF":
            need_log_role(change)


def dated(change: Change) -> None:
    """A stage tells when it was made and when it was last changed."""
    now = int(change.call.request.arrived)
    change.new.setdefault("createdDate", now)
    change.new["lastUpdatedDate"] = now


# Patch paths of a stage that are not plain members.


def tell_setting(patch: Patch, operation: Operation, acts: Acts | None) -> ServiceError:
    """A path that no stage has, or an operation that the path does not support."""
    if operation.op == "copy":
        return bad_copy(operation)
    if operation.op == "add" and acts is not None:
        return refused(f"Invalid add operation with path: {operation.path}")
    if operation.path.startswith("/accessLogSettings"):
        return refused(
            "Invalid accessLogSettings path. "
            "Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]"
        )
    return refused(f"Invalid method setting path: {operation.path}. Must be one of: {_PATHS}")


def set_deployment(stage: Document, operation: Operation) -> None:
    """Serve another deployment: this is how a stage is rolled back."""
    stage["deploymentId"] = operation.value


def set_variables(stage: Document, operation: Operation) -> None:
    """All stage variables at once, as a JSON object of text."""
    variables = read_json(operation.value or "{}", dict[str, str])
    if variables is None:
        raise bad_value(operation)
    stage["variables"] = variables


def drop_variables(stage: Document, operation: Operation) -> None:
    """No stage variables."""
    stage.pop("variables", None)


def set_variable(stage: Document, operation: Operation) -> None:
    """One stage variable."""
    stage["variables"] = (stage.get("variables") or {}) | {operation.names[0]: operation.value}


def drop_variable(stage: Document, operation: Operation) -> None:
    """One stage variable less; none is there to remove when it is absent."""
    (stage.get("variables") or {}).pop(operation.names[0], None)


STAGE = Noun(
    name="Stage",
    path=("restApiId", "stageName"),
    missing=missing,
    inside=REST_API,
    asks_inside=True,
    id="stageName",
    taken=exists,
    defaults={"cacheClusterEnabled": False, "methodSettings": {}, "tracingEnabled": False},
    optional=("variables", "description"),
    patch=Patch(
        {
            "/deploymentId": {"replace": set_deployment, "copy": promote_deployment},
            "/description": member("description", optional),
            "/cacheClusterEnabled": member("cacheClusterEnabled", boolean),
            "/cacheClusterSize": member("cacheClusterSize", one_of("cacheClusterSize", *CACHE_SIZES)),
            "/clientCertificateId": member("clientCertificateId", optional),
            "/documentationVersion": member("documentationVersion", optional),
            "/tracingEnabled": member("tracingEnabled", boolean),
            "/accessLogSettings": {"remove": drop_access_log},
            "/accessLogSettings/destinationArn": member("accessLogSettings.destinationArn", log_value, ALL),
            "/accessLogSettings/format": member("accessLogSettings.format", log_value, ALL),
            "/canarySettings": {"remove": drop_canary},
            "/canarySettings/deploymentId": {"replace": set_canary},
            "/canarySettings/percentTraffic": {"replace": set_canary},
            "/canarySettings/useStageCache": {"replace": set_canary},
            "/canarySettings/stageVariableOverrides/{name}": {"replace": set_override, "remove": drop_override},
            "/variables": {"replace": set_variables, "remove": drop_variables, "copy": promote_variables},
            "/variables/{name}": {"replace": set_variable, "remove": drop_variable},
        },
        tell_setting,
        patch_method_setting,
    ),
    rules=(
        name_is_well_formed,
        deployment_exists,
        variables_are_well_formed,
        canary_settled,
        cache_settled,
        references_exist,
        access_log_is_complete,
        execution_logs_have_a_role,
        tags_settled,
        dated,
    ),
    deleting=(stage_leaves_plans,),
    unserved=of_stage,
    arn="/restapis/{restApiId}/stages/{stageName}",
)


def get_stages(store: Store, call: Call) -> Document:
    """All stages of an API, or those that point at one deployment: the one list of AWS's that has no pages."""
    with store.read() as tx:
        require(tx, call, REST_API)
        wanted = call.input.get("deploymentId")
        found = tx.list(key_inside(call, "Stage"))
        return {"item": [stage for _, stage in found if wanted in (None, stage["deploymentId"])]}


async def flush_cache(store: Store, flush_responses: Flush, call: Call) -> Document:
    """Empty the stage's response cache, whether it is enabled or not."""
    with store.read() as tx:
        require(tx, call, STAGE)
    try:
        await flush_responses(call.input["restApiId"], call.input["stageName"])
    except FlushFailed as failed:
        raise ServiceError("ServiceUnavailableException", str(failed)) from failed
    return {}


def flush_authorizers(store: Store, forget: Forget, call: Call) -> Document:
    """Forget what the stage's authorizers said of their callers."""
    with store.read() as tx:
        require(tx, call, STAGE)
    forget(call.input["restApiId"], call.input["stageName"])
    return {}


def handlers(store: Store, flush_responses: Flush, forget: Forget) -> dict[str, Handler]:
    """The operations on stages that are no shared verbs."""
    return {
        "GetStages": partial(get_stages, store),
        "FlushStageCache": partial(flush_cache, store, flush_responses),
        "FlushStageAuthorizersCache": partial(flush_authorizers, store, forget),
    }
