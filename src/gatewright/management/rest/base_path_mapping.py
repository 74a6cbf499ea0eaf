"""BasePathMapping: the API, and perhaps the stage, that the first segment of a domain name's paths leads to.

https://docs.aws.amazon.com/apigateway/latest/api/API_BasePathMapping.html
"""

import re

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.noun import Change, Noun, require
from gatewright.management.patch import Operation, Patch, member, refused, tell_paths
from gatewright.management.rest.domain_name import DOMAIN_NAME
from gatewright.management.values import optional, text
from gatewright.values.records import Document, Key

NONE = "(none)"  # the empty base path

_BASE_PATH = re.compile(r"[A-Za-z0-9$\-_.+!*'()]{1,300}")


def missing(call: Call) -> ServiceError:
    """The domain name has no such mapping."""
    return ServiceError("NotFoundException", "Invalid base path mapping identifier specified")


def exists(call: Call) -> ServiceError:
    """The base path leads somewhere already."""
    if call.input["basePath"] == NONE:
        # Seen: serverless-domain-manager issue 179.
        return ServiceError("ConflictException", "Only one base path mapping is allowed if the base path is empty.")
    return ServiceError("ConflictException", "Base path already exists for this domain name")


def led(call: Call) -> Call:
    """To the domain name of that id, and to `(none)` for an empty base path."""
    call = DOMAIN_NAME.led(call)
    return call._replace(input=call.input | {"basePath": call.input.get("basePath") or NONE})


def base_path_is_well_formed(change: Change) -> None:
    """One segment of few characters; more segments are for the second API's mappings."""
    path = change.new["basePath"]
    if "/" in path:
        # Seen: moto's tests against AWS.
        raise refused(
            "API Gateway V1 doesn't support the slash character (/) in base path mappings. "
            "To create a multi-level base path mapping, use API Gateway V2."
        )
    if not _BASE_PATH.fullmatch(path):
        raise refused(f"Invalid base path specified: {path}. Use letters, digits and any of $-_.+!*'()")


def leads_to_a_stage(change: Change) -> None:
    """The API exists, and the stage if one is named; a private domain name is for private APIs."""
    call, new = change.call, change.new
    api = Key(call.account, call.region, "RestApi", "", new["restApiId"])
    found = change.tx.get(api)
    if found is None:
        raise refused("Invalid REST API identifier specified")
    if "stage" in new and change.tx.get(api._replace(kind="Stage", parent=api.id, id=new["stage"])) is None:
        raise refused("Invalid stage identifier specified")
    private = "PRIVATE" in require(change.tx, call, DOMAIN_NAME)["endpointConfiguration"]["types"]
    if private != ("PRIVATE" in found["endpointConfiguration"]["types"]):
        raise refused("A private API can only be mapped to a private domain name, and no other API can")


def moved(change: Change) -> None:
    """A mapping that gets another base path leaves its old one, which nothing else has taken."""
    call, old, new = change.call, change.old, change.new
    if old is None or old["basePath"] == new["basePath"]:
        return
    there = Key(call.account, call.region, "BasePathMapping", call.input["domainName"], new["basePath"])
    if change.tx.get(there) is not None:
        raise exists(call._replace(input=call.input | {"basePath": new["basePath"]}))
    change.tx.delete(there._replace(id=old["basePath"]))
    call.input["basePath"] = new["basePath"]  # from here on the call leads to the new one


def set_base_path(document: Document, operation: Operation) -> None:
    """Another base path; empty text is `(none)`."""
    document["basePath"] = operation.value or NONE


BASE_PATH_MAPPING = Noun(
    name="BasePathMapping",
    path=("domainName", "basePath"),
    missing=missing,
    inside=DOMAIN_NAME,
    asks_inside=True,
    id="basePath",
    taken=exists,
    led=led,
    plural="BasePathMappings",
    optional=("stage",),
    patch=Patch(
        {
            # Each in the spelling of AWS's page and in that of its members.
            "/basepath": {"replace": set_base_path},
            "/basePath": {"replace": set_base_path},
            "/restapiId": member("restApiId", text),
            "/restApiId": member("restApiId", text),
            "/stage": member("stage", optional),
        },
        tell_paths,
    ),
    rules=(base_path_is_well_formed, leads_to_a_stage, moved),
)
