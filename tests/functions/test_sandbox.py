"""What becomes of an event in a real Python sandbox, each failure with AWS's own words, and the next event after it."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from gatewright.functions.function import Function
from gatewright.functions.invocation import Outcome
from tests.functions.sandboxes import REQUEST_ID, node, python, write_function

ECHO = "def handler(event, context):\n    return event\n"


def run(folder: Path, function: Function, *payloads: bytes) -> list[Outcome]:
    async def all_of() -> list[Outcome]:
        async with node(folder) as here:
            return [await here.invoke(function, payload) for payload in payloads]

    return asyncio.run(all_of())


def failed(kind: str, message: str) -> Outcome:
    document = {"errorType": kind, "errorMessage": f"RequestId: {REQUEST_ID} Error: {message}"}
    return Outcome(json.dumps(document, separators=(",", ":")).encode(), "Unhandled")


def test_answers_with_what_the_handler_returns(tmp_path: Path) -> None:
    function = python(tmp_path, ECHO)
    assert run(tmp_path, function, b'{"a": "\xc3\xa9"}', b"[1]") == [Outcome('{"a": "é"}'.encode()), Outcome(b"[1]")]


def test_an_exception_is_the_functions_own_error(tmp_path: Path) -> None:
    function = python(tmp_path, "def handler(event, context):\n    raise ValueError('no such user')\n")
    [outcome] = run(tmp_path, function, b"{}")
    assert outcome.error == "Unhandled"
    assert json.loads(outcome.payload) == {
        "errorMessage": "no such user",
        "errorType": "ValueError",
        "requestId": REQUEST_ID,
        "stackTrace": [
            f"  File \"{function.code}/index.py\", line 2, in handler\n    raise ValueError('no such user')\n"
        ],
    }


def test_a_result_that_is_no_json(tmp_path: Path) -> None:
    function = python(tmp_path, "def handler(event, context):\n    return object() if event else 1\n")
    bad, good = run(tmp_path, function, b'{"a":1}', b"{}")
    document = json.loads(bad.payload)
    assert (bad.error, document["errorType"], good) == ("Unhandled", "Runtime.MarshalError", Outcome(b"1"))
    assert document["errorMessage"].startswith("Unable to marshal response: Object of type object is not JSON")


UNLOADABLE = [
    ("missing.handler", ECHO, "Runtime.ImportModuleError", "Unable to import module 'missing': No module named"),
    ("index.other", ECHO, "Runtime.HandlerNotFound", "Handler 'other' missing on module 'index'"),
    ("index.handler", "def handler(\n", "Runtime.UserCodeSyntaxError", "Syntax error in module 'index'"),
    ("index.handler", "1 / 0", "ZeroDivisionError", "division by zero"),
]


def test_code_that_cannot_be_loaded(tmp_path: Path) -> None:
    async def scenario() -> list[Outcome]:
        functions = [
            python(tmp_path, source, handler=handler, name=f"f{at}")
            for at, (handler, source, *_) in enumerate(UNLOADABLE)
        ]
        async with node(tmp_path) as here:
            return await asyncio.gather(*map(here.invoke, functions))

    for outcome, (_, _, kind, message) in zip(asyncio.run(scenario()), UNLOADABLE, strict=True):
        document = json.loads(outcome.payload)
        assert (outcome.error, document["errorType"]) == ("Unhandled", kind)
        assert document["errorMessage"].startswith(message)


def test_a_function_that_takes_too_long_loses_only_its_own_event(tmp_path: Path) -> None:
    source = (
        "import subprocess\ndef handler(event, context):\n    if event: subprocess.run(['sleep', '60'])\n    return 1\n"
    )
    slow, next_one = run(tmp_path, python(tmp_path, source, timeout=1.0), b'{"slow": true}', b"{}")
    assert slow == failed("Sandbox.Timedout", "Task timed out after 1.00 seconds")
    assert next_one == Outcome(b"1")


ENDINGS = [
    ("os._exit(1)", "Runtime exited with error: exit status 1"),
    ("sys.exit(3)", "Runtime exited with error: exit status 3"),
    ("os._exit(0)", "Runtime exited without providing a reason"),
    ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
    ("os.abort()", "Runtime exited with error: signal: aborted"),
]


def test_a_process_that_ends_loses_only_its_own_event(tmp_path: Path) -> None:
    source = "import os, sys\ndef handler(event, context):\n    if event: exec(event)\n    return 1\n"
    events = [json.dumps(event).encode() for statement, _ in ENDINGS for event in (statement, "")]
    outcomes = run(tmp_path, python(tmp_path, source), *events)
    expected = [each for _, message in ENDINGS for each in (failed("Runtime.ExitError", message), Outcome(b"1"))]
    assert outcomes == expected


def test_a_process_that_ends_while_it_starts(tmp_path: Path) -> None:
    function = python(tmp_path, "import os\nos._exit(7)\n")
    assert run(tmp_path, function, b"1") == [failed("Runtime.ExitError", "Runtime exited with error: exit status 7")]


def test_memory_is_bounded(tmp_path: Path) -> None:
    source = """
import time
def handler(event, context):
    kept = []
    while event:
        kept.append(b"x" * 8_000_000)
        time.sleep(0.003)
    return 1
"""
    full, next_one = run(tmp_path, python(tmp_path, source), b"1", b"0")
    assert full == failed("Runtime.OutOfMemory", "Runtime exited with error: signal: killed")
    assert next_one == Outcome(b"1")


def test_an_answer_over_six_megabytes(tmp_path: Path) -> None:
    source = "def handler(event, context):\n    return 'x' * event\n"
    fits, too_large, next_one = run(tmp_path, python(tmp_path, source), b"6291554", b"6291555", b"1")
    assert (len(fits.payload), fits.error) == (6291556, "")
    message = "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
    assert (too_large.error, json.loads(too_large.payload)) == (
        "Unhandled",
        {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message},
    )
    assert next_one == Outcome(b'"x"')


def test_the_environment_is_awss_and_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET_OF_THE_NODE", "secret")
    layer = tmp_path / "layer"
    (layer / "python").mkdir(parents=True)
    (layer / "python" / "layered.py").write_text("WORD = 'from a layer'")
    source = """
import os, layered
def handler(event, context):
    left = context.get_remaining_time_in_millis() > 2000
    client = context.client_context.custom if context.client_context else None
    return dict(os.environ, word=layered.WORD, arn=context.invoked_function_arn, left=left, client=client)
"""
    function = python(tmp_path, source, environment={"TABLE": "Users"}, layers=(layer,))

    async def scenario() -> dict[str, object]:
        async with node(tmp_path) as here:
            outcome = await here.invoke(function, trace_id="Root=1-2-3", client_context='{"custom":\r\n{"a": "b"}}')
            return json.loads(outcome.payload)  # type: ignore[no-any-return]

    env = asyncio.run(scenario())
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", str(env.pop("AWS_LAMBDA_LOG_STREAM_NAME")))
    assert re.fullmatch(r"127\.0\.0\.1:\d+", str(env.pop("AWS_LAMBDA_RUNTIME_API")))
    for name in ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "LAMBDA_RUNTIME_DIR", "LC_CTYPE"):
        env.pop(name, None)
    assert env == {
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.12",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_NAME": "GetUser",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/GetUser",
        "AWS_REGION": "eu-west-1",
        "AWS_SECRET_ACCESS_KEY": "gatewright",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "LAMBDA_TASK_ROOT": str(function.code),
        "LANG": "C.UTF-8",
        "TABLE": "Users",
        "TZ": ":UTC",
        "_HANDLER": "index.handler",
        "_X_AMZN_TRACE_ID": "Root=1-2-3",
        "arn": "arn:aws:lambda:eu-west-1:000000000000:function:GetUser",
        "client": {"a": "b"},
        "left": True,
        "word": "from a layer",
    }


def test_the_log_and_its_tail(tmp_path: Path) -> None:
    source = "def handler(event, context):\n    print('first')\n    print('second', end='')\n    return event\n"
    function = python(tmp_path, source)

    async def scenario() -> tuple[bytes, bytes, str]:
        async with node(tmp_path) as here:
            cold = (await here.invoke(function, tail=True)).log_tail
            return cold, (await here.invoke(function, b'"' + b"x" * 5000 + b'"', tail=True)).log_tail, here.log()

    cold, warm, log = asyncio.run(scenario())
    pattern = (
        rf"START RequestId: {REQUEST_ID} Version: \$LATEST\nfirst\nsecond\nEND RequestId: {REQUEST_ID}\n"
        rf"REPORT RequestId: {REQUEST_ID}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\t"
        r"Max Memory Used: [1-9]\d* MB"
    )
    assert re.fullmatch(pattern + r"\tInit Duration: \d+\.\d\d ms\t\n", cold.decode())
    assert re.fullmatch(pattern + r"\t\n", warm.decode())
    duration, billed, init = (float(each) for each in re.findall(r"([\d.]+) ms", cold.decode()))
    assert 0 <= billed - duration - init < 1.02
    assert log == (cold + warm).decode()


def test_the_log_of_failures(tmp_path: Path) -> None:
    source = """
import os, time
def handler(event, context):
    print('was here')
    exec(event)
"""
    function = python(tmp_path, source, timeout=0.3)
    unloadable = python(tmp_path, source, handler="missing.handler")

    async def scenario() -> tuple[str, str]:
        async with node(tmp_path) as here:
            for statement in ("os._exit(1)", "time.sleep(9)", "raise ValueError"):
                await here.invoke(function, json.dumps(statement).encode())
            tail = (await here.invoke(unloadable, tail=True)).log_tail.decode()
            return here.log(), tail

    whole, tail = asyncio.run(scenario())
    assert "Duration: 300.00 ms" in whole
    log = re.sub(r"\d+\.\d\d ms|\d+ ms|Used: \d+", "N", whole)
    report = f"REPORT RequestId: {REQUEST_ID}\tDuration: N\tBilled Duration: N\tMemory Size: 128 MB\tMax Memory N MB\t"
    begin, end = f"START RequestId: {REQUEST_ID} Version: $LATEST\n", f"END RequestId: {REQUEST_ID}\n"
    exited, timed_out, raised, missing = log.split(begin)[1:]
    assert exited == (
        f"was here\nRequestId: {REQUEST_ID} Error: Runtime exited with error: exit status 1\nRuntime.ExitError\n{end}"
        f"{report}Init Duration: N\tStatus: error\tError Type: Runtime.ExitError\n"
    )
    assert re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "TIME", timed_out) == (
        f"was here\nTIME {REQUEST_ID} Task timed out after 0.30 seconds\n\n{end}"
        f"{report}Init Duration: N\tStatus: timeout\n"
    )
    assert raised.startswith("was here\n[ERROR] ValueError")
    assert f"{end}{report}Init Duration: N\t\n" in raised
    assert missing.endswith(f"{end}{report}Status: error\tError Type: Runtime.ImportModuleError\n")
    assert tail.endswith("Error Type: Runtime.ImportModuleError\n")


def test_a_function_that_never_stops_talking_is_bounded(tmp_path: Path) -> None:
    source = "import os\ndef handler(event, context):\n    while True: os.write(1, b'x' * 65536)\n"
    function = python(tmp_path, source, timeout=0.3)

    async def scenario() -> Outcome:
        async with node(tmp_path) as here:
            return await here.invoke(function, tail=True)

    outcome = asyncio.run(scenario())
    assert (outcome.error, len(outcome.log_tail)) == ("Unhandled", 4096)
    assert sum(file.stat().st_size for file in (tmp_path / "logs").iterdir()) < 33 * 1024 * 1024


def test_a_bootstrap_of_the_packages_own(tmp_path: Path) -> None:
    bootstrap = """#!/bin/bash
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
headers=$(mktemp)
while true; do
  event=$(curl -sS -D $headers "$api/next")
  id=$(grep -i aws-request-id $headers | cut -d' ' -f2 | tr -d '\\r')
  curl -sS "$api/$id/response" -d "{\\"was\\": $event}" > /dev/null
done
"""
    function = write_function(tmp_path, {"bootstrap": bootstrap}, runtime="provided.al2023")
    assert run(tmp_path, function, b"1", b"2") == [
        Outcome(b'{"was": 1}', content_type="application/x-www-form-urlencoded"),
        Outcome(b'{"was": 2}', content_type="application/x-www-form-urlencoded"),
    ]


def test_a_package_without_bootstrap(tmp_path: Path) -> None:
    function = write_function(tmp_path, {}, runtime="provided.al2023")
    message = "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
    assert run(tmp_path, function, b"1") == [failed("Runtime.InvalidEntrypoint", message)]


def test_a_bootstrap_that_is_no_program(tmp_path: Path) -> None:
    function = write_function(tmp_path, {"bootstrap": "\0"}, runtime="provided.al2023")
    assert run(tmp_path, function, b"1") == [failed("Runtime.ExitError", "Runtime exited with error: exit status 126")]


def test_a_second_poll_while_an_event_runs_is_not_allowed(tmp_path: Path) -> None:
    source = """
import http.client, os
def handler(event, context):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = connection.getresponse()
    return answer.status, answer.read().decode()
"""
    body = '{"errorMessage":"State transition is not allowed","errorType":"InvalidStateTransition"}'
    assert run(tmp_path, python(tmp_path, source), b"1") == [Outcome(json.dumps([403, body]).encode())]
