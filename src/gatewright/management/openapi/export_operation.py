"""A method to an operation. What OpenAPI 2.0 and 3.0 write differently is left to an `OperationWriter`."""

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from gatewright.management.openapi.export_extensions import validator_extension
from gatewright.management.openapi.export_integration import exported_integration
from gatewright.management.openapi.export_security import SecuritySchemes
from gatewright.management.openapi.exported import Exported
from gatewright.management.openapi.integrations import INTEGRATION
from gatewright.management.openapi.operations import VARIABLE, VERBS

Document = dict[str, Any]

POSTMAN = "x-postman-meta"
WORDS = {verb: word for word, verb in VERBS.items()}
_PLACES = {
    "path": ("path", "PATH_PARAMETER"),
    "querystring": ("query", "QUERY_PARAMETER"),
    "header": ("header", "REQUEST_HEADER"),
}


class Here(NamedTuple):
    """One method under export."""

    exported: Exported
    resource: Document
    verb: str
    method: Document

    @property
    def path(self) -> str:
        """Its resource's."""
        return str(self.resource["path"])


class OperationWriter(Protocol):
    """One version of OpenAPI."""

    schemas: str  # the pointer of schemas, with a slash at its end

    def before(self, here: Here) -> Document:
        """What comes first: content types."""
        ...

    def parameter(self, parameter: Document) -> Document:
        """A parameter; `required` is always in it."""
        ...

    def body(self, here: Here, parameters: list[Document]) -> Document:
        """The members for parameters and body."""
        ...

    def response(self, here: Here, response: Document, headers: Document) -> Document:
        """A response's members but its description; `headers` holds what is written about each."""
        ...


def exported_paths(exported: Exported, security: SecuritySchemes, writer: OperationWriter) -> Document:
    """The `paths` of an export; those without methods are for a whole one."""
    paths: Document = {path: {} for path in exported.ends()} if "apigateway" in exported.extensions else {}
    for resource, verb, method in exported.methods():
        here = Here(exported, resource, verb, method)
        paths.setdefault(here.path, {})[WORDS[verb]] = _operation(here, security, writer)
    return dict(sorted(paths.items()))


def _operation(here: Here, security: SecuritySchemes, writer: OperationWriter) -> Document:
    exported, method = here.exported, here.method
    told = exported.published.of_method(here.path, here.verb)
    if method.get("operationName"):
        told["operationId"] = method["operationName"]
    told |= writer.before(here)
    told |= writer.body(here, [writer.parameter(parameter) for parameter in _parameters(here)])
    told["responses"] = _responses(here, writer)
    asked = security.requirements(method)
    if asked:
        told["security"] = asked
    told |= validator_extension(exported, method)
    if method.get("methodIntegration") and "integrations" in exported.extensions:
        told[INTEGRATION] = exported_integration(method["methodIntegration"], here.resource["id"])
    if method["authorizationType"] == "AWS_IAM" and "postman" in exported.extensions:
        told[POSTMAN] = _signing(exported.place.region)
    return told


def _parameters(here: Here) -> Iterator[Document]:
    """Those that the method declares, then the variables of its path that it does not: OpenAPI wants all of them."""
    declared = here.method.get("requestParameters") or {}
    variables = [f"method.request.path.{name}" for name in VARIABLE.findall(here.path)]
    for parameter, required in {**declared, **dict.fromkeys(variables, True)}.items():
        _, _, place, name = parameter.split(".", 3)
        where, kind = _PLACES[place]
        told = {"name": name, "in": where, "required": required or where == "path"}
        yield told | here.exported.published.of_parameter(kind, here.path, here.verb, name)


def _responses(here: Here, writer: OperationWriter) -> Document:
    told: Document = {}
    for status, response in (here.method.get("methodResponses") or {}).items():
        published = here.exported.published
        names = [parameter.split(".", 3)[3] for parameter in response.get("responseParameters") or {}]
        headers = {name: published.of_response_header(here.path, here.verb, status, name) for name in names}
        description = {"description": f"{status} response"} | published.of_response(here.path, here.verb, status)
        told[status] = description | writer.response(here, response, headers)
    # OpenAPI wants one response at least.
    return told or {"default": {"description": f"Default response for {here.verb} {here.path}"}}


def _signing(region: str) -> Document:
    """What Postman reads to sign requests as IAM wants it."""
    attributes = {
        "accessKey": "{{accessKey}}",
        "secretKey": "{{secretKey}}",
        "region": region,
        "service": "execute-api",
    }
    return {"currentHelper": "awsSigV4", "helperAttributes": {"id": "awsSigV4", **attributes}}
