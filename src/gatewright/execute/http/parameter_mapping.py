"""Parameter mapping of HTTP APIs: values out of a request or a response, and what they change of either.

A value is text with variables: one alone, `$request.header.id`, or several in braces, `${request.path.a}/${context.b}`.
It is compiled with its stage; at request time it is a function that gives the text, None when it cannot be resolved.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from gatewright.execute.access_log_variables import HTTP
from gatewright.execute.body_path import BrokenJsonError, compile_body_path
from gatewright.execute.context import RequestContext
from gatewright.execute.event_headers import OWN_NAMES, header_values
from gatewright.execute.parameter_mapping import MappingError, as_text, context_values, is_hidden, query_values
from gatewright.languages.json_path import JsonPathError
from gatewright.values.headers import pairs
from gatewright.values.response import AnyResponse, StreamedResponse

S = TypeVar("S")
Value = Callable[[S], str | None]
RequestValue = Value[RequestContext]
Reply = tuple[RequestContext, AnyResponse]
ReplyValue = Value[Reply]

LONGEST_SEARCHED = 102_400  # bytes of a body that a JSONPath looks at
_NAME = r"[A-Za-z0-9._$-]+"
_ONE = re.compile(r"\$(?:request|response|context|stageVariables)\..+", re.DOTALL)
_EMBEDDED = re.compile(r"\$\{([^{}]*)\}")
_REQUEST = re.compile(rf"request\.(header|querystring|path)\.({_NAME})")
_RESPONSE = re.compile(rf"response\.header\.({_NAME})")
_BODY = re.compile(r"(request|response)\.body(?:\.(.+)|(?=\[)(.+))?", re.DOTALL)
_CONTEXT = re.compile(r"context\.([A-Za-z0-9_.:-]+)")
_VARIABLE = re.compile(r"stageVariables\.([A-Za-z0-9_]+)")
_OWN = frozenset(name.lower() for name in OWN_NAMES)


def compile_value(text: str, variables: Mapping[str, str]) -> RequestValue:
    """What `text` gives of a request, with a stage's variables. Raises MappingError."""
    return _compile(text, lambda name: _of_request(name, variables))


def compile_reply_value(text: str, variables: Mapping[str, str]) -> ReplyValue:
    """What `text` gives of an integration's response, and of the context of its request. Raises MappingError."""
    return _compile(text, lambda name: _of_reply(name, variables))


def _compile(text: str, find: Callable[[str], Value[S]]) -> Value[S]:
    if _ONE.fullmatch(text) and "${" not in text:
        return find(text[1:])
    first, *pieces = _EMBEDDED.split(text)
    if not pieces:
        if text.startswith("$"):
            raise MappingError(f"Invalid mapping expression specified: {text}")
        return lambda source: text
    parts = [(find(name), literal) for name, literal in zip(pieces[::2], pieces[1::2], strict=True)]
    if len(parts) == 1 and not first and not parts[0][1]:
        return parts[0][0]

    def joined(source: S) -> str:
        """Of several variables, one without a value is empty text, as in selection expressions."""
        return first + "".join([(value(source) or "") + literal for value, literal in parts])

    return joined


def _of_request(name: str, variables: Mapping[str, str]) -> RequestValue:
    match = _REQUEST.fullmatch(name)
    if match is not None:
        return _REQUEST_VALUES[match[1]](match[2])
    if name == "request.path":
        return lambda context: context.path or "/"
    match = _BODY.fullmatch(name)
    if match is not None and match[1] == "request":
        find = _compile_body(name, match[2] or match[3] or "")
        return lambda context: find(context.request.body)
    return _of_either(name, variables)


def _of_reply(name: str, variables: Mapping[str, str]) -> ReplyValue:
    match = _RESPONSE.fullmatch(name)
    if match is not None:
        return _reply_header(match[1].lower())
    match = _BODY.fullmatch(name)
    if match is not None and match[1] == "response":
        find = _compile_body(name, match[2] or match[3] or "")
        return lambda reply: None if type(reply[1]) is StreamedResponse else find(reply[1].body)
    value = _of_either(name, variables)
    return lambda reply: value(reply[0])


def _of_either(name: str, variables: Mapping[str, str]) -> RequestValue:
    match = _VARIABLE.fullmatch(name)
    if match is not None:
        given = variables.get(match[1])
        return lambda context: given
    match = _CONTEXT.fullmatch(name)
    if match is not None:
        values = context_values(match[1], HTTP)
        return lambda context: _joined(values(context))
    raise MappingError(f"Invalid mapping expression specified: ${name}")


def _joined(values: list[str]) -> str | None:
    return ",".join(values) if values else None


def _header(name: str) -> RequestValue:
    """Repeated headers are joined, and names know no case."""
    lower = name.lower()
    if lower in _OWN:
        own = next(each for each in OWN_NAMES if each.lower() == lower)
        return lambda context: header_values(context.request, context.trace_id, in_test=False).get(own)

    def value(context: RequestContext) -> str | None:
        lines = context.request.headers
        return _joined([as_text(line.value) for line in lines if line.lower == lower and not is_hidden(line)])

    return value


_REQUEST_VALUES: Mapping[str, Callable[[str], RequestValue]] = {
    "header": _header,
    "querystring": lambda name: lambda context: _joined(query_values(context, name)),
    "path": lambda name: lambda context: context.path_parameters.get(name),
}


def _reply_header(lower: str) -> ReplyValue:
    def value(reply: Reply) -> str | None:
        return _joined([as_text(text) for name, text in pairs(reply[1].headers) if name.lower() == lower])

    return value


def _compile_body(name: str, path: str) -> Callable[[bytes], str | None]:
    if not path:
        return lambda body: body.decode("utf-8", "replace") or None
    if ".." in path or "?(" in path or path.startswith("."):
        raise MappingError(f"Invalid mapping expression specified: ${name}")
    try:
        find = compile_body_path(path)
    except JsonPathError:
        raise MappingError(f"Invalid mapping expression specified: ${name}") from None

    def found(body: bytes) -> str | None:
        try:
            return _joined(find(body[:LONGEST_SEARCHED]))
        except BrokenJsonError:
            return None

    return found
