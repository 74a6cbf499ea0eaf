"""The front of an HTTP API's import: a definition's bytes to its parts, and what to tell of them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
"""

from typing import NamedTuple

from gatewright.management.openapi.base_path import prefix
from gatewright.management.openapi.definition import Definition
from gatewright.management.openapi.document import INVALID, Unreadable, read_document
from gatewright.management.openapi.findings import Findings
from gatewright.management.openapi.http_parts import HttpApiParts
from gatewright.management.openapi.http_routes import Routes
from gatewright.management.openapi.http_security import HttpSecurity
from gatewright.management.openapi.http_settings import http_api_members
from gatewright.management.openapi.oas30 import Oas30
from gatewright.management.openapi.reading import MOST_OTHERS, check_numbers, check_whole, dialect_of

MOST_ROUTES = 2_000  # each is compared with all others; AWS's own quota is 300, and raised on request


class ReadHttpApi(NamedTuple):
    """What reading came to: the parts, and what was found."""

    parts: HttpApiParts
    findings: Findings


def read_http_api(body: bytes, base_path_mode: str) -> ReadHttpApi:
    """The parts of the HTTP API that `body` defines. Raises Unreadable, TooLarge."""
    definition = Definition(read_document(body), Findings())
    dialect = dialect_of(definition)
    if not isinstance(dialect, Oas30):
        raise Unreadable(f"{INVALID} HTTP APIs are defined by OpenAPI 3.0.")
    check_whole(definition)
    try:
        return ReadHttpApi(_parts(definition, dialect, base_path_mode), definition.findings)
    except RecursionError:
        raise Unreadable(INVALID) from None


def _parts(definition: Definition, dialect: Oas30, base_path_mode: str) -> HttpApiParts:
    security = HttpSecurity(definition, dialect.security_schemes(definition))
    routes = Routes(definition, dialect, security)
    routes.read("".join(f"/{part}" for part in prefix(base_path_mode, dialect.base_path(definition))))
    api = http_api_members(definition, dialect)
    parts = HttpApiParts(api, security.authorizers, routes.integrations.by_key, routes.made)
    check_numbers(("routes", len(parts.routes), MOST_ROUTES), ("authorizers", len(parts.authorizers), MOST_OTHERS))
    return parts
