"""Lambda functions in AWS integrations: the event is the body or a template's, errors select the response."""

from typing import Any

import pytest

from gatewright.execute.plan import RestPlan
from gatewright.values.faults import FunctionFault
from gatewright.values.invocation import InvocationResponse
from tests.execute.stage import Document, one, request, shown
from tests.execute_lambda.function import FUNCTION, LAMBDA_REQUEST_ID, LambdaScene, proxy, uri

TRACE = "X-Amzn-Trace-Id: Root=1-6553f100-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0"
SOURCE = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/prod/POST/"
JSON, TRACED = b"Content-Type: application/json\r\n", f"{TRACE}\r\n".encode()
ERROR = (
    500,
    [b"x-amzn-ErrorType: InternalServerErrorException\r\n", JSON],
    b'{"message": "Internal server error"}',
)
RESPONSES = {
    "200": {"statusCode": "200"},
    "404": {"statusCode": "404", "selectionPattern": "Not found: .*"},
    "500": {"statusCode": "500", "selectionPattern": r"(\n|.)+", "responseTemplates": {"application/json": "sorry"}},
}


def custom(responses: Document | None = None, **more: Any) -> Document:
    return proxy(type="AWS", integrationResponses=responses or RESPONSES, **more)


def stage(**more: Any) -> RestPlan:
    return one(custom(**more), verb="POST")


def failed(message: str) -> InvocationResponse:
    return InvocationResponse(f'{{"errorMessage":"{message}"}}'.encode(), "Unhandled", "$LATEST", LAMBDA_REQUEST_ID)


def test_the_body_is_the_event() -> None:
    scene = LambdaScene(b'{"a":1}')
    body = b'{"user": "j\xc3\xa9"}'
    assert shown(scene.serve(stage(timeoutInMillis=700), request("POST", "/", TRACE, body=body))) == (
        200,
        [JSON, TRACED],
        b'{"a":1}',
    )
    trace = TRACE.partition(": ")[2]
    assert scene.functions.calls == [
        {"arn": FUNCTION, "event": body, "source": SOURCE, "timeout": 0.7, "trace": trace},
    ]


def test_a_template_makes_the_event_and_no_body_is_an_empty_object() -> None:
    scene = LambdaScene()
    scene.serve(stage(requestTemplates={"application/json": '{"fixed": true}'}), request("POST", "/", body=b"x"))
    scene.serve(stage(), request("POST", "/"))
    assert [call["event"] for call in scene.functions.calls] == [b'{"fixed": true}', b"{}"]


@pytest.mark.parametrize("event", [b"not json", b'{"a":', b"\xff"])
def test_an_event_that_is_no_json_fails_as_in_lambda(event: bytes) -> None:
    scene = LambdaScene()
    assert shown(scene.serve(stage(), request("POST", "/", body=event))) == ERROR
    assert scene.functions.calls == []


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (failed("Not found: user"), 404, b'{"errorMessage":"Not found: user"}'),
        (failed("two\\nlines"), 500, b"sorry"),
        (b'{"errorMessage":"Not found: made by hand"}', 404, b'{"errorMessage":"Not found: made by hand"}'),
        (b'{"errorMessage":null}', 200, b'{"errorMessage":null}'),
        (b'["errorMessage"]', 200, b'["errorMessage"]'),
        (b'{"errorMessage":7}', 200, b'{"errorMessage":7}'),
    ],
)
def test_an_error_selects_the_response(answer: bytes | InvocationResponse, status: int, body: bytes) -> None:
    response = LambdaScene(answer).serve(stage(), request("POST", "/", TRACE))
    assert shown(response) == (status, [JSON, TRACED], body)


def test_no_response_for_an_error() -> None:
    only = {"400": {"statusCode": "400", "selectionPattern": "Bad.*"}}
    assert shown(LambdaScene(failed("other")).serve(stage(responses=only), request("POST", "/"))) == ERROR


def test_headers_of_the_answer_can_be_mapped() -> None:
    mapped = {
        f"method.response.header.{name}": f"integration.response.header.{name}"
        for name in ("X-Amz-Function-Error", "X-Amz-Executed-Version", "x-amzn-RequestId")
    }
    scene = LambdaScene(failed("e"))
    plan = stage(responses={"200": {"statusCode": "200", "responseParameters": mapped}})
    assert shown(scene.serve(plan, request("POST", "/", TRACE))) == (
        200,
        [
            b"X-Amz-Function-Error: Unhandled\r\n",
            b"X-Amz-Executed-Version: $LATEST\r\n",
            f"x-amzn-Remapped-x-amzn-RequestId: {LAMBDA_REQUEST_ID}\r\n".encode(),
            JSON,
            TRACED,
        ],
        b'{"errorMessage":"e"}',
    )


@pytest.mark.parametrize("source", ["'Event'", "method.request.header.How"])
def test_an_event_is_queued(source: str) -> None:
    scene = LambdaScene()
    plan = stage(requestParameters={"integration.request.header.X-Amz-Invocation-Type": source})
    response = scene.serve(plan, request("POST", "/", TRACE, "How: Event", body=b'{"later":1}'))
    assert shown(response) == (200, [JSON, TRACED], b"")
    assert scene.functions.calls == [
        {"queued": FUNCTION, "event": b'{"later":1}', "source": SOURCE, "trace": TRACE.partition(": ")[2]}
    ]


def test_invocation_types() -> None:
    plan = stage(requestParameters={"integration.request.header.X-Amz-Invocation-Type": "method.request.header.How"})
    for sent, status in (("RequestResponse", 200), ("Later", 500)):
        assert LambdaScene().serve(plan, request("POST", "/", f"How: {sent}")).status == status
    assert LambdaScene().serve(plan, request("POST", "/")).status == 200


@pytest.mark.parametrize("integration", [custom(), proxy()])
def test_as_a_role_the_functions_policy_is_not_asked(integration: Document) -> None:
    scene = LambdaScene()
    plan = one(
        integration | {"credentials": "arn:aws:iam::123456789012:role/${stageVariables.r}"},
        verb="POST",
        variables={"r": "r"},
    )
    assert scene.serve(plan, request("POST", "/")).status == 200
    assert [call["source"] for call in scene.functions.calls] == [None]


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        ("not_found", 502, b"Internal server error"),
        ("not_permitted", 500, b"Internal server error"),
        ("throttled", 500, b"Internal server error"),
        ("timeout", 504, b"Endpoint request timed out"),
        ("request_too_large", 413, b"Request Too Long"),
        ("unavailable", 502, b"Internal server error"),
    ],
)
@pytest.mark.parametrize("how", ["'RequestResponse'", "'Event'"])
def test_faults(kind: Any, status: int, message: bytes, how: str) -> None:
    plan = stage(requestParameters={"integration.request.header.X-Amz-Invocation-Type": how})
    response = LambdaScene(FunctionFault(kind, "why")).serve(plan, request("POST", "/"))
    assert (response.status, response.body) == (status, b'{"message": "%b"}' % message)


@pytest.mark.parametrize(
    "changed",
    [
        {"httpMethod": "GET"},
        {"uri": uri("nothing")},
        {"uri": uri().replace("2015-03-31", "2021-11-15").replace("/invocations", "/response-streaming-invocations")},
        {"requestParameters": {"integration.request.header.X-Amz-Client-Context": "'x'"}},
        {"requestParameters": {"integration.request.header.Authorization": "'x'"}},
        {"credentials": "arn:aws:iam::*:user/*"},
    ],
)
def test_what_cannot_be_called(changed: Document) -> None:
    scene = LambdaScene()
    assert shown(scene.serve(one(custom() | changed, verb="POST"), request("POST", "/"))) == ERROR
    assert scene.functions.calls == []
