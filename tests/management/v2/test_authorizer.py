"""Authorizer of the second API: token issuers and Lambda functions, and what each kind of API lets them be."""

import pytest

from gatewright.values.records import Document
from tests.management.gateway import Gateway, bad, missing

INVOKE = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
INVOKE += "arn:aws:lambda:us-east-1:000000000000:function:who/invocations"
ROLE = "arn:aws:iam::000000000000:role/caller"
JWT: Document = {
    "AuthorizerType": "JWT",
    "IdentitySource": ["$request.header.Authorization"],
    "JwtConfiguration": {"Issuer": "https://issuer.example.com/a", "Audience": ["pets"]},
    "Name": "tokens",
}
REQUEST: Document = {
    "AuthorizerPayloadFormatVersion": "2.0",
    "AuthorizerResultTtlInSeconds": 300,
    "AuthorizerType": "REQUEST",
    "AuthorizerUri": INVOKE,
    "EnableSimpleResponses": True,
    "IdentitySource": ["$request.header.a", "$request.querystring.b", "$context.routeKey", "$stageVariables.c"],
    "Name": "who",
}
AT_CONNECT: Document = {
    "AuthorizerCredentialsArn": ROLE,
    "AuthorizerType": "REQUEST",
    "AuthorizerUri": INVOKE,
    "IdentitySource": ["route.request.header.a", "route.request.querystring.b", "context.stage", "stageVariables.c"],
    "Name": "who",
}
NO_URI = "Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation."
ONE_SOURCE = "JWT authorizers have exactly one, a header or a query parameter such as $request.header.Authorization"


def make(gateway: Gateway, api: str, given: Document) -> Document:
    made: Document = gateway.call("create_authorizer", ApiId=api, **given)
    assert made == given | {"AuthorizerId": made["AuthorizerId"]}
    return made


def test_authorizers_of_http_apis(gateway: Gateway, http: str) -> None:
    made = [make(gateway, http, given) for given in (JWT, REQUEST)]
    make(
        gateway,
        http,
        JWT | {"Name": "dev", "JwtConfiguration": {"Issuer": "http://localhost:5000/pool", "Audience": ["a"]}},
    )
    make(gateway, http, REQUEST | {"Name": "open", "IdentitySource": [], "AuthorizerResultTtlInSeconds": 0})
    where = {"ApiId": http, "AuthorizerId": made[1]["AuthorizerId"]}
    assert gateway.call("get_authorizer", **where) == made[1]
    assert len(gateway.call("get_authorizers", ApiId=http)["Items"]) == 4
    given: Document = {"AuthorizerPayloadFormatVersion": "1.0", "EnableSimpleResponses": False, "Name": "old"}
    given |= {"AuthorizerCredentialsArn": ROLE, "IdentitySource": [], "AuthorizerResultTtlInSeconds": 0}
    changed = made[1] | given
    assert gateway.call("update_authorizer", **where, **given) == changed
    del changed["AuthorizerCredentialsArn"]
    assert gateway.call("update_authorizer", **where, AuthorizerCredentialsArn="") == changed
    token = JWT | {"Name": "new"}
    assert gateway.call("update_authorizer", **where, **token) == token | {"AuthorizerId": where["AuthorizerId"]}
    assert gateway.call("delete_authorizer", **where) == {}
    for verb in ("get", "update", "delete"):
        assert gateway.refusal(f"{verb}_authorizer", **where) == missing(
            f"Invalid Authorizer identifier specified {where['AuthorizerId']}"
        )


def test_authorizers_of_websocket_apis(gateway: Gateway, websocket: str) -> None:
    made = make(gateway, websocket, AT_CONNECT)
    make(gateway, websocket, AT_CONNECT | {"Name": "open", "IdentitySource": [], "AuthorizerResultTtlInSeconds": 0})
    id = made["AuthorizerId"]
    (route,) = gateway.call("get_routes", ApiId=websocket)["Items"]
    where = {"ApiId": websocket, "RouteId": route["RouteId"]}
    asks = {"AuthorizationType": "CUSTOM", "AuthorizerId": id}
    assert gateway.call("update_route", **where, **asks) == route | asks
    in_use = ("ConflictException", "Cannot delete authorizer 'who', is referenced in route: $connect")
    assert gateway.refusal("delete_authorizer", ApiId=websocket, AuthorizerId=id) == in_use
    assert gateway.call("update_route", **where, AuthorizationType="AWS_IAM") == route | {
        "AuthorizationType": "AWS_IAM"
    }
    assert gateway.call("delete_authorizer", ApiId=websocket, AuthorizerId=id) == {}


def test_a_type_that_routes_count_on_stays(gateway: Gateway, http: str) -> None:
    id = make(gateway, http, JWT)["AuthorizerId"]
    gateway.call("create_route", ApiId=http, RouteKey="GET /dogs", AuthorizationType="JWT", AuthorizerId=id)
    in_use = ("ConflictException", "Cannot delete authorizer 'tokens', is referenced in route: GET /dogs")
    given = {name: value for name, value in REQUEST.items() if name != "Name"}
    assert gateway.refusal("update_authorizer", ApiId=http, AuthorizerId=id, **given) == in_use


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (JWT | {"Name": " "}, "Authorizer name cannot be empty"),
        (JWT | {"Name": "there"}, "Authorizer name must be unique. Authorizer there already exists in this API."),
        *(
            (
                JWT | {"JwtConfiguration": {"Issuer": issuer, "Audience": ["a"]}},
                "Invalid issuer: Issuer is not a valid URL for JWT Authorizer",
            )
            for issuer in (
                "",
                "issuer.example.com",
                "ftp://a",
                "https://",
                "https://a/?b",
                "https://a b",
                "https://a:b",
            )
        ),
        (
            JWT | {"JwtConfiguration": {"Issuer": "https://a"}},
            "Audience must be specified for authorizers of type JWT",
        ),
        (
            JWT | {"JwtConfiguration": {"Issuer": "https://a", "Audience": ["a"] * 51}},
            "Authorizers of type JWT can have at most 50 audiences",
        ),
        (JWT | {"IdentitySource": []}, f"Invalid identity source specified: . {ONE_SOURCE}"),
        (JWT | {"IdentitySource": ["$context.a"]}, f"Invalid identity source specified: $context.a. {ONE_SOURCE}"),
        (JWT | {"AuthorizerUri": INVOKE}, "authorizerUri can only be specified for authorizers of type REQUEST"),
        (
            REQUEST | {"JwtConfiguration": JWT["JwtConfiguration"]},
            "jwtConfiguration can only be specified for authorizers of type JWT",
        ),
        (
            REQUEST | {"IdentityValidationExpression": "a"},
            "identityValidationExpression is not supported for authorizers of HTTP and WebSocket APIs",
        ),
        (JWT | {"JwtConfiguration": {}}, "JwtConfiguration must not be null for JWT Authorizer"),
        (REQUEST | {"AuthorizerUri": ""}, "AuthorizerUri is a required field in an Authorizer"),
        (REQUEST | {"AuthorizerUri": "x"}, f"Invalid Authorizer URI: x. {NO_URI}"),
        (REQUEST | {"AuthorizerCredentialsArn": "x"}, "Invalid ARN specified in the request"),
        (
            REQUEST | {"AuthorizerPayloadFormatVersion": ""},
            "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer",
        ),
        (
            REQUEST | {"AuthorizerPayloadFormatVersion": "3.0"},
            "Invalid AuthorizerPayloadFormatVersion specified: 3.0. Valid options are 1.0,2.0",
        ),
        (
            REQUEST | {"AuthorizerPayloadFormatVersion": "1.0"},
            'EnableSimpleResponses can only be set for AuthorizerPayloadFormatVersion "2.0".',
        ),
        (
            REQUEST | {"IdentitySource": ["route.request.header.a"]},
            "Invalid identity source expression: route.request.header.a",
        ),
        (
            REQUEST | {"IdentitySource": []},
            "Identity source must be set if authorizer caching is enabled (TTL is greater than 0)",
        ),
        (
            REQUEST | {"AuthorizerResultTtlInSeconds": 3601},
            "Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds.",
        ),
    ],
)
def test_what_http_apis_refuse(gateway: Gateway, http: str, given: Document, message: str) -> None:
    make(gateway, http, JWT | {"Name": "there"})
    assert gateway.refusal("create_authorizer", ApiId=http, **given) == bad(message)
    assert len(gateway.call("get_authorizers", ApiId=http)["Items"]) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (JWT, "Only REQUEST authorizer type is supported on WEBSOCKET protocol Apis."),
        (
            AT_CONNECT | {"IdentitySource": ["$request.header.a"]},
            "Invalid request identity source expression: $request.header.a",
        ),
        (
            AT_CONNECT | {"AuthorizerResultTtlInSeconds": 300},
            "AuthorizerResultTtlInSeconds cannot be set for WEBSOCKET protocol Apis.",
        ),
        (
            AT_CONNECT | {"EnableSimpleResponses": True},
            "enableSimpleResponses is not supported for an API with a protocol type of WEBSOCKET",
        ),
        (
            AT_CONNECT | {"AuthorizerPayloadFormatVersion": "2.0"},
            "authorizerPayloadFormatVersion 2.0 is not supported for an API with a protocol type of WEBSOCKET",
        ),
    ],
)
def test_what_websocket_apis_refuse(gateway: Gateway, websocket: str, given: Document, message: str) -> None:
    assert gateway.refusal("create_authorizer", ApiId=websocket, **given) == bad(message)
