"""ImportDocumentationParts, and the documentation of an imported API: parts from a definition's extension.

https://docs.aws.amazon.com/apigateway/latest/api/API_ImportDocumentationParts.html
"""

import msgspec

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.draft import Draft
from gatewright.management.noun import Change, fresh_id, given, identified, keep, require, settle
from gatewright.management.openapi.document import TooLarge, Unreadable
from gatewright.management.openapi.parts import Members
from gatewright.management.openapi.reading import read_documentation
from gatewright.management.patch import refused
from gatewright.management.rest.documentation_part import DOCUMENTATION_PART, location_settled
from gatewright.management.rest.import_errors import ImportErrors
from gatewright.management.rest.import_parts import part_call
from gatewright.management.rest.inside import key_inside
from gatewright.management.rest.rest_api import REST_API
from gatewright.values.records import Document, Store, Transaction


def import_documentation_parts(store: Store, call: Call) -> Document:
    """Merge the definition's parts into the API's, or replace all of the API's by them."""
    try:
        parts, warnings = read_documentation(call.input["body"])
    except Unreadable as error:
        raise refused(str(error)) from None
    except TooLarge as error:
        raise ServiceError("RequestEntityTooLargeException", str(error)) from None
    errors = ImportErrors(warnings, call)
    with store.transaction() as tx:
        require(tx, call, REST_API)
        draft = Draft(tx)
        ids = write_documentation(draft, call, parts, errors, overwrites=call.input.get("mode") == "overwrite")
        errors.check()
        draft.hand_on()
    return {"ids": ids} | ({"warnings": warnings} if warnings else {})


def write_documentation(
    tx: Transaction, call: Call, parts: list[Members], errors: ImportErrors, *, overwrites: bool
) -> list[str]:
    """Write parts of the call's API; their ids, in order. A part whose location has one already changes that one."""
    place = key_inside(call, "DocumentationPart")
    if overwrites:
        tx.delete_all(place)
    there = {_location(part): part for _, part in tx.list(place)}
    ids = []
    for index, members in enumerate(parts):
        with errors.of(f"Unable to create documentation part {index + 1}"):
            part = _write(tx, call, members, there)
            there[_location(part)] = part
            ids.append(part["id"])
    return list(dict.fromkeys(ids))


def _location(part: Document) -> frozenset[tuple[str, str]]:
    return frozenset(part["location"].items())


def _write(
    tx: Transaction, call: Call, members: Members, there: dict[frozenset[tuple[str, str]], Document]
) -> Document:
    call = part_call(call, "CreateDocumentationPart", {"restApiId": call.input["restApiId"]} | members)
    new = given(DOCUMENTATION_PART, call)
    location_settled(Change(tx, call, None, new))
    old = there.get(_location(new))
    if old is not None:
        # Developer guide, "Import API documentation": imported attributes replace existing ones, others stay.
        kept = msgspec.json.decode(old["properties"])
        added = msgspec.json.decode(new["properties"])
        if isinstance(added, dict):
            new["properties"] = msgspec.json.encode(kept | added).decode()
    new["id"] = old["id"] if old is not None else fresh_id(DOCUMENTATION_PART, Change(tx, call, None, new))
    call = identified(DOCUMENTATION_PART, call, new["id"])
    # Told as a change of what is there: that no other part has its location is known, without a look at all of them.
    settle(DOCUMENTATION_PART, Change(tx, call, old or new, new))
    keep(tx, call, DOCUMENTATION_PART, new)
    return new
