"""What a Lambda authorizer of a REST API answers: who the caller is, what the caller may do, and words for backends.

Developer guide: "Output from an API Gateway Lambda authorizer".
"""

from typing import Any, NamedTuple

import msgspec

from gatewright.execute.caller import Caller
from gatewright.execute.policy_decisions import PolicyDecisions
from gatewright.languages.policy import PolicyError, compile_policy


class AuthorizerResult(NamedTuple):
    """`context` is as backends see it: every value as text. `document` is the policy as it was given."""

    principal_id: str
    document: dict[str, Any]
    decisions: PolicyDecisions
    context: dict[str, str]
    usage_identifier_key: str | None

    def caller(self, latency: int) -> Caller:
        """Who calls, as events and templates show it; `latency` is that of the function, in milliseconds."""
        shown = self.context | {"principalId": self.principal_id, "integrationLatency": latency}
        return Caller(self.principal_id, shown, self.usage_identifier_key)


class AuthorizerAnswer(NamedTuple):
    """A result with what its invocation was like: `latency` in milliseconds, `size` in bytes."""

    result: AuthorizerResult
    caller: Caller
    latency: int
    request_id: str
    size: int

    def kept(self) -> "AuthorizerAnswer":
        """The answer for those who come later, for whom nothing is invoked."""
        return self._replace(caller=self.result.caller(0), latency=0, request_id="")


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
    document = result.policy_document or {}
    if not document.get("Statement"):
        raise MalformedResult("Invalid policy document: Statement is missing")
    try:
        policy = compile_policy(document, kind="identity")
    except PolicyError as error:
        raise MalformedResult(f"Invalid policy document: {error}") from None
    context = {name: _text(value) for name, value in (result.context or {}).items() if value is not None}
    decisions = PolicyDecisions(policy)
    return AuthorizerResult(result.principal_id, document, decisions, context, result.usage_identifier_key)


def _told(message: str) -> str:
    if message.startswith(_UNKNOWN):
        name = message.removeprefix(_UNKNOWN).partition("`")[0]
        return f'Unrecognized field "{name}" , not marked as ignorable'  # the blank is AWS's
    return message


def _text(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
