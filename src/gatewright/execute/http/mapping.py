"""What parameter mapping changes: headers, query and path of a request before its integration gets it, and headers and
status of what comes back.

All values are read before anything is changed. A value that cannot be had, or is too long, leaves things as they are.
One that no header can hold is none at all: what it should take the place of is not passed on for it. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import quote, unquote_plus

from gatewright.execute.context import RequestContext
from gatewright.execute.endpoint import PATH_SAFE
from gatewright.execute.http.parameter_mapping import Reply, RequestValue, Value, compile_reply_value, compile_value
from gatewright.execute.http.returned_header import is_returned
from gatewright.execute.parameter_mapping import MappingError
from gatewright.execute.plan import Document, Integration
from gatewright.execute.world import World
from gatewright.values.headers import CONTROL, FIELD_NAME, KINDS, Headers, header_line
from gatewright.values.response import AnyResponse, Response

S = TypeVar("S")

# Developer guide: "Reserved headers".
RESERVED = re.compile(
    r"access-control-.*|apigw-.*|x-amz-.*|x-amzn-.*|authorization|connection|content-encoding|content-length"
    r"|content-location|forwarded|keep-alive|origin|proxy-authenticate|proxy-authorization|te|trailers"
    r"|transfer-encoding|upgrade|x-forwarded-for|x-forwarded-host|x-forwarded-proto|via",
    re.IGNORECASE,
)
LONGEST_VALUE = 10_240  # bytes: a head has no room for more
_TARGET = re.compile(r"(append|overwrite|remove):(header|querystring)\.(.+)")
_PATH = "overwrite:path"
_STATUS = "overwrite:statuscode"
_BODILESS = frozenset({204, 304})


class Change(NamedTuple, Generic[S]):
    """One entry of a mapping: `append`, `overwrite` or `remove` what has that name."""

    action: str
    name: str
    value: Value[S]


@dataclass(frozen=True, slots=True)
class RequestMapping:
    """An integration's `requestParameters`."""

    headers: tuple[Change[RequestContext], ...]
    query: tuple[Change[RequestContext], ...]
    path: RequestValue | None

    def apply(self, context: RequestContext) -> None:
        """Let the integration see the request as mapped: `context.request`, and `context.integration_path`."""
        request = context.request
        headers, query = _header_values(self.headers, context), _values(self.query, context)
        path = None if self.path is None else self.path(context)
        if headers:
            request = request._replace(headers=_changed_headers(request.headers, headers))
        if query:
            request = request._replace(query=_changed_query(request.query, query))
        context.request = request
        if path is not None:
            context.integration_path = "/" + quote(path, safe=PATH_SAFE).lstrip("/")


@dataclass(frozen=True, slots=True)
class ResponseMapping:
    """What `responseParameters` say of responses with one status."""

    headers: tuple[Change[Reply], ...]
    status: Value[Reply] | None

    def applied(self, context: RequestContext, response: AnyResponse) -> AnyResponse:
        """`response` as the client gets it."""
        reply = (context, response)
        headers = _header_values(self.headers, reply)
        status = None if self.status is None else self.status(reply)
        if headers:
            response = response._replace(headers=_changed_lines(response.headers, headers))
        if status is None or not re.fullmatch("[2-5][0-9]{2}", status):
            return response
        response = response._replace(status=int(status))
        return response._replace(body=b"") if type(response) is Response and int(status) in _BODILESS else response


@dataclass(frozen=True, slots=True)
class Mapped:
    """An integration with its parameter mapping; `responses` by the integration's status."""

    integration: Integration
    request: RequestMapping | None
    responses: Mapping[int, ResponseMapping]

    async def call(self, context: RequestContext, world: World) -> AnyResponse:
        """See Integration."""
        if self.request is not None:
            self.request.apply(context)
        response = await self.integration.call(context, world)
        mapping = self.responses.get(response.status)
        return response if mapping is None else mapping.applied(context, response)


def compile_request_mapping(parameters: Mapping[str, str], variables: Mapping[str, str]) -> RequestMapping | None:
    """`requestParameters` with a stage's variables, None when they change nothing. Raises MappingError."""
    changes: dict[str, list[Change[RequestContext]]] = {"header": [], "querystring": []}
    path = None
    for target, text in parameters.items():
        value = compile_value(text, variables)
        if target == _PATH:
            path = value
        else:
            location, change = _change(target, value, "Request")
            changes[location].append(change)
    if not parameters:
        return None
    return RequestMapping(tuple(changes["header"]), tuple(changes["querystring"]), path)


def compile_response_mapping(
    parameters: Mapping[str, Mapping[str, str]], variables: Mapping[str, str]
) -> Mapping[int, ResponseMapping]:
    """`responseParameters` with a stage's variables, by status. Raises MappingError."""
    return {int(status): _response_mapping(changes, variables) for status, changes in parameters.items()}


def with_mapping(integration: Integration, document: Document, variables: Mapping[str, str]) -> Integration:
    """`integration` with what GetIntegration shows of its mapping. Raises MappingError.

    The parameters of a service's operation are its own to read."""
    own = bool(document.get("integrationSubtype"))
    request = None if own else compile_request_mapping(document.get("requestParameters") or {}, variables)
    responses = compile_response_mapping(document.get("responseParameters") or {}, variables)
    return Mapped(integration, request, responses) if request or responses else integration


def _response_mapping(parameters: Mapping[str, str], variables: Mapping[str, str]) -> ResponseMapping:
    changes = []
    status = None
    for target, text in parameters.items():
        value = compile_reply_value(text, variables)
        if target == _STATUS:
            status = value
        else:
            location, change = _change(target, value, "Response")
            if location != "header":
                raise _invalid(target, "Response")
            lower = change.name.lower()
            if is_returned(lower, KINDS.get(lower, 0)):
                changes.append(change)
    return ResponseMapping(tuple(changes), status)


def _change(target: str, value: Value[S], side: str) -> tuple[str, Change[S]]:
    match = _TARGET.fullmatch(target)
    if match is None:
        raise _invalid(target, side)
    action, location, name = match.groups()
    if location == "header" and (RESERVED.fullmatch(name) or not FIELD_NAME.fullmatch(name)):
        raise MappingError(f"Operations on header {name} are restricted")
    return location, Change(action, name, value)


def _invalid(target: str, side: str) -> MappingError:
    # Seen: github.com/badmintoncryer/cdk-preflight, words of failed deployments
    return MappingError(f"Invalid {side} Actioned Parameter destination specified: {target}")


def _values(changes: Sequence[Change[S]], source: S) -> list[tuple[str, str, str]]:
    """What is to be done, to what, and with which value."""
    made = []
    for action, name, value in changes:
        text = "" if action == "remove" else value(source)
        if text is not None and len(text) <= LONGEST_VALUE:
            made.append((action, name, text))
    return made


def _header_values(changes: Sequence[Change[S]], source: S) -> list[tuple[str, str, str]]:
    """The same of headers, which hold no control characters."""
    return [
        (action, name, text.strip()) if not CONTROL.search(text) else ("remove", name, "")
        for action, name, text in _values(changes, source)
        if action != "append" or not CONTROL.search(text)
    ]


def _changed_headers(headers: Headers, changes: list[tuple[str, str, str]]) -> Headers:
    lines = list(headers)
    for action, name, value in changes:
        lower = name.lower()
        if action != "append":
            lines = [line for line in lines if line.lower != lower]
        if action != "remove":
            lines.append(header_line(name, value.encode("utf-8", "replace").decode("latin-1")))
    return tuple(lines)


def _changed_lines(headers: Sequence[bytes], changes: list[tuple[str, str, str]]) -> list[bytes]:
    lines = list(headers)
    for action, name, value in changes:
        lower = name.lower().encode()
        if action != "append":
            lines = [line for line in lines if line.partition(b":")[0].lower() != lower]
        if action != "remove":
            lines.append(f"{name}: {value}\r\n".encode("utf-8", "replace"))
    return lines


def _changed_query(query: str, changes: list[tuple[str, str, str]]) -> str:
    pieces = query.split("&") if query else []
    for action, name, value in changes:
        if action != "append":
            pieces = [piece for piece in pieces if unquote_plus(piece.partition("=")[0]) != name]
        if action != "remove":
            pieces.append(f"{quote(name, safe='')}={quote(value, safe='')}")
    return "&".join(pieces)
