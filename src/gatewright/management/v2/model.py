"""Model of an HTTP or WebSocket API: the shape of a message as a JSON schema, which routes of WebSocket APIs ask for.

Names are the API's own, and schemas refer to each other by URL, as those of REST APIs do.
https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-models.html
"""

from collections.abc import Iterator
from functools import partial

from gatewright.aws.call import Call, Handler
from gatewright.aws.errors import ServiceError
from gatewright.management.content_type import check_content_type
from gatewright.management.ids import INNER
from gatewright.management.model_template import model_template
from gatewright.management.noun import Change, Noun, require
from gatewright.management.paging import NEXT_TOKEN
from gatewright.management.rest.model import check_name, flat_among, in_use, read_schema, unknown_model
from gatewright.management.schema import referenced_models
from gatewright.management.v2.api import API
from gatewright.management.v2.auto_deploy import auto_deployed
from gatewright.management.v2.errors import not_found
from gatewright.management.v2.inside import key_inside, websocket_only
from gatewright.management.values import read_json
from gatewright.values.records import Document, Store, Transaction


def models_of(tx: Transaction, call: Call) -> list[Document]:
    """All models of the call's API."""
    return [model for _, model in tx.list(key_inside(call, "ModelV2"))]


def named(change: Change) -> None:
    """A name that no other model of the API has."""
    name = change.new["name"]
    check_name(name)
    for other in models_of(change.tx, change.call):
        if other["name"] == name and other["modelId"] != change.new["modelId"]:
            raise ServiceError("ConflictException", f"Model with name {name} already exists for this API")
    if change.old is not None and change.old["name"] != name:
        nothing_uses_it(change)


def schema_is_valid(change: Change) -> None:
    """A JSON schema that says something, and whose references are models of the same API."""
    new, api = change.new, change.call.input["apiId"]
    check_content_type(new["contentType"])
    schema = read_schema(new["schema"], new["contentType"])
    known = {model["name"] for model in models_of(change.tx, change.call)} | {new["name"]}
    for name in referenced_models(schema, api):
        if name not in known:
            raise unknown_model(name)


def nothing_uses_it(change: Change) -> None:
    """A model that a route, its response or another model refers to stays, and keeps its name."""
    name = (change.old or {})["name"]
    for where in _uses(change.tx, change.call, name):
        raise in_use(name, where)


def _uses(tx: Transaction, call: Call, name: str) -> Iterator[str]:
    api = call.input["apiId"]
    routes = key_inside(call, "Route")
    for id, route in tx.list(routes):
        if name in (route.get("requestModels") or {}).values():
            yield f"route: {route['routeKey']}"
        for _, response in tx.list(key_inside(call, "RouteResponse", within=id)):
            if name in (response.get("responseModels") or {}).values():
                yield f"route response: {route['routeKey']}"
    for model in models_of(tx, call):
        if model["name"] != name and name in referenced_models(read_json(model["schema"]), api):
            yield f"model: {model['name']}"


MODEL = Noun(
    name="Model",
    kind="ModelV2",
    path=("apiId", "modelId"),
    missing=not_found("Model", "modelId"),
    inside=API,
    asks_inside=True,
    id="modelId",
    new_id=INNER,
    plural="Models",
    paging=NEXT_TOKEN,
    defaults={"contentType": "application/json"},
    optional=("description",),
    rules=(
        websocket_only("Currently, Models are not permitted for APIs with a protocol type of HTTP"),
        named,
        schema_is_valid,
    ),
    deleting=(nothing_uses_it,),
    settled=(auto_deployed,),
)


def get_model_template(store: Store, call: Call) -> Document:
    """A mapping template that writes what the model describes, to begin one's own with."""
    with store.read() as tx:
        document = require(tx, call, MODEL)
        flat = flat_among(document, models_of(tx, call), call.input["apiId"])
    return {"value": model_template(read_json(flat))}


def handlers(store: Store) -> dict[str, Handler]:
    """The operation on models that is no shared verb."""
    return {"GetModelTemplate": partial(get_model_template, store)}
