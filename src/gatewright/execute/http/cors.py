"""CORS of an HTTP API: the gateway answers preflights itself, and replaces what backends say of CORS.

A request of no page, or of a page that may not call, gets no header of CORS, whatever a backend said. What a preflight
asks for and may not have it is not told: a browser then stops by itself.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gatewright.execute.context import RequestContext
from gatewright.execute.headers_memo import HeadersMemo
from gatewright.execute.plan import Document
from gatewright.values.headers import Headers, last
from gatewright.values.response import AnyResponse, Response

EVERY = "*"
_SCHEMES = ("http://*", "https://*")
_SIMPLE = frozenset({"GET", "HEAD", "POST"})  # that browsers let pass by themselves (Fetch: "CORS-safelisted method")
_PREFIX = b"access-control-"


class _Asked(NamedTuple):
    """What a browser says of the page that calls: its origin, and in a preflight what it wants to send."""

    origin: str | None
    method: str | None
    headers: tuple[str, ...]


def _read(headers: Headers) -> _Asked:
    names = (last(headers, "access-control-request-headers") or "").lower().split(",")
    return _Asked(
        last(headers, "origin"),
        last(headers, "access-control-request-method"),
        tuple(name.strip() for name in names if name.strip()),
    )


_asked = HeadersMemo(_read).of


@dataclass(frozen=True, slots=True)
class Cors:
    """A compiled `corsConfiguration`. `origins` and `headers` are in lower case; `told` goes with every answer to a
    page that may call, `of_preflight` with those to preflights besides."""

    origins: frozenset[str]
    methods: frozenset[str]
    headers: frozenset[str]
    told: tuple[bytes, ...]
    of_preflight: tuple[bytes, ...]

    def preflight(self, context: RequestContext) -> Response | None:
        """The answer to a preflight; None for any other request."""
        request = context.request
        if request.method != "OPTIONS":
            return None
        asked = _asked(request.headers)
        if asked.origin is None or asked.method is None:
            return None
        return Response(204, self._granted(asked.origin, asked.method, asked.headers), b"")

    def answered(self, context: RequestContext, response: AnyResponse) -> AnyResponse:
        """`response` to any other request as the page's browser is to see it."""
        lines = [line for line in response.headers if line[:15].lower() != _PREFIX]
        origin = _asked(context.received.headers).origin
        return response._replace(headers=lines if origin is None else (*lines, *self._told_to(origin)))

    def _granted(self, origin: str, method: str, headers: tuple[str, ...]) -> Sequence[bytes]:
        lines = self._told_to(origin)
        if not lines or not (EVERY in self.methods or method in self.methods):
            return ()
        if EVERY not in self.headers and not self.headers.issuperset(headers):
            return ()
        return (*lines, *self.of_preflight)

    def _told_to(self, origin: str) -> tuple[bytes, ...]:
        if EVERY in self.origins:
            return (b"access-control-allow-origin: *\r\n", *self.told)
        lower = origin.lower()
        if lower not in self.origins and not any(
            scheme in self.origins and lower.startswith(scheme[:-1]) for scheme in _SCHEMES
        ):
            return ()
        return (f"access-control-allow-origin: {origin}\r\n".encode("latin-1"), b"vary: Origin\r\n", *self.told)


def compile_cors(configuration: Document) -> Cors:
    """`configuration` as GetApi gives it."""
    methods = tuple(method.upper() for method in configuration.get("allowMethods") or ())  # as browsers compare them
    headers = tuple(configuration.get("allowHeaders") or ())
    exposed = tuple(configuration.get("exposeHeaders") or ())
    age = configuration.get("maxAge")
    return Cors(
        origins=frozenset(origin.lower() for origin in configuration.get("allowOrigins") or ()),
        methods=frozenset(methods) or _SIMPLE,
        headers=frozenset(name.lower() for name in headers),
        told=(
            *((b"access-control-allow-credentials: true\r\n",) if configuration.get("allowCredentials") else ()),
            *_line("expose-headers", exposed),
        ),
        of_preflight=(
            *_line("allow-methods", methods),
            *_line("allow-headers", headers),
            *(() if age is None else _line("max-age", (str(age),))),
        ),
    )


def _line(name: str, values: tuple[str, ...]) -> tuple[bytes, ...]:
    return (f"access-control-{name}: {','.join(values)}\r\n".encode(),) if values else ()
