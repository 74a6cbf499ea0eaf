"""Lambda authorizers and IAM on the routes of HTTP and WebSocket APIs: what functions are asked, who gets in."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from gatewright.execute.authorizers.route_authorization import RouteAuthorizations
from gatewright.execute.counters import Counters
from gatewright.execute.http.plan import HttpApiPlan
from gatewright.execute.limits.throttle import Limit
from gatewright.execute.network import NETWORK
from gatewright.execute.route import source_of
from gatewright.execute.route_source import route_source
from gatewright.execute.websocket.connections import Connection
from gatewright.execute.websocket.event_context import WebSocketContext
from gatewright.execute.websocket.plan import WebSocketPlan, WebSocketRoute
from gatewright.languages.policy import compile_policy
from gatewright.values.faults import FunctionFault
from gatewright.values.invocation import InvocationResponse
from gatewright.values.pending import Drive
from gatewright.values.refusal import Refusal
from gatewright.values.response import Response
from tests.execute.http_stage import http_compiled
from tests.execute.stage import request
from tests.execute.test_iam_authorizer import ANN, signed
from tests.execute_lambda.function import FUNCTION, Answer, LambdaScene, uri
from tests.execute_lambda.http_stage import HOST, lambda_integration, route_with
from tests.execute_lambda.test_lambda_authorizer import ASKED, error, result

ARN = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234"
HERE = f"{ARN}/dev"
AUTHORIZER = {
    "authorizerId": "auth01",
    "authorizerType": "REQUEST",
    "name": "ours",
    "authorizerUri": uri(ASKED),
    "identitySource": ["$request.header.Auth", "$request.querystring.q"],
    "authorizerPayloadFormatVersion": "2.0",
    "enableSimpleResponses": True,
}
POLICY = AUTHORIZER | {"enableSimpleResponses": False}
FIRST = POLICY | {"authorizerPayloadFormatVersion": "1.0"}
ALLOWED = b'{"isAuthorized":true,"context":{"n":1,"b":true,"list":["x"]}}'
LOG = "$context.requestId $context.authorizer.principalId $context.authorizer.n $context.authorizer.b $context.status"
UNAUTHORIZED = (401, b'{"message":"Unauthorized"}')
FORBIDDEN = (403, b'{"message":"Forbidden"}')
ERROR = (500, b'{"message":"Internal Server Error"}')
GOOD = (200, b"{}")


def stage(authorizer: dict[str, Any], key: str = "GET /pets/{id}", version: str = "2.0", **members: Any) -> HttpApiPlan:
    integration = lambda_integration(payloadFormatVersion=version)
    snapshot = route_with(key, integration, authorizer, authorizationType="CUSTOM", authorizerId="auth01")
    settings = {"stageName": "dev", "stageVariables": {"v": "blue"}, "accessLogSettings": {"format": LOG}}
    return http_compiled(snapshot, **settings | members)


class Scene(LambdaScene):
    """Functions by name: the authorizer's gives `answer`, the integration's a result of both formats."""

    def __init__(self, answer: Answer = ALLOWED) -> None:
        super().__init__(answer)
        ours = self.functions

        class ByName:
            async def invoke(self, function_arn: str, event: bytes, **rest: Any) -> InvocationResponse:
                if function_arn == ASKED:
                    return await ours.invoke(function_arn, event, **rest)
                ours.calls.append({"arn": function_arn, "event": event})
                return InvocationResponse(b'{"statusCode":200,"body":"{}"}', "", "1", "id")

        self.world = replace(self.world, functions=ByName())

    def get(self, plan: HttpApiPlan, *lines: str, target: str = "/pets/7?q=1") -> tuple[int, bytes]:
        response = self.serve(plan, request("GET", target, HOST, *(lines or ("Auth: let-me-in",))))
        assert isinstance(response, Response)
        return response.status, response.body

    def asked(self) -> list[dict[str, Any]]:
        return [json.loads(call["event"]) for call in self.functions.calls if call["arn"] == ASKED]

    def shown(self) -> Any:
        """The authorizer in the event of the integration."""
        [event] = [json.loads(call["event"]) for call in self.functions.calls if call["arn"] == FUNCTION]
        return event["requestContext"].get("authorizer")


def test_what_format_2_0_asks() -> None:
    scene = Scene()
    assert scene.get(stage(AUTHORIZER), "Auth: a", "Cookie: c=1", "User-Agent: x") == GOOD
    [event] = scene.asked()
    assert event["headers"].pop("x-amzn-trace-id").startswith("Root=1-6553f100-")
    assert event["requestContext"].pop("requestId").endswith("=")
    context = event.pop("requestContext")
    assert list(event.items()) == list(
        {
            "version": "2.0",
            "type": "REQUEST",
            "routeArn": f"{HERE}/GET/pets/7",
            "identitySource": ["a", "1"],
            "routeKey": "GET /pets/{id}",
            "rawPath": "/dev/pets/7",
            "rawQueryString": "q=1",
            "cookies": ["c=1"],
            "headers": {
                "auth": "a",
                "content-length": "0",
                "host": HOST[6:],
                "user-agent": "x",
                "x-forwarded-for": "192.0.2.7",
                "x-forwarded-port": "80",
                "x-forwarded-proto": "http",
            },
            "queryStringParameters": {"q": "1"},
            "pathParameters": {"id": "7"},
            "stageVariables": {"v": "blue"},
        }.items()
    )
    assert context == {
        "accountId": "123456789012",
        "apiId": "abcdef1234",
        "domainName": HOST[6:],
        "domainPrefix": "abcdef1234",
        "http": {
            "method": "GET",
            "path": "/dev/pets/7",
            "protocol": "HTTP/1.1",
            "sourceIp": "192.0.2.7",
            "userAgent": "x",
        },
        "routeKey": "GET /pets/{id}",
        "stage": "dev",
        "time": "14/Nov/2023:22:13:20 +0000",
        "timeEpoch": 1700000000000,
    }
    [call, _] = scene.functions.calls
    assert (call["source"], call["timeout"]) == (f"{ARN}/authorizers/auth01", 10.0)


def test_what_format_1_0_asks() -> None:
    scene = Scene(result(resource=f"{HERE}/*"))
    assert scene.get(stage(FIRST), "Auth: a", "Auth: b") == GOOD
    [event] = scene.asked()
    assert list(event) == [
        *("version", "type", "methodArn", "identitySource", "authorizationToken", "resource", "path", "httpMethod"),
        *("headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters"),
        *("pathParameters", "stageVariables", "requestContext"),
    ]
    assert (event["version"], event["methodArn"]) == ("1.0", f"{HERE}/GET/pets/7")
    assert event["identitySource"] == event["authorizationToken"] == "a,b,1"
    assert (event["path"], event["resource"]) == ("/dev/pets/7", "/pets/{id}")
    assert event["multiValueHeaders"]["Auth"] == ["a", "b"]
    assert event["requestContext"]["resourceId"] == "GET /pets/{id}"


def test_an_authorizer_without_identity_sources_is_asked_each_time() -> None:
    scene, plan = Scene(), stage(AUTHORIZER | {"identitySource": [], "authorizerResultTtlInSeconds": 60})
    assert [scene.get(plan, "X: y", target="/pets/7") for _ in range(2)] == [GOOD, GOOD]
    assert [event["identitySource"] for event in scene.asked()] == [None, None]


@pytest.mark.parametrize(
    ("authorizer", "answer", "second", "first"),
    [
        (AUTHORIZER, ALLOWED, {"lambda": {"n": 1, "b": True, "list": ["x"]}}, {"n": 1, "b": True, "list": ["x"]}),
        (AUTHORIZER, b'{"isAuthorized":true}', {"lambda": None}, {}),
        (POLICY, result(resource="*", context={"n": 1}), {"lambda": {"n": 1}}, {"principalId": "ann", "n": 1}),
        (POLICY, result(resource="*"), {"lambda": None}, {"principalId": "ann"}),
        (FIRST, result(resource="*", context={"n": 1, "b": True, "x": None}), {"lambda": {"n": "1", "b": "true"}},
         {"principalId": "ann", "n": "1", "b": "true"}),
    ],
)  # fmt: skip
def test_what_functions_see_of_the_caller(authorizer: Any, answer: bytes, second: Any, first: Any) -> None:
    for version, shown in (("2.0", second), ("1.0", {"claims": None, "scopes": None} | first)):
        scene = Scene(answer)
        assert scene.get(stage(authorizer, version=version)) == GOOD
        assert scene.shown() == shown


def test_the_access_log_shows_the_caller() -> None:
    scene = Scene(result(resource="*", context={"n": 1.5, "b": True}))
    scene.get(stage(POLICY))
    [(_, line)] = scene.lines
    assert line.partition(b" ")[2] == b"ann 1.5 true 200"


@pytest.mark.parametrize(
    ("authorizer", "answer", "expected"),
    [
        (AUTHORIZER, b'{"isAuthorized":false}', FORBIDDEN),
        (AUTHORIZER, b"{}", FORBIDDEN),
        (AUTHORIZER, result(resource="*"), FORBIDDEN),  # a policy where a simple response is wanted
        (AUTHORIZER, b'{"isAuthorized":"true"}', ERROR),
        (AUTHORIZER, b'{"isAuthorized":1}', ERROR),
        (AUTHORIZER, b"true", ERROR),
        (AUTHORIZER, b"", ERROR),
        (AUTHORIZER, b'{"isAuthorized":true,"context":{"claims":{}}}', ERROR),
        (AUTHORIZER, error("Unauthorized"), UNAUTHORIZED),
        (AUTHORIZER, error("boom"), ERROR),
        (AUTHORIZER, InvocationResponse(ALLOWED, "Unhandled", "1", "id"), ERROR),
        (AUTHORIZER, FunctionFault("timeout", "x"), ERROR),
        (AUTHORIZER, FunctionFault("not_permitted", "x"), ERROR),
        (POLICY, ALLOWED, ERROR),
        (POLICY, result("Deny", "*"), FORBIDDEN),
        (POLICY, result(resource=f"{HERE}/GET/dogs"), FORBIDDEN),
        (POLICY, result(resource=f"{HERE}/GET/pets/*"), GOOD),
        (FIRST, result("Deny", "*"), FORBIDDEN),
        (FIRST, result(resource="*", context={"list": []}), ERROR),
        (FIRST, result(resource="*", context={"claims": "x"}), ERROR),
        (FIRST, b"{}", ERROR),
    ],
)
def test_who_gets_in(authorizer: Any, answer: Answer, expected: tuple[int, bytes]) -> None:
    assert Scene(answer).get(stage(authorizer)) == expected


@pytest.mark.parametrize("lines", [("X: y",), ("Auth:",)])
def test_nobody_is_asked_about_a_caller_without_identity(lines: tuple[str, ...]) -> None:
    scene = Scene()
    assert scene.get(stage(AUTHORIZER), *lines) == UNAUTHORIZED
    assert scene.get(stage(AUTHORIZER), target="/pets/7") == UNAUTHORIZED
    assert scene.functions.calls == []


def test_results_are_kept_by_identity() -> None:
    kept = AUTHORIZER | {"authorizerResultTtlInSeconds": 60}
    scene, plan = Scene(), stage(kept)
    for token in ("a", "a", "b"):
        assert scene.get(plan, f"Auth: {token}") == GOOD
    assert [event["identitySource"][0] for event in scene.asked()] == ["a", "b"]
    scene.clock += 61
    scene.get(plan, "Auth: a")
    assert len(scene.asked()) == 3
    scene.world.authorizer_results.flush("abcdef1234", "dev")
    scene.get(plan, "Auth: a")
    assert len(scene.asked()) == 4


def test_a_result_is_kept_for_the_format_that_it_was_given_in() -> None:
    scene, token = Scene(), "Auth: a"
    kept = [each | {"authorizerResultTtlInSeconds": 60} for each in (AUTHORIZER, POLICY, FIRST)]
    assert scene.get(stage(kept[0]), token) == GOOD
    scene.functions.answer = result(resource=f"{HERE}/GET/dogs")
    assert [scene.get(stage(each), token) for each in kept] == [GOOD, FORBIDDEN, FORBIDDEN]


def test_a_result_may_be_kept_for_each_route() -> None:
    kept = AUTHORIZER | {"authorizerResultTtlInSeconds": 60, "identitySource": ["$request.header.auth"]}
    by_route = kept | {"identitySource": ["$request.header.Auth", "$context.routeKey"]}
    for authorizer, times in ((kept, 1), (by_route, 2)):
        scene = Scene()
        for key in ("GET /pets/{id}", "ANY /pets/{id}"):
            assert scene.get(stage(authorizer, key)) == GOOD
        assert len(scene.asked()) == times


@pytest.mark.parametrize(
    "broken",
    [
        AUTHORIZER | {"authorizerType": "JWT"},
        AUTHORIZER | {"authorizerId": "other"},
        AUTHORIZER | {"authorizerPayloadFormatVersion": None},
        AUTHORIZER | {"authorizerPayloadFormatVersion": "1.0"},  # which knows no simple responses
        AUTHORIZER | {"identityValidationExpression": "x"},
        AUTHORIZER | {"identitySource": ["$request.body.x"]},
        AUTHORIZER | {"authorizerCredentialsArn": "somebody"},
        AUTHORIZER | {"authorizerUri": "https://example.com"},
    ],
)
def test_an_authorizer_that_cannot_decide_lets_nobody_in(broken: dict[str, Any]) -> None:
    assert Scene().get(stage(broken)) == ERROR


@pytest.mark.parametrize(
    "route",
    [
        {"authorizationType": "NONE", "authorizerId": "auth01"},
        {"authorizationType": "NONE", "authorizationScopes": ["x"]},
        {"authorizationType": "CUSTOM"},
        {"authorizationType": "COGNITO_USER_POOLS", "authorizerId": "auth01"},
        {"authorizationType": None},
    ],
)
def test_a_route_in_doubt_is_closed(route: dict[str, Any]) -> None:
    plan = http_compiled(route_with("GET /pets/{id}", lambda_integration(), AUTHORIZER, **route))
    assert Scene().get(plan) == ERROR


def test_iam() -> None:
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{ARN}/$default/GET/pets/7"}
    allowed = compile_policy({"Version": "2012-10-17", "Statement": [statement]}, kind="identity")
    plan = http_compiled(route_with("GET /pets/{id}", lambda_integration(), authorizationType="AWS_IAM"))
    for policies, expected in (((allowed,), GOOD), ((), FORBIDDEN)):
        scene, ann = Scene(), replace(ANN, policies=policies)
        scene.principals.by_key[ann.access_key] = ann
        response = scene.serve(plan, signed(ann, "/pets/7"))
        assert (response.status, response.body) == expected
        if expected == GOOD:
            assert scene.shown() == {
                "iam": {
                    "accessKey": ann.access_key,
                    "accountId": ann.account,
                    "callerId": ann.user_id,
                    "cognitoIdentity": None,
                    "principalOrgId": ann.organization,
                    "userArn": ann.arn,
                    "userId": ann.user_id,
                }
            }
    assert Scene().get(plan, "X: y", target="/pets/7") == FORBIDDEN


HANDSHAKE = {
    "authorizerId": "auth01",
    "authorizerType": "REQUEST",
    "authorizerUri": uri(ASKED),
    "identitySource": ["route.request.header.Auth", "route.request.querystring.q"],
}


class Handshake:
    """A connection's $connect, with what decides whether it is let in."""

    def __init__(self, authorizer: dict[str, Any], key: str = "$connect", kind: str = "CUSTOM") -> None:
        api = {"apiId": "abcdef1234", "name": "chat", "protocolType": "WEBSOCKET"}
        stage = {"stageName": "dev", "stageVariables": {"v": "blue"}}
        source = source_of(api, stage, "123456789012", "eu-west-1", NETWORK)
        route = {"routeKey": key, "authorizationType": kind}
        route |= {"authorizerId": "auth01"} if kind == "CUSTOM" else {}
        source = route_source(source, route, {})
        self.authorize = RouteAuthorizations({"api": api, "authorizers": [authorizer]}, source).of(source)
        self.route = WebSocketRoute(source.verb, "", source.resource_path, None, key=key)  # type: ignore[arg-type]
        self.plan = WebSocketPlan(
            api_id="abcdef1234",
            api_name="chat",
            stage="dev",
            account="123456789012",
            region="eu-west-1",
            deployment_id="dep1",
            variables={"v": "blue"},
            log_line=None,
            counters=Counters(),
            routes={key: self.route},
            select=lambda context: "",
            account_limit=Limit("account", 1.0, 1),
            connect_limit=Limit("connect", 1.0, 1),
        )

    def let_in(self, scene: Scene, *lines: str, target: str = "/?q=1") -> tuple[int, Any]:
        """200 and the caller as events show it, or the refusal's status."""
        received = request("GET", target, *(lines or ("Auth: a",)))
        place = ("123456789012", "eu-west-1", "abcdef1234", "dev")
        connection = Connection("L0SM9cOFvHcCIhw=", place, received)
        context = WebSocketContext(self.plan, connection, "CONNECT", received, received.arrived)
        context.method = self.route
        ends: list[Any] = []
        assert self.authorize is not None
        Drive(self.authorize(context, scene.world), lambda _, error: ends.append(error)).step()
        if isinstance(ends[0], Refusal):
            return ends[0].row.status, ends[0].message
        assert ends[0] is None
        return 200, context.caller.authorizer


def test_what_is_asked_of_a_handshake() -> None:
    scene = Scene(result(resource=f"{HERE}/$connect", context={"n": 1}))
    status, shown = Handshake(HANDSHAKE).let_in(scene)
    assert status == 200 and shown.pop("integrationLatency") > 0
    assert shown == {"principalId": "ann", "n": "1"}
    [event] = scene.asked()
    assert list(event) == [
        *("type", "methodArn", "headers", "multiValueHeaders", "queryStringParameters"),
        *("multiValueQueryStringParameters", "stageVariables", "requestContext"),
    ]
    assert (event["methodArn"], event["stageVariables"]) == (f"{HERE}/$connect", {"v": "blue"})
    context = event["requestContext"]
    assert (context["routeKey"], context["eventType"], context["connectionId"]) == (
        *("$connect", "CONNECT", "L0SM9cOFvHcCIhw="),
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (result("Deny", "*"), (403, "User is not authorized to access this resource with an explicit deny")),
        (result(resource=f"{HERE}/$disconnect"), (403, "User is not authorized to access this resource")),
        (result(resource=f"{HERE}/GET/"), (403, "User is not authorized to access this resource")),
        (error("Unauthorized"), (401, "Unauthorized")),
        (ALLOWED, (500, None)),
        (result(resource="*", context={"x": "y" * 8192}), (500, None)),
        (FunctionFault("timeout", "x"), (500, None)),
    ],
)
def test_who_may_connect(answer: Answer, expected: tuple[int, Any]) -> None:
    assert Handshake(HANDSHAKE).let_in(Scene(answer)) == expected


def test_a_handshake_without_identity() -> None:
    scene = Scene()
    assert Handshake(HANDSHAKE).let_in(scene, "X: y") == (401, "Unauthorized")
    assert Handshake(HANDSHAKE).let_in(scene, target="/") == (401, "Unauthorized")
    assert scene.functions.calls == []


def test_a_handshake_is_signed() -> None:
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{HERE}/$connect"}
    allowed = compile_policy({"Version": "2012-10-17", "Statement": [statement]}, kind="identity")
    for policies, status in (((allowed,), 200), ((), 403)):
        scene, ann = Scene(), replace(ANN, policies=policies)
        scene.principals.by_key[ann.access_key] = ann
        lines = [f"{line.name}: {line.value}" for line in signed(ann, "/dev").headers]
        assert Handshake(HANDSHAKE, kind="AWS_IAM").let_in(scene, *lines, target="/dev")[0] == status
        assert Handshake(HANDSHAKE, kind="AWS_IAM").let_in(scene, target="/dev")[0] == 403


def test_signature_version_4a_is_for_rest_apis() -> None:
    signature = "AWS4-ECDSA-P256-SHA256 Credential=AKIAANN/20231114/execute-api/aws4_request, Signature=00"
    lines = ("Host: x", "X-Amz-Date: 20231114T221320Z", "X-Amz-Region-Set: *")
    signed_headers = "SignedHeaders=host;x-amz-date;x-amz-region-set"
    answer = Handshake(HANDSHAKE, kind="AWS_IAM").let_in(
        Scene(), f"Authorization: {signature}, {signed_headers}", *lines, target="/dev"
    )
    assert answer == (403, "Only REST APIs take Signature Version 4A.")


@pytest.mark.parametrize(
    ("authorizer", "key", "kind"),
    [
        (HANDSHAKE, "$default", "CUSTOM"),
        (HANDSHAKE, "$connect", "JWT"),
        (HANDSHAKE | {"enableSimpleResponses": True}, "$connect", "CUSTOM"),
        (HANDSHAKE | {"authorizerResultTtlInSeconds": 60}, "$connect", "CUSTOM"),
        (HANDSHAKE | {"authorizerPayloadFormatVersion": "2.0"}, "$connect", "CUSTOM"),
    ],
)
def test_what_handshakes_cannot_be_authorized_by(authorizer: dict[str, Any], key: str, kind: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Handshake(authorizer, key, kind)


WORDS = strategies.sampled_from(["isAuthorized", "context", "claims", "principalId", "policyDocument", "Statement"])
ANSWERS = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | WORDS,
    lambda inner: strategies.lists(inner, max_size=3) | strategies.dictionaries(WORDS, inner, max_size=4),
)


PLANS = [(authorizer is AUTHORIZER, stage(authorizer)) for authorizer in (AUTHORIZER, POLICY, FIRST)]


@settings(max_examples=150, deadline=None)
@given(answer=ANSWERS.map(lambda answer: json.dumps(answer).encode()) | strategies.binary(max_size=40))
def test_no_answer_but_a_clear_one_lets_anybody_in(answer: bytes) -> None:
    for is_simple, plan in PLANS:
        given_back = Scene(answer).get(plan)
        clear = is_simple and b'"isAuthorized": true' in answer
        assert given_back in (ERROR, FORBIDDEN) or (clear and given_back == GOOD)
