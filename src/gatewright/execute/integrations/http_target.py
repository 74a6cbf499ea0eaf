"""Where in an HTTP backend a request goes: the request target, put together from the endpoint and mapped parameters.

For HTTP_PROXY the client's own query is part of it and everything is read from the request's context; for HTTP the
parameters are those of the integration request, and nothing else. Developer guide: "Set up an API integration request".
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote

from gatewright.execute.context import RequestContext
from gatewright.execute.endpoint import PATH_SAFE, Endpoint, InvalidEndpoint, Pieces
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE
from gatewright.execute.integration_request import BackendRequest
from gatewright.execute.parameter_mapping import RequestParameter, Values
from gatewright.values.refusal import refuse

T = TypeVar("T")
Target = Callable[[RequestContext], str]

_PATH, _QUERY = PATH_SAFE, PATH_SAFE.replace("&", "").replace("+", "")


def compile_proxy_target(
    endpoint: Endpoint, parameters: Sequence[RequestParameter], own_path: Target | None = None
) -> Target:
    """The function that writes the request target for HTTP_PROXY: path, and the client's query as it came, appended to
    by mapped parameters. `own_path` takes the place of the endpoint's path.

    Raises InvalidEndpoint when nothing is mapped to a placeholder."""
    paths = {parameter.name: parameter.values for parameter in parameters if parameter.location == "path"}
    added = tuple((item.name, item.values) for item in parameters if item.location == "querystring")
    path = own_path or _placed(endpoint.path, paths, _PATH)
    query = _placed(endpoint.query, paths, _QUERY)
    if isinstance(path, str) and isinstance(query, str) and not added:
        return _fixed_target(f"{path}?{query}" if query else path, "&" if query else "?")
    return _mapped_target(_as_function(path), _as_function(query), added)


def compile_path(endpoint: Endpoint, parameters: Sequence[RequestParameter]) -> Target:
    """The function that writes the path alone. Raises InvalidEndpoint likewise."""
    return _as_function(_placed(endpoint.path, {parameter.name: parameter.values for parameter in parameters}, _PATH))


def _placed(pieces: Pieces, paths: Mapping[str, Values], safe: str) -> str | Target:
    missing = [name for name in pieces.names if name not in paths]
    if missing:
        raise InvalidEndpoint(f"no integration.request.path.{missing[0]} for {{{missing[0]}}}")
    return _filled(pieces, paths, safe)


def compile_target(endpoint: Endpoint) -> Callable[[BackendRequest], str]:
    """The function that writes the request target for HTTP. It raises Refusal when a placeholder has no value."""
    names = {*endpoint.path.names, *endpoint.query.names}
    path = _as_function(_filled(endpoint.path, {name: _path_of(name) for name in names}, _PATH))
    query = _as_function(_filled(endpoint.query, {name: _path_of(name) for name in names}, _QUERY))

    def target(request: BackendRequest) -> str:
        whole = "&".join(filter(None, (query(request), query_string(request.query))))
        return f"{path(request)}?{whole}" if whole else path(request)

    return target


def query_string(parameters: Iterable[tuple[str, str]]) -> str:
    """Mapped query parameters, percent-encoded."""
    return "&".join([f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in parameters])


def _path_of(name: str) -> Callable[[BackendRequest], list[str]]:
    return lambda request: [request.path[name]] if name in request.path else []


def _fixed_target(target: str, joint: str) -> Target:
    def fixed(context: RequestContext) -> str:
        query = context.request.query
        return f"{target}{joint}{query}" if query else target

    return fixed


def _mapped_target(path: Target, query: Target, added: tuple[tuple[str, Values], ...]) -> Target:
    def mapped(context: RequestContext) -> str:
        mapped_query = query_string((name, value) for name, values in added for value in values(context))
        whole = "&".join(filter(None, (query(context), context.request.query, mapped_query)))
        return f"{path(context)}?{whole}" if whole else path(context)

    return mapped


def _as_function(text: str | Callable[[T], str]) -> Callable[[T], str]:
    return (lambda source: text) if isinstance(text, str) else text


def _filled(pieces: Pieces, readers: Mapping[str, Callable[[T], list[str]]], safe: str) -> str | Callable[[T], str]:
    """Text with its placeholders filled by `readers`: a constant when it has none."""
    first, *literals = pieces.literals
    if not literals:
        return first
    parts = [(readers[name], literal) for name, literal in zip(pieces.names, literals, strict=True)]

    def filled(source: T) -> str:
        text = first
        for values, literal in parts:
            found = values(source)
            if not found:
                refuse(API_CONFIGURATION_ERROR, cause=f"{CONFIGURATION_FAILURE}Invalid endpoint address")
            text += quote(found[-1], safe=safe) + literal
        return text

    return filled
