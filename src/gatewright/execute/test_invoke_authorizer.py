"""TestInvokeAuthorizer: an authorizer asked about a request that the call makes up, its log returned.

Nothing is kept and no method is called: whether the policy allows anything is for the caller to read. There is no
method whose scopes would ask for an access token, so a Cognito authorizer wants an id token.
API reference: TestInvokeAuthorizer; the log's wording is that of recorded tests.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from gatewright.execute.authorizer_event import request_event, token_event
from gatewright.execute.authorizer_result import AuthorizerResult, MalformedResult, read_result
from gatewright.execute.compile import Shared, compile_method, source_of
from gatewright.execute.context import RequestContext
from gatewright.execute.domain import TEST_STAGE
from gatewright.execute.endpoint import InvalidEndpoint
from gatewright.execute.event_headers import given_headers
from gatewright.execute.execution_log import ExecutionLog, braced, invocation_sent, stars
from gatewright.execute.gateway_response import CONFIGURATION_FAILURE
from gatewright.execute.identity_source import Identity, compile_identity
from gatewright.execute.integrations.lambda_function import FAULTS, INVOKE, error_message, function_of
from gatewright.execute.plan import Document
from gatewright.execute.rest import begin
from gatewright.execute.test_invoke import made_up_request, plan_of_test
from gatewright.execute.user_pool_keys import PoolUnreachable
from gatewright.execute.world import World
from gatewright.languages.full_match import compile_full_match
from gatewright.values.faults import FunctionFault
from gatewright.values.invocation import InvocationResponse

USER_POOLS = "COGNITO_USER_POOLS"
EXPIRED = "The incoming token has expired"
STAGE_ARN = "ESTestInvoke-stage"  # recorded: in the method's ARN alone the stage of a test is called so
PATIENCE = 29.0  # seconds
_RESOURCE = {"id": "test-invoke-resource-id", "path": "/", "resourceMethods": {"GET": {}}}
_MISCONFIGURED = (f"{CONFIGURATION_FAILURE}Authorizer error", "AuthorizerConfigurationException")
_encode = msgspec.json.Encoder().encode


class _Ended(Exception):
    """The authorizer lets nobody in: the status for the client, and the last lines of the log."""

    def __init__(self, status: int, *lines: str) -> None:
        super().__init__(status)
        self.status = status
        self.lines = lines


class _Authorizer(NamedTuple):
    """One authorizer under test."""

    document: Document
    context: RequestContext
    log: ExecutionLog

    def unauthorized(self, message: str = "Unauthorized") -> _Ended:
        """The caller is not known; `message` is what a client would be told."""
        return _Ended(401, f"Unauthorized request: {self.context.request_id}", message)


async def test_invoke_authorizer(
    world: World, api: Document, document: Document, given: Mapping[str, Any], account: str, region: str
) -> dict[str, Any]:
    """TestInvokeAuthorizer's output for its input `given`; `document` is GetAuthorizer's output.

    Raises ServiceError when `given` makes no request.
    """
    context = _context(api, given, account, region, world.now())
    authorizer = _Authorizer(document, context, ExecutionLog(world, context.request_id))
    log = authorizer.log
    log.add(f"Starting authorizer: {document['id']} for request: {context.request_id}")
    output: dict[str, Any] = {"clientStatus": 0}
    try:
        identity = _identity(authorizer, given.get("additionalContext") or {})
        if document["type"] == USER_POOLS:
            output["claims"] = await _claims(authorizer, world, identity)
        else:
            result = _result(authorizer, await _ask(authorizer, world, identity))
            log.add(f"Using valid authorizer policy for principal: {stars(result.principal_id)}")
            output |= {"principalId": result.principal_id, "policy": _encode(result.policy).decode()}
            output["authorization"] = {name: [value] for name, value in result.context.items()}
        log.add("Successfully completed authorizer execution")
    except _Ended as ended:
        output["clientStatus"] = ended.status
        for line in ended.lines:
            log.add(line)
    return output | {"log": log.text(), "latency": int((world.now() - context.began) * 1000)}


def _context(api: Document, given: Mapping[str, Any], account: str, region: str, now: float) -> RequestContext:
    variables = dict(given.get("stageVariables") or {})
    source = source_of(api, TEST_STAGE, variables, account, region, in_test=True)
    method = compile_method(_RESOURCE, "GET", source, Shared({}))
    request = made_up_request(given, "GET", "/", now)
    context = begin(plan_of_test(source, api, method), request, request.path)
    context.method = method
    return context


def _identity(authorizer: _Authorizer, more: Mapping[str, str]) -> Identity:
    """What identifies the caller; `more` are variables of the context that the call gives. Raises _Ended."""
    document, context = authorizer.document, authorizer.context
    read = compile_identity(document.get("identitySource"), context.plan.variables)(context)
    identity = {name: more.get(name.removeprefix("context."), value) for name, value in read.items()}
    if not all(identity.values()):
        raise authorizer.unauthorized()
    shown = [(name, stars(value or "")) for name, value in identity.items()]
    authorizer.log.add(f"Incoming identity: {braced(shown) if document['type'] == 'REQUEST' else shown[0][1]}")
    return identity


async def _claims(authorizer: _Authorizer, world: World, identity: Identity) -> dict[str, str]:
    """The claims of a user pool's token. Raises _Ended."""
    from gatewright.execute.user_pool_authorizer import compile_user_pool_authorizer  # noqa: PLC0415
    from gatewright.signatures.user_pool_token import TokenExpired, TokenRefused  # noqa: PLC0415

    token = next(iter(identity.values())) or ""
    try:
        return await compile_user_pool_authorizer(authorizer.document).admit(world, token, ())
    except PoolUnreachable as error:
        raise _Ended(500, f"{CONFIGURATION_FAILURE}User pool: {error}", *_MISCONFIGURED) from None
    except TokenRefused as refused:
        authorizer.log.add(f"Invalid token: {refused}")  # our own words: AWS does not tell
        raise authorizer.unauthorized(EXPIRED if isinstance(refused, TokenExpired) else "Unauthorized") from None


async def _ask(authorizer: _Authorizer, world: World, identity: Identity) -> InvocationResponse:
    document, context = authorizer.document, authorizer.context
    plan = context.plan
    here = f"arn:aws:execute-api:{plan.region}:{plan.account}:{plan.api_id}/"
    event = _event(authorizer, identity, f"{here}{STAGE_ARN}/GET/{context.path.lstrip('/')}")
    source_arn = None if document.get("authorizerCredentials") else f"{here}authorizers/{document['id']}"
    try:
        arn = function_of(document["authorizerUri"], plan.variables, INVOKE)
        invocation_sent(authorizer.log, context, arn, event, source_arn)
        return await world.functions.invoke(
            arn, event, source_arn=source_arn, timeout=PATIENCE, trace_id=context.trace_id
        )
    except InvalidEndpoint as error:
        raise _Ended(500, f"{CONFIGURATION_FAILURE}{error}", *_MISCONFIGURED) from None
    except FunctionFault as fault:
        raise _Ended(500, FAULTS[fault.kind].reason, *_MISCONFIGURED) from None


def _event(authorizer: _Authorizer, identity: Identity, method_arn: str) -> bytes:
    document = authorizer.document
    if document["type"] != "TOKEN":
        return request_event(authorizer.context, method_arn, given_headers(authorizer.context.request))
    token = next(iter(identity.values())) or ""
    pattern = document.get("identityValidationExpression")
    if pattern is not None and not compile_full_match(pattern)(token):
        raise authorizer.unauthorized()
    return token_event(token, method_arn)


def _result(authorizer: _Authorizer, invocation: InvocationResponse) -> AuthorizerResult:
    """The function's answer. Raises _Ended for one that is an error or decides nothing."""
    if invocation.function_error and error_message(invocation.payload) == "Unauthorized":
        raise authorizer.unauthorized()
    authorizer.log.add(f"Authorizer result body before parsing: {invocation.payload.decode('utf-8', 'replace')}")
    try:
        return read_result(invocation.payload)
    except MalformedResult as error:
        raise _Ended(500, f"{CONFIGURATION_FAILURE}{error}", _MISCONFIGURED[-1]) from None
