"""ApiStage: a stage of an API in a usage plan, with throttles for single methods of it.

https://docs.aws.amazon.com/apigateway/latest/api/API_ApiStage.html
"""

import re
from typing import Annotated, Any

import msgspec

from gatewright.aws.errors import ServiceError
from gatewright.management.noun import Change
from gatewright.management.patch import Operation, bad_value, refused, unescape
from gatewright.management.rest.method import VERBS
from gatewright.management.values import decimal, read_json, whole
from gatewright.values.records import Document, Key

LIMITS = {"rateLimit": decimal, "burstLimit": whole}

_METHOD = re.compile(rf"(/.*)?/({'|'.join(VERBS)}|\*)", re.DOTALL)


class Throttle(msgspec.Struct, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """Limits as a patch gives them in JSON."""

    burst_limit: Annotated[int, msgspec.Meta(lt=2**31)] | None = None
    rate_limit: float | None = None


def stage_of(held: Document) -> str:
    """`{apiId}:{stage}`, as patches name it."""
    return f"{held.get('apiId')}:{held.get('stage')}"


def stages_settled(change: Change) -> None:
    """Each stage of a plan exists and is in it once; the throttles of its methods can be counted."""
    stages = change.new["apiStages"]
    before = {stage_of(held) for held in (change.old or {}).get("apiStages", ())}
    seen: set[str] = set()
    for held in stages:
        if not held.get("apiId") or not held.get("stage"):
            raise refused("Invalid API Stage specified")
        name = stage_of(held)
        if name in seen:
            raise ServiceError("ConflictException", f"API Stage {name} is already in the usage plan")
        if name not in before and not _is_there(change, held):
            raise ServiceError("NotFoundException", f"API Stage not found: {name}")
        seen.add(name)
        _settle_throttles(held)
        if held.get("throttle") and _is_of_routes(change, held["apiId"]):
            raise refused("Can not define fine grain throttling for a stage of a WebSocket API.")


def _is_there(change: Change, held: Document) -> bool:
    """Whether the account has the stage, of a REST or a WebSocket API: HTTP APIs ask for no keys."""
    kind = "StageV2" if _is_of_routes(change, held["apiId"]) else "Stage"
    place = Key(change.call.account, change.call.region, kind, held["apiId"], held["stage"])
    return change.tx.get(place) is not None


def _is_of_routes(change: Change, api_id: str) -> bool:
    api = change.tx.get(Key(change.call.account, change.call.region, "Api", "", api_id))
    return api is not None and api["protocolType"] == "WEBSOCKET"


def _settle_throttles(held: Document) -> None:
    throttles = {_method(key): limits for key, limits in (held.pop("throttle", None) or {}).items()}
    for limits in throttles.values():
        if any((value or 0) < 0 for value in limits.values()):
            raise refused("Usage Plan throttle limits must be greater than or equal to 0")
    if throttles:
        held["throttle"] = throttles


def _method(key: str) -> str:
    """`/{resourcePath}/{httpMethod}`, whether or not the caller escaped it or wrote the slash that it begins with."""
    method = f"/{unescape(key).lstrip('/')}"
    if not _METHOD.fullmatch(method):
        raise refused(f"Invalid throttle path specified: {key}")
    return method


# Patch paths.


def add_stage(plan: Document, operation: Operation) -> None:
    """One more stage, `{apiId}:{stage}`."""
    api, colon, stage = operation.value.partition(":")
    if not colon:
        raise refused("Invalid API Stage specified")
    plan["apiStages"].append({"apiId": api, "stage": stage})


def remove_stage(plan: Document, operation: Operation) -> None:
    """One stage less, with the throttles of its methods."""
    plan["apiStages"].remove(_find(plan, operation.value))


def _find(plan: Document, name: str) -> Document:
    api, colon, stage = name.partition(":")
    if not colon:
        raise refused("Invalid API Stage specified")
    found: list[Document] = [held for held in plan["apiStages"] if stage_of(held) == name]
    if found:
        return found[0]
    raise ServiceError(
        "NotFoundException", f"Invalid API Stage {{api: {api}, stage: {stage}}} specified for usageplan {plan['id']}"
    )


def add_throttles(plan: Document, operation: Operation) -> None:
    """The throttles of all methods at once: a JSON object of limits by `/{resourcePath}/{httpMethod}`."""
    held = _find(plan, operation.names[0])
    throttles = read_json(operation.value, dict[str, Throttle])
    if throttles is None:
        raise bad_value(operation)
    held["throttle"] = msgspec.to_builtins(throttles)


def drop_throttles(plan: Document, operation: Operation) -> None:
    """No throttles for single methods."""
    _find(plan, operation.names[0]).pop("throttle", None)


def patch_method_throttle(plan: Document, operation: Operation) -> bool:
    """`/apiStages/{stage}/throttle/{resourcePath}/{httpMethod}`, to remove it, or one of its limits, to set it.

    Clients write the resource's path escaped or not, and with its leading slash or without.
    """
    start, _, rest = operation.path.partition("/throttle/")
    if not start.startswith("/apiStages/") or start.count("/") != 2 or not rest:
        return False
    held = _find(plan, unescape(start.removeprefix("/apiStages/")))
    key, _, limit = rest.rpartition("/")
    if limit in LIMITS and operation.op in ("add", "replace"):
        throttles: dict[str, Any] = held.setdefault("throttle", {})
        throttles.setdefault(_method(key), {})[limit] = LIMITS[limit](operation.value)
        return True
    if operation.op != "remove" or limit in LIMITS:
        return False
    if (held.get("throttle") or {}).pop(_method(rest), None) is None:
        raise ServiceError("NotFoundException", f"Invalid throttle path specified: {operation.path}")
    return True
