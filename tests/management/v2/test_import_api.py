"""ImportApi and ReimportApi: what becomes of a definition, what it is refused for, and that it is all or nothing."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from gatewright.management.openapi.document import LARGEST
from gatewright.management.openapi.http_reading import MOST_ROUTES
from gatewright.values.long_work import AtOnce
from tests.management.gateway import NOW, Endpoint, Gateway, bad, missing
from tests.management.v2.http_apis import (
    CORS,
    ERRORS,
    INTEGRATION,
    INVOKING,
    JWT,
    OF_TYPE,
    PROXY,
    VERSION,
    as_text,
    definition,
    export,
    getting,
    guarded,
    imported,
    operation,
    rich,
    scheme,
    whole,
)

LISTENER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/pets/50dc6c495c0c9188/0467ef3c8400ae65"
ROLE = "arn:aws:iam::000000000000:role/caller"
BACKEND = {
    "ConnectionType": "INTERNET",
    "IntegrationMethod": "ANY",
    "IntegrationType": "HTTP_PROXY",
    "IntegrationUri": "https://backend.example.com/{id}",
    "PayloadFormatVersion": "1.0",
    "RequestParameters": {"overwrite:path": "$request.path", "append:header.n": "5"},
    "ResponseParameters": {"200": {"remove:header.server": "''"}, "500": {"overwrite:statuscode": "502"}},
    "TimeoutInMillis": 5000,
}
PROXIED = {
    "ConnectionType": "INTERNET",
    "IntegrationMethod": "ANY",
    "IntegrationType": "HTTP_PROXY",
    "IntegrationUri": "http://example.com",
    "PayloadFormatVersion": "1.0",
    "TimeoutInMillis": 30000,
}
OPEN = {"ApiKeyRequired": False, "AuthorizationType": "NONE"}
GUARD = {
    "AuthorizerPayloadFormatVersion": "2.0",
    "AuthorizerResultTtlInSeconds": 60,
    "AuthorizerType": "REQUEST",
    "AuthorizerUri": f"{INVOKING}:function:guard/invocations",
    "EnableSimpleResponses": True,
    "IdentitySource": ["$request.header.Authorization", "$context.routeKey"],
}
POLICIES = {
    "AuthorizerCredentialsArn": ROLE,
    "AuthorizerPayloadFormatVersion": "1.0",
    "AuthorizerResultTtlInSeconds": 0,
    "EnableSimpleResponses": False,
}


def test_everything(gateway: Gateway) -> None:
    body = rich(gateway)
    (link,) = gateway.call("get_vpc_links")["Items"]
    assert imported(gateway, body, FailOnWarnings=True) == "imported"
    there = whole(gateway, "imported")
    assert there["settings"] == {
        "ApiKeySelectionExpression": "$request.header.x-api-key",
        "CorsConfiguration": {
            "AllowCredentials": True,
            "AllowHeaders": ["x-one"],
            "AllowMethods": ["GET", "POST"],
            "AllowOrigins": ["https://example.com"],
            "ExposeHeaders": ["*"],
            "MaxAge": 600,
        },
        "Description": "All about pets",
        "DisableExecuteApiEndpoint": True,
        "IpAddressType": "ipv4",
        "Name": "pets",
        "ProtocolType": "HTTP",
        "RouteSelectionExpression": "$request.method $request.path",
        "Tags": {"_custom_id_": "imported", "team": "zoo"},
        "Version": "2.0",
    }
    assert there["authorizers"] == {
        "tokens": {
            "AuthorizerType": "JWT",
            "IdentitySource": ["$request.querystring.token"],
            "JwtConfiguration": {"Audience": ["a", "b"], "Issuer": "https://issuer.example.com"},
        },
        "discovered": {
            "AuthorizerType": "JWT",
            "IdentitySource": ["$request.header.Authorization"],
            "JwtConfiguration": {"Audience": ["c"], "Issuer": "https://oidc.example.com/pool"},
        },
        "function": GUARD,
        "policies": GUARD | POLICIES,
    }
    assert there["routes"] == {
        "GET /pets": {
            "ApiKeyRequired": False,
            "AuthorizationScopes": ["pets/read", "pets/admin"],
            "AuthorizationType": "JWT",
            "AuthorizerId": "tokens",
            "OperationName": "listPets",
            "Target": {
                "ConnectionType": "INTERNET",
                "CredentialsArn": ROLE,
                "IntegrationMethod": "POST",
                "IntegrationType": "AWS_PROXY",
                "IntegrationUri": f"{INVOKING}:function:pets/invocations",
                "PayloadFormatVersion": "2.0",
                "TimeoutInMillis": 30000,
            },
        },
        "POST /pets": {
            "ApiKeyRequired": False,
            "AuthorizationType": "JWT",
            "AuthorizerId": "discovered",
            "Target": {
                "ConnectionType": "INTERNET",
                "CredentialsArn": ROLE,
                "IntegrationSubtype": "SQS-SendMessage",
                "IntegrationType": "AWS_PROXY",
                "PayloadFormatVersion": "1.0",
                "RequestParameters": {"MessageBody": "$request.body.message", "QueueUrl": "$stageVariables.queue"},
                "TimeoutInMillis": 30000,
            },
        },
        "ANY /pets/{id}": OPEN | {"AuthorizationType": "CUSTOM", "AuthorizerId": "function", "Target": BACKEND},
        "DELETE /pets/{id}": OPEN | {"AuthorizationType": "AWS_IAM", "Target": BACKEND},
        "GET /files/{proxy+}": {
            "ApiKeyRequired": False,
            "AuthorizationType": "CUSTOM",
            "AuthorizerId": "policies",
            "Target": {
                "ConnectionId": link["VpcLinkId"],
                "ConnectionType": "VPC_LINK",
                "IntegrationMethod": "GET",
                "IntegrationType": "HTTP_PROXY",
                "IntegrationUri": LISTENER,
                "PayloadFormatVersion": "1.0",
                "TimeoutInMillis": 30000,
                "TlsConfig": {"ServerNameToVerify": "pets.example.com"},
            },
        },
        "$default": OPEN,
    }
    assert (there["stages"], there["deployments"]) == ([], [])
    # An integration that operations refer to is made once.
    assert len(gateway.call("get_integrations", ApiId="imported")["Items"]) == 4


def test_json_is_the_same_as_yaml(gateway: Gateway) -> None:
    made = gateway.call("import_api", Body="openapi: 3.0.1\ninfo: {title: pets, version: '1'}\npaths: {/a: {get: {}}}")
    again = imported(gateway, definition(paths={"/a": {"get": {}}}))
    assert whole(gateway, made["ApiId"]) == whole(gateway, again)


DEFAULT: dict[str, Any] = {"x-amazon-apigateway-any-method": {}, "get": {}}
PATHS: dict[str, Any] = {"/": {"get": {}}, "/a/": {"get": {}}, "/$default": DEFAULT}


@pytest.mark.parametrize(
    ("mode", "keys"),
    [
        ({}, {"GET /", "GET /a/", "$default", "GET /$default"}),
        ({"Basepath": "ignore"}, {"GET /", "GET /a/", "$default", "GET /$default"}),
        ({"Basepath": "prepend"}, {"GET /x/y", "GET /x/y/a/", "$default", "GET /x/y/$default"}),
        ({"Basepath": "split"}, {"GET /y", "GET /y/a/", "$default", "GET /y/$default"}),
    ],
)
def test_base_path(gateway: Gateway, mode: dict[str, str], keys: set[str]) -> None:
    body = definition(paths=PATHS, servers=[{"url": "https://example.com/x/y"}])
    assert set(whole(gateway, imported(gateway, body, **mode))["routes"]) == keys


def test_a_mode_that_is_none(gateway: Gateway) -> None:
    words = "Invalid basepath specified: both. Valid options are ignore,prepend,split"
    assert gateway.refusal("import_api", Body=as_text(definition()), Basepath="both") == bad(words)


MISSING = {"200": {"content": {"a/b": {"schema": {"$ref": "#/no"}}}}}
UNVERIFIED = PROXY | {"typo": 1, "tlsConfig": {"insecureSkipVerification": True}}
# What is wrong with a definition of one route and does not stop it.
WARNINGS: list[tuple[dict[str, Any], list[str]]] = [
    (
        definition(paths={"$default": {"x-amazon-apigateway-any-method": {}}}),
        ["Parse issue: attribute paths. Resource $default should start with /"],
    ),
    (
        getting(responses=MISSING),
        ["Parse issue: attribute paths.'/'(get).responses.200.content.schema.#/no is missing"],
    ),
    (definition(paths={"/": {"get": {}, "trace": {}}}), ["Unsupported HTTP method 'trace' for path '/'. Ignoring."]),
    (
        definition(paths={"/": {"get": {}, "put": []}}),
        ["Parse issue: attribute paths.'/'(put) is not of type `object`"],
    ),
    (getting(secured=[]), ["Parse issue: attribute paths.'/'(get).secured is unexpected"]),
    (getting(isDefaultRoute=True), ["Parse issue: attribute paths.'/'(get).isDefaultRoute is unexpected"]),
    (
        getting(**{"x-amazon-apigateway-no": 1}),
        ["Unknown extension 'x-amazon-apigateway-no' of method 'GET /'. Ignoring."],
    ),
    (
        getting(**{INTEGRATION: {"type": "mock"}}),
        [
            "Unable to create Integration for 'GET /': Currently, an API with a protocol type of HTTP may only be "
            "associated with proxy integrations (AWS_PROXY, HTTP_PROXY)"
        ],
    ),
    (
        getting(**{INTEGRATION: UNVERIFIED}),
        [
            "Unknown member 'typo' of the integration of method 'GET /'. Ignoring.",
            f"'insecureSkipVerification' of paths.'/'(get).{INTEGRATION}.tlsConfig is not supported for HTTP APIs. "
            "Ignoring.",
        ],
    ),
    (guarded(scheme({"type": "token"}), security=[]), [f"Unable to create Authorizer 'guard': {OF_TYPE}"]),
    (
        getting() | {CORS: {"allowOrigins": "*", "more": 1}},
        [
            f"Parse issue: attribute {CORS}.allowOrigins is not of type `array`",
            f"Unknown member 'more' of '{CORS}'. Ignoring.",
        ],
    ),
]


@pytest.mark.parametrize(("body", "warnings"), WARNINGS, ids=range(len(WARNINGS)))
def test_warnings(gateway: Gateway, body: dict[str, Any], warnings: list[str]) -> None:
    listed = "".join(f"\n\t{warning}" for warning in warnings)
    refused = bad(f"Warnings found during import:{listed}")
    assert gateway.refusal("import_api", Body=as_text(body), FailOnWarnings=True) == refused
    assert gateway.call("get_apis")["Items"] == []
    made = gateway.call("import_api", Body=as_text(body))
    assert (made["Warnings"], gateway.call("get_api", ApiId=made["ApiId"])) == (warnings, made)
    assert len(whole(gateway, made["ApiId"])["routes"]) == 1


def test_info(gateway: Gateway) -> None:
    members = {INTEGRATION: PROXY | {"passthroughBehavior": "when_no_match"}, "requestBody": {}}
    body = getting(**members, parameters=[{"name": "q", "in": "query"}]) | {
        "x-amazon-apigateway-request-validators": {}
    }
    made = gateway.call("import_api", Body=as_text(body), FailOnWarnings=True)
    assert made["ImportInfo"] == [
        "'passthroughBehavior' of the integration of method 'GET /' is not supported for HTTP APIs. Ignoring.",
        "'requestBody' of method 'GET /' is not supported for HTTP APIs. Ignoring.",
        "'parameters' of method 'GET /' are not supported for HTTP APIs. Ignoring.",
        "'x-amazon-apigateway-request-validators' of the definition is not supported for HTTP APIs. Ignoring.",
    ]
    assert gateway.call("get_api", ApiId=made["ApiId"]) == made


UNBUILDABLE, INVALID = "Unable to build importer with provided input.", "Invalid OpenAPI input."
SWAGGER = {"swagger": "2.0", "info": {"title": "a"}, "paths": {}}
MANY: dict[str, Any] = {f"/{number}": {"get": {}} for number in range(MOST_ROUTES + 1)}
REFUSED: list[tuple[Any, str]] = [
    ("{", UNBUILDABLE),
    ("- a", UNBUILDABLE),
    ("{}", UNBUILDABLE),
    (definition(openapi="3.1.0"), INVALID),
    (SWAGGER, f"{INVALID} HTTP APIs are defined by OpenAPI 3.0."),
    (definition(paths=None), INVALID),
    (definition(security={}), INVALID),
    (definition(paths=dict(list(MANY.items())[:1000]), security=[{}] * 3000), INVALID),
    (definition(info={}), "Invalid API name specified"),
    (definition(paths=MANY), f"A definition has at most {MOST_ROUTES} routes"),
    (
        definition(**{CORS: {"allowOrigins": ["*"], "allowCredentials": True}}),
        "allow-credentials is not supported if 'allow-origin' is *",
    ),
    (
        definition(paths={"/a b": {"get": {}}}),
        f"{ERRORS}Unable to create Route 'GET /a b': One or more path parts appear to be invalid",
    ),
    (
        definition(paths={"/{a}": {"get": {}}, "/{b}": {"get": {}}}),
        f"{ERRORS}Unable to create Route 'GET /{{b}}': The provided route key \"GET /{{b}}\" has a conflicting "
        'variable on the same hierarchical level as "GET /{a}"',
    ),
    (definition(**{VERSION: "2.0"}), f"{ERRORS}Invalid '{VERSION}' specified: 2.0. Valid options are 1.0"),
    (" " * (LARGEST + 1), f"The definition is larger than {LARGEST} bytes"),
]


@pytest.mark.parametrize(("body", "words"), REFUSED, ids=range(len(REFUSED)))
def test_refused(gateway: Gateway, http: str, body: Any, words: str) -> None:
    before = whole(gateway, http)
    assert gateway.refusal("import_api", Body=as_text(body)) == bad(words)
    assert gateway.refusal("reimport_api", ApiId=http, Body=as_text(body)) == bad(words)
    assert [api["ApiId"] for api in gateway.call("get_apis")["Items"]] == [http]
    assert whole(gateway, http) == before


def test_reimport_replaces_everything_inside(gateway: Gateway) -> None:
    created = gateway.call(
        "create_api",
        Name="old",
        ProtocolType="HTTP",
        Target="http://example.com",
        Description="d",
        CorsConfiguration={"MaxAge": 1},
        DisableExecuteApiEndpoint=True,
        Tags={"a": "b"},
    )
    api = created["ApiId"]
    gateway.call(
        "create_authorizer",
        ApiId=api,
        Name="old",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.a"],
        JwtConfiguration={"Issuer": "https://a", "Audience": ["a"]},
    )
    gateway.call("create_stage", ApiId=api, StageName="fixed")
    body = guarded(scheme(JWT))
    told = gateway.call("reimport_api", ApiId=api, Body=as_text(body))
    assert (
        told
        == gateway.call("get_api", ApiId=api)
        == {name: value for name, value in created.items() if name not in ("Description", "CorsConfiguration")}
        | {"Name": "pets", "Version": "1"}
    )
    there = whole(gateway, api)
    assert (set(there["routes"]), set(there["authorizers"])) == ({"GET /"}, {"guard"})
    assert len(gateway.call("get_integrations", ApiId=api)["Items"]) == 1
    stages = {stage["StageName"]: stage for stage in there["stages"]}
    assert set(stages) == {"$default", "fixed"}
    # One deployment of quick create, one of the authorizer, and one of the whole definition.
    assert len(there["deployments"]) == 3
    default = stages["$default"]
    assert default["LastDeploymentStatusMessage"].endswith(f"'{default['DeploymentId']}'")
    served = json.loads(export(gateway, api, StageName="$default"))
    assert list(served["paths"]) == ["/"]


def test_what_an_import_found_lasts_until_the_next(gateway: Gateway) -> None:
    body = definition(paths={"/": {"get": {"requestBody": {}}, "trace": {}}})
    made = gateway.call("import_api", Body=as_text(body))
    assert {"Warnings", "ImportInfo"} <= made.keys()
    told = gateway.call("reimport_api", ApiId=made["ApiId"], Body=as_text(definition(paths={"/": {"get": {}}})))
    assert told == {name: value for name, value in made.items() if name not in ("Warnings", "ImportInfo")}


def test_a_definition_that_warns_changes_nothing_where_that_is_not_wanted(gateway: Gateway, http: str) -> None:
    before = whole(gateway, http)
    body = as_text(definition(paths={"/": {"trace": {}}}))
    words = "Warnings found during import:\n\tUnsupported HTTP method 'trace' for path '/'. Ignoring."
    assert gateway.refusal("reimport_api", ApiId=http, Body=body, FailOnWarnings=True) == bad(words)
    assert whole(gateway, http) == before


def test_what_cannot_be_reimported(gateway: Gateway, websocket: str) -> None:
    body = as_text(definition())
    assert gateway.refusal("reimport_api", ApiId="none", Body=body) == missing(
        "Invalid API identifier specified 000000000000:none"
    )
    assert gateway.refusal("reimport_api", ApiId=websocket, Body=body) == bad(
        "Only HTTP APIs can be imported, and not one with a protocol type of WEBSOCKET"
    )


def test_an_empty_definition_leaves_what_is_served_as_it_was(gateway: Gateway, http: str) -> None:
    before = gateway.call("create_stage", ApiId=http, StageName="$default", AutoDeploy=True)
    gateway.call("reimport_api", ApiId=http, Body=as_text(definition()))
    assert gateway.call("get_stage", ApiId=http, StageName="$default") == before | {
        "LastDeploymentStatusMessage": "Deployment attempt failed: "
        "Unable to deploy API because no routes exist in this API",
        "LastUpdatedDate": datetime.fromtimestamp(NOW, UTC),
    }


class InTheMiddle(AtOnce):
    """Somebody adds a route at the third turn."""

    turns = 0
    gateway: Gateway

    async def turn(self) -> None:
        self.turns += 1
        if self.turns == 3:
            self.gateway.call("create_route", ApiId="pets", RouteKey="GET /theirs")


def test_who_comes_between_came_before(endpoint: Endpoint) -> None:
    work = InTheMiddle()
    work.gateway = gateway = Gateway(endpoint, work=work).speaking("apigatewayv2")
    gateway.call("create_api", Name="pets", ProtocolType="HTTP", Tags={"_custom_id_": "pets"})
    gateway.call("create_stage", ApiId="pets", StageName="$default", AutoDeploy=True)
    paths = {f"/{n}": {"get": operation(), "trace": {}} for n in range(6)}
    told = gateway.call("reimport_api", ApiId="pets", Body=as_text(definition(paths=paths)))
    assert work.turns > 3
    assert len(told["Warnings"]) == 6
    assert set(whole(gateway, "pets")["routes"]) == {f"GET /{n}" for n in range(6)}
    gateway.store.close()
