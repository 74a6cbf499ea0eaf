"""What a new API has inside: a root resource and two models, or a copy of everything inside another API.

https://docs.aws.amazon.com/apigateway/latest/api/API_CreateRestApi.html (`cloneFrom`)
"""

from collections.abc import Mapping

import msgspec

from gatewright.management.ids import API, INNER, random_id, unused_beside
from gatewright.management.rest.path_part import put_part
from gatewright.management.schema import moved
from gatewright.management.values import read_json
from gatewright.values.records import Document, Key, Transaction

# AWS's own texts, white space included.
MODELS: tuple[Document, ...] = (
    {
        "name": "Empty",
        "description": "This is a default empty schema model",
        "schema": '{\n  "$schema": "http://json-schema.org/draft-04/schema#",\n  "title" : "Empty Schema",\n'
        '  "type" : "object"\n}',
        "contentType": "application/json",
    },
    {
        "name": "Error",
        "description": "This is a default error schema model",
        "schema": '{\n  "$schema" : "http://json-schema.org/draft-04/schema#",\n  "title" : "Error Schema",\n'
        '  "type" : "object",\n  "properties" : {\n    "message" : { "type" : "string" }\n  }\n}',
        "contentType": "application/json",
    },
)
# Kinds whose records have an id of their own, and the member of a method that refers to one.
_REFERRED = {"Authorizer": "authorizerId", "RequestValidator": "requestValidatorId", "DocumentationPart": ""}


def furnish(tx: Transaction, root: Key) -> None:
    """Give a new API its root resource, whose key is `root`, and its models."""
    tx.put(root, {"id": root.id, "path": "/"})
    for model in MODELS:
        tx.put(root._replace(kind="Model", id=model["name"]), {"id": random_id(INNER), **model})


def clone(tx: Transaction, root: Key, source: str) -> None:
    """Copy what is inside the API `source`, its stages and deployments aside, to the API of `root`."""
    ids = _copy_parts(tx, root, source)
    _copy_models(tx, root, source)
    documents = [document for _, document in tx.list(root._replace(parent=source))]
    # As long as the root's: among thousands of shorter ones two would be the same too often.
    places = {document["id"]: random_id(API) if "parentId" in document else root.id for document in documents}
    for document in documents:
        document["id"] = places[document["id"]]
        for method in document.get("resourceMethods", {}).values():
            _point(method, ids, places)
        if "parentId" in document:
            document["parentId"] = places[document["parentId"]]
            put_part(tx, root, document)
        tx.put(root._replace(id=document["id"]), document)


def _copy_parts(tx: Transaction, root: Key, source: str) -> Mapping[str, str]:
    """Copy what has ids of its own, and the gateway responses; the new ids by the old."""
    ids: dict[str, str] = {}
    for kind in _REFERRED:
        for id, document in tx.list(root._replace(kind=kind, parent=source)):
            new = root._replace(kind=kind, id=unused_beside(tx, root._replace(kind=kind), INNER))
            ids[id] = document["id"] = new.id
            tx.put(new, document)
    for kind, document in tx.list(root._replace(kind="GatewayResponse", parent=source)):
        tx.put(root._replace(kind="GatewayResponse", id=kind), document)
    return ids


def _copy_models(tx: Transaction, root: Key, source: str) -> None:
    """Copy the models; those that refer to others refer to the copies."""
    for name, document in tx.list(root._replace(kind="Model", parent=source)):
        document["id"] = random_id(INNER)
        schema = read_json(document["schema"]) if f"/restapis/{source}/models/" in document["schema"] else None
        if schema is not None:  # what describes bodies other than JSON is copied as it is
            document["schema"] = msgspec.json.encode(moved(schema, source, root.parent)).decode()
        tx.put(root._replace(kind="Model", id=name), document)


def _point(method: Document, ids: Mapping[str, str], places: Mapping[str, str]) -> None:
    """Let a copied method refer to the copies of what the original refers to."""
    for member in filter(None, _REFERRED.values()):
        if method.get(member) in ids:
            method[member] = ids[method[member]]
    integration = method.get("methodIntegration", {})
    if integration.get("cacheNamespace") in places:
        integration["cacheNamespace"] = places[integration["cacheNamespace"]]
