"""Every answer, read by the SDK's own parser, is the output that the handler gave; every exception keeps its name."""

from datetime import datetime
from typing import Any

import pytest
from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser

from gatewright.aws.encode import encode
from gatewright.aws.errors import ServiceError, encode_error
from gatewright.aws.model import Operation
from gatewright.aws.service import Service
from gatewright.values.headers import pairs
from gatewright.values.response import Response
from tests.conformance.samples import valid_value
from tests.conformance.sdk import SERVICES, for_the_sdk, sdk_model


def output_shape(operation: Operation) -> Any:
    return sdk_model(operation.service).operation_model(operation.name).output_shape


def as_the_sdk_reads(operation: Operation, response: Response) -> dict[str, Any]:
    shape = output_shape(operation)
    headers = HeadersDict(pairs(response.headers))
    received = {"status_code": response.status, "headers": headers, "body": response.body}
    parsed: dict[str, Any] = create_parser("rest-json").parse(received, shape)
    metadata = parsed.pop("ResponseMetadata")
    assert metadata["RequestId"] == "id-1" and metadata["HTTPStatusCode"] == response.status
    return parsed


def plain(value: Any) -> Any:
    """Epoch seconds for the SDK's datetimes."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return int(value.timestamp()) if isinstance(value, datetime) else value


def sample(operation: Operation) -> dict[str, Any]:
    """An output with every member; its status, where a member tells it, is the operation's."""
    assert operation.output is not None
    output: dict[str, Any] = valid_value(operation.shapes, operation.output)
    for name, member in operation.output.members.items():
        if member.location == "statusCode":
            output[name] = operation.status
    return output


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda service: service.name)
def test_every_output_is_read_as_it_was_given(service: Service) -> None:
    for operation in service.operations.values():
        if operation.output is None:
            assert as_the_sdk_reads(operation, encode(operation, None, "id-1")) == {}, operation
        elif operation.name != "InvokeWithResponseStream":  # frames of bytes, which are the function service's to write
            given = sample(operation)
            read = plain(as_the_sdk_reads(operation, encode(operation, given, "id-1")))
            if isinstance(given.get(operation.output.payload), bytes):
                given[operation.output.payload] = given[operation.output.payload].decode()  # the SDK would stream it
            assert read == plain(for_the_sdk(output_shape(operation), given)), operation


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda service: service.name)
def test_every_exception_is_read_by_its_name(service: Service) -> None:
    operation = next(iter(service.operations.values()))
    for name in [name for name, shape in service.shapes.items() if shape.exception]:
        response = encode_error(service, ServiceError(name, "What happened"), "id-1")
        error = as_the_sdk_reads(operation, response)["Error"]
        assert (error["Code"], error["Message"]) == (name, "What happened")
        assert response.status >= 400
