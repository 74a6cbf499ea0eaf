"""What a definition says of an HTTP API as a whole: CreateApi's input."""

from typing import Any

from gatewright.management.openapi.api_settings import CORS, POLICY, PREFIX
from gatewright.management.openapi.definition import Definition
from gatewright.management.openapi.dialect import Dialect
from gatewright.management.openapi.findings import Findings
from gatewright.management.openapi.parts import Members
from gatewright.management.openapi.security import AUTH, AUTHTYPE
from gatewright.management.openapi.swagger import ENDPOINT

TAG_VALUE = PREFIX + "tag-value"
VERSION = PREFIX + "importexport-version"
NEWEST = "1.0"  # the one version of the import and export of HTTP APIs

_KNOWN = (CORS, ENDPOINT, VERSION, AUTH, AUTHTYPE)
_ON_CALLERS = (POLICY, AUTH)  # and all that begin so
_OF_REST_APIS = tuple(
    PREFIX + name
    for name in (
        *("api-key-source", "binary-media-types", "documentation", "endpoint-access-mode", "gateway-responses"),
        *("minimum-compression-size", "request-validator", "request-validators", "security-policy"),
    )
)
_CORS_LISTS = ("allowHeaders", "allowMethods", "allowOrigins", "exposeHeaders")


def http_api_members(definition: Definition, dialect: Dialect) -> Members:
    """CreateApi's input, as far as the definition tells it."""
    found, root = definition.findings, definition.root
    tell_of_extensions(found, root, "the definition", _KNOWN, _OF_REST_APIS)
    if str(root.get(VERSION, NEWEST)) != NEWEST:
        found.refuse(f"Invalid '{VERSION}' specified: {root[VERSION]}. Valid options are {NEWEST}")
    info = definition.mapping("info")
    made: Members = {"name": found.text(info.get("title"), "info.title")}
    for name in ("description", "version"):
        if info.get(name) is not None:
            made[name] = found.text(info[name], f"info.{name}")
    cors, tags = _cors(definition), _tags(definition)
    made |= ({"corsConfiguration": cors} if cors else {}) | ({"tags": tags} if tags else {})
    return made | _endpoint(found, dialect.endpoint(definition))


def tell_of_extensions(
    found: Findings, node: Members, what: str, known: tuple[str, ...], of_rest_apis: tuple[str, ...]
) -> None:
    """Tell of AWS's extensions that say nothing to an HTTP API, and of those that nobody knows.

    None that decides who may call is passed over."""
    for name in node:
        if not name.startswith(PREFIX) or name in known:
            continue
        if name.startswith(_ON_CALLERS):
            found.refuse(f"'{name}' of {what} is not supported for HTTP APIs")
        elif name in of_rest_apis:
            found.inform(f"'{name}' of {what} is not supported for HTTP APIs. Ignoring.")
        else:
            found.tell(f"Unknown extension '{name}' of {what}. Ignoring.")


def _cors(definition: Definition) -> Members:
    found = definition.findings
    given, made = definition.mapping(CORS), Members()
    for name, value in given.items():
        where = f"{CORS}.{name}"
        if name in _CORS_LISTS:
            made[name] = [found.text(each, where) for each in found.array(value, where)]
        elif name == "allowCredentials":
            made[name] = found.boolean(value, where)
        elif name == "maxAge":
            age = found.whole(value, where)
            made |= {} if age is None else {name: age}
        else:
            found.tell(f"Unknown member '{name}' of '{CORS}'. Ignoring.")
    return made


def _tags(definition: Definition) -> dict[str, str]:
    """AWS's tags are those of OpenAPI that have a value; the others are for readers."""
    found, made = definition.findings, {}
    for given in found.array(definition.root.get("tags"), "tags"):
        tag = found.mapping(given, "tags")
        if tag.get(TAG_VALUE) is not None:
            made[found.text(tag.get("name"), "tags.name")] = found.text(tag[TAG_VALUE], f"tags.{TAG_VALUE}")
    return made


def _endpoint(found: Findings, given: dict[str, Any]) -> Members:
    made: Members = {}
    for name, value in given.items():
        if name == "disableExecuteApiEndpoint":
            if isinstance(value, bool) or str(value).lower() in ("true", "false"):
                made[name] = found.boolean(value, name)
            else:
                found.refuse(f"'{name}' of '{ENDPOINT}' is neither true nor false")
        elif name == "ipAddressType":
            made[name] = found.text(value, f"{ENDPOINT}.{name}")
        elif name in ("types", "vpcEndpointIds"):
            if value not in (None, [], ["REGIONAL"], ["EDGE"]):
                found.refuse(f"'{name}' of '{ENDPOINT}' is not supported for HTTP APIs, which are public")
        else:
            found.tell(f"Unknown member '{name}' of '{ENDPOINT}'. Ignoring.")
    return made
