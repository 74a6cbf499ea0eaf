"""Broken constraints in AWS's words: one message that tells all of them."""

from typing import Any

import pytest

from gatewright.aws import constraints
from gatewright.aws.errors import ServiceError
from gatewright.aws.service import load_service

V1, V2, LAMBDA = load_service("apigateway"), load_service("apigatewayv2"), load_service("lambda")
SERVICES = {service.name: service for service in (V1, V2, LAMBDA)}


def refusal(operation: str, values: dict[str, Any]) -> tuple[str, str]:
    service, _, name = operation.partition(" ")
    with pytest.raises(ServiceError) as raised:
        constraints.check(SERVICES[service].operations[name], values)
    return raised.value.code, raised.value.message


METHOD = {"restApiId": "a", "resourceId": "r", "httpMethod": "GET"}
FUNCTION = {"FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/r", "Code": {}}
TYPES = "[HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS]"
OPS = "[add, remove, move, test, replace, copy]"
NAME = LAMBDA.shapes["FunctionName"].pattern


NULL = "Member must not be null"


@pytest.mark.parametrize(
    ("operation", "values", "problems"),
    [
        ("apigateway CreateRestApi", {}, [("null", "createRestApiInput.name", NULL)]),
        (
            "apigateway PutIntegration",
            METHOD | {"type": "wrong"},
            [("'wrong'", "putIntegrationInput.type", f"Member must satisfy enum value set: {TYPES}")],
        ),
        (
            "apigateway PutMethodResponse",
            METHOD | {"statusCode": "wrong"},
            [("'wrong'", "statusCode", "Member must satisfy regular expression pattern: [1-5]\\d\\d")],
        ),
        (
            "apigateway UpdateMethodResponse",
            METHOD | {"statusCode": "wrong", "patchOperations": [{"op": "no"}]},
            [
                (
                    *("'no'", "updateMethodResponseInput.patchOperations.1.member.op"),
                    f"Member must satisfy enum value set: {OPS}",
                ),
                ("'wrong'", "statusCode", "Member must satisfy regular expression pattern: [1-5]\\d\\d"),
            ],
        ),
        (
            "apigateway UpdateRestApi",
            {"restApiId": "a", "patchOperations": [{"op": "replace"}, {"op": "wrong"}]},
            [
                (
                    *("'wrong'", "updateRestApiInput.patchOperations.2.member.op"),
                    f"Member must satisfy enum value set: {OPS}",
                )
            ],
        ),
        (
            "lambda CreateFunction",
            FUNCTION | {"FunctionName": "no match!", "MemorySize": 1, "Timeout": 0},
            [
                ("'no match!'", "functionName", f"Member must satisfy regular expression pattern: {NAME}"),
                ("'0'", "timeout", "Member must have value greater than or equal to 1"),
                ("'1'", "memorySize", "Member must have value greater than or equal to 128"),
            ],
        ),
        (
            "lambda CreateFunction",
            FUNCTION | {"Architectures": ["arm64", "mips"]},
            [
                ("'[arm64, mips]'", "architectures", "Member must have length less than or equal to 1"),
                (
                    *("'[arm64, mips]'", "architectures"),
                    "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]",
                ),
            ],
        ),
        ("apigatewayv2 CreateApi", {"name": "x"}, [("null", "protocolType", NULL)]),
    ],
)
def test_all_that_is_broken_is_told(
    operation: str, values: dict[str, Any], problems: list[tuple[str, str, str]]
) -> None:
    told = [
        f"Value {value} at '{where}' failed to satisfy constraint: {sentence}" for value, where, sentence in problems
    ]
    count = "1 validation error" if len(told) == 1 else f"{len(told)} validation errors"
    code = "BadRequestException" if operation.startswith("apigatewayv2") else "ValidationException"
    assert refusal(operation, values) == (code, f"{count} detected: {'; '.join(told)}")


def test_a_secret_value_is_not_shown() -> None:
    told = refusal("lambda CreateFunction", FUNCTION | {"Environment": {"Variables": {"1bad": "secret"}}})[1]
    assert "secret" not in told and "1bad" not in told
    assert told.startswith(
        "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: "
    )


def test_lambda_tells_of_an_unknown_runtime_in_its_own_words() -> None:
    code, message = refusal("lambda CreateFunction", FUNCTION | {"Runtime": "cobol"})
    assert code == "InvalidParameterValueException"
    assert message.startswith(
        "Value cobol at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs, "
    )
    assert message.endswith("] or be a valid ARN")


def test_text_far_too_long_is_refused_without_trying_its_pattern() -> None:
    name = "a." * 500_000
    told = refusal("lambda GetFunction", {"FunctionName": name})[1]
    assert told == (
        f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: "
        f"Member must have length less than or equal to {LAMBDA.shapes['NamespacedFunctionName'].max}"
    )


def test_every_pattern_of_the_models_works_here() -> None:
    for service in SERVICES.values():
        for shape in service.shapes.values():
            if shape.pattern:
                constraints._compiled(shape.pattern)


def test_patterns_mean_what_they_mean_in_java() -> None:
    constraints.check(LAMBDA.operations["TagResource"], {"Resource": LAMBDA_ARN, "Tags": {"größe_1 é": "北京"}})
    assert refusal("lambda TagResource", {"Resource": LAMBDA_ARN, "Tags": {"a\tb": ""}})[0] == "ValidationException"
    assert refusal("apigateway PutMethodResponse", METHOD | {"statusCode": "2\u0660\u0660"})[0] == "ValidationException"


LAMBDA_ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
