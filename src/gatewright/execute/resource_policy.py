"""An API's resource policy, and the ARNs that it may leave out.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html
"""

from collections.abc import Mapping
from typing import Any

from gatewright.languages.policy import Policy, compile_policy, read_policy

ANY_API = "arn:aws:execute-api:*:*:*"
_SHORT = "execute-api:/"


def compile_resource_policy(text: str, arn: str) -> Policy:
    """What a policy says of requests to the API of that ARN. Raises PolicyError."""
    return compile_policy(expanded(read_policy(text), arn), kind="resource")


def expanded(document: Mapping[str, Any], arn: str) -> Mapping[str, Any]:
    """A policy document with `execute-api:/...` written out as `{arn}/...`; what is no such document stays as it is."""
    statements = document.get("Statement")
    if isinstance(statements, list):
        return {**document, "Statement": [_statement(statement, arn) for statement in statements]}
    return {**document, "Statement": _statement(statements, arn)} if statements is not None else document


def _statement(statement: Any, arn: str) -> Any:
    if not isinstance(statement, Mapping):
        return statement
    return {
        name: _full(value, arn) if name in ("Resource", "NotResource") else value for name, value in statement.items()
    }


def _full(value: Any, arn: str) -> Any:
    if isinstance(value, list):
        return [_full(each, arn) for each in value]
    if isinstance(value, str) and value.startswith(_SHORT):
        return f"{arn}/{value.removeprefix(_SHORT)}"
    return value
