"""A Lambda function as an integration's URI names it: for proxies, streams and custom integrations alike.

Who calls decides who must permit it. Without `credentials` it is API Gateway, told by the ARN of the method, and the
function's policy is asked. With a role it is that role, and the function's policy has no say; with the caller's own
credentials the caller's policies must allow it. Developer guide: "Lambda integrations for REST APIs"; "API Gateway
permissions model for invoking an API".
"""

import re
from collections.abc import Mapping
from typing import NamedTuple, NoReturn

import msgspec

from gatewright.execute.context import RequestContext
from gatewright.execute.credentials import BY_CALLER, caller_of, compile_credentials
from gatewright.execute.endpoint import InvalidEndpoint, with_stage_variables
from gatewright.execute.gateway_response import (
    CONFIGURATION_FAILURE,
    FUNCTION_FAILED,
    FUNCTION_NOT_PERMITTED,
    INTEGRATION_FAILURE,
    INTEGRATION_TIMEOUT,
    REQUEST_TOO_LARGE,
)
from gatewright.execute.method_arn import api_arn
from gatewright.execute.plan import Source
from gatewright.execute.policy_request import RequestKeys, policy_principal
from gatewright.languages.policy import AccessRequest, Effect, decide_all
from gatewright.values.faults import FunctionFault
from gatewright.values.refusal import Refused, refuse

MALFORMED = CONFIGURATION_FAILURE + "Malformed Lambda proxy response"
LARGEST_EVENT = 6 * 1024 * 1024  # Lambda's quota for the payload of a synchronous invocation, each way
_URI = re.compile(
    r"arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path/(2015-03-31|2021-11-15)/functions/"
    r"(arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+(?::(?:\$LATEST|[A-Za-z0-9_-]+))?)"
    r"/((?:response-streaming-)?invocations)"
)
INVOKE = ("2015-03-31", "invocations")
_INVOKE = "lambda:InvokeFunction"  # the action of every kind of invocation
STREAM = ("2021-11-15", "response-streaming-invocations")
# Recorded: mapping one of these makes every request fail.
_ILLEGAL = (
    *("authorization", "connection", "content-length", "expect", "proxy-authenticate", "te"),
    *("transfer-encoding", "x-amzn-trace-id", "x-amzn-apigateway-api-id"),
)


class LambdaFunction(NamedTuple):
    """`source_arn` lacks the verb and `path`, the resource's; it is None when a role calls, or the caller itself.

    A route key without a path, such as `$default` or `$connect`, stands for both."""

    arn: str
    source_arn: str | None
    path: str
    by_caller: bool = False

    def called_by(self, context: RequestContext) -> str | None:
        """The ARN of the method that calls; None for a role, and for a caller that may call the function itself.

        Raises FunctionFault for one that may not."""
        if self.by_caller:
            self._permit_caller(context)
        if self.source_arn is None:
            return None
        verb = context.request.method if self.path.startswith("/") else ""
        return f"{self.source_arn}{verb}{self.path}"

    def _permit_caller(self, context: RequestContext) -> None:
        """A caller of another account would need the function's policy, too, which speaks of services only here."""
        principal = caller_of(context)
        request = AccessRequest(_INVOKE, self.arn, policy_principal(principal), RequestKeys(context))
        effect = decide_all(principal.policies, principal.bounds, request)
        if effect is not Effect.ALLOW or principal.account != self.arn.split(":")[4]:
            raise FunctionFault("not_permitted", f"{principal.arn} may not call {self.arn} itself")


class Fault(NamedTuple):
    """How a fault of the Lambda service looks: the refusal, its own status for the log, and what the log says."""

    row: Refused
    status: int | None
    reason: str


FAULTS = {
    "not_found": Fault(FUNCTION_FAILED, 404, CONFIGURATION_FAILURE + "Function not found"),
    "not_permitted": Fault(
        FUNCTION_NOT_PERMITTED, 403, CONFIGURATION_FAILURE + "Invalid permissions on Lambda function"
    ),
    "throttled": Fault(
        INTEGRATION_FAILURE._replace(status=500),
        429,
        "Execution failed due to an integration error: Lambda throttled the invocation",
    ),
    "timeout": Fault(INTEGRATION_TIMEOUT, None, "Execution failed due to a timeout error"),
    "request_too_large": Fault(REQUEST_TOO_LARGE, 413, "Execution failed: the event is larger than Lambda accepts"),
    "unavailable": Fault(FUNCTION_FAILED, 500, "Execution failed due to an internal error of the Lambda service"),
}


class _FunctionError(msgspec.Struct):
    """What a runtime reports of an exception."""

    errorMessage: str = ""  # noqa: N815 - Lambda's word


_read_error = msgspec.json.Decoder(_FunctionError).decode


def compile_function(source: Source, form: tuple[str, str], illegal: tuple[str, ...] = ()) -> LambdaFunction:
    """The function of an integration; `form` is the API version and last part that its URI must have.

    Headers in `illegal` may not be mapped, nor any that AWS lets nobody map. Raises InvalidEndpoint for what AWS
    answers with 500."""
    integration = source.integration
    # Recorded: Lambda's Invoke is a POST, and AWS_PROXY with another integration method fails at run time.
    if integration.get("httpMethod") != "POST":
        raise InvalidEndpoint("a Lambda integration needs the integration method POST")
    for target in integration.get("requestParameters") or {}:
        if target.lower().removeprefix("integration.request.header.") in (*_ILLEGAL, *illegal):
            raise InvalidEndpoint(f"{target} may not be mapped")
    arn = function_of(integration.get("uri") or "", source.variables, form)
    credentials = compile_credentials(source)
    return LambdaFunction(
        arn, None if credentials else _method_arn(source), source.resource_path, credentials == BY_CALLER
    )


def function_of(uri: str, variables: Mapping[str, str], form: tuple[str, str]) -> str:
    """The ARN of the function that a URI of that form invokes. Raises InvalidEndpoint."""
    parts = _URI.fullmatch(with_stage_variables(uri, variables))
    if parts is None or (parts[1], parts[3]) != form:
        raise InvalidEndpoint("Invalid endpoint address")
    return parts[2]


def _method_arn(source: Source) -> str:
    return f"{api_arn(source.region, source.account, source.api_id)}/{source.stage}/"


def error_message(payload: bytes) -> str | None:
    """The message of a function's own error; None when the payload is nothing that a runtime reports."""
    try:
        return _read_error(payload).errorMessage
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return None


def error_line(payload: bytes, request_id: str) -> str:
    """What the log says of a function's own error."""
    message = error_message(payload)
    if message is None:
        message = payload[:200].decode("utf-8", "replace")
    return (
        f"Lambda execution failed with status 200 due to customer function error: {message}."
        f" Lambda request id: {request_id}"
    )


def refuse_function_fault(context: RequestContext, fault: FunctionFault) -> NoReturn:
    """End the request as AWS does when the Lambda service gives no result. Raises Refusal."""
    known = FAULTS[fault.kind]
    context.integration_status = known.status
    context.integration_error = known.reason
    refuse(known.row, cause=known.reason, detail=fault.reason)


def refuse_function_error(context: RequestContext, payload: bytes, request_id: str) -> NoReturn:
    """End the request because of the function's own error, which `payload` reports. Raises Refusal."""
    context.integration_error = error_line(payload, request_id)
    refuse(FUNCTION_FAILED, cause=context.integration_error)
