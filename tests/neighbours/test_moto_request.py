"""Calls of the query protocol as the embedded server needs them."""

import pytest

from gatewright.neighbours.moto_request import for_moto
from gatewright.neighbours.sign import Unsigned

FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Accept", "application/json")
TYPED = ("content-type", "application/json")
PLAIN = Unsigned("POST", "h", "/", "", (), b"")


@pytest.mark.parametrize(
    ("service", "call", "expected"),
    [
        (
            "sqs",
            PLAIN._replace(
                path="/1/q", query="Action=SendMessage&MessageBody=a%20b", headers=(JSON, TYPED), body=b"{}"
            ),
            PLAIN._replace(
                path="/1/q", headers=(JSON, FORM), body=b"Action=SendMessage&MessageBody=a%20b&ContentType=JSON"
            ),
        ),
        (
            "monitoring",
            PLAIN._replace(method="GET", query="Action=ListMetrics", headers=(("Accept", "application/xml"),)),
            PLAIN._replace(headers=(("Accept", "application/xml"), FORM), body=b"Action=ListMetrics"),
        ),
        (
            "sns",
            PLAIN._replace(query="TopicArn=t", headers=(FORM, JSON), body=b"Message=%C3%A9&Action=Publish"),
            PLAIN._replace(headers=(JSON, FORM), body=b"TopicArn=t&Message=%C3%A9&Action=Publish&ContentType=JSON"),
        ),
        ("sqs", PLAIN._replace(path="/orders.fifo"), PLAIN._replace(path="/123456789012/orders.fifo")),
        ("dynamodb", PLAIN._replace(query="Action=x"), PLAIN._replace(query="Action=x")),
        ("s3", PLAIN._replace(path="/b/k", headers=(FORM,), body=b"Action=x"), None),
        ("sqs", PLAIN._replace(path="/1/q", headers=(JSON,), body=b'{"Action=": 1}'), None),
    ],
)
def test_calls(service: str, call: Unsigned, expected: Unsigned | None) -> None:
    assert for_moto(call, service, "123456789012") == (expected or call)
