"""A streamed Lambda proxy: what its metadata makes of the response, and what is no stream."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gatewright.values.faults import FunctionFault
from gatewright.values.invocation import InvocationResponse
from gatewright.values.response import StreamedResponse
from gatewright.values.stream import Pace, Pipe
from tests.execute.stage import compiled, method, request, snapshot
from tests.execute_lambda.function import FUNCTION, LAMBDA_REQUEST_ID, Answer, LambdaScene, proxy

URI = f"arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/{FUNCTION}/response-streaming-invocations"
STAGE = compiled(
    snapshot({"/users": {"GET": method(proxy(uri=URI, responseTransferMode="STREAM"))}}),
    accessLogSettings={"format": "$context.status $context.responseLength $context.requestId", "destinationArn": "arn"},
)
JSON = b"Content-Type: application/json\r\n"
END = bytes(8)


class Unread:
    """A source that only notes that nobody reads on."""

    abandoned = False

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def abandon(self) -> None:
        self.abandoned = True


def written(*pieces: bytes, ends: bool = True) -> Pipe:
    pipe = Pipe()
    for piece in pieces:
        pipe.push(piece)
    if ends:
        pipe.end()
    return pipe


def answered(answer: Answer) -> tuple[Any, LambdaScene]:
    scene = LambdaScene(answer)
    return scene.serve(STAGE, request(target="/users")), scene


def whole(response: StreamedResponse) -> bytes:
    """The body, all of which is there."""
    body = b""
    coroutine: Any = response.body.read()
    while True:
        try:
            coroutine.send(None)
        except StopIteration as piece:
            if not piece.value:
                response.body.close()
                return body
            body += piece.value
            coroutine = response.body.read()


@pytest.mark.parametrize(
    ("metadata", "status", "lines", "length"),
    [
        ({}, 200, [JSON], None),
        ({"statusCode": 404, "headers": {"content-type": "a/b"}}, 404, [b"content-type: a/b\r\n"], None),
        ({"headers": {"Content-Length": 4, "Transfer-Encoding": "x"}}, 200, [JSON], 4),
        ({"multiValueHeaders": {"content-length": ["4"], "A": ["1", 2]}}, 200, [b"A: 1\r\n", b"A: 2\r\n", JSON], 4),
        ({"headers": {"content-length": None}, "multiValueHeaders": {"Content-Length": []}}, 200, [JSON], None),
        ({"headers": {"Transfer-Encoding": "chunked", "Trailer": "A", "Date": "d"}}, 200,
         [b"x-amzn-Remapped-Date: d\r\n", JSON], None),
    ],
)  # fmt: skip
def test_metadata(metadata: dict[str, Any], status: int, lines: list[bytes], length: int | None) -> None:
    text = json.dumps(metadata).encode() + END + b"body"
    for pieces in ((text,), (text[:1], text[1:-6], text[-6:])):
        response, scene = answered(written(*pieces))
        assert (response.status, response.length, response.pace.idle) == (status, length, 300)
        assert [line for line in response.headers if not line.lower().startswith(b"x-amz")] == [
            line for line in lines if not line.startswith(b"x-amz")
        ]
        assert set(lines) <= set(response.headers)
        assert (whole(response), scene.lines[0][1][:6]) == (b"body", f"{status} 4 ".encode())


def test_cookies_follow_the_headers() -> None:
    response, _ = answered(written(b'{"cookies":["a=1","b=2"]}' + END))
    assert [line for line in response.headers if line.startswith(b"Set")] == [
        *(b"Set-Cookie: a=1\r\n", b"Set-Cookie: b=2\r\n"),
    ]


@pytest.mark.parametrize(
    ("begun", "status"),
    [
        (b" " * 16_384, 500),  # more than may come before the delimiter: the rest is not waited for
        (b'{"statusCode": 99}' + END, 500),
        (b'{"body": "x"}' + END, 500),
        (b'{"headers": {"Content-Length": "+1"}}' + END, 500),
        (b'{"headers": {"a": "\\n"}}' + END, 500),
        (b'{"cookies": "a=1"}' + END, 500),
        (b"[" * 5000 + END, 500),
        (END, 500),
    ],
)
def test_a_wrong_beginning_is_answered_at_once_and_the_function_left_alone(begun: bytes, status: int) -> None:
    source = Unread()
    pipe = Pipe(source)
    pipe.push(begun)
    response, _ = answered(pipe)
    assert (response.status, json.loads(response.body)) == (status, {"message": "Internal server error"})
    assert source.abandoned


def broken(reason: str) -> Callable[[], Pipe]:
    def pipe() -> Pipe:
        made = written(b"{", ends=False)
        made.end(reason)
        return made

    return pipe


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (lambda: written(b'{"statusCode": 200, "body": "whole"}'), 500),
        (lambda: InvocationResponse(b'{"errorMessage": "x"}', "Unhandled", "1", LAMBDA_REQUEST_ID), 502),
        (broken('{"errorMessage": "x"}'), 502),
        (lambda: FunctionFault("timeout", ""), 504),
        (lambda: FunctionFault("throttled", ""), 500),
        (lambda: FunctionFault("not_found", ""), 502),
    ],
)
def test_no_stream(answer: Callable[[], Answer], status: int) -> None:
    response, scene = answered(answer())
    assert (response.status, len(scene.lines)) == (status, 1)


def test_an_edge_api_gives_a_stream_less_time() -> None:
    plan = compiled(
        snapshot(
            {"/users": {"GET": method(proxy(uri=URI, responseTransferMode="STREAM"))}},
            endpointConfiguration={"types": ["EDGE"]},
        )
    )
    response: Any = LambdaScene(written(b"{}" + END)).serve(plan, request(target="/users"))
    assert response.pace == Pace(30, 10 * 1024 * 1024, 2 * 1024 * 1024)
