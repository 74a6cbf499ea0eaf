"""DocumentationVersion: the documentation parts of an API as they are when the version is made, for stages to publish.

Its record keeps the parts as `documentationParts`, which no operation gives back but exports do.
https://docs.aws.amazon.com/apigateway/latest/api/API_DocumentationVersion.html
"""

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.noun import Change, Noun, keep, require
from gatewright.management.patch import Patch, member, refused, tell_paths
from gatewright.management.rest.inside import key_inside
from gatewright.management.rest.rest_api import REST_API
from gatewright.management.rest.stage import STAGE
from gatewright.management.values import optional


def missing(call: Call) -> ServiceError:
    """The API, whether it exists or not, has no such version."""
    return ServiceError("NotFoundException", "Invalid Documentation version specified")


def exists(call: Call) -> ServiceError:
    """The API has that version already."""
    return ServiceError("ConflictException", "Documentation version already exists")


def named(change: Change) -> None:
    """A version says which."""
    if not change.new["version"].strip():
        raise refused("Documentation version must be non-empty")


def born(change: Change) -> None:
    """A new version keeps the parts of now."""
    if change.old is None:
        parts = change.tx.list(key_inside(change.call, "DocumentationPart"))
        change.new["createdDate"] = int(change.call.request.arrived)
        change.new["documentationParts"] = [part for _, part in parts]


def no_stage_publishes_it(change: Change) -> None:
    """A version that a stage publishes stays."""
    version = change.call.input["documentationVersion"]
    for stage, document in change.tx.list(key_inside(change.call, "Stage")):
        if document.get("documentationVersion") == version:
            raise ServiceError(
                "ConflictException",
                f"Cannot delete documentation version '{version}', is referenced in stage: {stage}",
            )


def published(change: Change) -> None:
    """The stage that the call names, if it does, publishes the new version."""
    if change.new.pop("stageName", None):
        stage = require(change.tx, change.call, STAGE)
        stage |= {"documentationVersion": change.new["version"], "lastUpdatedDate": change.new["createdDate"]}
        keep(change.tx, change.call, STAGE, stage)


DOCUMENTATION_VERSION = Noun(
    name="DocumentationVersion",
    path=("restApiId", "documentationVersion"),
    missing=missing,
    inside=REST_API,
    id="version",
    taken=exists,
    plural="DocumentationVersions",
    optional=("description",),
    patch=Patch({"/description": member("description", optional)}, tell_paths),
    rules=(named, born, published),
    deleting=(no_stage_publishes_it,),
)
