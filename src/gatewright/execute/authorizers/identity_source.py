"""Identity sources of an authorizer: the parts of a request by which it knows the caller.

Names of headers are the same in any case, as HTTP has it: what a browser sends by HTTP/2 is in lower case, and finds
the source `method.request.header.Authorization` all the same (seen: awsdocs/amazon-api-gateway-developer-guide pull
request 106, where `headerauth1` reached the function by the source `HeaderAuth1`). Names of query parameters are not.
Developer guide: "Configure a Lambda authorizer using the API Gateway console", "Identity source".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from gatewright.execute.access_log_variables import Variables
from gatewright.execute.caller_values import unverified_key
from gatewright.execute.context import RequestContext
from gatewright.execute.event_headers import OWN_NAMES
from gatewright.execute.gateway_response import UNAUTHORIZED
from gatewright.execute.parameter_mapping import (
    MappingError,
    Values,
    compile_request_source,
    context_values,
    is_hidden,
    query_values,
)
from gatewright.values.refusal import refuse

# All values of each source, in order. The last one says who calls; a request that repeats a header or a parameter is
# none of those that do not, since a function sees all of them.
Identity = Sequence[Sequence[str]]

_NOTHING: Mapping[str, str] = {}
_HEADER, _QUERY, _CONTEXT = "method.request.header.", "method.request.querystring.", "context."
# `$request.header.x`, `route.request.header.x`; `$context.x`, `$stageVariables.x`.
_ROUTE_WORDS = re.compile(r"^(?:(\$request\.|route\.request\.)|\$)")
_OWN_NAMES = {name.lower(): name for name in OWN_NAMES}
_SOURCE = re.compile(
    r"method\.request\.(?:header|querystring)\.[a-zA-Z0-9._$-]+"
    r"|stageVariables\.[a-zA-Z0-9_]+|context\.[a-zA-Z0-9._$-]+"
)


class IdentitySource(NamedTuple):
    """What of a request identifies its caller: expressions, and what reads the values of each."""

    expressions: tuple[str, ...]
    readers: tuple[Values, ...]

    def of(self, context: RequestContext, given: Mapping[str, str] = _NOTHING) -> Identity:
        """The caller's identity; `given` are variables of `$context` that a test makes up.

        Raises Refusal when a part of it is missing or empty."""
        identity = [read(context) for read in self.readers]
        if given:
            made_up = [given.get(expression.removeprefix("context.")) for expression in self.expressions]
            identity = [[text] if text else values for text, values in zip(made_up, identity, strict=True)]
        for values in identity:
            if not values or not values[-1]:
                refuse(UNAUTHORIZED)
        return identity


def sources_of(text: str | None) -> list[str]:
    """The expressions of an identity source, which commas part."""
    return [source.strip() for source in (text or "").split(",") if source.strip()]


def check_identity_source(text: str) -> str | None:
    """The first expression that is none, or None. Text without any expression is one that is none."""
    return next((source for source in sources_of(text) or [text] if not _SOURCE.fullmatch(source)), None)


def compile_identity_source(text: str | None, variables: Mapping[str, str]) -> IdentitySource:
    """What reads the identity of a request. Raises MappingError for an expression that is none."""
    sources = sources_of(text)
    return IdentitySource(tuple(sources), tuple(_reader(source, variables) for source in sources))


def compile_route_identity_source(
    sources: Iterable[str], variables: Mapping[str, str], shown: Variables
) -> IdentitySource:
    """The same of an HTTP or a WebSocket API: its own words for the same parts. `shown` are what `$context` has there.

    Raises MappingError."""
    words = [_ROUTE_WORDS.sub(lambda word: "method.request." if word[1] else "", source) for source in sources]
    readers = [
        context_values(word.removeprefix(_CONTEXT), shown) if word.startswith(_CONTEXT) else _reader(word, variables)
        for word in words
    ]
    return IdentitySource(tuple(words), tuple(readers))


def _reader(source: str, variables: Mapping[str, str]) -> Values:
    if not _SOURCE.fullmatch(source):
        raise MappingError(f"Invalid mapping expression specified: {source}")
    if source.startswith(_HEADER):
        return _header(source.removeprefix(_HEADER).lower())
    if source.startswith(_QUERY):
        name = source.removeprefix(_QUERY)
        return lambda context: query_values(context, name)
    if source == "context.identity.apiKey":
        return lambda context: [unverified_key(context)]
    return compile_request_source(source, variables)


def _header(lower: str) -> Values:
    """The values as received, latin-1 of their bytes, as functions see them in their events, too."""
    if lower in _OWN_NAMES:  # the gateway's word, not the client's
        return compile_request_source(_HEADER + _OWN_NAMES[lower], {})

    def values(context: RequestContext) -> list[str]:
        return [line.value for line in context.request.headers if line.lower == lower and not is_hidden(line)]

    return values
