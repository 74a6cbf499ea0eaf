"""Service calls in the forms that people write them: each kind of URI, parameters wherever AWS takes them."""

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.journeys.api import ACCOUNT, ROLE, Api
from tests.node import Node

FORM = {"header.Content-Type": "'application/x-www-form-urlencoded'"}
SEND = {"querystring.Action": "'SendMessage'", "querystring.MessageBody": "method.request.body"}
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:calls"
QUEUE = f"sqs:path/{ACCOUNT}/calls"
GET = {"integrationHttpMethod": "GET"}
SENT = '{"SendMessageResponse": {"SendMessageResult": {"MD5OfMessageBody": "{id}", "MessageId": "{id}"}, {metadata}'
PUBLISHED = '{"PublishResponse": {"PublishResult": {"MessageId": "{id}"}, {metadata}'
METADATA = '"ResponseMetadata": {"RequestId": "{id}"}}}'
# What may differ each time.
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}|request-id|(?<=<RequestId>)\w+")
NO_SERVICE = "The embedded moto server does not serve this: there is no such service"

# Name, verb, URI, template, further members of Api.service -> the answer, its ids as {id}.
CALLS: list[tuple[str, str, str, str, dict[str, Any], str]] = [
    ("form", "POST", QUEUE, "Action=SendMessage&MessageBody=$input.body\n", {"mapped": FORM}, SENT),
    ("name", "POST", "sqs:path/calls", "Action=SendMessage&MessageBody=$input.body", {"mapped": FORM}, SENT),
    ("query", "POST", f"sqs:path//{ACCOUNT}/calls", "", {"mapped": SEND}, SENT),
    ("uri", "POST", f"{QUEUE}?Action=SendMessage&MessageBody=x", "", {}, SENT),
    (
        "xml",
        "POST",
        QUEUE,
        "Action=DeleteMessage&ReceiptHandle=none",
        {"mapped": FORM | {"header.Accept": "'application/xml'"}},
        '<ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error><Type>Sender</Type>'
        "<Code>ReceiptHandleIsInvalid</Code>",
    ),
    (
        "list",
        "GET",
        "sqs:action/ListQueues&QueueNamePrefix=calls",
        "",
        {"integration": GET},
        '{"ListQueuesResponse": {"ListQueuesResult": {"queueUrls": '
        f'["http://sqs.us-east-1.amazonaws.com/{ACCOUNT}/calls"]}}, {{metadata}}',
    ),
    (
        "none",
        "GET",
        f"sqs:path/{ACCOUNT}/no-calls",
        "",
        {"integration": GET, "mapped": {"querystring.Action": "'ReceiveMessage'"}},
        '{"ReceiveMessageResponse": {"ReceiveMessageResult": {"messages": null}, {metadata}',
    ),
    ("sns-form", "POST", "sns:path//", f"Action=Publish&TopicArn={TOPIC}&Message=a", {"mapped": FORM}, PUBLISHED),
    ("sns-action", "POST", f"sns:action/Publish&TopicArn={TOPIC}&Message=a", "", {}, PUBLISHED),
    (
        "metrics",
        "GET",
        "monitoring:action/ListMetrics&Namespace=none",
        "",
        {"integration": GET},
        '{"ListMetricsResponse": {"ListMetricsResult": {"Metrics": []}, {metadata}',
    ),
    ("unknown", "POST", "translate:action/TranslateText", "{}", {}, NO_SERVICE),
]


@pytest.fixture(scope="module")
def api(shared: Node) -> Api:
    for queue in ("calls", "no-calls"):
        shared.client("sqs").create_queue(QueueName=queue)
    shared.client("sns").create_topic(Name="calls")
    made = Api(shared, "calls")
    for name, verb, uri, template, members, _ in CALLS:
        made.service(verb, f"/{name}", uri, template, **members)
    made.service("POST", "/any/{path+}", "s3:path/{path}", mapped={"path.path": "method.request.path.path"})
    made.deploy()
    return made


@pytest.mark.parametrize(("name", "verb", "expected"), [(call[0], call[1], call[5]) for call in CALLS])
def test_calls(api: Api, name: str, verb: str, expected: str) -> None:
    status, headers, body = api.call(verb, f"/{name}", b'{"a": 1}' if verb == "POST" else b"")
    assert (status, headers) == (200, {"content-type": "application/json"})
    told = IDS.sub("{id}", body.decode())
    assert told.startswith(expected.replace("{metadata}", METADATA)) or json.loads(body)["message"] == expected


def test_a_message_in_json(shared: Node, api: Api) -> None:
    """As AWS gives it to integrations: every member, and the list in lower case."""
    queue = shared.client("sqs").create_queue(QueueName="one")["QueueUrl"]
    shared.client("sqs").send_message(QueueUrl=queue, MessageBody="hi")
    api.service("GET", "/receive", f"sqs:path/{ACCOUNT}/one?Action=ReceiveMessage", integration=GET)
    given = {"restApiId": api.id, "resourceId": api.resource("/receive"), "httpMethod": "GET"}
    answer = json.loads(api.gateway.test_invoke_method(**given)["body"])["ReceiveMessageResponse"]
    [message] = answer["ReceiveMessageResult"]["messages"]
    assert message.pop("MessageId") and message.pop("ReceiptHandle")
    assert message == {
        "Attributes": None,
        "Body": "hi",
        "MD5OfBody": "49f68a5c8493ec2c0bf489821c21fc3b",
        "MD5OfMessageAttributes": None,
        "MessageAttributes": None,
    }


def test_what_aws_does_not_take(api: Api) -> None:
    where = {"restApiId": api.id, "resourceId": api.resource("/form"), "httpMethod": "POST", "type": "AWS"}
    for service in ("execute-api", "stepfunctions", "elbv2", "nothing"):
        uri = f"arn:aws:apigateway:us-east-1:{service}:path/x"
        with pytest.raises(api.gateway.exceptions.BadRequestException) as refused:
            api.gateway.put_integration(**where, integrationHttpMethod="POST", uri=uri, credentials=ROLE)
        assert refused.value.response["Error"]["Message"] == f"AWS service of type {service} not supported"


@pytest.mark.parametrize("path", ["moto-api/reset", "%6Doto-api/reset", "%2Fmoto%2dapi/reset"])
def test_a_client_cannot_reach_the_controls_of_the_embedded_server(shared: Node, api: Api, path: str) -> None:
    status, _, body = api.call("POST", f"/any/{path}")
    assert (status, json.loads(body)["message"]) == (200, "The embedded moto server keeps its own controls to itself")
    with pytest.raises(ClientError, match="501"):
        shared.client("s3").put_object(Bucket="moto-api", Key="reset")
    assert shared.client("sns").list_topics()["Topics"] != []
