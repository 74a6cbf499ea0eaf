"""The REST endpoint that a product's page is about: a method of a REST API as a stage serves it, and what is written
about it.

What was deployed decides what is there; documentation is that of the API as it is now, without a deployment, as AWS
has it. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals-create-product-rest-endpoint.html
"""

from typing import Any, NamedTuple

from gatewright.execute.resource import ANY_VERBS
from gatewright.management.openapi.published import Published
from gatewright.management.sdk.method import method_of
from gatewright.values.records import Document, Key, Transaction

LONGEST_BODY = 32_768  # characters of a page's text, which the model sets; a reader's request writes all of it as HTML
# The places of parameters, and the types of documentation parts about them.
_PARAMETERS = {"path": "PATH_PARAMETER", "querystring": "QUERY_PARAMETER", "header": "REQUEST_HEADER"}


class NoEndpoint(LookupError):
    """The stage serves no such method; the text says what is not there."""


class DeployedApi(NamedTuple):
    """A REST API as a stage serves it, and what is written about it. `place` is where its records are."""

    place: Key
    stage: str
    api: Document
    resources: dict[str, Document]  # by path
    models: dict[str, Document]  # by name
    published: Published


class RestEndpoint(NamedTuple):
    """One method of it, as a page names it (`parts`: restApiId, stage, path, method), and the verbs it answers."""

    deployed: DeployedApi
    parts: Document
    method: Document
    verbs: tuple[str, ...]

    @property
    def is_public(self) -> bool:
        """Whether anyone who reaches the node can call it at the API's own address."""
        types = self.deployed.api["endpointConfiguration"]["types"]
        return "PRIVATE" not in types and not self.deployed.api.get("disableExecuteApiEndpoint")


def address_of(region: str, parts: Document) -> str:
    """Where AWS would answer calls of the endpoint, unless the page says otherwise."""
    return f"https://{parts['restApiId']}.execute-api.{region}.amazonaws.com/{parts['stage']}{parts['path']}"


def find_endpoint(tx: Transaction, account: str, region: str, parts: Document) -> RestEndpoint:
    """The endpoint of those identifier parts. Raises NoEndpoint."""
    return endpoint_in(read_api(tx, account, region, parts["restApiId"], parts["stage"]), parts)


def read_api(tx: Transaction, account: str, region: str, api_id: str, stage_name: str) -> DeployedApi:
    """What that stage serves. Raises NoEndpoint."""
    if tx.get(Key(account, region, "RestApi", "", api_id)) is None:
        raise NoEndpoint(f"Invalid API identifier specified {account}:{api_id}")
    place = Key(account, region, "", api_id, "")
    stage = tx.get(place._replace(kind="Stage", id=stage_name))
    snapshot = stage and tx.get(place._replace(kind="Snapshot", id=stage["deploymentId"]))
    if not snapshot:
        raise NoEndpoint("Invalid stage identifier specified")
    return DeployedApi(
        place,
        stage_name,
        snapshot["restApi"],
        {resource["path"]: resource for resource in snapshot["resources"]},
        {model["name"]: model for model in snapshot.get("models", ())},
        Published(part for _, part in tx.list(place._replace(kind="DocumentationPart"))),
    )


def endpoint_in(deployed: DeployedApi, parts: Document) -> RestEndpoint:
    """The method of those identifier parts. Raises NoEndpoint."""
    verb = parts["method"]
    methods = deployed.resources.get(parts["path"], {}).get("resourceMethods") or {}
    if verb not in methods:
        raise NoEndpoint(f"Stage {deployed.stage} has no method {verb} {parts['path']}")
    verbs = tuple(each for each in ANY_VERBS if each not in methods) if verb == "ANY" else (verb,)
    return RestEndpoint(deployed, parts, methods[verb], verbs)


def default_content(endpoint: RestEndpoint) -> Document:
    """What a page shows of an endpoint when it overrides nothing."""
    parts = endpoint.parts
    content: Document = {"endpoint": address_of(endpoint.deployed.place.region, parts)}
    if endpoint.method.get("operationName"):
        content["operationName"] = endpoint.method["operationName"]
    written = endpoint.deployed.published.of_method(parts["path"], _documented(parts["method"]))
    paragraphs = [written[name] for name in ("summary", "description") if written.get(name)]
    if paragraphs:
        content["body"] = "\n\n".join(dict.fromkeys(paragraphs))[:LONGEST_BODY]
    return content


def described(endpoint: RestEndpoint) -> Document:
    """Parameters, request bodies and responses, for readers: plain data."""
    path, verb, method = endpoint.parts["path"], _documented(endpoint.parts["method"]), endpoint.method
    called = method_of("", verb, path, method)
    parameters = [
        {
            "name": name,
            "in": place,
            "required": name in called.required,
            "description": endpoint.deployed.published.of_parameter(kind, path, verb, name).get("description", ""),
        }
        for place, kind in _PARAMETERS.items()
        for name in called.parameters[place]
    ]
    responses = [
        {
            "statusCode": status,
            "description": endpoint.deployed.published.of_response(path, verb, status).get("description", ""),
            "models": _schemas(endpoint, response.get("responseModels")),
        }
        for status, response in sorted((method.get("methodResponses") or {}).items())
    ]
    return {
        "verbs": list(endpoint.verbs),
        "authorizationType": method.get("authorizationType") or "NONE",
        "apiKeyRequired": bool(method.get("apiKeyRequired")),
        "parameters": parameters,
        "body": endpoint.deployed.published.of_body(path, verb).get("description", ""),
        "models": _schemas(endpoint, method.get("requestModels")),
        "responses": responses,
    }


def _documented(verb: str) -> str:
    return "*" if verb == "ANY" else verb


def _schemas(endpoint: RestEndpoint, models: Any) -> list[Document]:
    """The schemas of a method's models, by content type."""
    found = ((kind, endpoint.deployed.models.get(name)) for kind, name in sorted((models or {}).items()))
    return [{"contentType": kind, "schema": model["schema"]} for kind, model in found if model and model.get("schema")]
