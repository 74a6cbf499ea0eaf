"""Model: the shape of a body as a JSON schema, which methods name for validation, documentation and SDKs.

A record's id is the model's name. Schemas refer to each other by URL.
https://docs.aws.amazon.com/apigateway/latest/api/API_Model.html
"""

import re
from collections.abc import Iterable
from functools import partial
from typing import Any

import msgspec

from gatewright.aws.call import Call, Handler
from gatewright.aws.errors import ServiceError
from gatewright.execute.model import check_schema
from gatewright.management.content_type import check_content_type
from gatewright.management.ids import INNER, random_id
from gatewright.management.model_template import model_template
from gatewright.management.noun import Change, Noun, require
from gatewright.management.patch import Patch, invalid, member, refused, tell_paths
from gatewright.management.rest.inside import is_inside, key_inside, methods_of
from gatewright.management.rest.rest_api import REST_API
from gatewright.management.schema import flattened, referenced_models
from gatewright.management.values import optional, read_json, text
from gatewright.values.records import Document, Store, Transaction

_NAME = re.compile(r"[A-Za-z0-9]+")
LONGEST_SCHEMA = 400 * 1024  # characters: API Gateway's quota


def missing(call: Call) -> ServiceError:
    """The API, whether it exists or not, has no such model."""
    return ServiceError("NotFoundException", f"Invalid model name specified: {call.input['modelName']}")


def exists(call: Call) -> ServiceError:
    """The API has that model already."""
    return ServiceError("ConflictException", "Model name already exists for this REST API")


def named(change: Change) -> None:
    """Letters and digits."""
    check_name(change.new["name"])


def check_name(name: str) -> None:
    """A model's name. Raises BadRequestException."""
    if not name:
        raise refused("Model name must be non-empty")
    if not _NAME.fullmatch(name):
        raise refused(f"Model name must be alphanumeric: {name}")


def content_type_is_well_formed(change: Change) -> None:
    """What bodies the model is for."""
    check_content_type(change.new["contentType"])


def schema_is_valid(change: Change) -> None:
    """A JSON schema that says something, and whose references are models of the same API."""
    schema = read_schema(change.new.get("schema"), change.new["contentType"])
    for name in referenced_models(schema, change.call.input["restApiId"]):
        if name != change.new["name"] and not is_inside(change, "Model", name):
            raise unknown_model(name)


def unknown_model(name: str) -> ServiceError:
    """A schema refers to a model that is not there."""
    return invalid("model", f"Invalid model name specified: {name}")


def read_schema(text: str | None, content_type: str) -> Any:
    """A model's schema as data. Raises BadRequestException for one that says nothing, or is none.

    What describes bodies other than JSON may be written in other ways: None then."""
    schema = read_json(text or "")
    if not text or schema == {}:
        raise refused("Model schema must have at least 1 property or array items defined")
    if len(text) > LONGEST_SCHEMA:
        raise refused(f"The schema is longer than {LONGEST_SCHEMA} characters")
    reason = check_schema(text) if schema is not None or "json" in content_type.lower() else None
    if reason is not None:
        raise refused(reason)
    return schema


def born(change: Change) -> None:
    """A model has an id beside its name."""
    change.new.setdefault("id", random_id(INNER))


def nothing_uses_it(change: Change) -> None:
    """A model that a method or another model refers to stays."""
    tx, call, name = change.tx, change.call, change.call.input["modelName"]
    for path, verb, method in methods_of(tx, call):
        if name in (method.get("requestModels") or {}).values():
            raise in_use(name, f"method request: {path}/{verb}")
        for response in (method.get("methodResponses") or {}).values():
            if name in (response.get("responseModels") or {}).values():
                raise in_use(name, f"method response: {path}/{verb}")
    for other, model in tx.list(key_inside(call, "Model")):
        if other != name and name in referenced_models(read_json(model["schema"]), call.input["restApiId"]):
            raise in_use(name, f"model: {other}")


def in_use(name: str, where: str) -> ServiceError:
    """Something refers to the model."""
    return ServiceError("ConflictException", f"Cannot delete model '{name}', is referenced in {where}")


def shown(tx: Transaction, call: Call, document: Document) -> Document:
    """With the schemas that it refers to put into its own, when the call asks for it flat."""
    if not call.input.get("flatten") or call.operation != "GetModel":
        return document
    return document | {"schema": flat_schema(tx, call, document)}


def flat_schema(tx: Transaction, call: Call, document: Document) -> str:
    """A model's schema, with definitions for the models that it refers to; as it is if it is no JSON."""
    return flat_among(document, [model for _, model in tx.list(key_inside(call, "Model"))], call.input["restApiId"])


def flat_among(document: Document, models: Iterable[Document], api: str) -> str:
    """The same, of all models of an API, this one included."""
    schemas = {model["name"]: read_json(model["schema"]) for model in models}
    if schemas[document["name"]] is None:
        return str(document["schema"])
    return msgspec.json.encode(flattened(document["name"], schemas, api)).decode()


MODEL = Noun(
    name="Model",
    path=("restApiId", "modelName"),
    missing=missing,
    inside=REST_API,
    id="name",
    new_id=lambda change: str(change.new["name"]),
    taken=exists,
    plural="Models",
    optional=("description",),
    patch=Patch({"/description": member("description", optional), "/schema": member("schema", text)}, tell_paths),
    rules=(named, content_type_is_well_formed, schema_is_valid, born),
    deleting=(nothing_uses_it,),
    show=shown,
)


def get_model_template(store: Store, call: Call) -> Document:
    """A mapping template that writes what the model describes, to begin one's own with."""
    with store.read() as tx:
        document = require(tx, call, MODEL)
        return {"value": model_template(read_json(flat_schema(tx, call, document)))}


def handlers(store: Store) -> dict[str, Handler]:
    """The operation on models that is no shared verb."""
    return {"GetModelTemplate": partial(get_model_template, store)}
