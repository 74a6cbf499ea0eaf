"""Paths and operations to resources and methods. Every resource on the way to a path is made, the root always."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gatewright.management.openapi.definition import Definition
from gatewright.management.openapi.dialect import Dialect, Operation
from gatewright.management.openapi.document import INVALID, Unreadable
from gatewright.management.openapi.integrations import add_integration
from gatewright.management.openapi.models import Models
from gatewright.management.openapi.parts import Members, MethodParts
from gatewright.management.openapi.security import Security

ANY_METHOD = "x-amazon-apigateway-any-method"
VALIDATOR = "x-amazon-apigateway-request-validator"
VERBS = {verb.lower(): verb for verb in ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH")} | {
    ANY_METHOD: "ANY"
}

LONGEST_PATH = 10_240  # characters: no request line is longer
MOST_RESOURCES = MOST_METHODS = 10_000  # AWS's own quota is 300 resources, and raised on request

_NO_VERBS = {"parameters", "servers", "summary", "description", "security", "$ref"}
_LOCATIONS = {"path": "path", "query": "querystring", "header": "header"}
VARIABLE = re.compile(r"\{([^{}/]+?)\+?\}")
_STATUS = re.compile(r"[1-5]\d\d")


class Paths:
    """The resources of one definition, as they are read."""

    def __init__(self, definition: Definition, dialect: Dialect, models: Models, security: Security) -> None:
        self._definition = definition
        self._dialect = dialect
        self._models = models
        self._security = security
        self._validator = definition.root.get(VALIDATOR)

    def resources(self, prefix: list[str]) -> dict[str, list[MethodParts]]:
        """All resources by path, outermost first; `prefix` is what the base path puts before every path."""
        made: dict[str, list[MethodParts]] = {"/": []}
        if sum(map(len, prefix)) > LONGEST_PATH:
            raise Unreadable(INVALID)
        _grow(made, prefix)
        for written, item in written_paths(self._definition):
            path = _grow(made, prefix + [part for part in written.split("/") if part])
            if len(made) > MOST_RESOURCES:
                raise Unreadable(f"A definition has at most {MOST_RESOURCES} resources")
            made[path] += self._methods(path, item)
        return made

    def _methods(self, path: str, given: Any) -> list[MethodParts]:
        item = self._definition.resolved(given, f"paths.'{path}'")
        shared = parameters_of(self._definition, item.get("parameters"), f"paths.'{path}'.parameters")
        self._security.tell_ignored_of(path, item)
        return [self._method(path, verb, node, shared) for verb, node in verbs_of(self._definition, path, item)]

    def _method(self, path: str, verb: str, node: Members, shared: dict[tuple[str, str], Members]) -> MethodParts:
        definition, found = self._definition, self._definition.findings
        own = parameters_of(definition, node.get("parameters"), f"paths.'{path}'({verb.lower()}).parameters")
        operation = Operation(path, verb, node, list((shared | own).values()))
        method = MethodParts(verb, {"requestParameters": self._request_parameters(operation)})
        self._security.guard(operation, method)
        if node.get("operationId") is not None:
            method.members["operationName"] = found.text(node["operationId"], f"{operation.where}.operationId")
        validator = node.get(VALIDATOR, self._validator)
        if validator is not None:
            method.validator = found.text(validator, f"{operation.where}.{VALIDATOR}")
        self._add_bodies(operation, method)
        self._add_responses(operation, method)
        add_integration(definition, operation, method)
        return method

    def _request_parameters(self, operation: Operation) -> dict[str, bool]:
        """Those that the operation lists, and every variable of its path. Seen: recorded answers of ImportRestApi."""
        found = self._definition.findings
        made = {}
        for parameter in operation.parameters:
            place, name = parameter.get("in"), found.text(parameter.get("name"), f"{operation.where}.parameters.name")
            if isinstance(place, str) and place in _LOCATIONS:
                required = found.boolean(parameter.get("required", False), f"{operation.where}.parameters.{name}")
                made[f"method.request.{_LOCATIONS[place]}.{name}"] = required
            elif place != "body":
                found.tell(f"Unsupported parameter type '{place}' for '{name}' of {operation.what}. Ignoring.")
        return made | {f"method.request.path.{name}": True for name in VARIABLE.findall(operation.path)}

    def _add_bodies(self, operation: Operation, method: MethodParts) -> None:
        bodies = self._dialect.request_bodies(self._definition, operation)
        where = f"{operation.where}.requestBody.content.schema"
        models = self._names(bodies, where, f"request body to {operation.what}")
        if models:
            method.members["requestModels"] = models

    def _add_responses(self, operation: Operation, method: MethodParts) -> None:
        found, definition = self._definition.findings, self._definition
        for status, given in found.mapping(operation.node.get("responses"), f"{operation.where}.responses").items():
            if status.startswith("x-"):
                continue
            where = f"{operation.where}.responses.{status}"
            response = definition.resolved(given, where)
            if not _STATUS.fullmatch(status):
                if response.keys() - {"description"}:  # one that says nothing is no loss
                    found.tell(f"Unsupported response '{status}' of {operation.what}. Ignoring.")
                continue
            made: Members = {}
            headers = found.mapping(response.get("headers"), f"{where}.headers")
            if headers:
                made["responseParameters"] = {f"method.response.header.{name}": False for name in headers}
            bodies = self._dialect.response_bodies(definition, operation, response, where)
            models = self._names(bodies, f"{where}.content.schema", f"{status} response to {operation.what}")
            if models:
                made["responseModels"] = models
            method.responses[status] = made

    def _names(self, bodies: Mapping[str, Any], where: str, what: str) -> dict[str, str]:
        """The names of the models of bodies, by content type."""
        named = {type: self._models.name_for(schema, where, what) for type, schema in bodies.items()}
        return {type: name for type, name in named.items() if name is not None}


def written_paths(definition: Definition) -> Iterator[tuple[str, Any]]:
    """The paths that are paths, with their items. Raises Unreadable for one that no request could have."""
    for written, item in definition.mapping("paths").items():
        if written.startswith("x-"):
            continue
        if not written.startswith("/"):
            definition.findings.tell(f"Parse issue: attribute paths. Resource {written} should start with /")
            continue
        if len(written) > LONGEST_PATH:
            raise Unreadable(INVALID)
        yield written, item


def verbs_of(definition: Definition, path: str, item: Members) -> Iterator[tuple[str, Members]]:
    """The operations of a path's item by verb."""
    for word, node in item.items():
        if word in VERBS and isinstance(node, dict):
            yield VERBS[word], node
        elif word in VERBS:
            where = f"paths.'{path}'({VERBS[word].lower()})"
            definition.findings.tell(f"Parse issue: attribute {where} is not of type `object`")
        elif word not in _NO_VERBS and not word.startswith("x-"):
            definition.findings.tell(f"Unsupported HTTP method '{word}' for path '{path}'. Ignoring.")


def parameters_of(definition: Definition, given: Any, where: str) -> dict[tuple[str, str], Members]:
    """By place and name, by which an operation's parameter replaces its path's."""
    found, parameters = definition.findings, {}
    for each in found.array(given, where):
        parameter = definition.resolved(each, where)
        if parameter:
            name = found.text(parameter.get("name"), f"{where}.name")
            parameters[found.text(parameter.get("in"), f"{where}.in"), name] = parameter
    return parameters


def _grow(made: dict[str, list[MethodParts]], parts: list[str]) -> str:
    """The path of these parts, which has been made with all above it."""
    whole = path = "/" + "/".join(parts)
    missing = []
    while path not in made:
        missing.append(path)
        path = path.rpartition("/")[0] or "/"
    made.update((path, []) for path in reversed(missing))
    return whole
