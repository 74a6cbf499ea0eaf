"""ImportDocumentationParts, and the documentation of an imported API: parts from a definition's extension.

https://docs.aws.amazon.com/apigateway/latest/api/API_ImportDocumentationParts.html
"""

from functools import partial

import msgspec

from gatewright.aws.call import Call
from gatewright.management.draft import Draft, Drafts
from gatewright.management.importing import ImportErrors, part_call, read_beside
from gatewright.management.noun import Change, fresh_id, given, identified, require, settle
from gatewright.management.openapi.parts import Members
from gatewright.management.openapi.reading import read_documentation
from gatewright.management.rest.documentation_part import DOCUMENTATION_PART, location_settled
from gatewright.management.rest.inside import key_inside
from gatewright.management.rest.rest_api import REST_API
from gatewright.values.long_work import LongWork
from gatewright.values.records import Document, Transaction


async def import_documentation_parts(drafts: Drafts, work: LongWork, call: Call) -> Document:
    """Merge the definition's parts into the API's, or replace all of the API's by them."""
    parts, warnings = await read_beside(work, partial(read_documentation, call.input["body"]))

    async def write(draft: Draft, work: LongWork) -> list[str]:
        require(draft, call, REST_API)
        errors = ImportErrors(warnings, call)
        overwrites = call.input.get("mode") == "overwrite"
        ids = await write_documentation(draft, work, call, parts, errors, overwrites=overwrites)
        errors.check()
        return ids

    return {"ids": await drafts.written(write, work)} | ({"warnings": warnings} if warnings else {})


async def write_documentation(
    tx: Transaction, work: LongWork, call: Call, parts: list[Members], errors: ImportErrors, *, overwrites: bool
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
        await work.turn()
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
    return new
