"""ImportApi and ReimportApi: an HTTP API from an OpenAPI definition, new or in place of all that one has.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html#apisput
"""

from copy import deepcopy
from functools import partial

from gatewright.aws.call import Call, Handler
from gatewright.management.draft import Draft, Drafts
from gatewright.management.importing import ImportErrors, base_path_mode, part_call, read_beside
from gatewright.management.noun import Change, keep, quiet, require, settle
from gatewright.management.openapi.aws_variables import with_variables
from gatewright.management.openapi.document import INVALID
from gatewright.management.openapi.findings import Findings
from gatewright.management.openapi.http_reading import ReadHttpApi, read_http_api
from gatewright.management.patch import refused
from gatewright.management.v2.api import API
from gatewright.management.v2.auto_deploy import deploy_again
from gatewright.management.v2.errors import limits_are_bad_requests
from gatewright.management.v2.import_parts import PartsWriter, clear
from gatewright.management.v2.inside import HTTP
from gatewright.management.verbs import make
from gatewright.values.long_work import LongWork
from gatewright.values.records import Document, Store

# What a definition takes away when it does not tell it. Tags, and how the API is reached, stay as they are.
_REPLACED = ("description", "version", "corsConfiguration")

MOST_KEPT, LONGEST_KEPT = 100, 1_000  # of warnings, which the API keeps, and characters of one


async def import_api(drafts: Drafts, work: LongWork, call: Call) -> Document:
    """Make an API from a definition. Raises BadRequestException with everything that is wrong with it."""
    read = await _read(work, call)

    async def write(draft: Draft, work: LongWork) -> Document:
        there, _ = make(quiet(API), draft, _creating(call, read))
        return await _written(draft, work, call._replace(input=call.input | there.input), read)

    return await drafts.written(write, work)


async def reimport_api(drafts: Drafts, work: LongWork, call: Call) -> Document:
    """Replace all that is in an API; it keeps its id and its stages, and those that deploy automatically serve it."""
    read = await _read(work, call)

    async def write(draft: Draft, work: LongWork) -> Document:
        old = require(draft, call, API)
        if old["protocolType"] != HTTP:
            raise refused(f"Only HTTP APIs can be imported, and not one with a protocol type of {old['protocolType']}")
        members = _creating(call, read).input
        new = {name: value for name, value in old.items() if name not in _REPLACED} | members
        settle(quiet(API), Change(draft, call, old, deepcopy(new)))
        clear(draft, call)
        return await _written(draft, work, call, read)

    return await drafts.written(write, work)


async def _read(work: LongWork, call: Call) -> ReadHttpApi:
    mode = base_path_mode(call.input)
    body = with_variables(call.input["body"].encode("utf-8", "replace"), call.account, call.region)
    with limits_are_bad_requests():
        return await read_beside(work, partial(read_http_api, body, mode))


def _creating(call: Call, read: ReadHttpApi) -> Call:
    return part_call(call, "CreateApi", {"protocolType": HTTP} | deepcopy(read.parts.api), "apigatewayv2")


async def _written(draft: Draft, work: LongWork, call: Call, read: ReadHttpApi) -> Document:
    """Write the parts of the API that `call` leads to, deploy it, and tell it, unless that was all for nothing."""
    warnings = list(read.findings.warnings)
    errors = ImportErrors(warnings, call)
    errors.note(*read.findings.errors)
    try:
        await PartsWriter(draft, call, warnings, errors).write(read.parts, work)
    except RecursionError:
        raise refused(INVALID) from None
    errors.check()
    document = {
        name: value for name, value in require(draft, call, API).items() if name not in ("warnings", "importInfo")
    }
    document |= _told(warnings, read.findings)
    keep(draft, call, API, document)
    deploy_again(draft, call)
    return API.show(draft, call, document)


def _told(warnings: list[str], findings: Findings) -> Document:
    """What the API keeps of what was found."""
    found = {"warnings": warnings, "importInfo": findings.info}
    return {name: [text[:LONGEST_KEPT] for text in texts[:MOST_KEPT]] for name, texts in found.items() if texts}


def handlers(store: Store, work: LongWork) -> dict[str, Handler]:
    """The operations that read definitions."""
    drafts = Drafts(store)
    return {"ImportApi": partial(import_api, drafts, work), "ReimportApi": partial(reimport_api, drafts, work)}
