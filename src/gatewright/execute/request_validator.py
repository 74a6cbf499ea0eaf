"""Request validators: required parameters, then the body against the model of its media type.

What a validator does not ask for is not looked at. Recorded on AWS: parameters are named in the order of their full
keys, blank ones count as missing, and a body that is empty or not JSON is invalid wherever a model applies.
Developer guide: "Request validation for REST APIs in API Gateway".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import BAD_REQUEST_BODY, BAD_REQUEST_PARAMETERS
from gatewright.execute.model import Validate, compile_validator
from gatewright.execute.parameter_mapping import query_values
from gatewright.values.headers import last
from gatewright.values.refusal import refuse

Document = Mapping[str, Any]
Check = Callable[[RequestContext], None]
IsGiven = Callable[[RequestContext], bool]

_ANY_TYPE = "$default"
_UNTYPED = "application/json"
_MISMATCH = "Request body does not match model schema for content type"  # as recorded test invocations log it


class Models:
    """The models of an API, each compiled once for all methods that ask for it."""

    def __init__(self, models: Iterable[Document]) -> None:
        self._models = {model["name"]: model for model in models}
        self._compiled: dict[str, Validate] = {}

    def validate(self, name: str) -> Validate | None:
        """What tells the errors of a body; None for a model of another media type than JSON, which AWS only keeps.

        Raises ModelError."""
        content_type = self._models.get(name, {}).get("contentType") or _UNTYPED
        if "json" not in content_type.lower():
            return None
        if name not in self._compiled:
            self._compiled[name] = compile_validator(name, self._models.values())
        return self._compiled[name]


def compile_request_validator(method: Document, validators: Iterable[Document], models: Models) -> Check | None:
    """What refuses the requests of a method that its validator finds wanting, or None when it has nothing to do.

    The check raises Refusal. Raises ModelError, and ValueError for a validator that is not there."""
    id = method.get("requestValidatorId")
    if not id:
        return None
    validator = next((each for each in validators if each["id"] == id), None)
    if validator is None:
        raise ValueError(f"the request validator {id} is not there")
    checks: list[Check] = []
    if validator.get("validateRequestParameters"):
        parameters = compile_required_parameters(method.get("requestParameters") or {})
        checks.extend([parameters] if parameters is not None else [])
    if validator.get("validateRequestBody"):
        checks.extend(_body(method.get("requestModels") or {}, models))
    return _all(checks) if checks else None


def _all(checks: list[Check]) -> Check:
    def check(context: RequestContext) -> None:
        for each in checks:
            each(context)

    return check if len(checks) > 1 else checks[0]


def compile_required_parameters(parameters: Mapping[str, bool]) -> Check | None:
    """What refuses requests that lack one of the `parameters` that are required, such as `method.request.header.x`;
    None when none is. The check raises Refusal."""
    required: list[tuple[str, IsGiven]] = []
    for key in sorted(key for key, is_required in parameters.items() if is_required):
        _, _, location, name = key.split(".", 3)
        required.append((name, _IS_GIVEN[location](name)))
    if not required:
        return None

    def check(context: RequestContext) -> None:
        missing = [name for name, is_given in required if not is_given(context)]
        if missing:
            refuse(BAD_REQUEST_PARAMETERS, f"Missing required request parameters: [{', '.join(missing)}]")

    return check


def _path(name: str) -> IsGiven:
    return lambda context: bool(context.path_parameters.get(name, "").strip())


def _query(name: str) -> IsGiven:
    return lambda context: any(value.strip() for value in query_values(context, name))


def _header(name: str) -> IsGiven:
    lower = name.lower()
    return lambda context: any(line.value.strip() for line in context.request.headers if line.lower == lower)


_IS_GIVEN: Mapping[str, Callable[[str], IsGiven]] = {"path": _path, "querystring": _query, "header": _header}


def _body(request_models: Mapping[str, str], models: Models) -> Iterator[Check]:
    by_type = {media_type.lower(): models.validate(name) for media_type, name in request_models.items()}
    fallback = by_type.get(_ANY_TYPE)
    if not any(by_type.values()):
        return

    def check(context: RequestContext) -> None:
        content_type = last(context.request.headers, "content-type") or _UNTYPED
        media_type = content_type.partition(";")[0].strip().lower()
        validate = by_type.get(media_type, fallback)
        errors = validate(context.request.body) if validate is not None else None
        if errors is not None:
            context.validation_error = errors
            refuse(BAD_REQUEST_BODY, cause=f"{_MISMATCH} {media_type}: {errors}")

    yield check
