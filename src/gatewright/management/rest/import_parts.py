"""The parts of a definition to records, each through its noun's own rules, all in one transaction or none.

What a rule refuses does not stop the import: all errors are gathered and told together, as AWS does.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec

from gatewright.aws.call import Call
from gatewright.management.ids import INNER, random_id
from gatewright.management.importing import ImportErrors, part_call
from gatewright.management.noun import Change, Noun, drop, find, given, identified, keep, settle
from gatewright.management.openapi.parts import MODEL_REFERENCE, ApiParts, MethodParts, ModelParts
from gatewright.management.openapi.schemas import with_references
from gatewright.management.rest.authorizer import AUTHORIZER
from gatewright.management.rest.gateway_response import GATEWAY_RESPONSE
from gatewright.management.rest.inside import key_inside
from gatewright.management.rest.integration import INTEGRATION, INTEGRATION_RESPONSE
from gatewright.management.rest.method import METHOD, METHOD_RESPONSE, method_exists
from gatewright.management.rest.model import MODEL
from gatewright.management.rest.path_part import drop_part
from gatewright.management.rest.request_validator import REQUEST_VALIDATOR
from gatewright.management.rest.resource import RESOURCE
from gatewright.management.schema import model_url
from gatewright.management.verbs import make
from gatewright.values.long_work import LongWork
from gatewright.values.records import Document, Transaction

JSON = "application/json"


class PartsWriter:
    """Writes the parts of one API, which is there; `call` leads to it. Errors are gathered in `errors`."""

    def __init__(self, tx: Transaction, call: Call, errors: ImportErrors) -> None:
        self._tx = tx
        self._call = call
        self._api = {"restApiId": call.input["restApiId"]}
        self._errors = errors
        self._authorizers: dict[str, str] = {}  # ids by name, as those of validators
        self._validators: dict[str, str] = {}

    def clear(self, parts: ApiParts) -> None:
        """Remove all that an overwriting definition does not have. What it has keeps its id."""
        tree = key_inside(self._call, "Resource")
        for id, resource in self._tx.list(tree):
            if resource["path"] in parts.resources:
                resource.pop("resourceMethods", None)
                self._tx.put(tree._replace(id=id), resource)
            else:
                drop_part(self._tx, tree, resource)
                self._tx.delete(tree._replace(id=id))
        kept = {
            "Model": {model.name for model in parts.models},
            "RequestValidator": {validator["name"] for validator in parts.validators},
            "Authorizer": {authorizer["name"] for authorizer in parts.authorizers},
            "GatewayResponse": {response["responseType"] for response in parts.gateway_responses},
        }
        for kind, names in kept.items():
            for id, document in self._tx.list(key_inside(self._call, kind)):
                if document.get("name", id) not in names:
                    self._tx.delete(key_inside(self._call, kind, id))

    async def write(self, parts: ApiParts, work: LongWork) -> None:
        """Write all parts, those that others refer to first."""
        await self._models(parts.models, work)
        for validator in parts.validators:
            with self._errors.of(f"Unable to create request validator '{validator['name']}'"):
                self._validators[validator["name"]] = self._named(REQUEST_VALIDATOR, validator)["id"]
        self._validators = self._ids(REQUEST_VALIDATOR) | self._validators
        for authorizer in parts.authorizers:
            with self._errors.of(f"Unable to create authorizer '{authorizer['name']}'"):
                self._authorizer(authorizer)
        self._authorizers = self._ids(AUTHORIZER) | self._authorizers
        for response in parts.gateway_responses:
            with self._errors.of(f"Unable to put gateway response '{response['responseType']}'"):
                make(GATEWAY_RESPONSE, self._tx, self._to("PutGatewayResponse", response))
        await work.turn()
        await self._resources(parts.resources, work)

    def _to(self, operation: str, *members: Document) -> Call:
        merged = dict(self._api)
        for each in members:
            merged |= each
        return part_call(self._call, operation, merged)

    async def _models(self, models: list[ModelParts], work: LongWork) -> None:
        """All records first, then the rules: models may refer to each other in circles."""
        waiting = []
        for model in models:
            with self._errors.of(f"Unable to create model for '{model.name}'"):
                waiting.append(self._model(model))
            await work.turn()
        for call, old, new in waiting:
            with self._errors.of(f"Unable to create model for '{new['name']}'"):
                settle(MODEL, Change(self._tx, call, old, new))
            await work.turn()

    def _model(self, model: ModelParts) -> tuple[Call, Document | None, Document]:
        api = self._call.input["restApiId"]

        def address(reference: str) -> Document:
            is_model = reference.startswith(MODEL_REFERENCE)
            return {"$ref": model_url(api, reference[len(MODEL_REFERENCE) :]) if is_model else reference}

        schema = with_references(model.schema, address)
        members = {"name": model.name, "contentType": JSON, "schema": msgspec.json.encode(schema).decode()}
        if model.description:
            members["description"] = model.description
        call = identified(MODEL, self._to("CreateModel", members), model.name)
        old = find(self._tx, call, MODEL)
        new = given(MODEL, call) | {"id": old["id"] if old else random_id(INNER)}
        keep(self._tx, call, MODEL, new)
        return call, old, new

    def _named(self, noun: Noun, members: Document) -> Document:
        """Make one of a noun that has ids, or replace the one of that name."""
        call = self._to(f"Create{noun.name}", members)
        held = [id for id, old in self._tx.list(key_inside(call, noun.name)) if old.get("name") == members["name"]]
        if not held:
            return make(noun, self._tx, call)[1]
        call = identified(noun, call, held[0])
        new = given(noun, call) | {"id": held[0]}
        settle(noun, Change(self._tx, call, find(self._tx, call, noun), new))
        return new

    def _ids(self, noun: Noun) -> dict[str, str]:
        """The ids of those that are there, by name: a merged definition may name them, too."""
        found = self._tx.list(key_inside(self._call, noun.name))
        return {document["name"]: id for id, document in found if document.get("name")}

    def _authorizer(self, members: Document) -> None:
        made = self._named(AUTHORIZER, members)
        self._authorizers[made["name"]] = made["id"]

    async def _resources(self, resources: Mapping[str, list[MethodParts]], work: LongWork) -> None:
        ids = {resource["path"]: id for id, resource in self._tx.list(key_inside(self._call, "Resource"))}
        for path, methods in resources.items():
            if path not in ids:
                above, _, part = path.rpartition("/")
                if (above or "/") not in ids:
                    continue  # its parent could not be made, which has been told
                with self._errors.of(f"Unable to create resource at path '{path}'"):
                    call = self._to("CreateResource", {"parentId": ids[above or "/"], "pathPart": part})
                    ids[path] = make(RESOURCE, self._tx, call)[1]["id"]
            if path in ids:
                self._check_verbs(path, methods)
                for method in methods:
                    self._method(path, {"resourceId": ids[path], "httpMethod": method.http_method}, method)
                    await work.turn()

    def _check_verbs(self, path: str, methods: list[MethodParts]) -> None:
        """Of `/a` and `/a/`, which are one resource, neither says who may call the methods of the other."""
        times = Counter(method.http_method for method in methods)
        for verb in (verb for verb, many in times.items() if many > 1):
            with self._errors.of(f"Unable to put method '{verb}' on resource at path '{path}'"):
                raise method_exists(self._call)

    def _method(self, path: str, place: Document, method: MethodParts) -> None:
        verb = method.http_method
        with self._put(f"Unable to put method '{verb}' on resource at path '{path}'") as put:
            members = dict(method.members)
            if method.authorizer:
                members["authorizerId"] = self._authorizers.get(method.authorizer, "")
            if method.validator:
                members["requestValidatorId"] = self._validators.get(method.validator, method.validator)
            call = self._to("PutMethod", place, {name: value for name, value in members.items() if value != {}})
            if find(self._tx, call, METHOD) is not None:
                drop(self._tx, call, METHOD)
            make(METHOD, self._tx, call)
        if not put:
            return
        for status, members in method.responses.items():
            with self._errors.of(f"Unable to put response '{status}' on method '{verb}' for resource at path '{path}'"):
                make(METHOD_RESPONSE, self._tx, self._to("PutMethodResponse", place, {"statusCode": status}, members))
        if method.integration is not None:
            self._integration(path, place, method, method.integration)

    def _integration(self, path: str, place: Document, method: MethodParts, members: Document) -> None:
        verb = method.http_method
        with self._put(f"Unable to put integration on '{verb}' for resource at path '{path}'") as put:
            call, made = make(INTEGRATION, self._tx, self._to("PutIntegration", place, members))
            # As for lifetimes: only the HTTP types tell a connection that was not given.
            if "connectionType" not in members and made["type"] in ("AWS", "AWS_PROXY"):
                made.pop("connectionType", None)
                keep(self._tx, call, INTEGRATION, made)
        if not put:
            return
        for status, response in method.integration_responses.items():
            with self._errors.of(f"Unable to put integration response on '{verb}' for resource at path '{path}'"):
                to = self._to("PutIntegrationResponse", place, {"statusCode": status}, response)
                call, made = make(INTEGRATION_RESPONSE, self._tx, to)
                if not made["selectionPattern"]:
                    del made["selectionPattern"]
                    keep(self._tx, call, INTEGRATION_RESPONSE, made)

    @contextmanager
    def _put(self, what: str) -> Iterator[list[bool]]:
        """Truthy afterwards when nothing inside was refused."""
        done: list[bool] = []
        with self._errors.of(what):
            yield done
            done.append(True)
