"""A Lambda authorizer: a function that says who calls and what the caller may do.

The same code asks those of all kinds of APIs, for requests and for TestInvokeAuthorizer; they differ in events, in how
an answer is read, and in patience. What identifies the caller is looked for first: without it nobody is asked.
Developer guide: "Use API Gateway Lambda authorizers"; API reference: CreateAuthorizer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from gatewright.execute.authorizers.authorizer_event import request_event, token_event
from gatewright.execute.authorizers.authorizer_result import (
    AuthorizerAnswer,
    AuthorizerResult,
    MalformedResult,
    read_result,
)
from gatewright.execute.authorizers.authorizer_results import ResultKey
from gatewright.execute.authorizers.identity_source import Identity, IdentitySource, compile_identity_source
from gatewright.execute.context import RequestContext
from gatewright.execute.credentials import ROLE
from gatewright.execute.endpoint import InvalidEndpoint, with_stage_variables
from gatewright.execute.event_headers import event_headers, given_headers
from gatewright.execute.gateway_response import (
    AUTHORIZER_CONFIGURATION_ERROR,
    AUTHORIZER_FAILURE,
    CONFIGURATION_FAILURE,
    UNAUTHORIZED,
)
from gatewright.execute.integrations.lambda_function import FAULTS, INVOKE, error_message, function_of
from gatewright.execute.method_arn import api_arn, method_arn
from gatewright.execute.phases import tell_more
from gatewright.execute.plan import Document, Source
from gatewright.execute.world import World
from gatewright.languages.full_match import FullMatch, compile_full_match
from gatewright.languages.policy import Effect
from gatewright.values.faults import FunctionFault, FunctionFaultKind
from gatewright.values.invocation import InvocationResponse
from gatewright.values.refusal import refuse

PATIENCE = 29.0  # seconds
USUAL_TTL = 300  # seconds, unless an authorizer says otherwise
# The Lambda service had no result; any other fault is one of how authorizer and function are set up.
_FAILURES: frozenset[FunctionFaultKind] = frozenset({"timeout", "throttled", "unavailable"})
_encode = msgspec.json.Encoder().encode


# The event for a request: its identity, and the ARN of what it asks for.
EventOf = Callable[[RequestContext, Identity, str], bytes]


class Asking(NamedTuple):
    """How a function is asked: its event, what its answer says (raises MalformedResult), and for how many seconds."""

    event: EventOf
    read: Callable[[bytes], AuthorizerResult]
    patience: float = PATIENCE


@dataclass(frozen=True, slots=True)
class LambdaAuthorizer:
    """`function` is its ARN, and `fault` why there is none. `source_arn` is None when it is called as a role.

    `matches` is what a token must be like; `ttl` in seconds, 0 to ask each time. `seed` is the beginning of all digests
    that results are kept by: of everything that decides whom the identity is shown to."""

    asking: Asking
    function: str
    fault: str
    source_arn: str | None
    identity: IdentitySource
    matches: FullMatch | None
    ttl: float
    seed: bytes

    async def decide(self, context: RequestContext, world: World) -> Effect:
        """What the function's policy says of the request; notes who calls. Raises Refusal."""
        identity = self.identity.of(context)
        self.check(identity)
        plan, results = context.plan, world.authorizer_results
        key = ResultKey(plan.api_id, plan.stage, sha256(self.seed + _encode(identity)).digest())
        answer = results.kept(key, self.ttl)
        if answer is None:
            ask = partial(self.ask, context, world, identity, method_arn(context))
            answer = await (results.asked(key, ask) if self.ttl else ask())
        context.caller = answer.caller
        return answer.result.decisions.of(context)

    def check(self, identity: Identity) -> None:
        """Hold a token against the validation expression. Raises Refusal."""
        if self.matches is not None and not self.matches(identity[0][-1]):
            refuse(UNAUTHORIZED)

    async def ask(self, context: RequestContext, world: World, identity: Identity, arn: str) -> AuthorizerAnswer:
        """The function's answer; `arn` is that of the method. Raises Refusal for one that lets nobody in."""
        if self.fault:
            refuse(AUTHORIZER_CONFIGURATION_ERROR, cause=self.fault)
        began = world.now()
        try:
            invocation = await world.functions.invoke(
                self.function,
                self.asking.event(context, identity, arn),
                source_arn=self.source_arn,
                timeout=self.asking.patience,
                trace_id=context.trace_id,
            )
        except FunctionFault as fault:
            row = AUTHORIZER_FAILURE if fault.kind in _FAILURES else AUTHORIZER_CONFIGURATION_ERROR
            known = FAULTS[fault.kind]
            if known.status is not None:
                tell_more(context, {"authorizer.integrationStatus": known.status})
            refuse(row, cause=known.reason, detail=fault.reason)
        return self._read(context, invocation, int((world.now() - began) * 1000))

    def _read(self, context: RequestContext, invocation: InvocationResponse, latency: int) -> AuthorizerAnswer:
        """The answer in what the function gave. Raises Refusal."""
        tell_more(
            context,
            {
                "authorizer.integrationStatus": 200,
                "authorizer.integrationLatency": latency,
                "authorizer.requestId": invocation.request_id,
            },
        )
        payload = invocation.payload
        if invocation.function_error and error_message(payload) == "Unauthorized":
            refuse(UNAUTHORIZED)
        try:
            result = self.asking.read(payload)
            if invocation.function_error:
                raise MalformedResult("Invalid JSON in response: it is an error")
        except MalformedResult as error:
            raised = f" raised: {error_message(payload)}" if invocation.function_error else ""
            detail = f"{self.function}{raised}"
            refuse(AUTHORIZER_CONFIGURATION_ERROR, cause=f"{CONFIGURATION_FAILURE}{error}", detail=detail)
        return AuthorizerAnswer(result, result.caller(latency))


def compile_lambda_authorizer(source: Source, document: Document) -> LambdaAuthorizer:
    """GetAuthorizer's output compiled for the stage of `source`. Raises ValueError for one that cannot decide."""
    sources = compile_identity_source(document.get("identitySource"), source.variables)
    is_token = document["type"] == "TOKEN"
    if is_token and len(sources.expressions) != 1:
        raise ValueError(f"the TOKEN authorizer {document['id']} has no token source")
    expression = document.get("identityValidationExpression")
    ttl = document.get("authorizerResultTtlInSeconds")
    return compile_asking(
        source,
        document,
        asking=_TOKEN if is_token else _REQUEST,
        identity=sources,
        matches=compile_full_match(expression) if is_token and expression is not None else None,
        ttl=USUAL_TTL if ttl is None else ttl,
    )


def compile_asking(
    source: Source,
    document: Document,
    *,
    asking: Asking,
    identity: IdentitySource,
    ttl: float,
    matches: FullMatch | None = None,
) -> LambdaAuthorizer:
    """An authorizer with the first API's words, of any kind of API. Raises ValueError for credentials that are none.

    A URI that leads nowhere is told to those who come with an identity only, as on AWS."""
    role = with_stage_variables(document.get("authorizerCredentials") or "", source.variables)
    if role and not ROLE.fullmatch(role):
        raise ValueError(f"Invalid credentials: {role} is not the ARN of a role")
    function, fault = _function(document, source.variables)
    here = f"{api_arn(source.region, source.account, source.api_id)}/authorizers/{document['id']}"
    # An answer of one format says something else in another.
    form = document.get("authorizerPayloadFormatVersion"), document.get("enableSimpleResponses")
    return LambdaAuthorizer(
        asking=asking,
        function=function,
        fault=fault,
        source_arn=None if role else here,
        identity=identity,
        matches=matches,
        ttl=ttl if identity.expressions else 0,
        seed=sha256(_encode((here, document["type"], form, function, role, identity.expressions))).digest(),
    )


def _function(document: Document, variables: Mapping[str, str]) -> tuple[str, str]:
    """The ARN of the function, and why there is none; one of them is ""."""
    uri: Any = document.get("authorizerUri")
    try:
        return function_of(uri or "", variables, INVOKE), ""
    except InvalidEndpoint as error:
        return "", f"{CONFIGURATION_FAILURE}{error}"


def _request_event(context: RequestContext, identity: Identity, arn: str) -> bytes:
    in_test = not context.plan.deployment_id
    headers = given_headers(context.request) if in_test else event_headers(context.request, context.trace_id)
    return request_event(context, arn, headers)


_TOKEN = Asking(lambda context, identity, arn: token_event(identity[0][-1], arn), read_result)
_REQUEST = Asking(_request_event, read_result)
