"""Models: JSON Schema draft 4, checked when saved and compiled with the stage to what holds a body against it.

References lead to `definitions` of the model itself or to other models of the API, by the address AWS gives models.
AWS ignores some keywords; so do we. The schemas of a model and of all that it refers to become one document, in which
every reference is local: nothing is fetched. Patterns run in an engine whose steps are bounded; a match that takes
more is no match. Developer guide: "Data models for REST APIs", "Important notes" (draft 4, unsupported keywords).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from gatewright.execute.validation_error import AS_WRITTEN, error_text, told_apart

if TYPE_CHECKING:
    import jsonschema_rs

Validate = Callable[[bytes], str | None]

_SPECIFIED = "Invalid model schema specified"
_MODEL = re.compile(r"https?://apigateway\.amazonaws\.com/restapis/[^/]+/models/([a-zA-Z0-9]+)(?:#(.*))?", re.DOTALL)
_HELD_IN: Mapping[str, type] = {  # the keywords that hold schemas, and how
    **dict.fromkeys(("properties", "patternProperties", "definitions", "dependencies"), dict),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), list),
    **dict.fromkeys(("items", "additionalItems", "additionalProperties", "not"), object),
}
_IGNORED = frozenset({"exclusiveMinimum"})
_NEW_API_MODELS: Mapping[str, str] = {  # those that every API has, should a snapshot lack them
    "Empty": '{"type":"object"}',
    "Error": '{"type":"object","properties":{"message":{"type":"string"}}}',
}
_BACKTRACKS = 10_000
_DEEPEST = 100  # schemas within schemas
_ALL_ERRORS_OF = 4_096  # bytes of a body; of a larger one only the first error is told, since all could be millions
_NOT_JSON = "[Unknown error parsing request body]"  # as recorded test invocations log it
# Java and ECMA take a hyphen after a class of characters for itself: [\w-.]
_LONELY_HYPHEN = re.compile(r"(?<!\\)(\\[wWdDsS])-(?=[^\]])")


class ModelError(ValueError):
    """A model that cannot be used, in AWS's words."""


def check_schema(text: str) -> str | None:
    """Why CreateModel refuses a schema of `application/json`, in AWS's words, or None.

    Other models that it refers to need not exist yet."""
    try:
        local = _Local("")
        schema = local.schema(_parsed(text))
        _Compiled({"": schema, **{name: {} for name in local.models}}, "")
    except ModelError as error:
        return f"Invalid model specified: Validation Result: warnings : [], errors : [{error}]"
    return None


def compile_validator(name: str, models: Iterable[Mapping[str, Any]]) -> Validate:
    """The model `name` of an API's `models` to what tells the errors of a body: None when it has none.

    The text is AWS's validationErrorString. Raises ModelError."""
    texts = {**_NEW_API_MODELS, **{model["name"]: model.get("schema") or "{}" for model in models}}
    schemas: dict[str, Any] = {}
    wanted = [name]
    while wanted:
        each = wanted.pop()
        if each not in texts:
            raise ModelError(f"Invalid model identifier specified: {each}")
        if each not in schemas:
            local = _Local(each)
            schemas[each] = local.schema(_parsed(texts[each]))
            wanted.extend(sorted(local.models))
    return _Compiled(schemas, name).validate


class _Compiled:
    """A model, ready to hold bodies against. What words their errors is compiled with the first of them."""

    def __init__(self, schemas: Mapping[str, Any], name: str) -> None:
        """`schemas` by name, with local references only. Raises ModelError."""
        self._schemas = schemas
        self._schema = {"$ref": f"#/definitions/{name}", "definitions": schemas}
        self._validator = _validator(self._schema)
        self._teller: jsonschema_rs.Draft4Validator | None = None
        self._branches: dict[int, jsonschema_rs.Draft4Validator] = {}

    def validate(self, body: bytes) -> str | None:
        """The errors of a body; see `compile_validator`."""
        try:
            document = msgspec.json.decode(body)
            if self._validator.is_valid(document):
                return None
            errors = self._errors(document, all_of_them=len(body) <= _ALL_ERRORS_OF)
        except (ValueError, RecursionError):  # not JSON, or nested deeper than the validator goes
            return _NOT_JSON
        return error_text(errors, self._schema, document, self._matches)

    def _errors(self, document: Any, *, all_of_them: bool) -> Iterable[Any]:
        if self._teller is None:
            told = {name: _told_apart(schema) for name, schema in self._schemas.items()}
            self._teller = _validator(self._schema | {"definitions": told})
        if all_of_them:
            return self._teller.iter_errors(document)
        try:
            self._teller.validate(document)
        except ValueError as error:  # jsonschema_rs.ValidationError
            return [error]
        raise AssertionError("both find the same bodies valid")

    def _matches(self, branch: Mapping[str, Any], value: Any) -> bool:
        """Whether a value is valid against a schema within this model."""
        if id(branch) not in self._branches:
            self._branches[id(branch)] = _validator({"allOf": [branch], "definitions": self._schemas})
        return self._branches[id(branch)].is_valid(value)


def _validator(schema: dict[str, Any]) -> "jsonschema_rs.Draft4Validator":
    import jsonschema_rs  # noqa: PLC0415 - a node without models does not need it

    try:
        return jsonschema_rs.Draft4Validator(
            schema,
            offline=True,
            validate_formats=True,
            pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=_BACKTRACKS),
        )
    except ValueError as error:
        raise ModelError(_SPECIFIED) from error


def _told_apart(schema: Any) -> Any:
    """A schema with its combinations told apart, and those of all schemas within it."""
    if not isinstance(schema, dict):
        return schema
    return told_apart(schema, lambda keyword, value: _each_held(keyword, value, _told_apart))


def _each_held(keyword: str, value: Any, change: Callable[[Any], Any]) -> Any:
    """The value of a keyword with `change` done to the schemas that it holds."""
    held_in = _HELD_IN.get(keyword)
    if held_in is dict and isinstance(value, dict):
        return {name: change(inner) for name, inner in value.items()}
    if held_in is not None and isinstance(value, list):
        return [change(inner) for inner in value]
    return change(value) if held_in is object else value


def _parsed(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise ModelError(_SPECIFIED) from error


class _Local:
    """Makes the schema of one model fit for the one document: references changed, what AWS ignores left out.

    `models` are the names of the models that it refers to."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.models: set[str] = set()

    def schema(self, schema: Any, depth: int = 0) -> Any:
        """`schema` and all within it. Raises ModelError."""
        if depth > _DEEPEST:
            raise ModelError(_SPECIFIED)
        if not isinstance(schema, dict):
            return schema
        changed = {}
        for keyword, value in schema.items():
            # The base address that `id` would set is one that AWS does not resolve against.
            if keyword in _IGNORED or (keyword in ("id", "$schema") and isinstance(value, str)):
                continue
            if keyword == "$ref" and isinstance(value, str):
                changed[keyword] = self._reference(value)
            elif keyword == "pattern" and isinstance(value, str):
                changed |= {keyword: _LONELY_HYPHEN.sub(r"\1\\-", value), AS_WRITTEN: value}
            elif keyword in _HELD_IN:
                changed[keyword] = _each_held(keyword, value, lambda inner: self.schema(inner, depth + 1))
            else:
                changed[keyword] = value
        return changed

    def _reference(self, reference: str) -> str:
        model = _MODEL.fullmatch(reference)
        if model is not None:
            self.models.add(model[1])
            return f"#/definitions/{model[1]}{model[2] or ''}"
        if reference == "#" or reference.startswith("#/"):
            return f"#/definitions/{self._name}{reference[1:]}"
        raise ModelError(f"{_SPECIFIED}, Model reference must be in canonical form")
