"""AWS integrations: the call a service gets, and the response its answer becomes."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from gatewright.execute.world import Returned, ServiceCall
from gatewright.values.faults import NetworkFault, RoleFault
from tests.execute.stage import CHOSEN_ID, REQUEST_ID, Document, Scene, headers, method, one, request, shown, snapshot
from tests.execute_lambda.test_test_invoke import invoke

ROLE = "arn:aws:iam::210987654321:role/caller"
TRACED = ("X-Amzn-Trace-Id", "Root=1-6553f100-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0")
TRACE = ": ".join(TRACED)
DEFAULTS = (("Accept", "application/json"), ("User-Agent", "AmazonAPIGateway_abcdef1234"))
JSON = (*DEFAULTS, ("Content-Type", "application/json"), TRACED)
FORM = "application/x-www-form-urlencoded"
ERROR = (
    500,
    [b"x-amzn-ErrorType: InternalServerErrorException\r\n", b"Content-Type: application/json\r\n"],
    b'{"message": "Internal server error"}',
)


def uri(rest: str) -> str:
    return f"arn:aws:apigateway:us-west-2:{rest}"


def integration(rest: str, parameters: dict[str, str] | None = None, verb: str = "POST", **more: Any) -> Document:
    return {
        "type": "AWS",
        "httpMethod": verb,
        "uri": uri(rest),
        "credentials": ROLE,
        "requestParameters": {f"integration.request.{name}": source for name, source in (parameters or {}).items()},
        "integrationResponses": {"200": {"statusCode": "200"}},
        **more,
    }


@dataclass
class Neighbours:
    """Gives one answer to every call, and keeps the calls."""

    answer: Returned | Exception
    calls: list[ServiceCall] = field(default_factory=list)
    timeouts: list[float] = field(default_factory=list)

    async def call(self, call: ServiceCall, *, timeout: float) -> Returned:
        self.calls.append(call)
        self.timeouts.append(timeout)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class ServiceScene(Scene):
    def __init__(self, answer: Returned | Exception | None = None) -> None:
        super().__init__()
        self.services = Neighbours(answer or Returned(200, headers("x-amzn-RequestId: r-1"), b"{}"))
        self.world = replace(self.world, services=self.services)


def called(made: Document, method: str = "POST", target: str = "/", *lines: str, body: bytes = b"") -> ServiceCall:
    """What the service gets of one request."""
    scene = ServiceScene()
    path = "/{bucket}/{key}" if target.count("/") > 1 else "/"
    response = scene.serve(one(made, path, method), request(method, target, TRACE, *lines, body=body))
    assert response.status == 200, response
    [call] = scene.services.calls
    return call


BASE = ServiceCall("", "us-west-2", "123456789012", ROLE, "POST", "", "/", JSON, b"")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (
            integration("dynamodb:action/PutItem"),
            BASE._replace(
                service="dynamodb",
                host="dynamodb.us-west-2.amazonaws.com",
                headers=(
                    ("X-Amz-Target", "DynamoDB_20120810.PutItem"),
                    ("Content-Type", "application/x-amz-json-1.0"),
                    *DEFAULTS,
                    TRACED,
                ),
            ),
        ),
        (
            integration("events:action/PutEvents", {"header.content-type": "'application/x-amz-json-1.2'"}),
            BASE._replace(
                service="events",
                host="events.us-west-2.amazonaws.com",
                headers=(
                    ("content-type", "application/x-amz-json-1.2"),
                    ("X-Amz-Target", "AWSEvents.PutEvents"),
                    *DEFAULTS,
                    TRACED,
                ),
            ),
        ),
        (
            integration("states:action/StartSyncExecution"),
            BASE._replace(
                service="states",
                host="sync-states.us-west-2.amazonaws.com",
                headers=(
                    ("X-Amz-Target", "AWSStepFunctions.StartSyncExecution"),
                    ("Content-Type", "application/x-amz-json-1.0"),
                    *DEFAULTS,
                    TRACED,
                ),
            ),
        ),
        (
            integration("sns:action/Publish&TopicArn=arn:aws:sns:x", {"querystring.Message": "'a b&c=é'"}),
            BASE._replace(
                service="sns",
                host="sns.us-west-2.amazonaws.com",
                headers=(*DEFAULTS, TRACED, ("Content-Type", FORM)),
                body=b"Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Ax&Message=a%20b%26c%3D%C3%A9",
            ),
        ),
        (
            integration("sqs:action/SendMessage", {"querystring.MessageBody": "'hi'"}),
            BASE._replace(
                service="sqs",
                host="sqs.us-west-2.amazonaws.com",
                headers=(*DEFAULTS, TRACED, ("Content-Type", FORM)),
                body=b"Action=SendMessage&Version=2012-11-05&MessageBody=hi",
            ),
        ),
        (
            integration(
                "sqs:action/SendMessage",
                {"header.Content-Type": f"'{FORM}'"},
                requestTemplates={"application/json": "MessageBody=hi"},
            ),
            BASE._replace(
                service="sqs",
                host="sqs.us-west-2.amazonaws.com",
                headers=(*DEFAULTS, TRACED, ("Content-Type", FORM)),
                body=b"Action=SendMessage&Version=2012-11-05&MessageBody=hi",
            ),
        ),
        (
            integration("sqs:action/ListQueues", verb="GET"),
            BASE._replace(
                service="sqs",
                method="GET",
                host="sqs.us-west-2.amazonaws.com",
                target="/?Action=ListQueues&Version=2012-11-05",
                headers=(*DEFAULTS, TRACED),
            ),
        ),
        (
            integration("iam:action/ListUsers", verb="GET"),
            BASE._replace(
                service="iam",
                region="us-east-1",
                method="GET",
                host="iam.amazonaws.com",
                target="/?Action=ListUsers&Version=2010-05-08",
                headers=(*DEFAULTS, TRACED),
            ),
        ),
        (
            integration("s3:action/GetObject&Bucket=photos&Key=a/b&versionId=1", verb="GET"),
            BASE._replace(
                service="s3",
                method="GET",
                host="s3.us-west-2.amazonaws.com",
                target="/photos/a/b?versionId=1",
                headers=(*DEFAULTS, TRACED),
            ),
        ),
        (
            integration("sqs:path/210987654321/queue?a=b%20c"),
            BASE._replace(service="sqs", host="sqs.us-west-2.amazonaws.com", target="/210987654321/queue?a=b%20c"),
        ),
        (
            integration("runtime.sagemaker:path/endpoints/e 1/invocations"),
            BASE._replace(
                service="sagemaker",
                host="runtime.sagemaker.us-west-2.amazonaws.com",
                target="/endpoints/e%201/invocations",
            ),
        ),
        (
            integration("my-things.iotdata:path/topics/t"),
            BASE._replace(service="iotdata", host="my-things.iot.us-west-2.amazonaws.com", target="/topics/t"),
        ),
    ],
)
def test_calls(made: Document, expected: ServiceCall) -> None:
    if made["uri"].endswith("e 1/invocations"):
        made["uri"] = made["uri"].replace(" ", "%20")
    assert called(made) == expected


KEYED = {"path.bucket": "method.request.path.bucket", "path.key": "method.request.path.key"}


def test_paths_are_filled_and_encoded_as_they_are_signed() -> None:
    made = integration("s3:path/{bucket}/{key}", KEYED, verb="PUT")
    call = called(made, "PUT", "/photos/a%2Fb%20c+%C3%A9.png", "Content-Type: image/png", body=b"x")
    assert (call.host, call.target) == ("s3.us-west-2.amazonaws.com", "/photos/a/b%20c%2B%C3%A9.png")
    assert call.headers == (*DEFAULTS, ("Content-Type", "image/png"), TRACED)
    assert called(integration("{bucket}.s3:path/{key}", KEYED, verb="ANY"), "PUT", "/photos/k")[5:7] == (
        "photos.s3.us-west-2.amazonaws.com",
        "/k",
    )
    # An encoded slash belongs to its segment everywhere but in S3.
    assert called(integration("batch:path/{bucket}/{key}", KEYED), "POST", "/a/b%2Fc").target == "/a/b%2Fc"


@pytest.mark.parametrize("target", ["/photos/..", "/photos/%2E%2E", "/photos/a%2F..%2Fb", "/../b"])
def test_a_client_cannot_climb_out_of_a_path(target: str) -> None:
    scene = ServiceScene()
    made = integration("batch:path/v1/{bucket}/{key}", KEYED)
    plan = one(made, "/{bucket}/{key}", "POST")
    assert shown(scene.serve(plan, request("POST", target))) == ERROR
    assert scene.services.calls == []


def test_a_client_cannot_choose_another_host() -> None:
    made = integration("{bucket}.s3:path/{key}", KEYED, verb="GET")
    for bucket in ("evil.example.com%2F", "a%23", "-", "a..b"):
        scene = ServiceScene()
        plan = one(made, "/{bucket}/{key}")
        assert shown(scene.serve(plan, request("GET", f"/{bucket}/k"))) == ERROR
        assert scene.services.calls == []


def test_what_belongs_to_the_call_itself_cannot_be_mapped() -> None:
    names = ("Host", "X-Amz-Date", "X-Amz-Security-Token", "X-Moto-Account-Id", "Keep-Alive", "Referer", "X-Mine")
    made = integration("sqs:path/1/q", {f"header.{name}": "'v'" for name in names})
    assert called(made).headers == (("X-Mine", "v"), *JSON)
    scene = ServiceScene()
    plan = one(integration("sqs:path/1/q", {"header.Authorization": "'v'"}), verb="POST")
    assert shown(scene.serve(plan, request("POST"))) == ERROR


def test_control_characters_forge_no_header() -> None:
    made = integration("sqs:path/1/q", {"header.X-Mine": "method.request.querystring.a"})
    scene = ServiceScene()
    assert shown(scene.serve(one(made, verb="POST"), request("POST", "/?a=x%0D%0AX-Amz-Target:%20y"))) == ERROR
    assert scene.services.calls == []


def test_the_answer_goes_through_the_integration_responses() -> None:
    responses = {
        "200": {
            "statusCode": "200",
            "responseParameters": {"method.response.header.ETag": "integration.response.header.ETag"},
        },
        "404": {"statusCode": "404", "selectionPattern": "4..", "responseTemplates": {"application/json": "none"}},
    }
    made = integration("s3:path/b/k", verb="GET", integrationResponses=responses, timeoutInMillis=1500)
    plan = one(
        made,
        accessLogSettings={"format": "$context.requestId $context.integration.status $context.integration.requestId"},
    )
    scene = ServiceScene(Returned(200, headers("ETag: e", "x-amz-request-id: R2"), b"body"))
    content = b"Content-Type: application/json\r\n"
    traced = f"{TRACE}\r\n".encode()
    assert shown(scene.serve(plan, request("GET", "/", TRACE, CHOSEN_ID))) == (
        200,
        [b"ETag: e\r\n", content, traced],
        b"body",
    )
    assert scene.services.timeouts == [1.5]
    assert scene.lines == [("prod", f"{REQUEST_ID} 200 R2".encode())]
    scene = ServiceScene(Returned(403, (), b"<Error/>"))
    assert shown(scene.serve(plan, request("GET", "/", TRACE))) == (404, [content, traced], b"none")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (
            NetworkFault("timeout", "late"),
            (
                504,
                [b"x-amzn-ErrorType: InternalServerErrorException\r\n", b"Content-Type: application/json\r\n"],
                b'{"message": "Endpoint request timed out"}',
            ),
        ),
        (
            NetworkFault("connect", "nobody there"),
            (
                504,
                [b"x-amzn-ErrorType: InternalServerErrorException\r\n", b"Content-Type: application/json\r\n"],
                b'{"message": "Network error communicating with endpoint"}',
            ),
        ),
        (RoleFault("denied"), ERROR),
        (Returned(200, (), bytes(10_485_761)), ERROR),
    ],
)
def test_faults(fault: Exception | Returned, expected: tuple[int, list[bytes], bytes]) -> None:
    assert shown(ServiceScene(fault).serve(one(integration("sqs:path/1/q"), verb="POST"), request("POST"))) == expected


@pytest.mark.parametrize(
    "changed",
    [
        {"uri": "arn:aws:apigateway:us-west-2:sqs:queue/q"},
        {"uri": uri("nothing:action/Do")},
        {"uri": uri("s3:action/Do")},
        {"uri": uri("s3:action/GetObject")},
        {"uri": uri("${stageVariables.none}:path/x")},
        {"uri": uri("sqs:path/{queue}")},
        {"credentials": ""},
        {"credentials": "${stageVariables.role}"},
        {"credentials": "arn:aws:iam::*:user/*"},
    ],
)
def test_what_cannot_be_called(changed: Document) -> None:
    scene = ServiceScene()
    plan = one(integration("sqs:path/1/q") | changed, verb="POST", variables={"role": "arn:aws:iam::*:user/*"})
    assert shown(scene.serve(plan, request("POST"))) == ERROR
    assert scene.services.calls == []


@pytest.mark.parametrize(
    ("arn", "host", "region"),
    [
        ("arn:aws-cn:apigateway:cn-north-1:sqs:path/1/q", "sqs.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("arn:aws-cn:apigateway:cn-north-1:photos.s3:path/k", "photos.s3.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("arn:aws-cn:apigateway:cn-north-1:iam:path/", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("arn:aws-us-gov:apigateway:us-gov-west-1:sqs:path/1/q", "sqs.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("arn:aws:apigateway:eu-west-1:sqs:path/1/q", "sqs.eu-west-1.amazonaws.com", "eu-west-1"),  # not the API's own
    ],
)
def test_other_regions_and_partitions(arn: str, host: str, region: str) -> None:
    call = called(integration("sqs:path/1/q") | {"uri": arn, "credentials": ROLE.replace("aws", arn.split(":")[1])})
    assert (call.host, call.region) == (host, region)


def test_stage_variables_name_service_and_role() -> None:
    made = integration("${stageVariables.where}") | {"credentials": "arn:aws:iam::${stageVariables.who}"}
    scene = ServiceScene()
    plan = one(made, verb="POST", variables={"where": "sqs:path/1/q", "who": "210987654321:role/caller"})
    assert scene.serve(plan, request("POST")).status == 200
    [call] = scene.services.calls
    assert (call.service, call.target, call.role) == ("sqs", "/1/q", ROLE)


def test_the_log_of_a_test_invocation_shows_the_call() -> None:
    scene = ServiceScene(Returned(200, headers("x-amzn-RequestId: r-1"), b'{"Items": []}'))
    made = integration("dynamodb:action/Scan", requestTemplates={"application/json": '{"TableName": "t"}'})
    output = invoke(scene, snapshot({"/": {"POST": method(made)}}), "POST", body="{}")
    at = "https://dynamodb.us-west-2.amazonaws.com/"
    assert (output["status"], output["body"]) == (200, '{"Items": []}')
    assert output["log"].split("\n")[7:] == [
        f"Endpoint request URI: {at}",
        "Endpoint request headers: {X-Amz-Target=DynamoDB_20120810.Scan, Content-Type=application/x-amz-json-1.0, "
        "Accept=application/json, User-Agent=AmazonAPIGateway_abcdef1234, X-Amzn-Trace-Id=TRACE}",
        'Endpoint request body after transformations: {"TableName": "t"}',
        f"Sending request to {at}",
        "Received response. Status: 200, Integration latency: 3 ms",
        "Endpoint response headers: {x-amzn-RequestId=r-1}",
        'Endpoint response body before transformations: {"Items": []}',
        'Method response body after transformations: {"Items": []}',
        "Method response headers: {Content-Type=application/json, X-Amzn-Trace-Id=TRACE}",
        "Successfully completed execution",
        "Method completed with status: 200",
        "",
    ]
