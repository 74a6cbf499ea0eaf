"""Images through an API: as base64 to a function and back byte by byte, and as large as a request may be."""

import os
from collections.abc import Iterator

import pytest

from tests.journeys.api import ROLE, Api
from tests.journeys.test_boto3 import create_function, lambda_uri
from tests.node import Node

ALBUM = """
import base64
import boto3

s3 = boto3.client("s3")

def handler(event, context):
    key = event["pathParameters"]["filename"]
    if event["httpMethod"] == "POST":
        assert event["isBase64Encoded"], "the body came as text"
        body = base64.b64decode(event["body"], validate=True)
        s3.put_object(Bucket="album", Key=key, Body=body, ContentType=event["headers"]["Content-Type"])
        return {"statusCode": 201, "body": str(len(body))}
    found = s3.get_object(Bucket="album", Key=key)
    body = base64.b64encode(found["Body"].read()).decode()
    return {"headers": {"Content-Type": found["ContentType"]}, "body": body, "isBase64Encoded": True}
"""
JSON = {"content-type": "application/json"}
PNG = {"content-type": "image/png"}
LARGEST = 10_485_760


@pytest.fixture(scope="module")
def api(shared: Node) -> Api:
    shared.client("s3").create_bucket(Bucket="album")
    function = {"integrationHttpMethod": "POST", "uri": lambda_uri(create_function(shared, "album", ALBUM))}
    made = Api(shared, "images", binaryMediaTypes=["image/png"])
    for verb in ("POST", "GET"):
        made.method(verb, "/upload/{filename}", {"type": "AWS_PROXY", "credentials": ROLE, **function})
    for verb in ("PUT", "GET"):
        made.service(
            verb,
            "/stored/{filename}",
            "album.s3:path/{name}",
            integration={"integrationHttpMethod": verb},
            mapped={"path.name": "method.request.path.filename", "header.Content-Type": "'image/png'"},
            responses={"200": {"responseParameters": {"method.response.header.Content-Type": "'image/png'"}}},
        )
    made.deploy()
    return made


@pytest.fixture(scope="module")
def image() -> Iterator[bytes]:
    yield b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 64 + os.urandom(100_000)


def test_an_image_goes_through_a_function_and_comes_back(api: Api, shared: Node, image: bytes) -> None:
    posted = api.call("POST", "/upload/cat.png", image, {"Content-Type": "image/png"})
    assert posted == (201, JSON, str(len(image)).encode())
    stored = shared.client("s3").get_object(Bucket="album", Key="cat.png")
    assert (stored["Body"].read(), stored["ContentType"]) == (image, "image/png")
    assert api.call("GET", "/upload/cat.png", headers={"Accept": "image/png"}) == (200, PNG, image)


def test_without_accept_the_image_comes_back_as_base64(api: Api, image: bytes) -> None:
    api.call("POST", "/upload/dog.png", image, {"Content-Type": "image/png"})
    status, headers, body = api.call("GET", "/upload/dog.png")
    assert (status, headers, len(body)) == (200, PNG, -(-len(image) // 3) * 4)


def test_ten_megabytes_pass_and_one_byte_more_does_not(api: Api) -> None:
    largest = os.urandom(LARGEST)
    png = {"Content-Type": "image/png"}
    assert api.call("PUT", "/stored/large.png", largest, png) == (200, PNG, b"")
    got = api.call("GET", "/stored/large.png", headers={"Accept": "image/png"})
    assert got[:2] == (200, PNG)
    assert got[2] == largest
    refused = api.call("PUT", "/stored/larger.png", largest + b"x", png)
    assert refused == (413, {"content-type": "text; charset=utf-8"}, b"HTTP content length exceeded 10485760 bytes.")


def test_what_is_too_large_for_an_event(api: Api) -> None:
    refused = api.call("POST", "/upload/large.png", os.urandom(6 * 1024 * 1024), {"Content-Type": "image/png"})
    body = b'{"message": "Request Too Long"}'
    assert refused == (413, JSON | {"x-amzn-errortype": "BadRequestException"}, body)
