"""Content codings both ways: what is decompressed and compressed, what is left alone, and the bounds."""

import gzip
import random
import zlib

import pytest

from gatewright.execute.compression import LARGEST_BODY
from gatewright.execute.plan import RestPlan
from gatewright.execute.world import Returned
from tests.execute.stage import CHOSEN_ID, Scene, compiled, headers, method, request, shown, snapshot

PROXY = {"type": "HTTP_PROXY", "httpMethod": "ANY", "uri": "http://backend.test/"}
PLAIN = b'{"a": "' + b"b" * 100 + b'"}'
NOT_SUPPORTED = (
    415,
    [b"x-amzn-ErrorType: BadRequestException\r\n", b"Content-Type: application/json\r\n"],
    b'{"message": "Unsupported Media Type"}',
)


def raw_deflate(body: bytes) -> bytes:
    coder = zlib.compressobj(9, zlib.DEFLATED, -15)
    return coder.compress(body) + coder.flush()


def plan(minimum: int | None) -> RestPlan:
    settings = {} if minimum is None else {"minimumCompressionSize": minimum}
    return compiled(snapshot({"/": {"ANY": method(PROXY)}}, **settings))


@pytest.mark.parametrize("minimum", [None, 0])
@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(PLAIN, mtime=0)),
        ("GZIP", gzip.compress(PLAIN, mtime=0)),
        ("deflate", zlib.compress(PLAIN)),
        ("deflate", raw_deflate(PLAIN)),
        ("identity", PLAIN),
        ("deflate, gzip", gzip.compress(zlib.compress(PLAIN), mtime=0)),
    ],
)
def test_a_request_is_decompressed(coding: str, body: bytes, minimum: int | None) -> None:
    scene = Scene(Returned(204, (), b""))
    scene.serve(plan(minimum), request("POST", "/", f"Content-Encoding: {coding}", body=body))
    _, _, head, sent, _ = scene.backend.sent[0]
    assert sent == PLAIN
    assert b"Content-Length: %d\r\n" % len(PLAIN) in head
    assert b"content-encoding" not in head.lower()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("br", b"x"),
        ("gzip, br", gzip.compress(PLAIN, mtime=0)),
        ("identity, " * 4 + "gzip", gzip.compress(PLAIN, mtime=0)),
        ("gzip", PLAIN),
        ("gzip", gzip.compress(PLAIN, mtime=0)[:-5]),
        ("gzip", gzip.compress(PLAIN, mtime=0) + b"more"),
        ("deflate", b"\x00"),
        ("deflate", gzip.compress(PLAIN, mtime=0)),
    ],
)
def test_a_request_that_cannot_be_decompressed(coding: str, body: bytes) -> None:
    scene = Scene()
    asked = request("POST", "/", CHOSEN_ID, f"Content-Encoding: {coding}", body=body)
    assert shown(scene.serve(plan(None), asked)) == NOT_SUPPORTED
    assert scene.backend.sent == []


def test_a_request_without_a_body_has_nothing_to_decompress() -> None:
    scene = Scene(Returned(204, (), b""))
    assert scene.serve(plan(None), request("GET", "/", "Content-Encoding: br")).status == 204


def test_no_body_grows_beyond_the_limit() -> None:
    for size, expected in ((LARGEST_BODY, 204), (LARGEST_BODY + 1, 413)):
        scene = Scene(Returned(204, (), b""))
        body = gzip.compress(bytes(size), 1)
        response = scene.serve(plan(None), request("POST", "/", CHOSEN_ID, "Content-Encoding: gzip", body=body))
        assert response.status == expected
    assert shown(response) == (
        413,
        [b"x-amzn-ErrorType: BadRequestException\r\n", b"Content-Type: application/json\r\n"],
        b'{"message": "Request Too Long"}',
    )


def returned(minimum: int | None, accept: str | None, body: bytes = PLAIN, *lines: str) -> tuple[list[bytes], bytes]:
    scene = Scene(Returned(200, headers(*lines), body))
    asked = [CHOSEN_ID, *([] if accept is None else [f"Accept-Encoding: {accept}"])]
    status, sent, content = shown(scene.serve(plan(minimum), request("GET", "/", *asked)))
    assert status == 200
    return sent, content


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("gzip", "gzip"),
        ("deflate,gzip", "deflate"),
        ("deflate;q=0.5,gzip;q=1.0", "gzip"),
        ("gzip;q=1.0,identity;q=0.5,*;q=0", "gzip"),
        ("gzip, deflate, br", "gzip"),
    ],
)
def test_a_response_is_compressed(accept: str, coding: str) -> None:
    lines, content = returned(0, accept)
    assert lines == [f"Content-Encoding: {coding}\r\n".encode()]
    assert (gzip.decompress if coding == "gzip" else zlib.decompress)(content) == PLAIN
    assert len(content) < len(PLAIN)


@pytest.mark.parametrize("accept", [None, "", "*", "identity", "br", "br, gzip;q=0.9", "gzip;q=0", "gzip;q=x", "x;y=1"])
def test_a_client_that_asks_for_no_coding_gets_none(accept: str | None) -> None:
    assert returned(0, accept) == ([], PLAIN)


@pytest.mark.parametrize(("size", "beside_others"), [(100, 0), (300_000, 2)])
def test_large_bodies_are_worked_on_beside_others(size: int, beside_others: int) -> None:
    body = random.Random(size).randbytes(size)
    scene = Scene(Returned(200, (), body))
    asked = request("POST", "/", "Content-Encoding: gzip", "Accept-Encoding: gzip", body=gzip.compress(body))
    response = scene.serve(plan(0), asked)
    assert (scene.backend.sent[0][3], gzip.decompress(response.body)) == (body, body)
    assert scene.work.beside_others == beside_others


def test_what_is_left_alone() -> None:
    assert returned(None, "gzip") == ([], PLAIN)
    assert returned(len(PLAIN) + 1, "gzip") == ([], PLAIN)
    assert returned(len(PLAIN), "gzip")[0] == [b"Content-Encoding: gzip\r\n"]
    assert returned(0, "gzip", b"") == ([], b"")
    coded = ([b"content-encoding: br\r\n"], PLAIN)
    assert returned(0, "gzip", PLAIN, "content-encoding: br") == coded


def test_what_the_gateway_itself_says_is_not_compressed() -> None:
    response = Scene().serve(plan(0), request("GET", "/none", CHOSEN_ID, "Accept-Encoding: gzip"))
    assert response.body == b'{"message":"Missing Authentication Token"}'
