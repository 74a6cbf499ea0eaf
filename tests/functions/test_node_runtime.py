"""Real Node.js functions: both module systems, both handler styles, every failure's own words, streams."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from gatewright.functions.function import Function
from gatewright.functions.invocation import Outcome
from tests.functions.sandboxes import REQUEST_ID, node, write_function

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")

CALLBACKS = """
exports.handler = (event, context, callback) => {
  let later = "not yet";
  if (event === "soon") context.callbackWaitsForEmptyEventLoop = false;
  setTimeout(() => { later = "after the timer"; }, 20);
  if (event === "error") callback(new RangeError("too far"));
  else if (event !== "nothing") callback(null, { toString: undefined, get answer() { return later; } });
};
"""
PROMISES = """
import { setTimeout as sleep } from "node:timers/promises";
export const api = { handler: async (event, context) => {
  console.log("got", event);
  await sleep(1);
  if (event === 1) throw new TypeError("no such user");
  if (event === 2) throw "only words";
  if (event === 3) return { big: 1n };
  if (event === 4) setTimeout(() => { throw new Error("out of nowhere"); }, 0);
  if (event === 5) Promise.reject(new Error("nobody listens"));
  if (event === 6) process.exit(3);
  if (event >= 4) await sleep(9000);
  if (event === "never") return new Promise(() => {});
  return { event, arn: context.invokedFunctionArn, left: context.getRemainingTimeInMillis() > 1000,
    name: context.functionName, client: context.clientContext };
} };
"""
STREAM = """
export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
  if (event === "early") throw new Error("before the first byte");
  if (event === "http") stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201 });
  else stream.setContentType("text/plain");
  stream.write("one ");
  await new Promise((done) => setTimeout(done, 5));
  if (event === "late") throw new Error("in the middle");
  stream.write("two");
  stream.end();
});
"""


def script(folder: Path, file: str, source: str, **options: Any) -> Function:
    return write_function(folder, {file: source}, runtime="nodejs20.x", **options)


def run(folder: Path, function: Function, *payloads: bytes, **about: Any) -> list[Outcome]:
    async def all_of() -> list[Outcome]:
        async with node(folder) as here:
            return [await here.invoke(function, payload, **about) for payload in payloads]

    return asyncio.run(all_of())


def without_trace(outcome: Outcome) -> dict[str, Any]:
    document = json.loads(outcome.payload)
    assert outcome.error == "Unhandled"
    assert all(isinstance(line, str) for line in document.pop("trace"))
    return document  # type: ignore[no-any-return]


def test_callbacks_wait_for_an_empty_event_loop_unless_told_not_to(tmp_path: Path) -> None:
    function = script(tmp_path, "index.js", CALLBACKS)
    waited, soon, failed, nothing = run(tmp_path, function, b'"wait"', b'"soon"', b'"error"', b'"nothing"')
    assert [waited, soon, nothing] == [
        Outcome(b'{"answer":"after the timer"}'),
        Outcome(b'{"answer":"not yet"}'),
        Outcome(b"null"),
    ]
    assert without_trace(failed) == {"errorType": "RangeError", "errorMessage": "too far"}


def test_promises_of_an_es_module(tmp_path: Path) -> None:
    function = script(tmp_path, "src/users.mjs", PROMISES, handler="src/users.api.handler", timeout=2.0)
    event = '"é"'.encode()
    good, error, words, big, never = run(
        tmp_path, function, event, b"1", b"2", b"3", b'"never"', client_context='{"custom":{"a":1}}'
    )
    assert json.loads(good.payload) == {
        "event": "é",
        "arn": "arn:aws:lambda:eu-west-1:000000000000:function:GetUser",
        "left": True,
        "name": "GetUser",
        "client": {"custom": {"a": 1}},
    }
    assert without_trace(error) == {"errorType": "TypeError", "errorMessage": "no such user"}
    assert without_trace(words) == {"errorType": "string", "errorMessage": "only words"}
    assert without_trace(big) == {
        "errorType": "Runtime.MarshalError",
        "errorMessage": "Unable to stringify response body",
    }
    assert never == Outcome(b"null")


def test_an_event_that_ends_the_process_is_the_only_one_lost(tmp_path: Path) -> None:
    function = script(tmp_path, "users.mjs", PROMISES, handler="users.api.handler")
    uncaught, first, unhandled, second, left = run(tmp_path, function, b"4", b"0", b"5", b"0", b"6")
    assert without_trace(uncaught) == {"errorType": "Error", "errorMessage": "out of nowhere"}
    assert without_trace(unhandled) == {
        "errorType": "Runtime.UnhandledPromiseRejection",
        "errorMessage": "Error: nobody listens",
    }
    assert (first.error, second.error) == ("", "")
    message = f"RequestId: {REQUEST_ID} Error: Runtime exited with error: exit status 3"
    assert json.loads(left.payload) == {"errorType": "Runtime.ExitError", "errorMessage": message}


def test_the_log_says_more_of_an_error_than_the_caller_hears(tmp_path: Path) -> None:
    source = """
exports.handler = async (event) => {
  const error = Object.assign(new Error("no such file"), { code: "ENOENT", self: event ? undefined : exports.handler });
  if (!event) error.loop = error;
  if (event === "reject") { Promise.reject(error); await new Promise((resolve) => setTimeout(resolve, 5000)); }
  throw error;
};
"""
    function = script(tmp_path, "index.js", source)

    async def scenario() -> str:
        async with node(tmp_path) as here:
            for event in (b"1", b"0", b'"reject"'):
                assert without_trace(await here.invoke(function, event))["errorMessage"].endswith("no such file")
            return here.log()

    lines = [line.partition("ERROR\t")[2] for line in asyncio.run(scenario()).splitlines() if "ERROR\t" in line]
    thrown, cyclic, rejected = [json.loads(line.partition(" \t")[2]) for line in lines]
    assert thrown.pop("stack")[0] == "Error: no such file"
    assert thrown == {"errorType": "Error", "errorMessage": "no such file", "code": "ENOENT"}
    assert (cyclic["errorType"], cyclic["errorMessage"]) == ("Error", "no such file")
    assert rejected["reason"].pop("stack")[0] == "Error: no such file"
    assert rejected["reason"] == thrown
    assert list(rejected) == ["errorType", "errorMessage", "reason", "stack"]


UNLOADABLE = [
    ("other.js", "", "Runtime.ImportModuleError", "Error: Cannot find module 'index'\nRequire stack:"),
    ("index.js", "require('nowhere')", "Runtime.ImportModuleError", "Error: Cannot find module 'nowhere'"),
    ("index.mjs", "import 'nowhere'", "Runtime.ImportModuleError", "Error [ERR_MODULE_NOT_FOUND]: Cannot find"),
    ("index.js", "function (", "Runtime.UserCodeSyntaxError", "SyntaxError: "),
    ("index.js", "exports.other = 1", "Runtime.HandlerNotFound", "index.handler is undefined or not exported"),
    ("index.js", "throw new Error('bad start')", "Error", "bad start"),
]


def test_code_that_cannot_be_loaded(tmp_path: Path) -> None:
    async def scenario() -> list[Outcome]:
        functions = [script(tmp_path, file, source, name=f"f{at}") for at, (file, source, *_) in enumerate(UNLOADABLE)]
        async with node(tmp_path) as here:
            return await asyncio.gather(*map(here.invoke, functions))

    for outcome, (_, _, kind, message) in zip(asyncio.run(scenario()), UNLOADABLE, strict=True):
        document = without_trace(outcome)
        assert (document["errorType"], document["errorMessage"][: len(message)]) == (kind, message)


def test_streams(tmp_path: Path) -> None:
    function = script(tmp_path, "index.mjs", STREAM)
    plain, http, early, late, again = run(tmp_path, function, b'"plain"', b'"http"', b'"early"', b'"late"', b'"plain"')
    assert plain == again == Outcome(b"one two", content_type="text/plain", streamed=True)
    assert http == Outcome(
        b'{"statusCode":201}' + bytes(8) + b"one two",
        content_type="application/vnd.awslambda.http-integration-response",
        streamed=True,
    )
    assert without_trace(early) == {"errorType": "Error", "errorMessage": "before the first byte"}
    assert without_trace(late) == {"errorType": "Error", "errorMessage": "in the middle"}


def test_large_events_and_answers(tmp_path: Path) -> None:
    function = script(tmp_path, "index.js", "exports.handler = async (event) => event;")
    payload = b'"' + b"x" * 6_000_000 + b'"'
    assert run(tmp_path, function, payload) == [Outcome(payload)]
    function = script(tmp_path, "index.js", "exports.handler = async (event) => 'x'.repeat(event);")
    too_large, small = run(tmp_path, function, b"6291555", b"1")
    assert json.loads(too_large.payload)["errorType"] == "Function.ResponseSizeTooLarge"
    assert small == Outcome(b'"x"')


def test_the_console_writes_lines_of_the_log(tmp_path: Path) -> None:
    function = script(tmp_path, "users.mjs", PROMISES, handler="users.api.handler")
    [outcome] = run(tmp_path, function, b'"x"', tail=True)
    line = outcome.log_tail.decode().splitlines()[1]
    assert line.partition("\t")[2] == f"{REQUEST_ID}\tINFO\tgot x"
