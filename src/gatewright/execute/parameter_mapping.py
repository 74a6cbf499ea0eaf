"""Parameter mapping: `integration.request.*` from the method request, `method.response.header.*` from what comes back.

An expression is checked when it is configured (`check_...`) and compiled when its stage is: at request time a source
is a function of the request's context that gives the values, none when there is nothing to map. Developer guide:
"Parameter mapping for REST APIs", "Mapping source reference".
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote_plus

from gatewright.execute.access_log import reader
from gatewright.execute.access_log_variables import NO_VALUE, REST, Variables
from gatewright.execute.body_path import BrokenJsonError, compile_body_path
from gatewright.execute.caller_values import AUTHORIZER, authorizer_value
from gatewright.execute.context import RequestContext
from gatewright.execute.domain import path_called
from gatewright.execute.event_headers import CANONICAL, OWN_NAMES, header_values
from gatewright.execute.gateway_response import BROKEN_REQUEST_JSON, CONFIGURATION_FAILURE, INTERNAL_FAILURE
from gatewright.execute.http.raw_path import raw_path
from gatewright.languages.json_path import JsonPathError
from gatewright.values.headers import AUTHORIZATION, HIDDEN, HeaderLine, Headers, last
from gatewright.values.refusal import refuse

Values = Callable[[RequestContext], list[str]]
ReturnedValues = Callable[[RequestContext, Headers, bytes], list[str]]

_BROKEN_RESPONSE_JSON = INTERNAL_FAILURE._replace(error_type="InternalFailureException")
_WRITTEN_SO = frozenset(CANONICAL.values())
_NAME = r"[a-zA-Z0-9._$-]+"
_STATIC = re.compile(r"'([^']*)'")
_CONTEXT = re.compile(r"context\.([A-Za-z0-9_.-]+|authorizer\.claims\.[A-Za-z0-9_.:-]+)")  # as in cognito:username
_VARIABLE = re.compile(r"stageVariables\.([A-Za-z0-9_]+)")
_BODY = r"body(?:\.(.+)|(?=\[)(.+))?"
_METHOD = re.compile(rf"method\.request\.(path|querystring|header|multivaluequerystring|multivalueheader)\.({_NAME})")
_METHOD_BODY = re.compile(rf"method\.request\.{_BODY}", re.DOTALL)
_RETURNED = re.compile(rf"integration\.response\.(header|multivalueheader)\.({_NAME})")
_RETURNED_BODY = re.compile(rf"integration\.response\.{_BODY}", re.DOTALL)
_REQUEST_TARGET = re.compile(rf"integration\.request\.(path|querystring|header)\.({_NAME})")
_RESPONSE_TARGET = re.compile(rf"method\.response\.header\.({_NAME})")


class RequestParameter(NamedTuple):
    """One compiled `integration.request.{location}.{name}`."""

    location: str
    name: str
    values: Values


@dataclass(frozen=True, slots=True)
class Fixed:
    """A source that gives the same values for every request."""

    values: list[str]

    def __call__(self, context: RequestContext, headers: Headers = (), body: bytes = b"") -> list[str]:
        """The values."""
        return self.values


class MappingError(ValueError):
    """An expression that cannot be compiled, in AWS's words."""


def check_request_parameters(expressions: Mapping[str, str], declared: Collection[str]) -> str | None:
    """Why PutIntegration refuses its `requestParameters`, in AWS's words, or None.

    `declared` are the names of the method's `requestParameters`, such as `method.request.path.id`.
    """
    for target, source in expressions.items():
        if not _REQUEST_TARGET.fullmatch(target):
            return _refusal(target)
        method = _METHOD.fullmatch(source)
        if method is None and not _is_other_source(source, _METHOD_BODY):
            return _refusal(source)
        if method is not None and source not in declared and source.replace("multivalue", "", 1) not in declared:
            return _refusal(source, "parameter specified")
    return None


def check_response_parameters(expressions: Mapping[str, str], declared: Collection[str]) -> str | None:
    """Why PutIntegrationResponse refuses its `responseParameters`, in AWS's words, or None.

    `declared` are the names of the method response's `responseParameters`, such as `method.response.header.Location`.
    """
    for target, source in expressions.items():
        if not _RESPONSE_TARGET.fullmatch(target):
            return _refusal(target)
        if target not in declared:
            return _refusal(target, "parameter specified")
        if not _RETURNED.fullmatch(source) and not _is_other_source(source, _RETURNED_BODY):
            return _refusal(source)
    return None


def compile_request_parameters(
    expressions: Mapping[str, str], variables: Mapping[str, str], context_variables: Variables = REST
) -> tuple[RequestParameter, ...]:
    """An integration's `requestParameters` with a stage's variables; `context_variables` are those of the kind of API.

    Raises MappingError."""
    compiled = []
    for target, source in expressions.items():
        match = _REQUEST_TARGET.fullmatch(target)
        if match is None:
            raise MappingError(_refusal(target))
        values = compile_request_source(source, variables, context_variables)
        compiled.append(RequestParameter(match[1], match[2], values))
    return tuple(compiled)


def compile_request_source(
    expression: str, variables: Mapping[str, str], context_variables: Variables = REST
) -> Values:
    """What one source expression gives of a request, with a stage's variables. Raises MappingError."""
    match = _METHOD.fullmatch(expression)
    if match is not None:
        return _METHOD_SOURCES[match[1]](match[2])
    match = _METHOD_BODY.fullmatch(expression)
    if match is not None:
        read = _body(expression, match[1] or match[2] or "")
        return lambda context: _of_request(read, context)
    return _common_source(expression, variables, context_variables)


def compile_response_headers(
    expressions: Mapping[str, str], variables: Mapping[str, str], context_variables: Variables = REST
) -> tuple[tuple[str, ReturnedValues], ...]:
    """Pairs of header name and values, of an integration response's `responseParameters`. Raises MappingError."""
    compiled = []
    for target, source in expressions.items():
        match = _RESPONSE_TARGET.fullmatch(target)
        if match is None:
            raise MappingError(_refusal(target))
        compiled.append((match[1], _returned_source(source, variables, context_variables)))
    return tuple(compiled)


def _refusal(expression: str, what: str = "specified") -> str:
    outer = "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
    return f"{outer}[Invalid mapping expression {what}: {expression}]"


def _is_other_source(source: str, document: re.Pattern[str]) -> bool:
    match = document.fullmatch(source)
    if match is not None:
        try:
            compile_body_path(match[1] or match[2] or "")
        except JsonPathError:
            return False
        return True
    return any(pattern.fullmatch(source) for pattern in (_STATIC, _CONTEXT, _VARIABLE))


def _returned_source(source: str, variables: Mapping[str, str], context_variables: Variables) -> ReturnedValues:
    match = _RETURNED.fullmatch(source)
    if match is not None:
        return _RETURNED_SOURCES[match[1]](match[2])
    match = _RETURNED_BODY.fullmatch(source)
    if match is not None:
        read = _body(source, match[1] or match[2] or "")
        return lambda context, headers, body: _of_returned(read, body)
    values = _common_source(source, variables, context_variables)
    return values if isinstance(values, Fixed) else lambda context, headers, body: values(context)


def _common_source(source: str, variables: Mapping[str, str], context_variables: Variables) -> Values:
    match = _STATIC.fullmatch(source)
    if match is not None:
        return Fixed([match[1]])
    match = _VARIABLE.fullmatch(source)
    if match is not None:
        return Fixed([variables[match[1]]] if match[1] in variables else [])
    match = _CONTEXT.fullmatch(source)
    if match is not None:
        return context_values(match[1], context_variables)
    raise MappingError(_refusal(source))


def context_values(name: str, variables: Variables = REST) -> Values:
    """What `$context.{name}` gives; `variables` are those of the kind of API."""
    if name.startswith(AUTHORIZER):
        return _shown_of_caller(name.removeprefix(AUTHORIZER))
    as_received = _AS_RECEIVED if variables is REST else _AS_RECEIVED | {"path": raw_path}
    read = (name in variables and as_received.get(name)) or reader(name, variables)
    return Fixed([]) if read is None else _read_by(read)


def _shown_of_caller(variable: str) -> Values:
    """A `-` is a value like any other here: it is the authorizer's word."""

    def values(context: RequestContext) -> list[str]:
        text = authorizer_value(context, variable)
        return [text] if text else []

    return values


def _read_by(read: Callable[[RequestContext], object]) -> Values:
    def values(context: RequestContext) -> list[str]:
        text = str(read(context))
        return [] if text in ("", NO_VALUE) else [text]

    return values


# The access log escapes what a client chose; an integration gets it as it came.
_AS_RECEIVED: dict[str, Callable[[RequestContext], str]] = {
    "identity.apiKey": lambda context: "" if context.key is None else context.key.value,
    "identity.userAgent": lambda context: as_text(last(context.request.headers, "user-agent") or ""),
    "path": path_called,
    "xrayTraceId": lambda context: context.trace_id,
}


def _path(name: str) -> Values:
    return lambda context: [context.path_parameters[name]] if name in context.path_parameters else []


def query_values(context: RequestContext, name: str) -> list[str]:
    """All values of a query parameter, decoded."""
    pieces = (piece.partition("=") for piece in context.request.query.replace(";", "&").split("&"))
    return [unquote_plus(value) for key, _, value in pieces if unquote_plus(key) == name]


def _header_values(context: RequestContext, name: str) -> list[str]:
    if name in OWN_NAMES:
        values = header_values(context.request, context.trace_id, in_test=not context.plan.deployment_id)
        return [values[name]] if name in values else []
    # AWS compares the names of mapped headers case-sensitively, and hides those dropped on entry. Its front layers
    # write three names in one way, as Lambda events show, however clients write them.
    lower = name.lower() if name in _WRITTEN_SO else ""
    return [
        as_text(line.value)
        for line in context.request.headers
        if (line.name == name or line.lower == lower) and not is_hidden(line)
    ]


def is_hidden(line: HeaderLine) -> bool:
    """Whether a header is dropped on entry. A signature is for the gateway alone."""
    return bool(line.kind & HIDDEN) or (bool(line.kind & AUTHORIZATION) and line.value.startswith("AWS4-"))


def _returned_values(headers: Headers, name: str) -> list[str]:
    lower = name.lower()
    return [as_text(line.value) for line in headers if line.lower == lower]


def as_text(value: str) -> str:
    """A header's value as received, latin-1 of its bytes, as the UTF-8 text that was meant."""
    return value if value.isascii() else value.encode("latin-1").decode("utf-8", "replace")


def _joined(values: list[str]) -> list[str]:
    return [",".join(values)] if values else []


_METHOD_SOURCES: Mapping[str, Callable[[str], Values]] = {
    "path": _path,
    "querystring": lambda name: lambda context: query_values(context, name)[-1:],
    "multivaluequerystring": lambda name: lambda context: query_values(context, name),
    "header": lambda name: lambda context: _header_values(context, name)[-1:],
    "multivalueheader": lambda name: lambda context: _joined(_header_values(context, name)),
}


_RETURNED_SOURCES: Mapping[str, Callable[[str], ReturnedValues]] = {
    "header": lambda name: lambda context, headers, body: _returned_values(headers, name)[-1:],
    "multivalueheader": lambda name: lambda context, headers, body: _joined(_returned_values(headers, name)),
}


def _body(source: str, path: str) -> Callable[[bytes], list[str]]:
    try:
        return compile_body_path(path)
    except JsonPathError:
        raise MappingError(_refusal(source)) from None


def _of_request(read: Callable[[bytes], list[str]], context: RequestContext) -> list[str]:
    try:
        return read(context.request.body)
    except BrokenJsonError:
        refuse(BROKEN_REQUEST_JSON, cause="Invalid JSON in request body")


def _of_returned(read: Callable[[bytes], list[str]], body: bytes) -> list[str]:
    try:
        return read(body)
    except BrokenJsonError:
        text = body[:256].decode("utf-8", "replace")
        refuse(_BROKEN_RESPONSE_JSON, cause=f"{CONFIGURATION_FAILURE}Invalid JSON in response: {text}")
