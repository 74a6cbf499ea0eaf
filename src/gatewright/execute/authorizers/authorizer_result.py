"""What a Lambda authorizer answers: who the caller is, what the caller may do, and words for backends.

Format 1.0 of HTTP APIs answers as REST and WebSocket APIs do, 2.0 by a policy or by a simple response, and there
backends see the context as it is. Developer guide: "Output from an API Gateway Lambda authorizer"; "Control access to
HTTP APIs with AWS Lambda authorizers".
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import msgspec

from gatewright.execute.authorizers.policy_decisions import PolicyDecisions
from gatewright.execute.caller import Caller
from gatewright.languages.policy import Effect, PolicyError, compile_policy

if TYPE_CHECKING:
    from gatewright.execute.context import RequestContext

T = TypeVar("T")

_COST = 4096  # bytes, its decisions included
_COST_PER_BYTE = 8
_COST_PER_TEXT = 900
_COST_PER_WILDCARD = 90  # each may end a chunk of its pattern


class Decisions(Protocol):
    """What was decided, for whatever the caller asks."""

    def of(self, context: "RequestContext") -> Effect:
        """Of one request. Raises Refusal when its method's ARN is too long."""
        ...


class SimpleDecision(NamedTuple):
    """The same for every request: a simple response knows no policy."""

    effect: Effect

    def of(self, context: "RequestContext") -> Effect:
        """See Decisions."""
        return self.effect


class AuthorizerResult(NamedTuple):
    """`context` is as backends see it: every value as text, but in format 2.0. `document` is the policy as it was
    given. `size` is what all of it takes, in bytes, estimated: above all the compiled policy, text by text."""

    principal_id: str
    document: dict[str, Any]
    decisions: Decisions
    context: Mapping[str, Any] | None
    usage_identifier_key: str | None
    size: int

    def caller(self, latency: int) -> Caller:
        """Who calls, as events and templates show it; `latency` is that of the function, in milliseconds."""
        shown = {**(self.context or {}), "principalId": self.principal_id, "integrationLatency": latency}
        return Caller(self.principal_id, shown, self.usage_identifier_key, context=self.context)


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


class _Result20(_Result, rename="camel"):
    context: dict[str, Any] | None = None


class _Simple(msgspec.Struct, rename="camel"):
    is_authorized: bool = False
    context: dict[str, Any] | None = None


_decode = msgspec.json.Decoder(_Result).decode
_decode_2_0 = msgspec.json.Decoder(_Result20).decode
_decode_simple = msgspec.json.Decoder(_Simple).decode
_UNKNOWN = "Object contains unknown field `"


def read_result(payload: bytes) -> AuthorizerResult:
    """The answer in a function's result. Raises MalformedResult."""
    result = _decoded(_decode, payload)
    return _by_policy(
        result, {name: _text(value) for name, value in (result.context or {}).items() if value is not None}, payload
    )


def read_http_result(payload: bytes) -> AuthorizerResult:
    """The same in format 1.0 of HTTP APIs, where the claims of a token have a place of their own."""
    result = read_result(payload)
    _check_context(result.context)
    return result._replace(context=result.context or None)


def read_policy_result(payload: bytes) -> AuthorizerResult:
    """The answer in format 2.0, by a policy. Raises MalformedResult."""
    result = _decoded(_decode_2_0, payload)
    _check_context(result.context)
    return _by_policy(result, result.context, payload)


def read_simple_response(payload: bytes) -> AuthorizerResult:
    """The answer in format 2.0, by a simple response: what does not say that the caller is authorized denies."""
    answer = _decoded(_decode_simple, payload)
    _check_context(answer.context)
    decision = SimpleDecision(Effect.ALLOW if answer.is_authorized else Effect.SILENT)
    return AuthorizerResult("", {}, decision, answer.context, None, _COST + _COST_PER_BYTE * len(payload))


def _decoded(decode: Callable[[bytes], T], payload: bytes) -> T:
    try:
        return decode(payload)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise MalformedResult(f"Invalid JSON in response: {_told(str(error))}") from None


def _check_context(context: Mapping[str, Any] | None) -> None:
    if context and "claims" in context:  # those of a JWT authorizer are shown under that name
        raise MalformedResult("Invalid JSON in response: claims is a reserved name of the context")


def _by_policy(result: _Result, context: Mapping[str, Any] | None, payload: bytes) -> AuthorizerResult:
    if result.principal_id is None:
        raise MalformedResult("Invalid JSON in response: principalId is missing")
    document = result.policy_document or {}
    if not document.get("Statement"):
        raise MalformedResult("Invalid policy document: Statement is missing")
    try:
        policy = compile_policy(document, kind="identity")
    except PolicyError as error:
        raise MalformedResult(f"Invalid policy document: {error}") from None
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
