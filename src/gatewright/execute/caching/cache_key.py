"""Cache keys: which requests to a method have one cached response.

The verb and the integration's `cacheKeyParameters` vary the key, a path parameter that is not among them does not:
AWS gives two requests that differ in no more than that the same response. Beside them it varies with what the gateway
itself makes the response of, so that no request can choose another one's: the address that was called, the media types
by which a template, or bytes in place of text, are chosen, and whose credentials the integration is called with.
Developer guide: "Use method or integration parameters as cache keys"; API reference: Integration.
"""

import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from gatewright.execute.binary_media_types import compile_binary_media_types
from gatewright.execute.context import RequestContext
from gatewright.execute.credentials import BY_CALLER, caller_of, compile_credentials
from gatewright.execute.event_headers import OWN_NAMES
from gatewright.execute.mapping_template import JSON, media_type_of
from gatewright.execute.parameter_mapping import compile_request_source
from gatewright.execute.plan import Source
from gatewright.values.headers import first, last

Values = Callable[[RequestContext], list[str]]

_AWS_TYPES = ("AWS", "AWS_PROXY")
_OWN_NAMES = {name.lower(): name for name in OWN_NAMES}  # what an integration gets for these is the gateway's own
_encode = msgspec.json.Encoder().encode


class CacheKey(NamedTuple):
    """The key of the requests to one method with one verb. `prefix` is what all have in common, `parts` what varies."""

    prefix: bytes
    parts: tuple[Values, ...]

    def of(self, context: RequestContext) -> bytes:
        """The name of the entry for a request: it tells nobody what the parameters were."""
        return hashlib.sha256(self.prefix + _encode([values(context) for values in self.parts])).digest()


def compile_cache_key(source: Source, verb: str, *what: Any) -> CacheKey:
    """The key of requests with `verb` to a method; `what`, of JSON, keeps them apart from others. Raises MappingError
    for a key parameter that cannot be read."""
    names = sorted(source.integration.get("cacheKeyParameters") or ())
    namespace = source.integration.get("cacheNamespace") or source.resource_path
    common = _encode((source.api_id, source.stage, namespace, verb, names, what))
    own = (_address, *_media_types(source), *_credentials(source))
    return CacheKey(hashlib.sha256(common).digest(), (*own, *[_parameter(name, source) for name in names]))


def _address(context: RequestContext) -> list[str]:
    """A client may call an API by any name that leads to it, and events and templates show the name."""
    return [context.request.scheme, context.read.host]


def _media_types(source: Source) -> list[Values]:
    """What of Accept and Content-Type the gateway goes by; any other types of one kind are alike to it."""
    integration = source.integration
    if integration.get("type") == "HTTP_PROXY":
        return []
    is_binary = compile_binary_media_types(source.binary_media_types)
    asked = _lower(integration.get("requestTemplates") or {})
    answers = (integration.get("integrationResponses") or {}).values()
    given = frozenset[str]().union(*(_lower(answer.get("responseTemplates") or {}) for answer in answers))

    def accepted(context: RequestContext) -> list[str]:
        accept = first(context.request.headers, "accept")
        wanted = media_type_of((accept or JSON).partition(",")[0])
        return ["binary" if is_binary(accept) else "", wanted if wanted in given else ""]

    def sent(context: RequestContext) -> list[str]:
        content_type = last(context.request.headers, "content-type")
        wanted = media_type_of(content_type or JSON)
        return ["binary" if is_binary(content_type) else "", wanted if wanted in asked else ""]

    looks = ((accepted, len(given) > 1), (sent, asked))
    return [look for look, matters in looks if matters or source.binary_media_types]


def _credentials(source: Source) -> list[Values]:
    """Other callers' credentials may be shown other things."""
    if source.integration.get("type") not in _AWS_TYPES or compile_credentials(source) != BY_CALLER:
        return []
    return [lambda context: [caller_of(context).access_key]]


def _lower(templates: dict[str, str]) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in templates)


def _parameter(name: str, source: Source) -> Values:
    """All values that a request has for a cache key parameter. Raises MappingError.

    One of the integration's is what is mapped to it, or what a proxy passes on under that name."""
    if name.startswith("integration."):
        mapped = source.integration.get("requestParameters") or {}
        name = mapped.get(name) or name.replace("integration.", "method.", 1)
    *head, parameter = name.split(".", 3)
    if head in (["method", "request", "header"], ["method", "request", "multivalueheader"]):
        lower = parameter.lower()
        if lower not in _OWN_NAMES:
            return _header_values(lower)
        name = f"method.request.header.{_OWN_NAMES[lower]}"
    elif head == ["method", "request", "querystring"]:
        name = f"method.request.multivaluequerystring.{parameter}"
    return compile_request_source(name, source.variables)


def _header_values(lower: str) -> Values:
    """A backend may read a header however its name is written, so whichever way it is written varies the key."""
    return lambda context: [line.value for line in context.request.headers if line.lower == lower]
