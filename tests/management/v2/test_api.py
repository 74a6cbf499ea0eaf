"""Api: fields of both kinds, what each may not have, updates, quick create, and what goes with an API."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.management.gateway import NOW, Gateway, bad, missing

DATE = datetime.fromtimestamp(NOW, UTC)
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:pets"
URL = "https://example.com/pets"
ROLE = "arn:aws:iam::000000000000:role/caller"
WEBSOCKET = {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}
CORS = {"AllowOrigins": ["https://example.com"], "AllowMethods": ["GET", "post"], "AllowCredentials": True, "MaxAge": 0}


def as_made(id: str, **members: Any) -> dict[str, Any]:
    return {
        "ApiEndpoint": f"https://{id}.execute-api.us-east-1.amazonaws.com",
        "ApiId": id,
        "ApiKeySelectionExpression": "$request.header.x-api-key",
        "CreatedDate": DATE,
        "DisableExecuteApiEndpoint": False,
        "IpAddressType": "ipv4",
        "Name": "pets",
        "ProtocolType": "HTTP",
        "RouteSelectionExpression": "$request.method $request.path",
        "Tags": {},
    } | members


def make(gateway: Gateway, **given: Any) -> dict[str, Any]:
    made: dict[str, Any] = gateway.call("create_api", **{"Name": "pets", "ProtocolType": "HTTP"} | given)
    return made


def test_an_http_api(gateway: Gateway) -> None:
    made = make(gateway)
    id = made["ApiId"]
    assert len(id) == 10 and made == as_made(id)
    assert gateway.call("get_api", ApiId=id) == made
    assert gateway.call("get_apis") == {"Items": [made]}
    given: dict[str, Any] = {
        "Name": "dogs",
        "Description": "All",
        "Version": "1",
        "CorsConfiguration": CORS,
        "IpAddressType": "dualstack",
    }
    changed = made | given | {"DisableExecuteApiEndpoint": True}
    assert gateway.call("update_api", ApiId=id, **given, DisableExecuteApiEndpoint=True) == changed
    for name in ("Description", "Version", "CorsConfiguration"):
        del changed[name]
    cleared = gateway.call("update_api", ApiId=id, Description="", Version="", CorsConfiguration={})
    assert cleared == changed == gateway.call("get_api", ApiId=id)
    assert gateway.call("delete_api", ApiId=id) == {}
    for verb in ("get", "update", "delete"):
        refusal = gateway.refusal(f"{verb}_api", ApiId=id)
        assert refusal == missing(f"Invalid API identifier specified 000000000000:{id}")


def test_a_websocket_api(gateway: Gateway) -> None:
    made = make(gateway, **WEBSOCKET, DisableSchemaValidation=True, Tags={"_custom_id_": "chat", "team": "a"})
    assert made == as_made("chat", **WEBSOCKET) | {
        "ApiEndpoint": "wss://chat.execute-api.us-east-1.amazonaws.com",
        "DisableSchemaValidation": True,
        "Tags": {"_custom_id_": "chat", "team": "a"},
    }
    given = {
        "ApiKeySelectionExpression": "$context.authorizer.usageIdentifierKey",
        "RouteSelectionExpression": "${request.body.service}/${request.body.action}",
    }
    assert gateway.call("update_api", ApiId="chat", **given) == made | given
    assert (
        gateway.call("untag_resource", ResourceArn="arn:aws:apigateway:us-east-1::/apis/chat", TagKeys=["team"]) == {}
    )
    assert gateway.call("get_api", ApiId="chat")["Tags"] == {"_custom_id_": "chat"}


def test_ids_are_unique_among_apis_of_all_kinds(gateway: Gateway) -> None:
    tags = {"_custom_id_": "pets"}
    make(gateway, Tags=tags)
    taken = ("ConflictException", "An API with id pets already exists")
    assert gateway.refusal("create_api", Name="x", ProtocolType="HTTP", Tags=tags) == taken
    first = gateway.speaking("apigateway")
    assert first.refusal("create_rest_api", name="x", tags=tags) == taken
    first.call("create_rest_api", name="x", tags={"_custom_id_": "dogs"})
    refusal = gateway.speaking("apigatewayv2").refusal(
        "create_api", Name="x", ProtocolType="HTTP", Tags={"_custom_id_": "dogs"}
    )
    assert refusal == ("ConflictException", "An API with id dogs already exists")
    assert len(gateway.call("get_apis")["Items"]) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Name": ""}, "Invalid API name specified"),
        (
            {"Name": "x" * 129},
            "1 validation error detected: Value '" + "x" * 129 + "' at 'name' failed to satisfy constraint: "
            "Member must have length less than or equal to 128",
        ),
        (
            {"RouteSelectionExpression": "$request.body.x"},
            'Route selection expression is currently limited to "${request.method} ${request.path}"',
        ),
        (
            {"ApiKeySelectionExpression": "$context.authorizer.usageIdentifierKey"},
            "Invalid apiKeySelectionExpression specified. Valid options are $request.header.x-api-key",
        ),
        (
            {"DisableSchemaValidation": True},
            "disableSchemaValidation is not supported for an API with a protocol type of HTTP",
        ),
        (
            {"ProtocolType": "WEBSOCKET"},
            "Invalid routeSelectionExpression",
        ),
        (
            WEBSOCKET | {"RouteSelectionExpression": "$request.header.x"},
            "Invalid selection expression specified: Validation Result: warnings : [], "
            "errors : [$request.header.x is no variable of a selection expression]",
        ),
        (
            WEBSOCKET | {"CorsConfiguration": CORS},
            "Cors is not supported for WEBSOCKET protocolType",
        ),
        (WEBSOCKET | {"Target": URL}, "target is not supported for an API with a protocol type of WEBSOCKET"),
        ({"RouteKey": "GET /"}, "A target must be specified for quick create, of which routeKey are parts"),
        ({"Target": "ftp://example.com"}, "Invalid HTTP endpoint specified for URI"),
        ({"Target": "arn:aws:s3:::bucket"}, "Invalid ARN specified in the request"),
        (
            {"Target": URL, "RouteKey": "GET"},
            "The provided route key is not formatted properly for HTTP protocol. "
            'Format should be "[HTTP METHOD] /[RESOURCE PATH]" or "$default"',
        ),
        (
            {"Tags": {"aws:x": "1"}},
            "Invalid tag key specified: aws: prefixed tag key names are not allowed for external use.",
        ),
    ],
)
def test_what_is_refused(gateway: Gateway, given: dict[str, Any], message: str) -> None:
    assert gateway.refusal("create_api", **{"Name": "x", "ProtocolType": "HTTP"} | given) == bad(message)
    assert gateway.call("get_apis") == {"Items": []}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"AllowOrigins": ["*"], "AllowCredentials": True},
            "allow-credentials is not supported if 'allow-origin' is *",
        ),
        (
            {"AllowOrigins": ["https://example.com/"]},
            "Invalid format for origin https://example.com/. Format should be [scheme]://[host]:[port]",
        ),
        (
            {"AllowOrigins": ["example.com"]},
            "Invalid format for origin example.com. Format should be [scheme]://[host]:[port]",
        ),
        (
            {"AllowOrigins": ["https://*.example.com"]},
            "Invalid format for origin https://*.example.com. Format should be [scheme]://[host]:[port]",
        ),
        ({"AllowMethods": ["FETCH"]}, "Method FETCH is not supported"),
        ({"AllowHeaders": ["a b"]}, "Invalid header name specified for allow-headers: a b"),
        ({"ExposeHeaders": [""]}, "Invalid header name specified for expose-headers: "),
        (
            {"MaxAge": 86_401},
            "max-age must be between -1 and 86400",
        ),
    ],
)
def test_cors_that_is_refused(gateway: Gateway, http: str, given: dict[str, Any], message: str) -> None:
    assert gateway.refusal("update_api", ApiId=http, CorsConfiguration=given) == bad(message)
    assert "CorsConfiguration" not in gateway.call("get_api", ApiId=http)


def test_cors_as_it_is_kept(gateway: Gateway, http: str) -> None:
    origins = ["https://example.com", "http://localhost:3000", "http://[::1]:80", "https://*", "chrome-extension://abc"]
    given = {"AllowOrigins": origins, "AllowHeaders": ["X-Api-Key", "*"], "ExposeHeaders": ["Date"], "AllowMethods": []}
    kept = {"AllowOrigins": origins, "AllowHeaders": ["x-api-key", "*"], "ExposeHeaders": ["date"]}
    assert gateway.call("update_api", ApiId=http, CorsConfiguration=given)["CorsConfiguration"] == kept
    for _ in range(2):
        assert gateway.call("delete_cors_configuration", ApiId=http) == {}
        assert "CorsConfiguration" not in gateway.call("get_api", ApiId=http)
    refusal = gateway.refusal("delete_cors_configuration", ApiId="none")
    assert refusal == missing("Invalid API identifier specified 000000000000:none")


def managed(gateway: Gateway, id: str) -> tuple[dict[str, Any], ...]:
    """The integration, the route and the stage of an API, each the only one."""
    found = [gateway.call(f"get_{each}", ApiId=id)["Items"] for each in ("integrations", "routes", "stages")]
    assert [len(each) for each in found] == [1, 1, 1]
    return tuple(each[0] for each in found)


def test_quick_create(gateway: Gateway) -> None:
    made = make(gateway, Target=URL, Tags={"_custom_id_": "pets"})
    assert made == as_made("pets", ApiGatewayManaged=True, Tags={"_custom_id_": "pets"})
    integration, route, stage = managed(gateway, "pets")
    assert integration == {
        "ApiGatewayManaged": True,
        "ConnectionType": "INTERNET",
        "IntegrationId": integration["IntegrationId"],
        "IntegrationMethod": "ANY",
        "IntegrationType": "HTTP_PROXY",
        "IntegrationUri": URL,
        "PayloadFormatVersion": "1.0",
        "TimeoutInMillis": 30_000,
    }
    assert route == {
        "ApiGatewayManaged": True,
        "ApiKeyRequired": False,
        "AuthorizationType": "NONE",
        "RouteId": route["RouteId"],
        "RouteKey": "$default",
        "Target": f"integrations/{integration['IntegrationId']}",
    }
    assert (stage["StageName"], stage["AutoDeploy"], stage["ApiGatewayManaged"]) == ("$default", True, True)
    (deployment,) = gateway.call("get_deployments", ApiId="pets")["Items"]
    assert deployment["DeploymentId"] == stage["DeploymentId"] and deployment["AutoDeployed"]
    where = {"ApiId": "pets", "RouteId": route["RouteId"]}
    told = bad("Cannot change the route key of a route that is managed by API Gateway")
    assert gateway.refusal("update_route", **where, RouteKey="GET /") == told
    assert gateway.call("update_route", **where, OperationName="all") == route | {"OperationName": "all"}
    told = bad("Cannot delete an Integration that is managed by API Gateway")
    assert gateway.refusal("delete_integration", ApiId="pets", IntegrationId=integration["IntegrationId"]) == told


def test_what_quick_create_made_is_changed_by_update_api(gateway: Gateway) -> None:
    make(gateway, Target=URL, Tags={"_custom_id_": "pets"})
    before, route, stage = managed(gateway, "pets")
    gateway.call("update_api", ApiId="pets", Target=FUNCTION, RouteKey="GET /pets", CredentialsArn=ROLE)
    integration = before | {
        "IntegrationType": "AWS_PROXY",
        "IntegrationMethod": "POST",
        "IntegrationUri": FUNCTION,
        "PayloadFormatVersion": "2.0",
        "CredentialsArn": ROLE,
    }
    changed = managed(gateway, "pets")
    assert changed[:2] == (integration, route | {"RouteKey": "GET /pets"})
    deployed = {each["DeploymentId"] for each in gateway.call("get_deployments", ApiId="pets")["Items"]}
    assert deployed == {stage["DeploymentId"], changed[2]["DeploymentId"]}  # one, whatever was changed
    gateway.call("update_api", ApiId="pets", CredentialsArn="")
    del integration["CredentialsArn"]
    assert managed(gateway, "pets")[0] == integration
    assert gateway.refusal("update_api", ApiId="pets", Name="dogs", Target="x") == bad(
        "Invalid HTTP endpoint specified for URI"
    )
    assert gateway.call("get_api", ApiId="pets")["Name"] == "pets"


def test_no_other_api_has_a_target(gateway: Gateway, http: str, websocket: str) -> None:
    told = bad(
        "target, routeKey, credentialsArn can only be specified for an API that has the Integration "
        "that quick create made"
    )
    assert gateway.refusal("update_api", ApiId=http, Target=URL) == told
    assert gateway.refusal("update_api", ApiId=websocket, RouteKey="x") == bad(
        "routeKey is not supported for an API with a protocol type of WEBSOCKET"
    )


def test_an_api_takes_along_everything_inside_it(gateway: Gateway, websocket: str) -> None:
    integration = gateway.call("create_integration", ApiId="chat", IntegrationType="MOCK")["IntegrationId"]
    inside = {"ApiId": "chat", "IntegrationId": integration}
    gateway.call("create_integration_response", **inside, IntegrationResponseKey="$default")
    route = gateway.call("create_route", ApiId="chat", RouteKey="say", Target=f"integrations/{integration}")["RouteId"]
    gateway.call("create_route_response", ApiId="chat", RouteId=route, RouteResponseKey="$default")
    gateway.call("create_model", ApiId="chat", Name="Pet", Schema='{"type": "object"}')
    gateway.call("create_stage", ApiId="chat", StageName="prod", AutoDeploy=True)
    make(gateway, Tags={"_custom_id_": "pets"})
    gateway.call("create_route", ApiId="pets", RouteKey="$default")
    gateway.call("delete_api", ApiId="chat")
    kinds = (
        *("Api", "Route", "RouteResponse", "Integration", "IntegrationResponse", "ModelV2", "StageV2"),
        *("DeploymentV2", "Snapshot"),
    )
    with gateway.store.read() as tx:
        left = [(key.kind, key.parent or key.id) for kind in kinds for key in tx.keys(kind)]
    assert left == [("Api", "pets"), ("Route", "pets")]


def test_stages_deploy_what_requests_see_of_an_api(gateway: Gateway, http: str) -> None:
    gateway.call("create_stage", ApiId=http, StageName="$default", AutoDeploy=True)

    def deployments() -> int:
        return len(gateway.call("get_deployments", ApiId=http)["Items"])

    assert deployments() == 1
    gateway.call("update_api", ApiId=http, Name="dogs", Description="x", Version="2")
    assert deployments() == 1
    gateway.call("update_api", ApiId=http, CorsConfiguration=CORS)
    assert deployments() == 2
    gateway.call("delete_cors_configuration", ApiId=http)
    assert deployments() == 3
