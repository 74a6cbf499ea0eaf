"""What a Lambda authorizer of a REST API answers: who the caller is, what the caller may do, and words for backends.

Developer guide: "Output from an API Gateway Lambda authorizer".
"""

from typing import Any, NamedTuple

import msgspec

from gatewright.execute.authorizers.policy_decisions import PolicyDecisions
from gatewright.execute.caller import Caller
from gatewright.languages.policy import PolicyError, compile_policy

_COST = 4096  # bytes, its decisions included
_COST_PER_BYTE = 8
_COST_PER_TEXT = 900
_COST_PER_WILDCARD = 90  # each may end a chunk of its pattern


class AuthorizerResult(NamedTuple):
    """`context` is as backends see it: every value as text. `document` is the policy as it was given. `size` is what
    all of it takes, in bytes, estimated: above all the compiled policy, text by text."""

    principal_id: str
    document: dict[str, Any]
    decisions: PolicyDecisions
    context: dict[str, str]
    usage_identifier_key: str | None
    size: int

    def caller(self, latency: int) -> Caller:
        """Who calls, as events and templates show it; `latency` is that of the function, in milliseconds."""
        shown = self.context | {"principalId": self.principal_id, "integrationLatency": latency}
        return Caller(self.principal_id, shown, self.usage_identifier_key)


class AuthorizerAnswer(NamedTuple):
    """A result with the caller it makes known to whoever waited for it."""

    result: AuthorizerResult
    caller: Caller

    def kept(self) -> "AuthorizerAnswer":
        """The answer for those who come later, for whom nothing is invoked."""
        return self._replace(caller=self.result.caller(0))


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
    size = _COST + _COST_PER_BYTE * len(payload) + _cost(document)
    decisions = PolicyDecisions(policy)
    return AuthorizerResult(result.principal_id, document, decisions, context, result.usage_identifier_key, size)


def _cost(part: Any) -> int:
    """What a document takes by its texts, in bytes. It was compiled: so it is not deep."""
    if isinstance(part, list | dict):
        return sum(map(_cost, part.values() if isinstance(part, dict) else part))
    wildcards = part.count("*") + part.count("?") if isinstance(part, str) else 0
    return _COST_PER_TEXT + _COST_PER_WILDCARD * wildcards


def _told(message: str) -> str:
    if message.startswith(_UNKNOWN):
        name = message.removeprefix(_UNKNOWN).partition("`")[0]
        return f'Unrecognized field "{name}" , not marked as ignorable'  # the blank is AWS's
    return message


def _text(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
