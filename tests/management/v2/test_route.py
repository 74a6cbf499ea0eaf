"""Route and RouteResponse: keys, who decides, where a route leads, parameters and models of WebSocket APIs."""

from typing import Any

import pytest

from gatewright.values.records import Document
from tests.management.gateway import Gateway, bad, missing

INVOKE = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
INVOKE += "arn:aws:lambda:us-east-1:000000000000:function:who/invocations"
PET = '{"type": "object", "properties": {"name": {"type": "string"}}}'
BAD_KEY = (
    "The provided route key is not formatted properly for HTTP protocol. "
    'Format should be "[HTTP METHOD] /[RESOURCE PATH]" or "$default"'
)
BAD_PART = "One or more path parts appear to be invalid"
ONLY_AT_CONNECT = "Currently, authorization is restricted to the $connect route only"
NO_AUTHORIZER = "Invalid authorizer ID specified. Setting the authorization type to "
NO_LAMBDA = NO_AUTHORIZER + "CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."
NO_JWT = NO_AUTHORIZER + "JWT requires a valid JWT authorizer."


def make(gateway: Gateway, api: str, key: str, **given: Any) -> Document:
    made: Document = gateway.call("create_route", ApiId=api, RouteKey=key, **given)
    return made


def authorizer(gateway: Gateway, kind: str) -> str:
    """The id of one of the HTTP API's authorizers."""
    given: Document = {
        "JWT": {"JwtConfiguration": {"Issuer": "https://issuer.example.com", "Audience": ["pets"]}},
        "REQUEST": {"AuthorizerUri": INVOKE, "AuthorizerPayloadFormatVersion": "2.0"},
    }
    source = ["$request.header.Authorization"]
    made = gateway.call(
        "create_authorizer", ApiId="pets", Name=kind, AuthorizerType=kind, IdentitySource=source, **given[kind]
    )
    return str(made["AuthorizerId"])


def test_a_route(gateway: Gateway, http: str) -> None:
    integration = gateway.call(
        "create_integration",
        ApiId=http,
        IntegrationType="HTTP_PROXY",
        IntegrationUri="https://example.com",
        IntegrationMethod="ANY",
        PayloadFormatVersion="1.0",
    )["IntegrationId"]
    made = make(gateway, http, "ANY /pets/{id}/{rest+}", Target=f"integrations/{integration}", OperationName="all")
    assert len(made["RouteId"]) == 7
    assert made == {
        "ApiKeyRequired": False,
        "AuthorizationType": "NONE",
        "OperationName": "all",
        "RouteId": made["RouteId"],
        "RouteKey": "ANY /pets/{id}/{rest+}",
        "Target": f"integrations/{integration}",
    }
    where = {"ApiId": http, "RouteId": made["RouteId"]}
    assert gateway.call("get_route", **where) == made
    routes = gateway.call("get_routes", ApiId=http, MaxResults="1")
    routes["Items"] += gateway.call("get_routes", ApiId=http, NextToken=routes["NextToken"])["Items"]
    assert sorted(route["RouteKey"] for route in routes["Items"]) == ["ANY /pets/{id}/{rest+}", "GET /pets"]
    in_use = f"Cannot delete Integration because it is referenced by the following Routes with Ids: [{made['RouteId']}]"
    assert gateway.refusal("delete_integration", ApiId=http, IntegrationId=integration) == ("ConflictException", in_use)
    del made["Target"], made["OperationName"]
    changed = made | {"RouteKey": "$default", "AuthorizationType": "AWS_IAM"}
    given: Document = {"RouteKey": "$default", "AuthorizationType": "AWS_IAM", "Target": "", "OperationName": ""}
    assert gateway.call("update_route", **where, **given) == changed
    assert gateway.call("update_route", **where, RouteKey="$default") == changed
    assert gateway.call("delete_integration", ApiId=http, IntegrationId=integration) == {}
    assert gateway.call("delete_route", **where) == {}
    for verb in ("get", "update", "delete"):
        assert gateway.refusal(f"{verb}_route", **where) == missing(
            f"Invalid Route identifier specified {made['RouteId']}"
        )
    assert gateway.refusal("get_route", ApiId="none", RouteId="x") == missing(
        "Invalid API identifier specified 000000000000:none"
    )


@pytest.mark.parametrize(
    "key",
    ["$default", "GET /", "ANY /{proxy+}", "OPTIONS /a/{b}/c.d-e_f~", "PUT /a/", "HEAD /{a}/{b}", "PATCH /a%20b/$c@:"],
)
def test_route_keys(gateway: Gateway, http: str, key: str) -> None:
    assert make(gateway, http, key)["RouteKey"] == key


@pytest.mark.parametrize(
    ("key", "refusal"),
    [
        ("", bad(BAD_KEY)),
        ("GET", bad(BAD_KEY)),
        ("GET pets", bad(BAD_KEY)),
        ("get /pets", bad(BAD_KEY)),
        ("TRACE /pets", bad(BAD_KEY)),
        ("$connect", bad(BAD_KEY)),
        ("GET /{a+}/b", bad(BAD_PART)),
        ("GET /{a}.json", bad(BAD_PART)),
        ("GET /{}", bad(BAD_PART)),
        ("GET /a//b", bad(BAD_PART)),
        ("GET /a b", bad(BAD_PART)),
        ("GET /{a}/{a}", bad(BAD_PART)),
        ("GET /a?b", bad(BAD_PART)),
        ("GET /pets", ("ConflictException", "Route with key GET /pets already exists for this API")),
        (
            "GET /dogs/{name}",
            (
                "ConflictException",
                'The provided route key "GET /dogs/{name}" has a conflicting variable on the same hierarchical level '
                'as "GET /dogs/{id}"',
            ),
        ),
    ],
)
def test_route_keys_that_are_refused(gateway: Gateway, http: str, key: str, refusal: tuple[str, str]) -> None:
    other = make(gateway, http, "GET /dogs/{id}")
    assert gateway.refusal("create_route", ApiId=http, RouteKey=key) == refusal
    if key != "GET /dogs/{name}":
        assert gateway.refusal("update_route", ApiId=http, RouteId=other["RouteId"], RouteKey=key) == refusal
    assert len(gateway.call("get_routes", ApiId=http)["Items"]) == 2


def test_who_decides(gateway: Gateway, http: str) -> None:
    jwt, custom = authorizer(gateway, "JWT"), authorizer(gateway, "REQUEST")
    given: Document = {"AuthorizationType": "JWT", "AuthorizerId": jwt, "AuthorizationScopes": ["a", "b"]}
    made = make(gateway, http, "GET /dogs", **given)
    where = {"ApiId": http, "RouteId": made["RouteId"]}
    open_to_all = {"ApiKeyRequired": False, "AuthorizationType": "NONE", "RouteKey": "GET /dogs"}
    assert made == open_to_all | given | {"RouteId": where["RouteId"]}
    in_use = "Cannot delete authorizer 'JWT', is referenced in route: GET /dogs"
    assert gateway.refusal("delete_authorizer", ApiId=http, AuthorizerId=jwt) == ("ConflictException", in_use)
    for change, left in (
        ({"AuthorizationScopes": []}, {"AuthorizationType": "JWT", "AuthorizerId": jwt}),
        (
            {"AuthorizationType": "CUSTOM", "AuthorizerId": custom},
            {"AuthorizationType": "CUSTOM", "AuthorizerId": custom},
        ),
        ({"AuthorizationType": "AWS_IAM"}, {"AuthorizationType": "AWS_IAM"}),
        (given, given),
        ({"AuthorizationType": "NONE", "AuthorizerId": "", "AuthorizationScopes": []}, {}),
    ):
        assert gateway.call("update_route", **where, **change) == open_to_all | left | {"RouteId": where["RouteId"]}
    assert gateway.call("delete_authorizer", ApiId=http, AuthorizerId=jwt) == {}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"AuthorizationType": "CUSTOM"}, NO_LAMBDA),
        ({"AuthorizationType": "CUSTOM", "AuthorizerId": "jwt"}, NO_LAMBDA),
        ({"AuthorizationType": "JWT", "AuthorizerId": "none"}, NO_JWT),
        (
            {"AuthorizerId": "jwt"},
            "Invalid Route authorization type specified. NONE does not use an authorizer",
        ),
        (
            {"AuthorizationType": "AWS_IAM", "AuthorizationScopes": ["a"]},
            "Invalid Route authorization type specified. "
            "Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization types",
        ),
        (
            {"AuthorizationType": "JWT", "AuthorizerId": "jwt", "AuthorizationScopes": ["a"] * 11},
            "A route can have at most 10 authorization scopes, none of them empty",
        ),
        (
            {"Target": "other"},
            "Unexpected or malformed target in route. Correct format should be integrations/<integration_id>.",
        ),
        ({"ApiKeyRequired": True}, "ApiKeyRequired is not currently supported for HTTP APIs."),
        *(
            ({name: value}, f"{word} is not supported for an API with a protocol type of HTTP")
            for name, word, value in (
                ("ModelSelectionExpression", "modelSelectionExpression", "x"),
                ("RequestModels", "requestModels", {"a": "b"}),
                ("RouteResponseSelectionExpression", "routeResponseSelectionExpression", "$default"),
            )
        ),
    ],
)
def test_what_is_refused(gateway: Gateway, http: str, given: Document, message: str) -> None:
    if given.get("AuthorizerId") == "jwt":
        given = given | {"AuthorizerId": authorizer(gateway, "JWT")}
    assert gateway.refusal("create_route", ApiId=http, RouteKey="GET /dogs", **given) == bad(message)
    assert len(gateway.call("get_routes", ApiId=http)["Items"]) == 1


def test_a_target_is_there(gateway: Gateway, http: str) -> None:
    refusal = gateway.refusal("create_route", ApiId=http, RouteKey="GET /dogs", Target="integrations/none")
    assert refusal == missing("Invalid Integration identifier specified none")


def test_a_websocket_route(gateway: Gateway, websocket: str) -> None:
    gateway.call("create_model", ApiId=websocket, Name="Pet", Schema=PET)
    given: Document = {
        "ApiKeyRequired": True,
        "AuthorizationType": "NONE",
        "ModelSelectionExpression": "$request.body.kind",
        "RequestModels": {"pet": "Pet"},
        "RouteKey": "say",
        "RouteResponseSelectionExpression": "$default",
    }
    made = gateway.call("create_route", ApiId=websocket, **given)
    where = {"ApiId": websocket, "RouteId": made["RouteId"]}
    assert made == given | {"RouteId": made["RouteId"]}
    told = ("ConflictException", "Cannot delete model 'Pet', is referenced in route: say")
    model = gateway.call("get_models", ApiId=websocket)["Items"][0]["ModelId"]
    assert gateway.refusal("delete_model", ApiId=websocket, ModelId=model) == told
    cleared: Document = {
        "ModelSelectionExpression": "",
        "RequestModels": {},
        "RouteResponseSelectionExpression": "",
    }
    assert gateway.call("update_route", **where, **cleared) == {
        name: value for name, value in made.items() if name not in cleared
    }


def test_parameters_of_a_handshake(gateway: Gateway, websocket: str) -> None:
    (route,) = gateway.call("get_routes", ApiId=websocket)["Items"]
    where = {"ApiId": websocket, "RouteId": route["RouteId"]}
    header, query = "route.request.header.Authorization", "route.request.querystring.token"

    def given(**parameters: Any) -> Any:
        named = {header if name == "header" else query: value for name, value in parameters.items()}
        return gateway.call("update_route", **where, RequestParameters=named).get("RequestParameters")

    assert given(header={"Required": True}, query={}) == {header: {"Required": True}, query: {"Required": False}}
    assert given(header={"Required": False}) == {header: {"Required": False}, query: {"Required": False}}
    assert gateway.call("delete_route_request_parameter", **where, RequestParameterKey=header) == {}
    assert gateway.call("get_route", **where) == route | {"RequestParameters": {query: {"Required": False}}}
    refusal = gateway.refusal("delete_route_request_parameter", **where, RequestParameterKey=header)
    assert refusal == missing(f"Invalid request parameter key specified {header}")
    assert given() is None
    for name in ("method.request.header.a", "route.request.body.a", "route.request.header."):
        assert gateway.refusal("update_route", **where, RequestParameters={name: {}}) == bad(
            "Invalid mapping expression specified: Validation Result: warnings : [], "
            f"errors : [Invalid mapping expression specified: {name}]"
        )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"RouteKey": "$other"},
            "Invalid route key specified: $other. "
            "A custom route key must not begin with $; the others are $connect, $disconnect and $default",
        ),
        (
            {"AuthorizationType": "AWS_IAM"},
            ONLY_AT_CONNECT,
        ),
        ({"AuthorizerId": "x"}, ONLY_AT_CONNECT),
        (
            {"RequestParameters": {"route.request.header.a": {}}},
            "requestParameters are only supported for the route key $connect",
        ),
        ({"RequestModels": {"a": "Pet"}, "ModelSelectionExpression": "x"}, "Invalid model identifier specified: Pet"),
        (
            {"ModelSelectionExpression": "${"},
            "Invalid selection expression specified: Validation Result: warnings : [], "
            "errors : ['${' has a $ that begins no variable]",
        ),
        (
            {"RouteResponseSelectionExpression": "x"},
            "Invalid routeResponseSelectionExpression specified: x. It must be $default",
        ),
    ],
)
def test_what_is_refused_of_websocket_apis(gateway: Gateway, websocket: str, given: Document, message: str) -> None:
    assert gateway.refusal("create_route", **{"ApiId": websocket, "RouteKey": "say"} | given) == bad(message)


def test_a_route_response(gateway: Gateway, websocket: str) -> None:
    gateway.call("create_model", ApiId=websocket, Name="Pet", Schema=PET)
    route = make(gateway, websocket, "say")["RouteId"]
    where = {"ApiId": websocket, "RouteId": route}
    given: Document = {
        "RouteResponseKey": "$default",
        "ModelSelectionExpression": "x",
        "ResponseModels": {"x": "Pet"},
    }
    made = gateway.call("create_route_response", **where, **given)
    there = where | {"RouteResponseId": made["RouteResponseId"]}
    assert made == given | {"RouteResponseId": made["RouteResponseId"]}
    assert gateway.call("get_route_response", **there) == made
    assert gateway.call("get_route_responses", **where) == {"Items": [made]}
    parameters = {"route.response.header.a": {"Required": False}}
    cleared: Document = {"ModelSelectionExpression": "", "ResponseModels": {}}
    changed = gateway.call("update_route_response", **there, **cleared, ResponseParameters=parameters)
    plain = {"RouteResponseKey": "$default", "RouteResponseId": made["RouteResponseId"]}
    assert changed == plain | {"ResponseParameters": parameters}
    twice = ("ConflictException", "RouteResponse with key $default already exists for this route")
    assert gateway.refusal("create_route_response", **where, RouteResponseKey="$default") == twice
    assert gateway.refusal("create_route_response", **where, RouteResponseKey="x") == bad(
        "Currently, only $default is supported as a RouteResponseKey."
    )
    assert gateway.call("delete_route_response", **there) == {}
    for verb in ("get", "update", "delete"):
        assert gateway.refusal(f"{verb}_route_response", **there) == missing(
            f"Invalid RouteResponse identifier specified {made['RouteResponseId']}"
        )
    gateway.call("create_route_response", **where, RouteResponseKey="$default")
    gateway.call("delete_route", **where)
    with gateway.store.read() as tx:
        assert not tx.keys("RouteResponse")
    refusal = gateway.refusal("get_route_responses", **where)
    assert refusal == missing(f"Invalid Route identifier specified {route}")


def test_http_apis_have_no_route_responses(gateway: Gateway, http: str) -> None:
    (route,) = gateway.call("get_routes", ApiId=http)["Items"]
    where = {"ApiId": http, "RouteId": route["RouteId"]}
    assert gateway.refusal("create_route_response", **where, RouteResponseKey="$default") == bad(
        "RouteResponses are currently not supported for this API protocol type."
    )
