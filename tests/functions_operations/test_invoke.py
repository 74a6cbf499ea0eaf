"""Invocations: through the Lambda API with real sandboxes, and by API Gateway with its permission."""

import json
import re
import shutil
from base64 import b64decode, b64encode
from typing import Any
from unittest.mock import ANY

import pytest

from gatewright.values.faults import FunctionFault
from gatewright.values.invocation import InvocationResponse
from tests.functions_operations.lab import ARN, ROLE, Lab, error, zipped

SOURCE_ARN = "arn:aws:execute-api:us-east-1:000000000000:api1234567/prod/GET/users"
WHO = """
def handler(event, context):
    print("hello log")
    return [event, context.invoked_function_arn, context.function_version]
"""
REQUIRED = "const { name } = require('@aws-sdk/client')"


def gateway(lab: Lab, arn: str, event: bytes = b"{}", source_arn: str = SOURCE_ARN, timeout: float = 29.0) -> Any:
    """The invocation as API Gateway makes it, or the fault it gets."""
    try:
        return lab.wait(lab.service.invoke(arn, event, source_arn=source_arn, timeout=timeout, trace_id="Root=1-2-3"))
    except FunctionFault as fault:
        return fault.kind, fault.reason


def allow(lab: Lab, name: str, **members: Any) -> None:
    given = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"} | members
    status, body = lab.call("AddPermission", FunctionName=name, **given)
    assert status == 201, body


@pytest.fixture(scope="module", autouse=True)
def who(lab: Lab) -> None:
    lab.create("who", WHO)


def test_request_response(lab: Lab) -> None:
    assert lab.call("Invoke", FunctionName="who", Payload=b'{"a": 1}', LogType="Tail") == (
        200,
        [{"a": 1}, f"{ARN}who", "$LATEST"],
    )
    log = b64decode(lab.headers.pop("X-Amz-Log-Result")).decode()
    assert lab.headers == {
        "x-amzn-RequestId": ANY,
        "Content-Type": "application/json",
        "X-Amz-Executed-Version": "$LATEST",
    }
    request_id = lab.headers["x-amzn-RequestId"]
    assert f"START RequestId: {request_id} Version: $LATEST\n" in log
    assert "hello log\n" in log
    assert lab.call("Invoke", FunctionName="who") == (200, [{}, f"{ARN}who", "$LATEST"])


def test_a_function_s_error_is_an_answer(lab: Lab) -> None:
    lab.create("raises", "def handler(event, context):\n    raise ValueError('no')\n")
    status, body = lab.call("Invoke", FunctionName="raises")
    assert (status, body, lab.headers["X-Amz-Function-Error"]) == (
        200,
        {"errorMessage": "no", "errorType": "ValueError", "requestId": ANY, "stackTrace": ANY},
        "Unhandled",
    )


def test_every_invocation_has_a_trace(lab: Lab) -> None:
    lab.create("traced", "import os\ndef handler(event, context):\n    return os.environ['_X_AMZN_TRACE_ID']\n")
    _, trace_id = lab.call("Invoke", FunctionName="traced")
    assert re.fullmatch(r"Root=1-65920080-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", trace_id)


def test_client_context_reaches_the_function(lab: Lab) -> None:
    lab.create("context", "def handler(event, context):\n    return context.client_context.custom\n")
    encoded = b64encode(b'{"custom": {"k": "v"}}').decode()
    assert lab.call("Invoke", FunctionName="context", ClientContext=encoded) == (200, {"k": "v"})
    assert lab.call("Invoke", FunctionName="context", ClientContext="e30=x") == error(
        "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object."
    )


@pytest.mark.parametrize(
    ("members", "answer"),
    [
        ({"InvocationType": "DryRun"}, (204, None)),
        (
            {"Payload": b"{no"},
            error(
                "InvalidRequestContentException",
                "Could not parse request body into json: Could not parse payload into json: "
                "JSON is malformed: object keys must be strings (byte 1)",
            ),
        ),
        (
            {"Payload": b'"' + b"x" * 6_291_455 + b'"'},
            error(
                "RequestTooLargeException",
                "6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)",
                413,
            ),
        ),
        (
            {"Payload": b'"' + b"x" * 1_048_575 + b'"', "InvocationType": "Event"},
            error(
                "RequestTooLargeException",
                "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
                413,
            ),
        ),
        ({"Qualifier": "none"}, error("ResourceNotFoundException", f"Cannot find alias arn: {ARN}who:none", 404)),
        ({"Qualifier": "7"}, error("ResourceNotFoundException", f"Function not found: {ARN}who:7", 404)),
        ({"TenantId": "t"}, error("InvalidParameterValueException", "TenantId is not supported by this function.")),
    ],
)
def test_other_answers(lab: Lab, members: dict[str, Any], answer: Any) -> None:
    assert lab.call("Invoke", FunctionName="who", **members) == answer


def test_reserved_concurrency_of_zero_stops_a_function(lab: Lab) -> None:
    lab.create("stopped", WHO)
    allow(lab, "stopped")
    assert gateway(lab, f"{ARN}stopped").executed_version == "$LATEST"
    assert lab.call("PutFunctionConcurrency", FunctionName="stopped", ReservedConcurrentExecutions=0) == (
        200,
        {"ReservedConcurrentExecutions": 0},
    )
    assert lab.call("Invoke", FunctionName="stopped") == (
        429,
        {
            "Type": "User",
            "message": "Rate Exceeded.",
            "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
        },
    )
    assert gateway(lab, f"{ARN}stopped")[0] == "throttled"
    assert lab.call("GetFunction", FunctionName="stopped")[1]["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    assert lab.call("DeleteFunctionConcurrency", FunctionName="stopped") == (204, None)
    assert lab.call("Invoke", FunctionName="stopped")[0] == 200


def test_events_run_in_the_background_and_are_tried_again(lab: Lab) -> None:
    seen = lab.folder / "seen"
    source = f"""
def handler(event, context):
    with open({str(seen)!r}, "a") as file:
        file.write(context.aws_request_id + "\\n")
    if event.get("fail"):
        raise ValueError
"""
    lab.create("events", source)
    lab.service.events._retry_after = (0.01, 0.02)
    assert lab.call("Invoke", FunctionName="events", InvocationType="Event", Payload=b'{"fail": true}') == (202, None)
    request_id = lab.headers["x-amzn-RequestId"]
    for _ in range(200):
        lab.sleep(0.02)
        if seen.exists() and len(seen.read_text().split()) == 3:
            break
    assert lab.call("InvokeAsync", FunctionName="events", InvokeArgs=b"{}")[0] == 202
    for _ in range(100):
        lab.sleep(0.02)
        if len(seen.read_text().split()) == 4:
            break
    lab.sleep(0.1)
    assert seen.read_text().split() == [request_id] * 3 + [lab.headers["x-amzn-RequestId"]]
    assert lab.service.events._unfinished == {}


def test_the_gateway_needs_the_permission(lab: Lab) -> None:
    lab.create("closed", WHO)
    arn = f"{ARN}closed"
    refused = ("not_permitted", f"{arn} has no AddPermission for {SOURCE_ARN}")
    assert gateway(lab, arn) == refused
    allow(lab, "closed", SourceArn="arn:aws:execute-api:us-east-1:000000000000:api1234567/*/GET/*")
    payload = json.dumps([{}, arn, "$LATEST"]).encode()
    assert gateway(lab, arn) == InvocationResponse(payload, "", "$LATEST", ANY)
    for other in (SOURCE_ARN.replace("GET", "POST"), SOURCE_ARN.replace("api1234567", "api7654321")):
        assert gateway(lab, arn, source_arn=other) == ("not_permitted", f"{arn} has no AddPermission for {other}")
    assert lab.call("RemovePermission", FunctionName="closed", StatementId="s") == (204, None)
    assert gateway(lab, arn) == refused


def test_other_faults_of_the_gateway(lab: Lab) -> None:
    lab.create("slow", "import time\ndef handler(event, context):\n    time.sleep(event['s'])\n")
    allow(lab, "slow")
    assert gateway(lab, f"{ARN}nobody") == ("not_found", f"{ARN}nobody")
    assert gateway(lab, "nonsense") == ("not_found", "not the ARN of a function: nonsense")
    assert gateway(lab, f"{ARN}slow", b" " * 6_291_457)[0] == "request_too_large"
    assert gateway(lab, f"{ARN}slow", b'{"s": 0.4}', timeout=0.1)[0] == "timeout"


def test_a_change_is_in_force_at_once(lab: Lab) -> None:
    lab.create("changing", "def handler(event, context):\n    return 1\n")
    allow(lab, "changing")
    arn = f"{ARN}changing"
    assert gateway(lab, arn).payload == b"1"
    lab.call("UpdateFunctionCode", FunctionName="changing", ZipFile=zipped(index="def other(e, c): return 2"))
    lab.call("UpdateFunctionConfiguration", FunctionName="changing", Handler="index.other")
    assert gateway(lab, arn).payload == b"2"
    lab.call("DeleteFunction", FunctionName="changing")
    assert gateway(lab, arn) == ("not_found", arn)


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_modules_of_the_data_directory_are_there_for_all_functions(lab: Lab) -> None:
    module = lab.folder / "node_modules" / "@aws-sdk" / "client"
    module.mkdir(parents=True)
    (module / "index.js").write_text("exports.name = 'sdk';")
    for file, load in (("index.mjs", "import { name } from '@aws-sdk/client';"), ("index.cjs", f"{REQUIRED};")):
        give = "export const handler" if file == "index.mjs" else "exports.handler"
        code = zipped(**{file: f"{load}\n{give} = async () => name;"})
        function = {"FunctionName": file.replace(".", "-"), "Role": ROLE, "Runtime": "nodejs22.x"}
        assert lab.call("CreateFunction", Handler="index.handler", Code={"ZipFile": code}, **function)[0] == 201
        assert lab.call("Invoke", FunctionName=function["FunctionName"])[1] == "sdk"


def test_aliases_and_their_weights(lab: Lab) -> None:
    lab.create(
        "routed", "def handler(e, context):\n    return [context.function_version, context.invoked_function_arn]\n"
    )
    for description in ("one", "two"):
        lab.call("UpdateFunctionConfiguration", FunctionName="routed", Description=description)
        lab.call("PublishVersion", FunctionName="routed")
    lab.call("CreateAlias", FunctionName="routed", Name="live", FunctionVersion="1")
    assert lab.call("Invoke", FunctionName="routed:live") == (200, ["1", f"{ARN}routed:live"])
    assert lab.headers["X-Amz-Executed-Version"] == "1"
    assert gateway(lab, f"{ARN}routed:live")[0] == "not_permitted"
    allow(lab, "routed", Qualifier="live")
    assert gateway(lab, f"{ARN}routed:live").executed_version == "1"
    assert gateway(lab, f"{ARN}routed")[0] == "not_permitted"
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    lab.call("UpdateAlias", FunctionName="routed", Name="live", RoutingConfig=weights)
    assert {gateway(lab, f"{ARN}routed:live").executed_version for _ in range(40)} == {"1", "2"}
