"""What parameter mapping does to the request an HTTP backend gets: the request target, and headers that replace others.

Developer guide: "Set up an API integration request", "API Gateway important notes" (headers that cannot be mapped).
"""

from collections.abc import Callable, Sequence
from urllib.parse import quote

from gatewright.execute.context import RequestContext
from gatewright.execute.endpoint import PATH_SAFE, Endpoint, InvalidEndpoint, Pieces
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE
from gatewright.execute.mapped_header import mapped_line
from gatewright.execute.parameter_mapping import MappingError, RequestParameter, Values
from gatewright.values.headers import FIELD_NAME
from gatewright.values.refusal import refuse

Target = Callable[[RequestContext], str]
Overlay = Callable[[bytes, RequestContext], bytes]

# Mapping one of these fails every request of the method, as recorded on AWS.
_ILLEGAL = frozenset({"content-length", "transfer-encoding", "x-amzn-trace-id", "x-amzn-apigateway-api-id"})
# Dropped after mapping by AWS, and what belongs to one connection only, which is the upstream client's.
_DROPPED = frozenset(
    {
        *("expect", "proxy-authenticate", "te", "via"),
        *("connection", "keep-alive", "proxy-connection", "trailer", "upgrade"),
    }
)
_PATH, _QUERY = PATH_SAFE, PATH_SAFE.replace("&", "").replace("+", "")


def compile_target(endpoint: Endpoint, parameters: Sequence[RequestParameter]) -> Target:
    """The function that writes the request target for the backend: path, and the client's query as it came, appended to
    by mapped parameters. Raises InvalidEndpoint when nothing is mapped to a placeholder."""
    paths = {parameter.name: parameter.values for parameter in parameters if parameter.location == "path"}
    added = tuple((item.name, item.values) for item in parameters if item.location == "querystring")
    path = _filled(endpoint.path, paths, _PATH)
    query = _filled(endpoint.query, paths, _QUERY)
    if isinstance(path, str) and isinstance(query, str) and not added:
        return _fixed_target(f"{path}?{query}" if query else path, "&" if query else "?")
    return _mapped_target(_as_function(path), _as_function(query), added)


def _fixed_target(target: str, joint: str) -> Target:
    def fixed(context: RequestContext) -> str:
        query = context.request.query
        return f"{target}{joint}{query}" if query else target

    return fixed


def _mapped_target(path: Target, query: Target, added: tuple[tuple[str, Values], ...]) -> Target:
    def mapped(context: RequestContext) -> str:
        queries = [query(context), context.request.query]
        for name, values in added:
            queries += [f"{quote(name, safe='')}={quote(value, safe='')}" for value in values(context)]
        whole = "&".join(filter(None, queries))
        return f"{path(context)}?{whole}" if whole else path(context)

    return mapped


def _as_function(text: str | Target) -> Target:
    return (lambda context: text) if isinstance(text, str) else text


def _filled(pieces: Pieces, paths: dict[str, Values], safe: str) -> str | Target:
    """Text with its placeholders filled: a constant when it has none."""
    first, *literals = pieces.literals
    if not literals:
        return first
    missing = [name for name in pieces.names if name not in paths]
    if missing:
        raise InvalidEndpoint(f"no integration.request.path.{missing[0]} for {{{missing[0]}}}")
    parts = [(paths[name], literal) for name, literal in zip(pieces.names, literals, strict=True)]

    def filled(context: RequestContext) -> str:
        text = first
        for values, literal in parts:
            found = values(context)
            if not found:
                refuse(API_CONFIGURATION_ERROR, cause=f"{CONFIGURATION_FAILURE}Invalid endpoint address")
            text += quote(found[-1], safe=safe) + literal
        return text

    return filled


def compile_overlay(parameters: Sequence[RequestParameter]) -> Overlay | None:
    """The function that puts mapped headers into a request head, in place of those of the same name; None without any.

    Raises MappingError for a header that AWS lets nobody map."""
    headers = []
    for parameter in parameters:
        lower = parameter.name.lower()
        if parameter.location != "header" or lower in _DROPPED:
            continue
        if lower in _ILLEGAL or not FIELD_NAME.fullmatch(parameter.name):
            raise MappingError(f"{parameter.name} cannot be mapped")
        headers.append((parameter.name, parameter.values))
    if not headers:
        return None

    def overlay(head: bytes, context: RequestContext) -> bytes:
        mapped = [(name, values(context)) for name, values in headers]
        names = {name.lower().encode() for name, values in mapped if values}
        first, *lines = head[:-2].splitlines(keepends=True)
        kept = [line for line in lines if line.partition(b":")[0].lower() not in names]
        added = [mapped_line(name, value) for name, values in mapped for value in values]
        return b"".join((first, *kept, *added, b"\r\n"))

    return overlay
