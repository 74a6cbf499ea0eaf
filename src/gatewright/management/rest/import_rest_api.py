"""ImportRestApi and PutRestApi: an API from an OpenAPI definition, new or over one that is there.

https://docs.aws.amazon.com/apigateway/latest/api/API_ImportRestApi.html
"""

from copy import deepcopy
from functools import partial

from gatewright.aws.call import Call, Handler
from gatewright.management.draft import Draft, Drafts
from gatewright.management.importing import ImportErrors, base_path_mode, part_call, read_beside
from gatewright.management.noun import Change, require, settle
from gatewright.management.openapi.aws_variables import with_variables
from gatewright.management.openapi.document import INVALID
from gatewright.management.openapi.parts import ApiParts, Members
from gatewright.management.openapi.reading import Read, read_api
from gatewright.management.patch import refused
from gatewright.management.rest.import_documentation_parts import import_documentation_parts, write_documentation
from gatewright.management.rest.import_parts import PartsWriter
from gatewright.management.rest.rest_api import REST_API
from gatewright.management.verbs import make
from gatewright.values.long_work import LongWork
from gatewright.values.records import Document, Store

OVERWRITE = "overwrite"
# What an overwriting definition takes away when it does not tell it; the endpoint stays as it is.
_OVERWRITTEN = ("description", "version", "policy", "binaryMediaTypes", "minimumCompressionSize", "apiKeySource")


async def import_rest_api(drafts: Drafts, work: LongWork, call: Call) -> Document:
    """Make an API from a definition. Raises BadRequestException with everything that is wrong with it."""
    read = await _read(work, call)

    async def write(draft: Draft, work: LongWork) -> Document:
        there, _ = make(REST_API, draft, part_call(call, "CreateRestApi", _members(call, read.parts)))
        return await _written(draft, work, there, read, ImportErrors(read.warnings, call), overwrites=True)

    return await drafts.written(write, work)


async def put_rest_api(drafts: Drafts, work: LongWork, call: Call) -> Document:
    """Merge a definition into an API, or let it overwrite the API."""
    read = await _read(work, call)
    overwrites = call.input.get("mode") == OVERWRITE

    async def write(draft: Draft, work: LongWork) -> Document:
        old = require(draft, call, REST_API)
        members = _members(call, read.parts) | {"name": read.parts.api["name"] or old["name"]}
        new = _changed(old, part_call(call, "CreateRestApi", members).input, overwrites=overwrites)
        settle(REST_API, Change(draft, call, old, new))
        errors = ImportErrors(read.warnings, call)
        return await _written(draft, work, call, read, errors, overwrites=overwrites)

    return await drafts.written(write, work)


async def _read(work: LongWork, call: Call) -> Read:
    parameters = call.input.get("parameters") or {}
    mode = base_path_mode(parameters)
    body = with_variables(call.input["body"], call.account, call.region)
    read = await read_beside(work, partial(read_api, body, mode))
    if parameters.get("ignore") == "documentation":
        read.parts.documentation = None
    return read


def _members(call: Call, parts: ApiParts) -> Members:
    """CreateRestApi's input: the definition's, and over it what the call's parameters say of the endpoint."""
    parameters = call.input.get("parameters") or {}
    members, endpoint = dict(parts.api), dict(parts.api.get("endpointConfiguration") or {})
    if parameters.get("endpointConfigurationTypes"):
        endpoint["types"] = parameters["endpointConfigurationTypes"].split(",")
    if parameters.get("endpointConfigurationVpcEndpointIds"):
        endpoint["vpcEndpointIds"] = parameters["endpointConfigurationVpcEndpointIds"].split(",")
    return members | ({"endpointConfiguration": endpoint} if endpoint else {})


def _changed(old: Document, given: Members, *, overwrites: bool) -> Document:
    new = deepcopy(old)
    if overwrites:
        new = {name: value for name, value in new.items() if name not in _OVERWRITTEN}
        new |= {name: REST_API.defaults[name] for name in _OVERWRITTEN if name in REST_API.defaults}
    types = new.get("binaryMediaTypes", [])
    new |= given
    if "binaryMediaTypes" in given:
        new["binaryMediaTypes"] = types + given["binaryMediaTypes"]
    if "endpointConfiguration" in given:
        was, becomes = old["endpointConfiguration"], given["endpointConfiguration"]
        stays = becomes.get("types", was["types"]) == was["types"]
        new["endpointConfiguration"] = (was if stays else {}) | becomes  # each type has its own settings
    return new


async def _written(
    draft: Draft, work: LongWork, call: Call, read: Read, errors: ImportErrors, *, overwrites: bool
) -> Document:
    """Write the parts of the API that `call` leads to, and tell it, unless that was all for nothing."""
    writer = PartsWriter(draft, call, errors)
    try:
        if overwrites:
            writer.clear(read.parts)
        await writer.write(read.parts, work)
        if read.parts.documentation is not None:
            await write_documentation(draft, work, call, read.parts.documentation, errors, overwrites=overwrites)
    except RecursionError:
        raise refused(INVALID) from None
    errors.check()
    told = REST_API.show(draft, call, require(draft, call, REST_API))
    return told | ({"warnings": read.warnings} if read.warnings else {})


def handlers(store: Store, work: LongWork) -> dict[str, Handler]:
    """The operations that read definitions."""
    drafts = Drafts(store)
    return {
        "ImportRestApi": partial(import_rest_api, drafts, work),
        "PutRestApi": partial(put_rest_api, drafts, work),
        "ImportDocumentationParts": partial(import_documentation_parts, drafts, work),
    }
