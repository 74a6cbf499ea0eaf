"""The main job through boto3: a function and a REST API made by hand, called, changed and rolled back."""

import json
import sys
from typing import Any

import pytest

from tests.journeys.packages import ECHO, HELLO, package
from tests.node import Node

ROLE = "arn:aws:iam::000000000000:role/lambda"


def create_function(node: Node, name: str, source: str) -> str:
    answer = node.client("lambda").create_function(
        FunctionName=name,
        Runtime=f"python3.{sys.version_info.minor}",
        Role=ROLE,
        Handler="index.handler",
        Timeout=25,  # a busy machine may take its time
        Code={"ZipFile": package(source)},
    )
    return str(answer["FunctionArn"])


def allow(node: Node, name: str, api: str) -> None:
    node.client("lambda").add_permission(
        FunctionName=name,
        StatementId="apigateway",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:000000000000:{api}/*/*/*",
    )


def lambda_uri(function_arn: str) -> str:
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function_arn}/invocations"


class Story:
    """An API with GET /hello on a function, deployed to stage prod."""

    def __init__(self, node: Node, name: str, source: str) -> None:
        self.gateway = node.client("apigateway")
        self.function_arn = create_function(node, name, source)
        api = self.gateway.create_rest_api(name=name)
        self.api: str = api["id"]
        allow(node, name, self.api)
        self.hello: str = self.gateway.create_resource(
            restApiId=self.api, parentId=api["rootResourceId"], pathPart="hello"
        )["id"]
        self.put_get(self.function_arn)
        self.deployment = self.deploy()

    def put_get(self, function_arn: str) -> None:
        method = {"restApiId": self.api, "resourceId": self.hello, "httpMethod": "GET"}
        self.gateway.put_method(**method, authorizationType="NONE")
        self.gateway.put_integration(
            **method, type="AWS_PROXY", integrationHttpMethod="POST", uri=lambda_uri(function_arn)
        )

    def deploy(self) -> str:
        return str(self.gateway.create_deployment(restApiId=self.api, stageName="prod")["id"])


@pytest.fixture(scope="module")
def story(node: Node) -> Story:
    return Story(node, "hello", HELLO)


def test_the_function_answers_on_both_url_forms(node: Node, story: Story) -> None:
    by_path = node.request("GET", f"/_aws/execute-api/{story.api}/prod/hello?name=path")
    by_old_path = node.request("GET", f"/restapis/{story.api}/prod/_user_request_/hello?name=old")
    by_host = node.request("GET", "/prod/hello?name=host", host=f"{story.api}.execute-api.us-east-1.localhost")
    assert [(status, body) for status, _, body in (by_path, by_old_path, by_host)] == [
        (200, b"hello path"),
        (200, b"hello old"),
        (200, b"hello host"),
    ]
    headers = by_host[1]
    assert set(headers) == {
        *("content-type", "content-length", "date", "connection"),
        *("x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id"),
    } or set(headers) == {
        *("content-type", "content-length", "date"),
        *("x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id"),
    }
    assert headers["content-type"] == "application/json"


def test_the_function_gets_the_whole_event(node: Node) -> None:
    echo = Story(node, "echo", ECHO)
    status, _, body = node.request(
        "GET",
        "/prod/hello?a=1&a=2",
        host=f"{echo.api}.execute-api.us-east-1.localhost",
        headers={"X-Custom": "one", "User-Agent": "journey"},
    )
    event: dict[str, Any] = json.loads(body)
    context = event["requestContext"]
    assert (status, event["resource"], event["path"], event["httpMethod"]) == (200, "/hello", "/hello", "GET")
    assert event["queryStringParameters"] == {"a": "2"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"]}
    assert event["headers"]["X-Custom"] == "one"
    assert (event["pathParameters"], event["stageVariables"], event["body"]) == (None, None, None)
    assert (context["apiId"], context["stage"], context["resourcePath"]) == (echo.api, "prod", "/hello")
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["identity"]["userAgent"] == "journey"
    assert context["path"] == "/prod/hello"
    assert context["deploymentId"] == echo.deployment


def test_edits_wait_for_a_deployment_and_a_stage_can_go_back(node: Node) -> None:
    story = Story(node, "first", HELLO)
    other = create_function(node, "second", HELLO.replace("hello ", "goodbye "))
    allow(node, "second", story.api)

    def call() -> bytes:
        return node.request("GET", f"/_aws/execute-api/{story.api}/prod/hello?name=x")[2]

    story.gateway.update_integration(
        restApiId=story.api,
        resourceId=story.hello,
        httpMethod="GET",
        patchOperations=[{"op": "replace", "path": "/uri", "value": lambda_uri(other)}],
    )
    assert call() == b"hello x"
    story.deploy()
    assert call() == b"goodbye x"
    story.gateway.update_stage(
        restApiId=story.api,
        stageName="prod",
        patchOperations=[{"op": "replace", "path": "/deploymentId", "value": story.deployment}],
    )
    assert call() == b"hello x"


def test_a_function_without_the_permission_is_not_called(node: Node) -> None:
    story = Story(node, "closed", HELLO)
    node.client("lambda").remove_permission(FunctionName="closed", StatementId="apigateway")
    status, headers, body = node.request("GET", f"/_aws/execute-api/{story.api}/prod/hello")
    assert (status, body) == (500, b'{"message": "Internal server error"}')
    assert headers["x-amzn-errortype"] == "InternalServerErrorException"


def test_unknown_addresses(node: Node, story: Story) -> None:
    missing = node.request("GET", f"/_aws/execute-api/{story.api}/prod/nothing")
    stage = node.request("GET", f"/_aws/execute-api/{story.api}/none/hello")
    api = node.request("GET", "/prod/hello", host="doesnotexi.execute-api.us-east-1.localhost")
    assert (missing[0], missing[1]["x-amzn-errortype"], missing[2]) == (
        403,
        "MissingAuthenticationTokenException",
        b'{"message":"Missing Authentication Token"}',
    )
    for answer in (stage, api):
        assert (answer[0], answer[1]["x-amzn-errortype"], answer[2]) == (
            403,
            "ForbiddenException",
            b'{"message":"Forbidden"}',
        )


def test_everything_is_there_after_a_stop_and_after_a_crash(node: Node, story: Story) -> None:
    def answers() -> tuple[int, bytes]:
        status, _, body = node.request("GET", f"/_aws/execute-api/{story.api}/prod/hello")
        return status, body

    assert answers() == (200, b"hello world")
    node.stop()
    node.start()
    assert answers() == (200, b"hello world")
    node.kill()
    node.start()
    assert answers() == (200, b"hello world")
    assert node.client("apigateway").get_stages(restApiId=story.api)["item"][0]["stageName"] == "prod"


def test_accounts_and_regions_do_not_see_each_other(node: Node, story: Story) -> None:
    elsewhere = node.client("apigateway", region_name="eu-west-1")
    somebody = node.client("apigateway", aws_access_key_id="111122223333")
    assert story.api in {api["id"] for api in story.gateway.get_rest_apis()["items"]}
    assert elsewhere.get_rest_apis()["items"] == []
    assert somebody.get_rest_apis()["items"] == []
    with pytest.raises(elsewhere.exceptions.NotFoundException) as caught:
        elsewhere.get_rest_api(restApiId=story.api)
    assert caught.value.response["Error"]["Message"] == f"Invalid API identifier specified 000000000000:{story.api}"
