"""What the variables of selection expressions are worth: `$request.body.*` of a message, `$integration.response.*` of
what a backend made of it.

A path that leads nowhere, and a body that is no JSON, are worth nothing. Developer guide: "WebSocket selection
expressions", "Template selection expressions".
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from gatewright.languages.json_path import MISSING, JsonPathError, compile_path
from gatewright.languages.selection_expression import Read, SelectionExpressionError, compile_selection_expression
from gatewright.languages.vtl import document_of
from gatewright.languages.vtl.java_text import inner_text
from gatewright.values.headers import Headers

_BODY = "request.body"
_RETURNED = "integration.response."


class Message(Protocol):
    """What `WebSocketContext` is here."""

    @property
    def document(self) -> Any:
        """The message as JSON."""
        ...


class Answered(NamedTuple):
    """What a backend returned for a message."""

    message: Any  # a Message
    status: int
    headers: Headers
    body: bytes


def compile_request_selection(text: str) -> Read[Message]:
    """The function that evaluates an expression over a message. Raises SelectionExpressionError."""
    return compile_selection_expression(text, _of_request)


def compile_response_selection(text: str) -> Read[Answered]:
    """The same over what came back for a message. Raises SelectionExpressionError."""
    return compile_selection_expression(text, _of_response)


def _of_request(name: str) -> Read[Message]:
    if not name.startswith(_BODY):
        raise SelectionExpressionError(f"${name} is no variable of a selection expression")
    find = _finder(name, name.removeprefix(_BODY))
    return lambda message: find(message.document)


def _of_response(name: str) -> Read[Answered]:
    if not name.startswith(_RETURNED):
        read = _of_request(name)
        return lambda answered: read(answered.message)
    what, _, rest = name.removeprefix(_RETURNED).partition(".")
    if what == "statuscode" and not rest:
        return lambda answered: str(answered.status)
    if what in _HEADERS and rest:
        values, lower = _HEADERS[what], rest.lower()
        return lambda answered: values([line.value for line in answered.headers if line.lower == lower])
    if what.partition("[")[0] != "body":
        raise SelectionExpressionError(f"${name} is no variable of a selection expression")
    find = _finder(name, name.removeprefix(f"{_RETURNED}body"))
    return lambda answered: find(document_of(answered.body.decode("utf-8", "replace")))


_HEADERS: dict[str, Callable[[list[str]], str]] = {
    "header": lambda values: values[-1] if values else "",
    "multivalueheader": ",".join,
}


def _finder(name: str, path: str) -> Callable[[Any], str]:
    """What gives the text of what a path leads to in a document."""
    try:
        find = compile_path(f"${path}")
    except JsonPathError as error:
        raise SelectionExpressionError(f"${name}: {error}") from None

    def found(document: Any) -> str:
        try:
            return "" if document is MISSING else _text(find(document))
        except JsonPathError:  # it visits too much
            return ""

    return found


def _text(value: Any) -> str:
    """Developer guide, "WebSocket routes": a list is `[item1, item2]`."""
    if value is MISSING or value is None:
        return ""
    if isinstance(value, list):
        return f"[{', '.join(map(_inner, value))}]"
    return inner_text(value)


def _inner(value: Any) -> str:
    return _text(value) if isinstance(value, list) else inner_text(value)
