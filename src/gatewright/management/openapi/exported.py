"""What an export is made of: a stage's snapshot, looked up by what its methods refer to, and what to put into it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from gatewright.management.openapi.published import Published
from gatewright.management.openapi.schemas import with_references
from gatewright.management.values import read_json

JSON = "application/json"
EXTENSIONS = ("integrations", "authorizers", "documentation", "postman", "apigateway")
# Those of AWS's extensions that stand for others.
_IMPLIED = {"apigateway": ("integrations", "authorizers")}

Document = dict[str, Any]


class CannotExport(ValueError):
    """The API cannot be told in the language asked for; the text is AWS's."""


class Place(NamedTuple):
    """Where the stage answers, and its date if the API has no version."""

    region: str
    stage: str
    version: str


def read_extensions(text: str) -> frozenset[str]:
    """The extensions that a comma list asks for, and those they stand for. Raises CannotExport."""
    asked = [word.strip() for word in text.split(",") if word.strip()]
    for word in asked:
        if word not in EXTENSIONS:
            raise CannotExport(f"Invalid extensions specified: {word}. Valid options are {','.join(EXTENSIONS)}")
    return frozenset(asked).union(*(_IMPLIED.get(word, ()) for word in asked))


class Exported:
    """One snapshot under export. `extensions` are those asked for; `published` is what is written about the API."""

    def __init__(self, snapshot: Document, place: Place, extensions: frozenset[str], published: Published) -> None:
        self.api: Document = snapshot["restApi"]
        self.place = place
        self.extensions = extensions
        self.published = published
        self.authorizers = _by(snapshot.get("authorizers", ()), "id")
        self.validators = _by(snapshot.get("requestValidators", ()), "id")
        self.gateway_responses = _by(snapshot.get("gatewayResponses", ()), "responseType")
        self.resources: list[Document] = sorted(snapshot["resources"], key=lambda resource: resource["path"])
        self._models = _by(snapshot.get("models", ()), "name")

    def methods(self) -> Iterator[tuple[Document, str, Document]]:
        """Each method, with its resource and its verb."""
        for resource in self.resources:
            for verb, method in (resource.get("resourceMethods") or {}).items():
                yield resource, verb, method

    def ends(self) -> Iterator[str]:
        """Paths of resources that have no methods, and that no method's path leads through."""
        above = {resource["path"].rpartition("/")[0] for resource in self.resources}
        for resource in self.resources:
            if not resource.get("resourceMethods") and resource["path"] not in above | {"/"}:
                yield resource["path"]

    def request_models(self, resource: Document, verb: str, method: Document) -> Mapping[str, str]:
        """A method's models for JSON, by content type. Raises CannotExport when it has models, and none of them is."""
        given: Mapping[str, str] = method.get("requestModels") or {}
        models = {kind: name for kind, name in given.items() if self._is_json(name)}
        if given and not models:
            raise CannotExport(f"Only found non-JSON body models for {verb} {resource['path']}")
        return models

    def response_models(self, response: Document) -> Mapping[str, str]:
        """A response's models for JSON, by content type."""
        return {kind: name for kind, name in (response.get("responseModels") or {}).items() if self._is_json(name)}

    def schemas(self, pointer: str) -> dict[str, Any]:
        """The schemas of the models that methods use, of those that these refer to, and of all for a whole export.

        `pointer` is where the export's language keeps them.
        """
        schemas: dict[str, Any] = {}
        waiting = list(self._used())
        while waiting:
            name = waiting.pop(0)
            if name in schemas:
                continue
            schemas[name], referred = self._schema(name, pointer)
            waiting += referred
        return schemas

    def _used(self) -> Iterator[str]:
        for resource, verb, method in self.methods():
            yield from self.request_models(resource, verb, method).values()
            for response in (method.get("methodResponses") or {}).values():
                yield from self.response_models(response).values()
        if "apigateway" in self.extensions:
            yield from (name for name in self._models if self._is_json(name))

    def _schema(self, name: str, pointer: str) -> tuple[Any, list[str]]:
        model = self._models.get(name)
        if model is None:  # Empty and Error may be named by methods of an API that has them not
            return {"type": "object"}, []
        referred: list[str] = []

        def here(reference: str) -> Document:
            other = reference.rpartition("/models/")[2] if reference.startswith("https://") else ""
            if other in self._models:
                referred.append(other)
                return {"$ref": pointer + other}
            # A reference inside the model is one into it, seen from the whole definition.
            return {"$ref": f"{pointer}{name}{reference[1:]}" if reference.startswith("#") else reference}

        described = read_json(model["schema"])
        if described is None:  # a model of bodies other than JSON, which a schema may refer to, need not be JSON
            return {"type": "object"}, []
        schema = with_references(described, here)
        if isinstance(schema, dict):
            schema.pop("$schema", None)
            schema |= self.published.of_model(name)
        return schema, referred

    def _is_json(self, name: str) -> bool:
        return name not in self._models or self._models[name]["contentType"] == JSON


def _by(documents: Iterable[Document], member: str) -> dict[str, Document]:
    return {document[member]: document for document in documents}
