"""What a definition says of the API as a whole: CreateRestApi's input, validators and gateway responses."""

from typing import Any

import msgspec

from gatewright.management.openapi.definition import Definition
from gatewright.management.openapi.dialect import Dialect
from gatewright.management.openapi.parts import Members

PREFIX = "x-amazon-apigateway-"
API_KEY_SOURCE = PREFIX + "api-key-source"
BINARY_MEDIA_TYPES = PREFIX + "binary-media-types"
MINIMUM_COMPRESSION_SIZE = PREFIX + "minimum-compression-size"
POLICY = PREFIX + "policy"
SECURITY_POLICY = PREFIX + "security-policy"
ENDPOINT_ACCESS_MODE = PREFIX + "endpoint-access-mode"
VALIDATORS = PREFIX + "request-validators"
GATEWAY_RESPONSES = PREFIX + "gateway-responses"

CORS = PREFIX + "cors"  # of HTTP APIs
_TEXTS = {
    API_KEY_SOURCE: "apiKeySource",
    SECURITY_POLICY: "securityPolicy",
    ENDPOINT_ACCESS_MODE: "endpointAccessMode",
}


def api_members(definition: Definition, dialect: Dialect) -> Members:
    """CreateRestApi's input, as far as the definition tells it."""
    found, root = definition.findings, definition.root
    if CORS in root:
        found.tell(f"'{CORS}' is for HTTP APIs. Ignoring.")
    info = definition.mapping("info")
    made: Members = {"name": found.text(info.get("title"), "info.title")}
    for name in ("description", "version"):
        if info.get(name) is not None:
            made[name] = found.text(info[name], f"info.{name}")
    made |= {member: found.text(root[name], name) for name, member in _TEXTS.items() if root.get(name) is not None}
    if root.get(BINARY_MEDIA_TYPES) is not None:
        types = found.array(root[BINARY_MEDIA_TYPES], BINARY_MEDIA_TYPES)
        made["binaryMediaTypes"] = [found.text(type, BINARY_MEDIA_TYPES) for type in types]
    size = found.whole(root.get(MINIMUM_COMPRESSION_SIZE), MINIMUM_COMPRESSION_SIZE)
    if size is not None:
        made["minimumCompressionSize"] = size
    if root.get(POLICY) is not None:
        made["policy"] = msgspec.json.encode(root[POLICY]).decode()  # one that is no policy is refused, not dropped
    return made | _endpoint(definition, dialect.endpoint(definition))


def _endpoint(definition: Definition, given: dict[str, Any]) -> Members:
    found, where = definition.findings, PREFIX + "endpoint-configuration"
    made: Members = {}
    if given.get("disableExecuteApiEndpoint") is not None:
        made["disableExecuteApiEndpoint"] = found.boolean(given["disableExecuteApiEndpoint"], where)
    endpoint: Members = {}
    for name in ("types", "vpcEndpointIds"):
        if given.get(name) is not None:
            endpoint[name] = [found.text(each, where) for each in found.array(given[name], f"{where}.{name}")]
    if given.get("ipAddressType") is not None:
        endpoint["ipAddressType"] = found.text(given["ipAddressType"], f"{where}.ipAddressType")
    if endpoint:
        made["endpointConfiguration"] = endpoint
    return made


def validators(definition: Definition) -> list[Members]:
    """CreateRequestValidator's inputs."""
    found, made = definition.findings, []
    for name, given in definition.mapping(VALIDATORS).items():
        validator = found.mapping(given, f"{VALIDATORS}.{name}")
        members: Members = {"name": name}
        for member in ("validateRequestBody", "validateRequestParameters"):
            members[member] = found.boolean(validator.get(member, False), f"{VALIDATORS}.{name}.{member}")
        made.append(members)
    return made


def gateway_responses(definition: Definition) -> list[Members]:
    """PutGatewayResponse's inputs."""
    found, made = definition.findings, []
    for name, given in definition.mapping(GATEWAY_RESPONSES).items():
        where = f"{GATEWAY_RESPONSES}.{name}"
        response = found.mapping(given, where)
        members: Members = {"responseType": name}
        if response.get("statusCode") is not None:
            members["statusCode"] = found.text(response["statusCode"], f"{where}.statusCode")
        for member in ("responseParameters", "responseTemplates"):
            if response.get(member) is not None:
                texts = found.mapping(response[member], f"{where}.{member}")
                members[member] = {key: found.text(text, f"{where}.{member}.{key}") for key, text in texts.items()}
        made.append(members)
    return made
