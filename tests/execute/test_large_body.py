"""Large bodies are mapped beside all other requests, small ones at once; the answer is the same."""

import json

import pytest

from gatewright.execute.world import Returned
from tests.execute.stage import MOCK, Scene, headers, one, request

ECHO = {"application/json": '{"statusCode": 200, "length": $input.body.length()}'}
HTTP = {
    "type": "HTTP",
    "httpMethod": "POST",
    "uri": "http://backend.test/",
    "requestTemplates": {"application/json": "$input.json('$.a')"},
    "integrationResponses": {
        "200": {"statusCode": "200", "responseTemplates": {"application/json": "$input.json('$')"}}
    },
}


@pytest.mark.parametrize(("size", "beside_others"), [(10, 0), (65_537, 2)])
def test_http(size: int, beside_others: int) -> None:
    text = json.dumps("x" * size)
    scene = Scene(Returned(200, headers("Content-Type: application/json"), text.encode()))
    response = scene.serve(one(HTTP, verb="POST"), request("POST", body=f'{{"a": {text}}}'.encode()))
    assert (scene.backend.sent[0][3], response.body) == (text.encode(), text.encode())
    assert scene.work.beside_others == beside_others


@pytest.mark.parametrize(("size", "beside_others"), [(10, 0), (65_537, 1)])
def test_a_mock(size: int, beside_others: int) -> None:
    scene = Scene()
    asked = request("POST", body=b"x" * size)
    assert scene.serve(one(MOCK | {"requestTemplates": ECHO}, verb="POST"), asked).status == 200
    assert scene.work.beside_others == beside_others


@pytest.mark.parametrize(("size", "beside_others"), [(1000, 0), (10_000, 1)])
def test_a_template_is_parsed_once_and_a_large_one_beside_others(size: int, beside_others: int) -> None:
    scene = Scene()
    stage = one(MOCK | {"requestTemplates": {"application/json": '{"statusCode": 200}##' + "x" * size}}, verb="POST")
    for _ in range(2):
        assert scene.serve(stage, request("POST", body=b"{}")).status == 200
        assert scene.work.beside_others == beside_others
