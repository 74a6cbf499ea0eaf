"""Lambda authorizers in the path of requests: who gets in, what others are told, what is kept and for how long."""

import json
import logging
import traceback
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from gatewright.execute.authorizers.lambda_authorizer import PATIENCE
from gatewright.execute.authorizers.policy_decisions import MOST
from gatewright.execute.plan import RestPlan
from gatewright.execute.rest import serve
from gatewright.execute.rest_stage import compile_rest_stage
from gatewright.values.faults import FunctionFault
from gatewright.values.invocation import InvocationResponse
from gatewright.values.pending import Drive, Pending
from gatewright.values.response import Response
from tests.execute.stage import CHOSEN_ID, MOCK, compiled, method, request, shown, snapshot
from tests.execute_lambda.function import FUNCTION, LAMBDA_REQUEST_ID, LambdaScene, proxy, uri

ASKED = "arn:aws:lambda:eu-west-1:123456789012:function:Authorize"
HERE = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234"
TOKEN = {
    "id": "auth01",
    "type": "TOKEN",
    "authorizerUri": uri(ASKED),
    "identitySource": "method.request.header.Auth",
}
REQUEST = TOKEN | {
    "type": "REQUEST",
    "identitySource": "method.request.header.Auth, method.request.querystring.q, stageVariables.v, context.httpMethod",
}
SHOWING = """{"statusCode": 200, "who": "$context.authorizer.principalId", "a": "$context.authorizer.a",
"n": "$context.authorizer.n", "b": "$context.authorizer.b", "none": "$context.authorizer.none",
"latency": $context.authorizer.integrationLatency, "map": "$context.authorizer"}"""
SHOWN = MOCK | {
    "requestTemplates": {"application/json": SHOWING.replace("\n", "")},
    "integrationResponses": {
        "200": {
            "statusCode": "200",
            "responseParameters": {
                "method.response.header.X-A": "context.authorizer.a",
                "method.response.header.X-None": "context.authorizer.none",
            },
            "responseTemplates": {"application/json": SHOWING.replace("\n", "")},
        }
    },
}
LOG = (
    "$context.requestId $context.authorizer.status $context.authorizer.error|$context.authorizer.integrationStatus "
    "$context.authorizer.requestId $context.authorizer.principalId $context.authorizer.a $context.authorize.status"
)
PLAIN = b"Content-Type: application/json\r\n"
UNAUTHORIZED = (401, [b"x-amzn-ErrorType: UnauthorizedException\r\n", PLAIN], b'{"message":"Unauthorized"}')
MISCONFIGURED = (500, [b"x-amzn-ErrorType: AuthorizerConfigurationException\r\n", PLAIN], b'{"message":null}')
FAILED = (500, [b"x-amzn-ErrorType: AuthorizerFailureException\r\n", PLAIN], b'{"message":null}')
CONFIGURATION = "Execution failed due to configuration error: "


def denied(message: str) -> tuple[int, list[bytes], bytes]:
    body = json.dumps({"Message": message}, separators=(",", ":")).encode()
    return 403, [b"x-amzn-ErrorType: AccessDeniedException\r\n", PLAIN], body


DENIED = denied("User is not authorized to access this resource with an explicit deny")
SILENT = denied("User is not authorized to access this resource")


def result(effect: str = "Allow", resource: str | list[str] = f"{HERE}/prod/GET/pets", **more: Any) -> bytes:
    """What a function answers; `more` are members of the answer."""
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource, **more.pop("statement", {})}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return json.dumps({"principalId": "ann", "policyDocument": policy, **more}).encode()


def error(message: str | None) -> InvocationResponse:
    payload = json.dumps({"errorMessage": message, "errorType": "Error"}).encode()
    return InvocationResponse(payload, "Unhandled", "$LATEST", LAMBDA_REQUEST_ID)


def stage(authorizer: dict[str, Any], integration: Any = SHOWN, **members: Any) -> RestPlan:
    """`GET /pets` and `GET /dogs`, which ask `authorizer`. `members` are of the Stage."""
    asking = method(integration, authorizationType="CUSTOM", authorizerId="auth01")
    headers = {"method.response.header.X-A": False, "method.response.header.X-None": False}
    asking["methodResponses"] = {"200": {"statusCode": "200", "responseParameters": headers}}
    document = snapshot({"/pets": {"GET": asking}, "/dogs": {"GET": asking}}) | {"authorizers": [authorizer]}
    logged = {"accessLogSettings": {"format": LOG}, "variables": {"v": "blue"}}
    return compiled(document, **logged | members)


class Scene(LambdaScene):
    """Requests for a stage whose authorizer's function gives `answer`."""

    def get(self, plan: RestPlan, *lines: str, target: str = "/pets?q=1") -> Response:
        return self.serve(plan, request("GET", target, CHOSEN_ID, *lines))

    def log(self, plan: RestPlan, line: bytes) -> None:
        super().log(plan, line.partition(b" ")[2])


GOOD = "Auth: let-me-in"
MEMBERS = strategies.sampled_from(["Statement", "Effect", "Action", "Resource", "Version", "Deny", "principalId"])


@pytest.mark.parametrize("authorizer", [TOKEN, REQUEST], ids=["token", "request"])
def test_the_caller_is_shown(authorizer: dict[str, Any]) -> None:
    context = {"a": 'x"y', "n": 1.5, "b": True, "none": None}
    scene = Scene(result(context=context))
    plan = stage(authorizer)
    first, second = scene.get(plan, GOOD), scene.get(plan, GOOD)
    bodies = [json.loads(response.body.replace(b'x"y', b"quoted")) for response in (first, second)]
    assert bodies[0].pop("latency") > 0 and bodies[1].pop("latency") == 0  # the second one was kept
    shown_to_both = {"statusCode": 200, "who": "ann", "a": "quoted", "n": "1.5", "b": "true", "none": "", "map": ""}
    assert bodies == [shown_to_both, shown_to_both]
    assert first.headers[0] == b'X-A: x"y\r\n' and not any(line.startswith(b"X-None") for line in first.headers)
    assert [line for _, line in scene.lines] == [
        f'200 -|200 {LAMBDA_REQUEST_ID} ann x\\"y 200'.encode(),
        b'200 -|- - ann x\\"y 200',
    ]
    [call] = scene.functions.calls
    assert (call["arn"], call["source"], call["timeout"]) == (ASKED, f"{HERE}/authorizers/auth01", PATIENCE)


def test_functions_of_other_partitions_are_told_who_calls() -> None:
    here = "arn:aws-cn:execute-api:cn-north-1:123456789012:abcdef1234"
    asking = method(proxy(), authorizationType="CUSTOM", authorizerId="auth01")
    document = snapshot({"/pets": {"GET": asking}}) | {"authorizers": [TOKEN]}
    settings = {"stageName": "prod", "deploymentId": "dep1"}
    scene = Scene(result(resource=f"{here}/*"))
    scene.get(compile_rest_stage(document, settings, account="123456789012", region="cn-north-1"), GOOD)
    sources = [call["source"] for call in scene.functions.calls]
    assert sources == [f"{here}/authorizers/auth01", f"{here}/prod/GET/pets"]


def test_what_a_token_authorizer_is_asked() -> None:
    scene = Scene(result())
    scene.get(stage(TOKEN), GOOD)
    assert scene.functions.calls[0]["event"] == (
        b'{"type":"TOKEN","methodArn":"%b/prod/GET/pets","authorizationToken":"let-me-in"}' % HERE.encode()
    )


def test_what_a_request_authorizer_is_asked() -> None:
    scene = Scene(result())
    scene.get(stage(REQUEST), GOOD, "Host: abcdef1234.execute-api.eu-west-1.localhost")
    event = scene.event()
    assert list(event) == [
        *("type", "methodArn", "resource", "path", "httpMethod", "headers", "multiValueHeaders"),
        *("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables"),
        "requestContext",
    ]
    assert event["methodArn"] == f"{HERE}/prod/GET/pets"
    assert event["headers"]["Auth"] == "let-me-in" and event["headers"]["X-Forwarded-For"] == "192.0.2.7"
    assert (event["stageVariables"], event["queryStringParameters"]) == ({"v": "blue"}, {"q": "1"})
    assert event["requestContext"]["path"] == "/prod/pets" and "authorizer" not in event["requestContext"]


def test_a_request_authorizer_sees_the_api_key_that_was_sent() -> None:
    asking = method(MOCK, authorizationType="CUSTOM", authorizerId="auth01", apiKeyRequired=True)
    document = snapshot({"/pets": {"GET": asking}}) | {"authorizers": [REQUEST | {"identitySource": None}]}
    scene, plan = Scene(result()), compiled(document)
    assert scene.get(plan, "X-Api-Key: 0123456789abcdefghij").status == 403  # nobody holds it
    assert scene.event()["requestContext"]["identity"]["apiKey"] == "0123456789abcdefghij"
    scene.get(plan)
    assert "apiKey" not in scene.event()["requestContext"]["identity"]


def test_the_api_key_that_was_sent_may_be_the_identity() -> None:
    asking = method(MOCK, authorizationType="CUSTOM", authorizerId="auth01", apiKeyRequired=True)
    by_key = REQUEST | {"identitySource": "context.identity.apiKey"}
    scene, plan = Scene(result()), compiled(snapshot({"/pets": {"GET": asking}}) | {"authorizers": [by_key]})
    answers = [
        scene.get(plan, *line).status for line in ([], ["X-Api-Key: one"], ["X-Api-Key: two"], ["x-api-key: one"])
    ]
    assert (answers, len(scene.functions.calls)) == ([401, 403, 403, 403], 2)


def test_a_proxy_gets_it_in_its_event() -> None:
    functions = ByName({ASKED: result(context={"a": 1}), FUNCTION: b"{}"})
    scene = Scene()
    scene.world = replace(scene.world, functions=functions)
    assert scene.get(stage(TOKEN, proxy()), GOOD).status == 200
    context = json.loads(functions.calls[-1][1])["requestContext"]
    assert list(context)[:3] == ["resourceId", "authorizer", "resourcePath"]
    latency = context["authorizer"].pop("integrationLatency")
    assert isinstance(latency, int) and context["authorizer"] == {"a": "1", "principalId": "ann"}


@dataclass
class ByName:
    """Functions by ARN, each with one answer, which may come later."""

    answers: dict[str, Any]
    calls: list[tuple[str, bytes]] = field(default_factory=list)

    async def invoke(
        self, function_arn: str, event: bytes, *, source_arn: str | None, timeout: float, trace_id: str
    ) -> InvocationResponse:
        self.calls.append((function_arn, event))
        answer = self.answers[function_arn]
        payload = await answer if isinstance(answer, Pending) else answer
        return InvocationResponse(payload, "", "$LATEST", LAMBDA_REQUEST_ID)


@pytest.mark.parametrize(
    ("authorizer", "lines", "target"),
    [
        (TOKEN, [], "/pets"),
        (TOKEN, ["Auth:"], "/pets"),
        (TOKEN, [GOOD, "auth:"], "/pets"),
        (
            TOKEN | {"identitySource": "method.request.header.Authorization"},
            ["Authorization: AWS4-HMAC-SHA256 x"],
            "/pets",
        ),
        (TOKEN | {"identityValidationExpression": "let-[a-z]+"}, [GOOD], "/pets"),
        (TOKEN | {"identityValidationExpression": "let-me-i"}, [GOOD], "/pets"),
        (REQUEST, [GOOD], "/pets"),
        (REQUEST, [GOOD], "/pets?q="),
        (REQUEST, [GOOD], "/pets?Q=1"),
        (REQUEST, [], "/pets?q=1"),
        (REQUEST | {"identitySource": "method.request.header.Auth, stageVariables.w"}, [GOOD], "/pets?q=1"),
    ],
)
def test_who_does_not_say_who_it_is(authorizer: dict[str, Any], lines: list[str], target: str) -> None:
    scene = Scene(result())
    assert shown(scene.get(stage(authorizer), *lines, target=target)) == UNAUTHORIZED
    assert scene.functions.calls == []
    assert [line for _, line in scene.lines] == [b"401 Unauthorized|- - - - -"]


def test_a_token_that_matches() -> None:
    plan = stage(TOKEN | {"identityValidationExpression": "let-[a-z]+-in"})
    assert Scene(result()).get(plan, GOOD).status == 200


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (result("Deny"), DENIED),
        (result(resource=f"{HERE}/prod/GET/cats"), SILENT),
        (result(resource=f"{HERE}/test/*"), SILENT),
        (result(statement={"Action": "execute-api:InvalidateCache"}), SILENT),
        (result(statement={"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}), SILENT),
    ],
    ids=["deny", "other path", "other stage", "other action", "condition"],
)
def test_who_may_not(answer: bytes, expected: Any) -> None:
    scene, plan = Scene(answer), stage(TOKEN)
    assert shown(scene.get(plan, GOOD)) == shown(scene.get(plan, GOOD)) == expected
    assert len(scene.functions.calls) == 1  # a refusal by policy is kept, too
    assert scene.lines[0][1].startswith(b"200 -|200 ") and scene.lines[0][1].endswith(b" 403")


@pytest.mark.parametrize(
    "statement",
    [
        {"Resource": f"{HERE}/*/GET/*"},
        {"Resource": [f"{HERE}/prod/POST/*", "arn:aws:execute-api:*:*:*/pro?/GET/pets"]},
        {"Action": "*", "Resource": "*"},
        {"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}},
    ],
)
def test_who_may(statement: dict[str, Any]) -> None:
    assert Scene(result(statement=statement)).get(stage(TOKEN), GOOD).status == 200


@pytest.mark.parametrize(
    ("answer", "expected", "cause"),
    [
        (error("Unauthorized"), UNAUTHORIZED, "Unauthorized"),
        (error("unauthorized"), MISCONFIGURED, None),
        (error("Task timed out after 1.00 seconds"), MISCONFIGURED, None),
        (error(None), MISCONFIGURED, None),
        (b'{"errorMessage":"Unauthorized"}', MISCONFIGURED, None),
        (InvocationResponse(result(), "Unhandled", "$LATEST", "id"), MISCONFIGURED, None),
        (FunctionFault("timeout", "29 s"), FAILED, "Execution failed due to a timeout error"),
        (FunctionFault("unavailable", "?"), FAILED, None),
        (FunctionFault("throttled", "?"), FAILED, None),
        (
            FunctionFault("not_permitted", "?"),
            MISCONFIGURED,
            f"{CONFIGURATION}Invalid permissions on Lambda function",
        ),
        (FunctionFault("not_found", "?"), MISCONFIGURED, f"{CONFIGURATION}Function not found"),
        (b"", MISCONFIGURED, None),
        (b"null", MISCONFIGURED, None),
        (b'"Allow"', MISCONFIGURED, None),
        (b"{}", MISCONFIGURED, f"{CONFIGURATION}Invalid JSON in response: principalId is missing"),
        (b'{"principalId":"ann"}', MISCONFIGURED, None),
        (result(more=1), MISCONFIGURED, None),
        (result(context={"a": {"b": 1}}), MISCONFIGURED, None),
        (result(context={"a": [1]}), MISCONFIGURED, None),
        (result(effect="allow"), MISCONFIGURED, None),
        (result(statement={"Condition": {"Sounds": {"aws:SourceIp": "1"}}}), MISCONFIGURED, None),
    ],
)
def test_answers_that_let_nobody_in_and_are_not_kept(answer: Any, expected: Any, cause: str | None) -> None:
    scene, plan = Scene(answer), stage(TOKEN)
    assert shown(scene.get(plan, GOOD)) == shown(scene.get(plan, GOOD)) == expected
    assert len(scene.functions.calls) == 2
    status, _, told = scene.lines[0][1].partition(b"|")[0].decode().partition(" ")
    assert int(status) == expected[0] and told != "-" and cause in (None, told)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (FunctionFault("not_permitted", "who may"), "Invalid permissions on Lambda function: who may"),
        (error("Boom"), f'Unrecognized field "errorMessage" , not marked as ignorable: {ASKED} raised: Boom'),
        (b"null", f"Expected `object`, got `null`: {ASKED}"),
    ],
)
def test_the_log_of_the_node_says_which_function_and_why(
    answer: Any, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    Scene(answer).get(stage(TOKEN), GOOD)
    assert [record.message.endswith(told) for record in caplog.records] == [True], caplog.text


def test_how_long_a_result_is_kept() -> None:
    scene, plan = Scene(result()), stage(TOKEN | {"authorizerResultTtlInSeconds": 60})
    for later, calls in ((0, 1), (59, 1), (2, 2), (-3600, 3)):  # set back, the clock tells nothing of what is kept
        scene.clock += later
        assert scene.get(plan, GOOD).status == 200
        assert len(scene.functions.calls) == calls
    for authorizer, ttl in ((TOKEN, 300), (REQUEST | {"identitySource": None}, 0)):
        scene, plan = Scene(result()), stage(authorizer)
        for later in (0, ttl - 1, 2):
            scene.clock += later
            scene.get(plan, GOOD)
        assert len(scene.functions.calls) == (2 if ttl else 3)


@pytest.mark.parametrize("resource", [["*"] * 10_000, f"{HERE}/{'*' * 100_000}"])
def test_a_result_that_takes_too_much_room_is_not_kept(resource: str | list[str]) -> None:
    scene, plan = Scene(result(resource=resource)), stage(TOKEN)
    assert [scene.get(plan, GOOD).status for _ in range(2)] == [200, 200]
    assert len(scene.functions.calls) == 2


def test_a_ttl_of_0_asks_each_time() -> None:
    scene, plan = Scene(result()), stage(TOKEN | {"authorizerResultTtlInSeconds": 0})
    scene.get(plan, GOOD)
    scene.functions.answer = result("Deny")
    assert shown(scene.get(plan, GOOD)) == DENIED


def test_a_kept_policy_is_read_anew_for_each_method() -> None:
    scene, plan = Scene(result()), stage(TOKEN)
    assert scene.get(plan, GOOD).status == 200
    assert shown(scene.get(plan, GOOD, target="/dogs")) == SILENT
    assert len(scene.functions.calls) == 1


def test_what_a_kept_policy_says_where_it_asks_for_more_than_the_method() -> None:
    until = {"DateLessThan": {"aws:CurrentTime": "2023-11-14T22:14:00Z"}}
    for statement, after in (
        ({"Condition": until}, SILENT),
        ({"Condition": {"StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}}, None),
        ({"Resource": HERE + "/${stage:none, 'prod'}/GET/*"}, None),
    ):
        scene, plan = Scene(result(statement=statement)), stage(TOKEN)
        for _ in range(2):
            assert scene.get(plan, GOOD).status == 200
        later = request("GET", "/pets", CHOSEN_ID, GOOD)._replace(arrived=scene.clock + 60)
        response = scene.serve(plan, later)
        assert response.status == 200 if after is None else shown(response) == after


def test_decisions_are_of_the_method_and_do_not_pile_up() -> None:
    asking = method(MOCK, authorizationType="CUSTOM", authorizerId="auth01")
    document = snapshot({"/{id}": {"ANY": asking}}) | {"authorizers": [TOKEN]}
    scene, plan = Scene(result(resource=f"{HERE}/prod/GET/p*")), compiled(document)
    expected = {("GET", "/p"): 200, ("POST", "/p"): 403, ("GET", "/q"): 403}
    for number in range(2 * MOST):
        expected[("GET", f"/p{number}")] = 200
    expected[("GET", "/p" + "x" * 2000)] = 414
    for _ in range(2):
        assert {asked: scene.serve(plan, request(*asked, GOOD)).status for asked in expected} == expected
    assert len(scene.functions.calls) == 1
    [(answer, _), _] = scene.world.authorizer_results._kept._values.popitem()[1]
    assert 0 < len(answer.result.decisions._known) <= MOST


def test_a_path_that_is_too_long_leaves_nobody_waiting() -> None:
    asking = method(MOCK, authorizationType="CUSTOM", authorizerId="auth01")
    document = snapshot({"/{path+}": {"GET": asking}}) | {"authorizers": [TOKEN]}
    scene, plan = Scene(result(resource="*")), compiled(document)
    asked = [scene.serve(plan, request("GET", path, GOOD)).status for path in ("/" + "x" * 2000, "/pets")]
    assert (asked, len(scene.functions.calls)) == ([414, 200], 1)


def test_for_whom_a_result_is_kept() -> None:
    scene, plan = Scene(result()), stage(REQUEST)
    for line, target in ((GOOD, "/pets?q=1"), (GOOD, "/pets?q=2"), ("Auth: 1", "/pets?q=1"), (GOOD, "/pets?q=1&x=2")):
        scene.get(plan, line, target=target)
    assert len(scene.functions.calls) == 3
    others = (
        stage(REQUEST, stageName="test"),
        stage(REQUEST | {"id": "auth01", "identitySource": "method.request.querystring.q, method.request.header.Auth"}),
        stage(REQUEST, variables={"v": "green"}),
        stage(REQUEST | {"authorizerUri": uri("${stageVariables.f}")}, variables={"v": "blue", "f": FUNCTION}),
        stage(REQUEST | {"authorizerUri": uri("${stageVariables.f}")}, variables={"v": "blue", "f": ASKED}),
    )
    before = len(scene.functions.calls)
    for other in others:
        scene.get(other, GOOD)
    assert len(scene.functions.calls) - before == 4  # the last one asks the function that was asked
    assert {call["arn"] for call in scene.functions.calls} == {ASKED, FUNCTION}


@pytest.mark.parametrize(("source", "sent"), [("Authorization", "authorization"), ("x-token", "X-TOKEN")])
def test_names_of_headers_know_no_case(source: str, sent: str) -> None:
    scene, plan = Scene(result()), stage(TOKEN | {"identitySource": f"method.request.header.{source}"})
    assert [scene.get(plan, f"{name}: let-me-in").status for name in (sent, source)] == [200, 200]
    assert [json.loads(call["event"])["authorizationToken"] for call in scene.functions.calls] == ["let-me-in"]


AUTH_AND_Q = REQUEST | {"identitySource": "method.request.header.Auth, method.request.querystring.q"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((['Auth: a","b'], "q=c"), (["Auth: a"], 'q=b","c')),
        ((["Auth: a,b"], "q=c"), (["Auth: a", "Auth: b"], "q=c")),
        ((["Auth: b"], "q=c"), (["Auth: a", "auth: b"], "q=c")),
        ((["Auth: a"], "q=c"), (["Auth: a"], "q=b&q=c")),
        ((["Auth: a"], "q=c"), (["Auth: a"], "q=b;%71=c")),
        ((["Auth: \xff"], "q=c"), (["Auth: \xfe"], "q=c")),
        ((["Auth: \xe9"], "q=c"), (["Auth: \xc3\xa9"], "q=c")),
        ((["Auth: a"], "q=b%00"), (["Auth: a"], "q=b")),
    ],
)
def test_identities_do_not_run_into_each_other(one: tuple[list[str], str], other: tuple[list[str], str]) -> None:
    scene, plan = Scene(result()), stage(AUTH_AND_Q)
    for lines, query in (one, other):
        assert scene.get(plan, *lines, target=f"/pets?{query}").status == 200
    assert len(scene.functions.calls) == 2


def test_the_gateways_own_headers_are_not_the_clients_to_choose() -> None:
    scene, plan = Scene(result()), stage(TOKEN | {"identitySource": "method.request.header.x-forwarded-for"})
    scene.get(plan, "X-Forwarded-For: 10.0.0.1")
    assert scene.event()["authorizationToken"] == "10.0.0.1, 192.0.2.7"


def test_a_flush_forgets_one_stage() -> None:
    scene, plan, test = Scene(result()), stage(TOKEN), stage(TOKEN, stageName="test")
    scene.get(plan, GOOD)
    scene.get(test, GOOD)
    scene.functions.answer = result("Deny")
    scene.world.authorizer_results.flush("abcdef1234", "prod")
    assert shown(scene.get(plan, GOOD)) == DENIED
    assert len(scene.functions.calls) == 3
    assert shown(scene.get(test, GOOD)) == SILENT  # by the policy that was kept, which is for another stage
    assert len(scene.functions.calls) == 3


class Slow:
    """A stage whose authorizer's function answers when told to."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.answer: Pending[bytes] = Pending()
        self.functions = ByName({ASKED: self.answer})
        self.scene.world = replace(self.scene.world, functions=self.functions)
        self.plan = stage(TOKEN)

    def get(self) -> list[Response]:
        """The response, once there is one."""
        ends: list[Any] = []
        serving = serve(self.plan, request("GET", "/pets", GOOD), "/pets", self.scene.world)
        Drive(serving, lambda answer, error: ends.append(error or answer)).step()
        return ends


def test_those_who_come_together_share_one_invocation() -> None:
    slow = Slow()
    ends = [slow.get() for _ in range(5)]
    assert (ends, len(slow.functions.calls)) == ([[]] * 5, 1)
    slow.answer.complete(result())
    assert [end[0].status for end in ends] == [200] * 5
    assert slow.get()[0].status == 200 and len(slow.functions.calls) == 1


def test_thousands_may_wait_for_one_invocation(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    slow = Slow()
    ends = [slow.get() for _ in range(3_000)]
    bug = ValueError("a bug")
    slow.answer.fail(bug)
    assert {end[0].status for end in ends} == {500} and len(slow.functions.calls) == 1
    assert len(traceback.extract_tb(bug.__traceback__)) < 20
    assert not slow.scene.world.authorizer_results._asked


def test_those_who_come_together_share_its_failure_which_is_not_kept() -> None:
    slow = Slow()
    ends = [slow.get() for _ in range(3)]
    slow.answer.fail(FunctionFault("timeout", "29 s"))
    assert [shown(end[0]) for end in ends] == [FAILED] * 3
    slow.functions.answers[ASKED] = result()
    assert slow.get()[0].status == 200 and len(slow.functions.calls) == 2


def test_what_was_asked_before_a_flush_is_not_kept() -> None:
    slow = Slow()
    before = slow.get()
    slow.scene.world.authorizer_results.flush("abcdef1234", "prod")
    slow.functions.answers[ASKED] = result("Deny")
    assert shown(slow.get()[0]) == DENIED  # not the answer that is still to come
    slow.answer.complete(result())
    assert before[0].status == 200
    assert shown(slow.get()[0]) == DENIED
    assert len(slow.functions.calls) == 2


def test_a_role_calls_without_the_functions_permission() -> None:
    scene = Scene(result())
    scene.get(stage(TOKEN | {"authorizerCredentials": "arn:aws:iam::123456789012:role/asker"}), GOOD)
    assert scene.functions.calls[0]["source"] is None


@pytest.mark.parametrize(
    ("authorizer", "status"),
    [
        (TOKEN | {"authorizerUri": uri("${stageVariables.f}")}, (401, 500)),
        (TOKEN | {"authorizerUri": None}, (401, 500)),
        (TOKEN | {"authorizerCredentials": "arn:aws:iam::*:user/*"}, (500, 500)),
        (TOKEN | {"identitySource": ""}, (500, 500)),
        (TOKEN | {"identitySource": "method.request.header.a b"}, (500, 500)),
        (TOKEN | {"identityValidationExpression": "(("}, (500, 500)),
        (TOKEN | {"id": "auth02"}, (500, 500)),
        (TOKEN | {"type": "COGNITO_USER_POOLS"}, (500, 500)),
    ],
)
def test_an_authorizer_that_cannot_decide_lets_nobody_in(authorizer: dict[str, Any], status: tuple[int, int]) -> None:
    scene, plan = Scene(result()), stage(authorizer)
    assert (scene.get(plan).status, scene.get(plan, GOOD).status) == status
    assert scene.functions.calls == []


def test_the_clients_text_cannot_forge_headers_by_the_context() -> None:
    scene = Scene(result(context={"a": "x\r\nSet-Cookie: a=b"}))
    response = scene.get(stage(TOKEN), GOOD)
    assert not any(b"\n" in line[:-2] for line in response.headers)


def test_an_authorizers_failure_is_none_of_the_integration() -> None:
    scene = LambdaScene(FunctionFault("timeout", "29 s"))
    scene.serve(
        stage(TOKEN, accessLogSettings={"format": "$context.requestId $context.integration.error"}),
        request("GET", "/pets", GOOD, CHOSEN_ID),
    )
    assert scene.lines[0][1].endswith(b" -")


JSON = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats() | strategies.text(),
    lambda inner: strategies.lists(inner, max_size=3) | strategies.dictionaries(MEMBERS | strategies.text(), inner),
    max_leaves=12,
)
RESULTS = JSON | strategies.fixed_dictionaries(
    {"principalId": JSON, "policyDocument": JSON}, optional={"context": JSON}
)


@settings(max_examples=150, deadline=None)
@given(RESULTS.map(lambda value: json.dumps(value).encode()) | strategies.binary(max_size=64))
def test_nothing_made_up_lets_anybody_in(payload: bytes) -> None:
    assert shown(Scene(payload).get(stage(TOKEN), GOOD)) in (MISCONFIGURED, SILENT, DENIED)
