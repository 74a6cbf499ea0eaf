"""What of an API can be documented, and what of it is not: GetDocumentationParts with `locationStatus` UNDOCUMENTED.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-documenting-api-content-representation.html
"""

from collections.abc import Iterator

from gatewright.aws.call import Call
from gatewright.management.rest.inside import key_inside
from gatewright.values.records import Document, Transaction

_PARAMETERS = {"path": "PATH_PARAMETER", "querystring": "QUERY_PARAMETER", "header": "REQUEST_HEADER"}


def undocumented(tx: Transaction, call: Call) -> Iterator[Document]:
    """Every location of the call's API that no part is written for, as parts without id and properties."""
    parts = tx.list(key_inside(call, "DocumentationPart"))
    written = {frozenset(part["location"].items()) for _, part in parts}
    return ({"location": place} for place in locations(tx, call) if frozenset(place.items()) not in written)


def locations(tx: Transaction, call: Call) -> Iterator[Document]:
    """Every location of the call's API as it is now."""
    yield {"type": "API"}
    for kind, type in (("Authorizer", "AUTHORIZER"), ("Model", "MODEL")):
        yield from ({"type": type, "name": found["name"]} for _, found in tx.list(key_inside(call, kind)))
    for _, resource in tx.list(key_inside(call, "Resource")):
        path = resource["path"]
        yield {"type": "RESOURCE", "path": path}
        for verb, method in (resource.get("resourceMethods") or {}).items():
            yield from _of_method({"path": path, "method": "*" if verb == "ANY" else verb}, method)


def _of_method(place: Document, method: Document) -> Iterator[Document]:
    yield {"type": "METHOD", **place}
    for parameter in method.get("requestParameters") or {}:
        _, _, where, name = parameter.split(".", 3)
        yield {"type": _PARAMETERS[where], **place, "name": name}
    if method.get("requestModels"):
        yield {"type": "REQUEST_BODY", **place}
    for status, response in (method.get("methodResponses") or {}).items():
        here = place | {"statusCode": status}
        yield {"type": "RESPONSE", **here}
        for parameter in response.get("responseParameters") or {}:
            yield {"type": "RESPONSE_HEADER", **here, "name": parameter.removeprefix("method.response.header.")}
        if response.get("responseModels"):
            yield {"type": "RESPONSE_BODY", **here}
