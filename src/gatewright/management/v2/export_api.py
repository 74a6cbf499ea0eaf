"""ExportApi: an HTTP API as an OpenAPI definition, as a stage serves it or as it is now.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-exports-specification.html
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

from gatewright.aws.call import Call, Handler
from gatewright.aws.errors import ServiceError
from gatewright.management.noun import require
from gatewright.management.openapi.export_http_api import HttpExport, export_http_api
from gatewright.management.openapi.exported import CannotExport, Place
from gatewright.management.openapi.http_settings import NEWEST
from gatewright.management.openapi.text import to_json, to_yaml
from gatewright.management.patch import refused
from gatewright.management.v2.api import API
from gatewright.management.v2.inside import HTTP, key_inside
from gatewright.management.v2.snapshot import take_snapshot
from gatewright.management.v2.stage import DEFAULT, STAGE
from gatewright.values.long_work import LongWork
from gatewright.values.records import Document, Store, Transaction

SPECIFICATION = "OAS30"
_FORMATS: Mapping[str, tuple[str, Callable[[Document], bytes]]] = {
    "JSON": ("application/json", to_json),
    "YAML": ("application/yaml", to_yaml),
}


async def export_api(store: Store, work: LongWork, call: Call) -> Document:
    """The definition as text. Raises BadRequestException for a language, format or version that is none."""
    given = call.input
    _check("specification", given["specification"], (SPECIFICATION,))
    _check("outputType", given["outputType"], tuple(_FORMATS))
    _check("exportVersion", given.get("exportVersion") or NEWEST, (NEWEST,))
    content_type, write = _FORMATS[given["outputType"]]
    with store.read() as tx:
        export = _export(tx, call)
    try:
        body = await work.beside(lambda: write(export_http_api(export)))
    except CannotExport as error:
        raise refused(str(error)) from None
    return {"contentType": content_type, "body": body}


def _check(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise refused(f"Invalid {name} specified: {value}. Valid options are {','.join(known)}")


def _export(tx: Transaction, call: Call) -> HttpExport:
    api = require(tx, call, API)
    if api["protocolType"] != HTTP:
        raise refused(f"Only HTTP APIs can be exported, and not one with a protocol type of {api['protocolType']}")
    stage, taken = DEFAULT, take_snapshot(tx, call)
    if call.input.get("stageName"):
        stage, taken = call.input["stageName"], _deployed(tx, call)
    api = taken["api"]
    # An API without a version is told by its date. Seen: definitions that AWS has exported.
    version = api.get("version") or datetime.fromtimestamp(api["createdDate"], UTC).strftime("%Y-%m-%d %H:%M:%SUTC")
    return HttpExport(
        taken, Place(call.region, stage, version), has_extensions=call.input.get("includeExtensions", True)
    )


def _deployed(tx: Transaction, call: Call) -> Document:
    """What the stage serves."""
    id = require(tx, call, STAGE).get("deploymentId", "")
    found = tx.get(key_inside(call, "Snapshot", id)) if id else None
    if found is None:
        raise ServiceError("NotFoundException", f"Stage {call.input['stageName']} has no deployment")
    return found


def handlers(store: Store, work: LongWork) -> dict[str, Handler]:
    """The operation that writes definitions."""
    return {"ExportApi": partial(export_api, store, work)}
