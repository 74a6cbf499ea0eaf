"""Canary of a stage: a share of its traffic that another deployment serves, with stage variables of its own.

https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html
"""

from collections.abc import Mapping
from typing import Any

from gatewright.aws.errors import ServiceError
from gatewright.management.noun import Change
from gatewright.management.patch import Operation, Read, refused
from gatewright.management.values import boolean, decimal, text
from gatewright.values.records import Document

_READS: Mapping[str, Read] = {"percentTraffic": decimal, "useStageCache": boolean, "deploymentId": text}


def canary_settled(change: Change) -> None:
    """A canary takes no traffic until told, and at most all of it."""
    canary = change.new.get("canarySettings")
    if canary is None:
        return
    change.new["canarySettings"] = canary = {"percentTraffic": 0.0, "useStageCache": False} | canary
    if not 0 <= canary["percentTraffic"] <= 100:
        raise refused(f"Invalid percentTraffic specified: {canary['percentTraffic']}. Must be between 0 and 100")


def bad_copy(operation: Operation) -> ServiceError:
    """A copy other than a promotion."""
    return refused(
        f"Invalid copy operation with path: {operation.path} and from {operation.source or 'null'}. "
        "Valid copy:path are [/deploymentId, /variables] and valid copy:from are "
        "[/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]"
    )


def canary_of(stage: Document) -> Document:
    """The stage's canary, or the one it gets when it is first told of."""
    canary: Document = stage.get("canarySettings") or {
        "percentTraffic": 0.0,
        "useStageCache": False,
        "deploymentId": stage["deploymentId"],
    }
    return canary


def drop_canary(stage: Document, operation: Operation) -> None:
    """No canary any more; nothing when there is none."""
    stage.pop("canarySettings", None)


def set_canary(stage: Document, operation: Operation) -> None:
    """One member of the canary, which is made if there is none."""
    name = operation.path.rpartition("/")[2]
    stage["canarySettings"] = canary_of(stage) | {name: _READS[name](operation.value)}


def set_override(stage: Document, operation: Operation) -> None:
    """A stage variable for the canary alone."""
    canary = canary_of(stage)
    canary["stageVariableOverrides"] = canary.get("stageVariableOverrides") or {}
    canary["stageVariableOverrides"][operation.names[0]] = operation.value
    stage["canarySettings"] = canary


def drop_override(stage: Document, operation: Operation) -> None:
    """The canary has the stage's own value again."""
    overrides = stage.get("canarySettings", {}).get("stageVariableOverrides") or {}
    if operation.names[0] not in overrides:
        raise refused(f"Invalid remove operation with path: {operation.path}")
    del overrides[operation.names[0]]


def promote_deployment(stage: Document, operation: Operation) -> None:
    """What the canary serves becomes what the stage serves."""
    stage["deploymentId"] = _promoted(stage, operation, "deploymentId")


def promote_variables(stage: Document, operation: Operation) -> None:
    """The canary's stage variables become the stage's."""
    overrides = _promoted(stage, operation, "stageVariableOverrides") or {}
    stage["variables"] = (stage.get("variables") or {}) | overrides


def _promoted(stage: Document, operation: Operation, name: str) -> Any:
    if operation.source != f"/canarySettings/{name}":
        raise bad_copy(operation)
    if "canarySettings" not in stage:
        raise refused("Promotion not available. Canary does not exist.")
    return stage["canarySettings"].get(name)
