"""Paths to operations, apart from those the conformance tests walk."""

import pytest

from gatewright.aws.model import ModelMissing, read_model
from gatewright.aws.service import load_service

V1 = load_service("apigateway")


@pytest.mark.parametrize(
    ("line", "operation"),
    [
        ("POST /restapis", "CreateRestApi"),
        ("POST /restapis?mode=import", "ImportRestApi"),
        ("POST /restapis?x=1&mode=import&basepath=split", "ImportRestApi"),
        ("POST /restapis?mode=other", "CreateRestApi"),
        ("GET /restapis/", "GetRestApis"),
        ("GET /restapis/%2F", "GetRestApi"),
        ("GET /restapis/restapis/resources", "GetResources"),
    ],
)
def test_found(line: str, operation: str) -> None:
    method, target = line.split()
    path, _, query = target.partition("?")
    found = V1.match(method, path, query)
    assert found is not None and found[0].name == operation


@pytest.mark.parametrize("path", ["", "/", "//", "/restapis//resources", "*", "/RestApis", "/restapis/a/b"])
def test_not_found(path: str) -> None:
    assert V1.match("PUT", path, "") is None


def test_a_model_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelMissing, match="'nonsense'"):
        read_model("nonsense")
