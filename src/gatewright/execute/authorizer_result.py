"""What a Lambda authorizer of a REST API answers: who the caller is, what the caller may do, and words for backends.

Developer guide: "Output from an API Gateway Lambda authorizer".
"""

from typing import Any, NamedTuple

import msgspec


class AuthorizerResult(NamedTuple):
    """`context` is as backends see it: every value as text. `policy` is the policy document as it was given."""

    principal_id: str
    policy: dict[str, Any]
    context: dict[str, str]
    usage_identifier_key: str | None


class MalformedResult(ValueError):
    """An answer that decides nothing; the text is for the execution log."""


class _Result(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Recorded: an answer with any other member is none."""

    principal_id: str | None = None
    policy_document: dict[str, Any] | None = None
    context: dict[str, str | int | float | bool | None] | None = None
    usage_identifier_key: str | None = None


_decode = msgspec.json.Decoder(_Result).decode
_UNKNOWN = "Object contains unknown field `"


def read_result(payload: bytes) -> AuthorizerResult:
    """The answer in a function's result. Raises MalformedResult."""
    try:
        result = _decode(payload)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise MalformedResult(f"Invalid JSON in response: {_told(str(error))}") from None
    if result.principal_id is None:
        raise MalformedResult("Invalid JSON in response: principalId is missing")
    policy = result.policy_document or {}
    statements = policy.get("Statement")
    if not isinstance(statements, list | dict) or not statements:
        raise MalformedResult("Invalid policy document: Statement is missing")
    context = {name: _text(value) for name, value in (result.context or {}).items() if value is not None}
    return AuthorizerResult(result.principal_id, policy, context, result.usage_identifier_key)


def _told(message: str) -> str:
    if message.startswith(_UNKNOWN):
        name = message.removeprefix(_UNKNOWN).partition("`")[0]
        return f'Unrecognized field "{name}" , not marked as ignorable'  # the blank is AWS's
    return message


def _text(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
