"""One API with every type of integration: called by HTTP, its effects looked at through boto3. No code in between."""

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.api import ACCOUNT, REGION, ROLE, Api
from tests.journeys.backend import Backend, serving
from tests.journeys.test_boto3 import create_function, lambda_uri
from tests.node import Node

FUNCTION = """
import boto3

def handler(event, context):
    if "tell" in event:
        boto3.client("sqs").send_message(QueueUrl=event["tell"], MessageBody="later")
    if event.get("fail"):
        raise ValueError("Not found: " + event["fail"])
    if "requestContext" in event:
        return {"statusCode": 201, "headers": {"X-From": "proxy"}, "body": event["body"]}
    return {"doubled": event["n"] * 2}
"""
JSON = {"content-type": "application/json"}
FORM = "'application/x-www-form-urlencoded'"
AMZ_JSON = "'application/x-amz-json-1.0'"

PUT_ITEM = """
#set($input_ = $input.path('$'))
{
  "TableName": "pets",
  "Item": {
    "id": {"S": "$input.params('id')"},
    "name": {"S": "$util.escapeJavaScript($input_.name)"},
    "tags": {"L": [#foreach($tag in $input_.tags){"S": "$tag"}#if($foreach.hasNext), #end#end]}
  }
}
"""
ITEM = """
#set($item = $input.path('$.Item'))
#if($item == "")
#set($context.responseOverride.status = 404)
{"message": "no pet $input.params('id')"}
#else
{"id": "$item.id.S", "name": "$item.name.S", "tags": [
#foreach($tag in $item.tags.L)"$tag.S"#if($foreach.hasNext), #end#end]}
#end
"""
SCANNED = """
#set($items = $input.path('$.Items'))
{"count": $input.path('$.Count'), "pets": [#foreach($item in $items)
"$item.name.S"#if($foreach.hasNext),#end
#end]}
"""
MACHINE = {
    "StartAt": "Ask",
    "States": {
        "Ask": {"Type": "Task", "Resource": "FUNCTION", "ResultPath": "$.answer", "Next": "Shape"},
        "Shape": {"Type": "Pass", "Parameters": {"result.$": "$.answer.doubled"}, "End": True},
    },
}
START = """{"stateMachineArn": "MACHINE", "input": "$util.escapeJavaScript($input.json('$'))"}"""


class Echo(Backend):
    """Answers with what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        told = {"path": self.path, "x": self.headers["X-Mapped"], "type": self.headers["Content-Type"], "body": body}
        self.answer(json.dumps(told).encode(), status=202, content_type="application/json")


@pytest.fixture(scope="module")
def backend() -> Iterator[str]:
    with serving(Echo) as port:
        yield f"http://127.0.0.1:{port}"


class Things:
    """What the integrations call."""

    def __init__(self, node: Node) -> None:
        self.sqs = node.client("sqs")
        self.queue: str = self.sqs.create_queue(QueueName="all-orders")["QueueUrl"]
        self.queue_arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:all-orders"
        self.topic: str = node.client("sns").create_topic(Name="news")["TopicArn"]
        node.client("sns").subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=self.queue_arn)
        self.dynamodb = node.client("dynamodb")
        self.dynamodb.create_table(
            TableName="pets",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.kinesis = node.client("kinesis")
        self.kinesis.create_stream(StreamName="clicks", ShardCount=1)
        node.client("events").put_rule(Name="orders", EventPattern='{"source": ["shop"]}')
        node.client("events").put_targets(Rule="orders", Targets=[{"Id": "queue", "Arn": self.queue_arn}])
        self.s3 = node.client("s3")
        self.s3.create_bucket(Bucket="files")
        self.function = create_function(node, "all-integrations", FUNCTION)
        definition = json.dumps(MACHINE).replace("FUNCTION", self.function)
        self.states = node.client("stepfunctions")
        self.standard, self.express = (
            self.states.create_state_machine(name=name, definition=definition, roleArn=ROLE, type=kind)[
                "stateMachineArn"
            ]
            for name, kind in (("slow", "STANDARD"), ("quick", "EXPRESS"))
        )

    def received(self) -> str:
        """The body of the one message that is in the queue."""
        answer = self.sqs.receive_message(QueueUrl=self.queue, WaitTimeSeconds=20)
        [message] = answer["Messages"]
        self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return str(message["Body"])


@pytest.fixture(scope="module")
def things(shared: Node) -> Things:
    return Things(shared)


@pytest.fixture(scope="module")
def api(shared: Node, things: Things, backend: str) -> Api:
    made = Api(shared, "all", binaryMediaTypes=["image/png"])
    add_functions(made, things)
    add_http_and_mock(made, backend)
    add_messages(made, things)
    add_data(made)
    add_machines(made, things)
    made.deploy()
    return made


def add_functions(api: Api, things: Things) -> None:
    uri = lambda_uri(things.function)
    function = {"integrationHttpMethod": "POST", "uri": uri, "credentials": ROLE}
    api.method("POST", "/functions/proxy", {"type": "AWS_PROXY", **function})
    template = '{"n": $input.json(\'$.number\') #if($input.params("fail") != ""), "fail": "$input.params("fail")"#end}'
    custom = {"type": "AWS", **function, "requestTemplates": {"application/json": template}}
    failure = {
        "selectionPattern": "Not found: .*",
        "responseTemplates": {"application/json": '{"error": "$input.path(\'$.errorMessage\')"}'},
    }
    api.method("POST", "/functions/custom", custom, responses={"200": {}, "404": failure})
    api.service(
        "GET",
        "/functions/about/{name}",
        "lambda:path/2015-03-31/functions/{name}/configuration",
        integration={"integrationHttpMethod": "GET"},
        mapped={"path.name": "method.request.path.name"},
        responses={"200": {"responseTemplates": {"application/json": "$input.json('$.Handler')"}}},
    )
    later = {"type": "AWS", **function}
    api.method(
        "POST", "/functions/later", later, mapped={"header.X-Amz-Invocation-Type": "'Event'"}, responses={"202": {}}
    )


def add_http_and_mock(api: Api, backend: str) -> None:
    api.method(
        "POST",
        "/http/{id}",
        {
            "type": "HTTP",
            "integrationHttpMethod": "POST",
            "uri": f"{backend}/things/{{id}}",
            "requestTemplates": {"application/json": '{"wrapped": $input.json("$")}'},
        },
        mapped={"path.id": "method.request.path.id", "header.X-Mapped": "method.request.querystring.x"},
        responses={"201": {"selectionPattern": "2..", "responseTemplates": {"application/json": "$input.json('$')"}}},
    )
    proxy = {"type": "HTTP_PROXY", "integrationHttpMethod": "ANY", "uri": f"{backend}/proxied"}
    api.method("POST", "/http-proxy", proxy, mapped={"header.X-Mapped": "'static'"})
    mock = {
        "type": "MOCK",
        "requestTemplates": {"application/json": '{"statusCode": #if($input.params("bad") == "")200#{else}400#end}'},
    }
    told = {"responseTemplates": {"application/json": '{"id": "$context.resourcePath"}'}}
    api.method("GET", "/mock", mock, responses={"200": told, "400": {"selectionPattern": "400"}})


def add_messages(api: Api, things: Things) -> None:
    form = "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"
    told = {
        "200": {
            "responseTemplates": {
                "application/json": "$input.json('$.SendMessageResponse.SendMessageResult.MD5OfMessageBody')"
            }
        }
    }
    api.service(
        "POST",
        "/sqs/form",
        f"sqs:path/{ACCOUNT}/all-orders",
        form,
        mapped={"header.Content-Type": FORM},
        responses=told,
    )
    template = f'{{"QueueUrl": "{things.queue}", "MessageBody": "$util.escapeJavaScript($input.body)"}}'
    headers = {"header.Content-Type": AMZ_JSON, "header.X-Amz-Target": "'AmazonSQS.SendMessage'"}
    digest = {"200": {"responseTemplates": {"application/json": "$input.json('$.MD5OfMessageBody')"}}}
    api.service("POST", "/sqs/json", f"sqs:path/{ACCOUNT}/all-orders", template, mapped=headers, responses=digest)
    api.service(
        "POST",
        "/sns",
        "sns:action/Publish",
        mapped={"querystring.TopicArn": f"'{things.topic}'", "querystring.Message": "method.request.body.text"},
        responses={
            "200": {
                "responseTemplates": {
                    "application/json": "$input.path('$.PublishResponse.PublishResult.MessageId').length()"
                }
            }
        },
    )
    record = (
        '{"StreamName": "clicks", "Data": "$util.base64Encode($input.body)", "PartitionKey": "$input.params("key")"}'
    )
    api.service("POST", "/kinesis/{key}", "kinesis:action/PutRecord", record)
    event = '{"Entries": [{"Source": "shop", "DetailType": "order", "Detail": "$util.escapeJavaScript($input.body)"}]}'
    api.service(
        "POST",
        "/events",
        "events:action/PutEvents",
        event,
        responses={"200": {"responseTemplates": {"application/json": "$input.json('$.FailedEntryCount')"}}},
    )


def add_data(api: Api) -> None:
    api.service("PUT", "/pets/{id}", "dynamodb:action/PutItem", PUT_ITEM)
    get = '{"TableName": "pets", "Key": {"id": {"S": "$input.params("id")"}}}'
    item = {"200": {"responseTemplates": {"application/json": ITEM}}}
    api.service("GET", "/pets/{id}", "dynamodb:action/GetItem", get, responses=item)
    scan = {"200": {"responseTemplates": {"application/json": SCANNED}}}
    api.service("GET", "/pets", "dynamodb:action/Scan", '{"TableName": "pets"}', responses=scan)
    path = {"path.key": "method.request.path.key"}
    typed = {"method.response.header.Content-Type": "integration.response.header.Content-Type"}
    put = {"integrationHttpMethod": "PUT"}
    sent = {"header.Content-Type": "method.request.header.Content-Type"}
    api.service("PUT", "/files/{key}", "s3:path/files/{key}", integration=put, mapped=path | sent)
    answers = {
        "200": {"responseParameters": typed},
        "404": {
            "selectionPattern": "404",
            "contentHandling": "CONVERT_TO_TEXT",
            "responseTemplates": {"application/json": "none"},
        },
    }
    get_object = {"integrationHttpMethod": "GET"}
    api.service("GET", "/files/{key}", "files.s3:path/{key}", integration=get_object, mapped=path, responses=answers)


def add_machines(api: Api, things: Things) -> None:
    api.service("POST", "/start", "states:action/StartExecution", START.replace("MACHINE", things.standard))
    ended = '{"status": "$input.path(\'$.status\')", "output": $input.path("$.output")}'
    answered = {"200": {"responseTemplates": {"application/json": ended}}}
    template = START.replace("MACHINE", things.express)
    api.service("POST", "/sync", "states:action/StartSyncExecution", template, responses=answered)


def test_lambda(api: Api, things: Things) -> None:
    proxied = api.call("POST", "/functions/proxy", b"body")
    assert proxied == (201, {"x-from": "proxy"} | JSON, b"body")
    assert api.call("POST", "/functions/custom", b'{"number": 21}') == (200, JSON, b'{"doubled": 42}')
    failed = api.call("POST", "/functions/custom?fail=x", b'{"number": 21}')
    assert failed == (404, JSON, b'{"error": "Not found: x"}')
    assert api.call("POST", "/functions/later", json.dumps({"n": 1, "tell": things.queue}).encode()) == (202, JSON, b"")
    assert things.received() == "later"
    assert api.call("GET", "/functions/about/all-integrations") == (200, JSON, b'"index.handler"')


def test_http(api: Api) -> None:
    status, headers, body = api.call("POST", "/http/7?x=y&z=1", b'{"a":1}')
    wrapped = {"path": "/things/7", "x": "y", "type": "application/json", "body": '{"wrapped": {"a":1}}'}
    assert (status, headers, json.loads(body)) == (201, JSON, wrapped)
    status, headers, body = api.call("POST", "/http-proxy?x=y", b"raw", {"Content-Type": "text/plain"})
    passed = {"path": "/proxied?x=y", "x": "static", "type": "text/plain", "body": "raw"}
    del headers["x-amzn-remapped-server"], headers["x-amzn-remapped-date"], headers["x-amzn-remapped-content-length"]
    assert (status, headers, json.loads(body)) == (202, JSON, passed)


def test_mock(api: Api) -> None:
    assert api.call("GET", "/mock") == (200, JSON, b'{"id": "/mock"}')
    assert api.call("GET", "/mock?bad=1") == (400, JSON, b"")


def test_sqs_and_sns(api: Api, things: Things) -> None:
    text = 'a & "b" = ü\n'
    for path in ("/sqs/form", "/sqs/json"):
        digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        assert api.call("POST", path, text.encode()) == (200, JSON, f'"{digest}"'.encode())
        assert things.received() == text
    assert api.call("POST", "/sns", json.dumps({"text": text}).encode()) == (200, JSON, b"36")
    notice = json.loads(things.received())
    assert (notice["TopicArn"], notice["Message"]) == (things.topic, text)


def test_dynamodb(api: Api, things: Things) -> None:
    rex = {"name": 'Rex "the" \\dog', "tags": ["good", "big"]}
    assert api.call("PUT", "/pets/1", json.dumps(rex).encode()) == (200, JSON, b"{}")
    stored = things.dynamodb.get_item(TableName="pets", Key={"id": {"S": "1"}})["Item"]
    assert stored == {"id": {"S": "1"}, "name": {"S": rex["name"]}, "tags": {"L": [{"S": "good"}, {"S": "big"}]}}
    assert api.call("PUT", "/pets/2", b'{"name": "Tom", "tags": []}')[0] == 200
    status, headers, body = api.call("GET", "/pets/2")
    assert (status, headers, json.loads(body)) == (200, JSON, {"id": "2", "name": "Tom", "tags": []})
    status, headers, body = api.call("GET", "/pets/3")
    assert (status, headers, json.loads(body)) == (404, JSON, {"message": "no pet 3"})
    things.dynamodb.delete_item(TableName="pets", Key={"id": {"S": "1"}})
    status, headers, body = api.call("GET", "/pets")
    assert (status, headers, json.loads(body)) == (200, JSON, {"count": 1, "pets": ["Tom"]})


def test_step_functions(api: Api, things: Things) -> None:
    assert api.call("POST", "/sync", b'{"n": 21}') == (200, JSON, b'{"status": "SUCCEEDED", "output": {"result":42}}')
    status, headers, body = api.call("POST", "/start", b'{"n": 4}')
    assert (status, headers, set(json.loads(body))) == (200, JSON, {"executionArn", "startDate"})
    arn = json.loads(body)["executionArn"]
    deadline = time.monotonic() + 20
    execution: dict[str, Any] = {"status": "RUNNING"}
    while execution["status"] == "RUNNING" and time.monotonic() < deadline:
        time.sleep(0.02)
        execution = things.states.describe_execution(executionArn=arn)
    assert (execution["status"], json.loads(execution["output"])) == ("SUCCEEDED", {"result": 8})
    assert (execution["stateMachineArn"], execution["input"]) == (things.standard, '{"n":4}')


def test_kinesis(api: Api, things: Things) -> None:
    status, headers, body = api.call("POST", "/kinesis/k1", b"click")
    assert (status, headers, set(json.loads(body))) == (200, JSON, {"ShardId", "SequenceNumber"})
    iterator = things.kinesis.get_shard_iterator(
        StreamName="clicks", ShardId=json.loads(body)["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    [record] = things.kinesis.get_records(ShardIterator=iterator)["Records"]
    assert (record["Data"], record["PartitionKey"]) == (b"click", "k1")


def test_eventbridge(api: Api, things: Things) -> None:
    assert api.call("POST", "/events", b'{"order": 5}') == (200, JSON, b"0")
    event = json.loads(things.received())
    assert (event["source"], event["detail-type"], event["detail"]) == ("shop", "order", {"order": 5})


def test_s3(api: Api, things: Things) -> None:
    image = base64.b64decode("iVBORw0KGgo=") + bytes(range(256))
    png = {"Content-Type": "image/png"}
    assert api.call("PUT", "/files/a%2Fb%20c.png", image, png) == (200, JSON, b"")
    stored = things.s3.get_object(Bucket="files", Key="a/b c.png")
    assert (stored["Body"].read(), stored["ContentType"]) == (image, "image/png")
    got = api.call("GET", "/files/a%2Fb%20c.png", headers={"Accept": "image/png"})
    assert got == (200, {"content-type": "image/png"}, image)
    assert api.call("GET", "/files/none.png") == (404, JSON, b"none")
