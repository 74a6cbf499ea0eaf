"""Definitions of HTTP APIs, and all that boto3 tells of one, names in place of ids, so that two can be compared."""

import json
from typing import Any

from tests.management.gateway import Gateway
from tests.management.openapi.whole import document

INVOKING = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000"
INTEGRATION = "x-amazon-apigateway-integration"
PROXY = {"type": "http_proxy", "httpMethod": "ANY", "uri": "http://example.com", "payloadFormatVersion": "1.0"}
JWT = {"type": "jwt", "jwtConfiguration": {"issuer": "https://issuer.example.com", "audience": ["a"]}}
LAMBDA = {"type": "request", "authorizerUri": f"{INVOKING}:function:f/invocations"}
LAMBDA |= {"authorizerPayloadFormatVersion": "2.0"}

AUTH, AUTHTYPE, AUTHORIZER = (f"x-amazon-apigateway-{name}" for name in ("auth", "authtype", "authorizer"))
CORS, POLICY = "x-amazon-apigateway-cors", "x-amazon-apigateway-policy"
ENDPOINT, VERSION = "x-amazon-apigateway-endpoint-configuration", "x-amazon-apigateway-importexport-version"
ERRORS, WARNED = "Errors found during import:\n\t", "\nAdditionally, these warnings were found:\n\t"
OF_TYPE = (
    "1 validation error detected: Value 'TOKEN' at 'authorizerType' failed to satisfy constraint: "
    "Member must satisfy enum value set: [REQUEST, JWT]"
)


def definition(**members: Any) -> dict[str, Any]:
    return {"openapi": "3.0.1", "info": {"title": "pets", "version": "1"}, "paths": {}} | members


def operation(**members: Any) -> dict[str, Any]:
    return {"responses": {}, INTEGRATION: PROXY} | members


def getting(**members: Any) -> dict[str, Any]:
    """A definition of GET /."""
    return definition(paths={"/": {"get": operation(**members)}})


def guarded(scheme: Any, **members: Any) -> dict[str, Any]:
    """A definition of GET /, which asks for a scheme `guard`."""
    asked = {"security": [{"guard": []}]} | members
    return getting(**asked) | {"components": {"securitySchemes": {"guard": scheme}}}


def scheme(extension: Any, **members: Any) -> dict[str, Any]:
    return {"type": "apiKey", AUTHORIZER: extension} | members


def as_text(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body)


def rich(gateway: Gateway) -> str:
    """A definition with everything that one can have. It needs a VPC link, which is made."""
    link = gateway.call("create_vpc_link", Name="link", SubnetIds=["subnet-1"])["VpcLinkId"]
    return document("pets.http.yaml").decode().replace("the-link", link)


def imported(gateway: Gateway, body: Any, **given: Any) -> str:
    """The id of an API made of a definition without warnings."""
    made = gateway.call("import_api", Body=as_text(body), **given)
    assert (made.get("Warnings", []), made.get("ImportInfo", [])) == ([], [])
    return str(made["ApiId"])


def whole(gateway: Gateway, api: str) -> dict[str, Any]:
    told = {
        kind: gateway.call(f"get_{kind}", ApiId=api, MaxResults="1000")["Items"]
        for kind in ("routes", "integrations", "authorizers", "stages", "deployments")
    }
    integrations = {f"integrations/{each.pop('IntegrationId')}": each for each in told["integrations"]}
    names = {each.pop("AuthorizerId"): each.pop("Name") for each in [dict(one) for one in told["authorizers"]]}
    routes = {}
    for route in told["routes"]:
        del route["RouteId"]
        if "Target" in route:
            route["Target"] = integrations[route["Target"]]
        if "AuthorizerId" in route:
            route["AuthorizerId"] = names[route["AuthorizerId"]]
        routes[route.pop("RouteKey")] = route
    authorizers = {each.pop("Name"): each for each in told["authorizers"]}
    for each in authorizers.values():
        del each["AuthorizerId"]
    settings = gateway.call("get_api", ApiId=api)
    for name in ("ApiId", "ApiEndpoint", "CreatedDate"):
        del settings[name]
    return {"settings": settings, "routes": routes, "authorizers": authorizers} | {
        name: told[name] for name in ("stages", "deployments")
    }


def export(gateway: Gateway, api: str, **given: Any) -> str:
    """The text of an export, and its type checked."""
    asked: dict[str, Any] = {"OutputType": "JSON", "Specification": "OAS30"} | given
    answer = gateway.client("000000000000", "us-east-1").export_api(ApiId=api, **asked)
    kind = answer["ResponseMetadata"]["HTTPHeaders"]["content-type"]
    assert kind == f"application/{asked['OutputType'].lower()}"
    text: str = answer["body"].read().decode()
    return text
