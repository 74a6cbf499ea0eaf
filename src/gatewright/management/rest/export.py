"""GetExport: a stage's API as an OpenAPI definition, from the deployment that the stage points at.

https://docs.aws.amazon.com/apigateway/latest/api/API_GetExport.html
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from gatewright.aws.call import Call, Handler
from gatewright.aws.timestamps import ISO, format_timestamp
from gatewright.management.noun import require
from gatewright.management.openapi.export_oas30 import export_oas30
from gatewright.management.openapi.export_swagger import export_swagger
from gatewright.management.openapi.exported import CannotExport, Exported, Place, read_extensions
from gatewright.management.openapi.published import Published
from gatewright.management.openapi.text import to_json, to_yaml
from gatewright.management.patch import refused
from gatewright.management.rest.deployment import deployed
from gatewright.management.rest.inside import key_inside
from gatewright.management.rest.rest_api import REST_API
from gatewright.management.rest.stage import STAGE
from gatewright.values.long_work import LongWork
from gatewright.values.records import Document, Store, Transaction

LANGUAGES: Mapping[str, Callable[[Exported], Document]] = {"oas30": export_oas30, "swagger": export_swagger}
_FORMATS: Mapping[str, tuple[str, Callable[[Document], bytes]]] = {
    "application/json": ("json", to_json),
    "application/yaml": ("yaml", to_yaml),
}
_UNSAFE_IN_NAMES = str.maketrans('"\\/\r\n', "_____")


async def get_export(store: Store, work: LongWork, call: Call) -> Document:
    """The definition as a file. Raises BadRequestException for a language, format or extension that is none."""
    kind = call.input["exportType"]
    if kind not in LANGUAGES:
        raise refused(f"Invalid export type specified: {kind}. Valid options are {','.join(LANGUAGES)}")
    ending, write = _format(call.input.get("accepts") or "")
    with store.read() as tx:
        exported = _exported(tx, call)
    try:
        body = await work.beside(lambda: write(LANGUAGES[kind](exported)))
    except CannotExport as error:
        raise refused(str(error)) from None
    name = f"{kind}_{exported.place.version}.{ending}".translate(_UNSAFE_IN_NAMES)
    # Seen: recorded exports, whatever the format.
    headers = {"contentType": "application/octet-stream", "contentDisposition": f'attachment; filename="{name}"'}
    return headers | {"body": body}


def _format(accepts: str) -> tuple[str, Callable[[Document], bytes]]:
    """The first format that the header takes; JSON where it takes any."""
    for word in accepts.lower().split(","):
        accepted = word.partition(";")[0].strip()
        if accepted in _FORMATS:
            return _FORMATS[accepted]
        if accepted in ("", "*/*", "application/*"):
            return _FORMATS["application/json"]
    raise refused(f"Invalid Accept header specified: {accepts}. Valid options are {','.join(_FORMATS)}")


def _exported(tx: Transaction, call: Call) -> Exported:
    require(tx, call, REST_API)
    stage = require(tx, call, STAGE)
    snapshot = deployed(tx, call, stage)
    api = snapshot["restApi"]
    # An API without a version is told by its date. Seen: recorded exports.
    place = Place(call.region, stage["stageName"], api.get("version") or _date(api["createdDate"]))
    parameters = call.input.get("parameters") or {}
    try:
        extensions = read_extensions(parameters.get("extensions", ""))
    except CannotExport as error:
        raise refused(str(error)) from None
    return Exported(snapshot, place, extensions, _published(tx, call, stage))


def _published(tx: Transaction, call: Call, stage: Document) -> Published:
    version = tx.get(key_inside(call, "DocumentationVersion", stage.get("documentationVersion") or ""))
    if version is None:
        return Published()
    return Published(version["documentationParts"], version["version"], _date(version["createdDate"]))


def _date(seconds: Any) -> str:
    return str(format_timestamp(seconds, ISO))


def handlers(store: Store, work: LongWork) -> dict[str, Handler]:
    """The operation that writes definitions."""
    return {"GetExport": partial(get_export, store, work)}
