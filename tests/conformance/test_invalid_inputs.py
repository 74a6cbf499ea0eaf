"""What the models do not allow is refused, as AWS refuses it, before any handler sees it."""

from typing import Any
from urllib.parse import unquote

import msgspec

from gatewright.aws.call import Call
from gatewright.management.dispatch import Management
from gatewright.values.headers import header_line, pairs
from gatewright.values.request import Request
from gatewright.values.response import Response
from tests.conformance.inputs import Refused, refused
from tests.conformance.sdk import SERVICES


def accept(call: Call) -> dict[str, Any]:
    """A handler that refuses nothing: an answer of 200 to an invalid input shows that the model was not held up."""
    return {}


MANAGEMENT = Management({name: dict.fromkeys(service.operations, accept) for name, service in SERVICES.items()})


def answer(case: Refused) -> Response:
    path, _, query = case.path.partition("?")
    headers = [header_line(name, value) for name, value in case.headers.items()]
    request = Request(case.method, case.path, path, query, headers, case.body, "127.0.0.1", "http", 0.0)
    try:
        MANAGEMENT.handle(request).send(None)
    except StopIteration as ended:
        response: Response = ended.value
        return response
    raise AssertionError("nothing here may wait")


def test_every_invalid_input_is_refused_as_aws_does() -> None:
    count = 0
    met = set()
    for case in refused():
        response = answer(case)
        headers = {name.lower(): value for name, value in pairs(response.headers)}
        told = (case.why, unquote(case.path), case.body[:200], response)
        assert 400 <= response.status < 500, told
        assert headers["x-amzn-errortype"] == case.code, told
        assert headers["x-amzn-requestid"], told
        assert headers["content-type"] == "application/json", told
        body = msgspec.json.decode(response.body)
        assert isinstance(body.get("message", body.get("Message")), str), told
        count += 1
        met.add(case.operation)
    assert count >= 4000
    assert met >= {(name, operation) for name, service in SERVICES.items() for operation in service.operations}
