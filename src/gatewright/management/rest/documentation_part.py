"""DocumentationPart: what is written about one part of an API, at a location that names the part.

https://docs.aws.amazon.com/apigateway/latest/api/API_DocumentationPart.html
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from gatewright.aws.call import Call, Handler
from gatewright.aws.errors import ServiceError
from gatewright.management import verbs
from gatewright.management.ids import INNER
from gatewright.management.noun import Change, Noun, Wanted, require
from gatewright.management.patch import Patch, member, refused, tell_paths
from gatewright.management.rest.documented import undocumented
from gatewright.management.rest.inside import key_inside
from gatewright.management.rest.rest_api import REST_API
from gatewright.management.values import read_json, text
from gatewright.values.records import Document, Store, Transaction

_DEFAULTS = {"path": "/", "method": "*", "statusCode": "*"}
_IN_RESPONSE = ("path", "method", "statusCode")
# The members of a location besides its type, by type. A name is always needed where there can be one.
MEMBERS: Mapping[str, tuple[str, ...]] = {
    "API": (),
    "AUTHORIZER": ("name",),
    "MODEL": ("name",),
    "RESOURCE": ("path",),
    "METHOD": ("path", "method"),
    "PATH_PARAMETER": ("path", "method", "name"),
    "QUERY_PARAMETER": ("path", "method", "name"),
    "REQUEST_HEADER": ("path", "method", "name"),
    "REQUEST_BODY": ("path", "method"),
    "RESPONSE": _IN_RESPONSE,
    "RESPONSE_HEADER": (*_IN_RESPONSE, "name"),
    "RESPONSE_BODY": _IN_RESPONSE,
}


def missing(call: Call) -> ServiceError:
    """The API, whether it exists or not, has no such part."""
    return ServiceError("NotFoundException", "Invalid Documentation part identifier specified")


def location_settled(change: Change) -> None:
    """A location has the members that its type has: a name where one is needed, defaults for the others.

    Empty members count as not given: Terraform sends all of them."""
    given = {name: value for name, value in change.new["location"].items() if value}
    kind = given["type"]
    for name in given:
        if name != "type" and name not in MEMBERS[kind]:
            raise refused(f"Invalid location specified: '{name}' is not a valid field for type '{kind}'.")
    if "name" in MEMBERS[kind] and not given.get("name"):
        raise refused(f"Invalid location specified: 'name' is required for type '{kind}'.")
    if not given.get("path", "/").startswith("/"):
        raise refused(f"Invalid location specified: 'path' must begin with '/', not '{given['path']}'.")
    change.new["location"] = {"type": kind} | {
        name: given.get(name) or _DEFAULTS[name] if name in _DEFAULTS else given[name] for name in MEMBERS[kind]
    }


def properties_are_json(change: Change) -> None:
    """Properties are the text of a JSON object."""
    if not change.new["properties"]:
        raise refused("Documentation part properties must be non-empty")
    if read_json(change.new["properties"], dict) is None:
        raise refused("Invalid properties specified: a JSON object is expected.")


def location_is_free(change: Change) -> None:
    """One part per location."""
    if change.old is not None:
        return
    location = change.new["location"]
    for _, part in change.tx.list(key_inside(change.call, "DocumentationPart")):
        if part["location"] == location:
            told = ", ".join(f"{name} '{value}'" for name, value in location.items())
            raise ServiceError(
                "ConflictException", f"Documentation part already exists for the specified location: {told}."
            )


def wanted(tx: Transaction, call: Call) -> Wanted:
    """The parts that a call to list asks for, by type, name and path."""
    asked = {"type": call.input.get("type"), "name": call.input.get("nameQuery"), "path": call.input.get("path")}
    return lambda part: all(value in (None, part["location"].get(name)) for name, value in asked.items())


DOCUMENTATION_PART = Noun(
    name="DocumentationPart",
    path=("restApiId", "documentationPartId"),
    missing=missing,
    inside=REST_API,
    id="id",
    new_id=INNER,
    plural="DocumentationParts",
    listed=wanted,
    patch=Patch({"/properties": member("properties", text)}, tell_paths),
    rules=(location_settled, properties_are_json, location_is_free),
)


def get_documentation_parts(store: Store, call: Call) -> Document:
    """One page of the parts, or of the locations that have none."""
    if call.input.get("locationStatus") != "UNDOCUMENTED":
        return verbs.page(DOCUMENTATION_PART, store, call)
    with store.read() as tx:
        require(tx, call, REST_API)
        found = (part for part in undocumented(tx, call) if wanted(tx, call)(part))
        by_id = {"\0".join(f"{name}={value}" for name, value in part["location"].items()): part for part in found}
        listed = DOCUMENTATION_PART.paging.cut(sorted(by_id), call)
        return {"items": [by_id[id] for id in listed.pop("found")], **listed}


def delete_documentation_part(store: Store, call: Call) -> Document:
    """Remove a part. Recorded: unlike the other operations on one part this one tells of a missing API."""
    return verbs.delete(replace(DOCUMENTATION_PART, asks_inside=True), store, call)


def handlers(store: Store) -> dict[str, Handler]:
    """The operations on documentation parts that are no shared verbs."""
    return {
        "GetDocumentationParts": partial(get_documentation_parts, store),
        "DeleteDocumentationPart": partial(delete_documentation_part, store),
    }
