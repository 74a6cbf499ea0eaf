"""Every operation, as the SDK's own serializer sends it, arrives at itself with the input it was given."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.serialize import create_serializer

from gatewright.aws.decode import decode
from gatewright.aws.model import Operation
from gatewright.aws.service import Service
from gatewright.execute.registry import Registry
from gatewright.values.headers import header_line
from gatewright.values.request import Request
from tests.conformance.samples import valid_input
from tests.conformance.sdk import SERVICES, for_the_sdk, sdk_model

DATA_PLANE = Registry(lambda api_id: None, lambda api_id, stage: None)


def sent_by_the_sdk(operation: Operation, values: dict[str, Any]) -> Request:
    model = sdk_model(operation.service)
    serialized = create_serializer("rest-json", False).serialize_to_request(
        values, model.operation_model(operation.name)
    )
    prepare_request_dict(serialized, endpoint_url="http://127.0.0.1:4566", context={})
    prepared = create_request_object(serialized).prepare()
    parts = urlsplit(prepared.url)
    headers = [header_line(name, _text(value)) for name, value in [("Host", parts.netloc), *prepared.headers.items()]]
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    body = prepared.body.encode() if isinstance(prepared.body, str) else bytes(prepared.body or b"")
    return Request(prepared.method, target, parts.path, parts.query, headers, body, "127.0.0.1", "http", 0.0)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def test_the_models_are_those_the_product_promises() -> None:
    counts = {name: len(service.operations) for name, service in SERVICES.items()}
    assert counts["apigateway"] >= 124 and counts["apigatewayv2"] >= 103
    assert counts["lambda"] >= 60


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda service: service.name)
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "required"])
def test_every_operation_arrives_at_itself(service: Service, whole: bool) -> None:
    for operation in service.operations.values():
        values = valid_input(operation, whole=whole)
        shape = sdk_model(service.name).operation_model(operation.name).input_shape
        request = sent_by_the_sdk(operation, for_the_sdk(shape, values) if shape else values)
        found = service.match(request.method, request.path, request.query)
        assert found is not None and found[0] is operation, (operation, request.target, found)
        assert decode(*found, request) == values, (operation, request)
        assert DATA_PLANE.find(request) is None, (operation, request)


def test_labels_keep_every_character() -> None:
    operation = SERVICES["apigateway"].operations["GetModel"]
    values = {"restApiId": "a b%2F+ü", "modelName": "(none)/{x}?&#"}
    request = sent_by_the_sdk(operation, values)
    found = SERVICES["apigateway"].match(request.method, request.path, request.query)
    assert found is not None and decode(*found, request) == values


def test_operations_are_told_apart_across_services() -> None:
    # Lambda, the two API Gateway models and the connections share no first path segment: a scope's service could be
    # guessed from the path alone.
    first = {
        name: {op.uri.partition("?")[0].split("/")[1] for op in s.operations.values()} for name, s in SERVICES.items()
    }
    for name, segments in first.items():
        others = set().union(*(first[other] for other in first if other != name))
        assert not segments & others, (name, json.dumps(sorted(segments & others)))
