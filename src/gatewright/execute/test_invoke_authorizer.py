"""TestInvokeAuthorizer: an authorizer asked about a request that the call makes up, its log returned.

Nothing is kept and no method is called: whether the policy allows anything is for the caller to read. There is no
method whose scopes would ask for an access token, so a Cognito authorizer wants an id token.
API reference: TestInvokeAuthorizer; the log's wording is that of recorded tests.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar

import msgspec

from gatewright.execute.authorizers.authorizer_result import AuthorizerResult
from gatewright.execute.authorizers.identity_source import Identity, IdentitySource
from gatewright.execute.authorizers.lambda_authorizer import compile_lambda_authorizer
from gatewright.execute.authorizers.user_pool_authorizer import compile_user_pool_authorizer
from gatewright.execute.context import RequestContext
from gatewright.execute.domain import TEST_STAGE
from gatewright.execute.execution_log import ExecutionLog, braced, invocation_sent, stars
from gatewright.execute.gateway_response import AUTHORIZER_CONFIGURATION_ERROR, CONFIGURATION_FAILURE, UNAUTHORIZED
from gatewright.execute.integrations.lambda_function import error_message
from gatewright.execute.method import Methods
from gatewright.execute.method_arn import api_arn
from gatewright.execute.plan import Document, Source
from gatewright.execute.rest import begin
from gatewright.execute.rest_stage import source_of
from gatewright.execute.test_invoke import made_up_request, plan_of_test
from gatewright.execute.world import Functions, World
from gatewright.values.invocation import InvocationResponse, InvocationStream
from gatewright.values.refusal import Refusal, refuse

USER_POOLS = "COGNITO_USER_POOLS"
_STAGE_IN_ARN = "ESTestInvoke-stage"  # recorded: in the method's ARN alone the stage of a test is called so
_RESOURCE = {"id": "test-invoke-resource-id", "path": "/", "resourceMethods": {"GET": {}}}
_NOT_ASKED = f"{CONFIGURATION_FAILURE}Authorizer error"
T = TypeVar("T")
_encode = msgspec.json.Encoder().encode


class _Test(NamedTuple):
    """One authorizer under test, its stage and the request; `more` are variables of `$context` that the call gives."""

    document: Document
    source: Source
    context: RequestContext
    functions: "_Noted"
    log: ExecutionLog
    more: Mapping[str, str]


async def test_invoke_authorizer(
    world: World, api: Document, document: Document, given: Mapping[str, Any], account: str, region: str
) -> dict[str, Any]:
    """TestInvokeAuthorizer's output for its input `given`; `document` is GetAuthorizer's output.

    Raises ServiceError when `given` makes no request.
    """
    source = source_of(api, TEST_STAGE, dict(given.get("stageVariables") or {}), account, region, in_test=True)
    context = _context(api, source, given, world.now())
    log = ExecutionLog(world, context.request_id)
    functions = _Noted(world.functions, log, context)
    test = _Test(document, source, context, functions, log, given.get("additionalContext") or {})
    log.add(f"Starting authorizer: {document['id']} for request: {context.request_id}")
    output: dict[str, Any] = {"clientStatus": 0}
    try:
        ask = _claims if document["type"] == USER_POOLS else _policy
        output |= await ask(test, replace(world, functions=functions))
        log.add("Successfully completed authorizer execution")
    except Refusal as refusal:
        output["clientStatus"] = refusal.row.status
        _log_refusal(test, refusal)
    return output | {"log": log.text(), "latency": int((world.now() - context.began) * 1000)}


async def _claims(test: _Test, world: World) -> dict[str, Any]:
    authorizer = _compiled(compile_user_pool_authorizer, test)
    caller = await authorizer.admit(_identity(test, authorizer.identity), world)
    return dict(caller.authorizer or {})


async def _policy(test: _Test, world: World) -> dict[str, Any]:
    authorizer = _compiled(compile_lambda_authorizer, test)
    identity = _identity(test, authorizer.identity)
    authorizer.check(identity)
    result: AuthorizerResult = (await authorizer.ask(test.context, world, identity, _method_arn(test.context))).result
    test.log.add(f"Using valid authorizer policy for principal: {stars(result.principal_id)}")
    return {
        "principalId": result.principal_id,
        "policy": _encode(result.document).decode(),
        "authorization": {name: [value] for name, value in (result.context or {}).items()},
    }


def _compiled(compile_authorizer: Callable[[Source, Document], T], test: _Test) -> T:
    try:
        return compile_authorizer(test.source, test.document)
    except ValueError as error:
        refuse(AUTHORIZER_CONFIGURATION_ERROR, cause=f"{CONFIGURATION_FAILURE}{error}")


def _identity(test: _Test, source: IdentitySource) -> Identity:
    identity = source.of(test.context, test.more)
    shown = [(name, stars(values[-1])) for name, values in zip(source.expressions, identity, strict=True)]
    test.log.add(f"Incoming identity: {braced(shown) if test.document['type'] == 'REQUEST' else shown[0][1]}")
    return identity


def _log_refusal(test: _Test, refusal: Refusal) -> None:
    """Why the authorizer lets nobody in."""
    if refusal.cause:
        test.log.add(refusal.cause)
    if refusal.row is UNAUTHORIZED:
        test.log.add(f"Unauthorized request: {test.context.request_id}")
        test.log.add(refusal.message or "")
        return
    if not test.functions.answered:
        test.log.add(_NOT_ASKED)
    test.log.add(refusal.row.error_type)


def _context(api: Document, source: Source, given: Mapping[str, Any], now: float) -> RequestContext:
    method = Methods({}, source).plan(_RESOURCE, "GET")
    request = made_up_request(given, "GET", "/", now)
    context = begin(plan_of_test(source, api, method), request, request.path)
    context.method = method
    return context


def _method_arn(context: RequestContext) -> str:
    plan = context.plan
    here = api_arn(plan.region, plan.account, plan.api_id)
    return f"{here}/{_STAGE_IN_ARN}/GET/{context.path.lstrip('/')}"


@dataclass(slots=True)
class _Noted:
    """The functions of the world; the log tells what an authorizer is asked and what it answers."""

    functions: Functions
    log: ExecutionLog
    context: RequestContext
    answered: bool = False

    async def invoke(
        self, function_arn: str, event: bytes, *, source_arn: str | None, timeout: float, trace_id: str
    ) -> InvocationResponse:
        invocation_sent(self.log, self.context, function_arn, event, source_arn)
        invocation = await self.functions.invoke(
            function_arn, event, source_arn=source_arn, timeout=timeout, trace_id=trace_id
        )
        self.answered = True
        if not invocation.function_error or error_message(invocation.payload) != "Unauthorized":
            text = invocation.payload.decode("utf-8", "replace")
            self.log.add(f"Authorizer result body before parsing: {text}")
        return invocation

    def stream(self, *request: Any, **options: Any) -> Awaitable[InvocationStream]:
        return self.functions.stream(*request, **options)

    def queue(self, *request: Any, **options: Any) -> str:
        return self.functions.queue(*request, **options)
