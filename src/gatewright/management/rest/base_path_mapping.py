"""BasePathMapping: the API, and perhaps the stage, that the first segment of a domain name's paths leads to.

The second API's mappings are the same records, whose base paths may have more segments: those are not listed here.
https://docs.aws.amazon.com/apigateway/latest/api/API_BasePathMapping.html
"""

import re
from functools import partial

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.execute.custom_domain import NONE
from gatewright.management.ids import INNER, random_id
from gatewright.management.mapped_api import SEGMENT, check_reach, check_stage, mapped_api, protocol_of, protocols
from gatewright.management.noun import Change, Noun, Refuse, Wanted, require
from gatewright.management.patch import Operation, Patch, member, refused, tell_paths
from gatewright.management.rest.domain_name import DOMAIN_NAME
from gatewright.management.values import optional, text
from gatewright.values.records import Document, Key, Transaction

# Seen: serverless issue 7459.
_MIXED = (
    "Mixing of REST APIs and HTTP APIs on the same domain name can only be accomplished through API Gateway's V2 "
    "DomainName interface. Currently, WebSocket APIs can only be attached to a domain name with other WebSocket APIs. "
    "This must also occur through API Gateway's V2 DomainName interface."
)
_BASE_PATH, _LONGEST = re.compile(SEGMENT), 300


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
    if len(path) > _LONGEST or not _BASE_PATH.fullmatch(path):
        raise refused(f"Invalid base path specified: {path}. Use letters, digits and any of $-_.+!*'()")


def leads_to_a_stage(change: Change) -> None:
    """The REST API exists, and the stage if one is named; the domain name leads to REST APIs only."""
    tx, call, new = change.tx, change.call, change.new
    found = mapped_api(tx, call, new["restApiId"])
    if found is None:
        raise refused("Invalid REST API identifier specified")
    key, api = found
    if {protocol_of(api), *protocols(tx, call, but=call.input["basePath"])} != {"REST"}:
        raise refused(_MIXED)
    if "stage" in new:
        check_stage(tx, key, new["stage"])
    check_reach(require(tx, call, DOMAIN_NAME), api)


def numbered(change: Change) -> None:
    """A mapping keeps the id by which the second API knows it."""
    if change.old is None:
        beside = Key(change.call.account, change.call.region, "BasePathMapping", change.call.input["domainName"], "")
        taken = {mapping["apiMappingId"] for _, mapping in change.tx.list(beside)}
        while (id := random_id(INNER)) in taken:
            pass
        change.new["apiMappingId"] = id


def moved(exists: Refuse, change: Change) -> None:
    """A mapping that gets another base path leaves its old one; what `exists` says if another mapping has that."""
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


def of_one_segment(tx: Transaction, call: Call) -> Wanted:
    """Those that this API can make."""
    return lambda mapping: "/" not in mapping["basePath"]


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
    listed=of_one_segment,
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
    rules=(base_path_is_well_formed, leads_to_a_stage, numbered, partial(moved, exists)),
)
