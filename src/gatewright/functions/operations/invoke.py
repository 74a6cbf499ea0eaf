"""Invoking a function through the Lambda API.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import binascii
import secrets
from base64 import b64decode, b64encode

import msgspec

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.functions.event_queue import Event
from gatewright.functions.function_name import reference
from gatewright.functions.operations.configuration import refused
from gatewright.functions.pool import RESERVED_LIMIT
from gatewright.functions.service import EVENT_LIMIT, REQUEST_LIMIT, LambdaService
from gatewright.functions.target import Target
from gatewright.values.faults import FunctionFault
from gatewright.values.headers import first
from gatewright.values.records import Document


async def invoke(service: LambdaService, call: Call) -> Document:
    """Invoke: wait for the answer, queue the event, or only look whether it could be done."""
    target = service.target(reference(call))
    kind = call.input.get("InvocationType", "RequestResponse")
    event = accepted_event(service, call, target)
    if kind == "DryRun":
        return {"StatusCode": 204}
    if kind == "Event":
        service.events.add(event)
        return {"StatusCode": 202}
    return await _request_response(service, call, target, event)


def invoke_async(service: LambdaService, call: Call) -> Document:
    """InvokeAsync, which Invoke with InvocationType Event replaced."""
    target = service.target(reference(call))
    service.events.add(_event(service, call, target, call.input["InvokeArgs"], "Event"))
    return {"Status": 202}


def accepted_event(service: LambdaService, call: Call, target: Target) -> Event:
    """The event of an invocation. Raises ServiceError for one that is refused."""
    for member in ("DurableExecutionName", "TenantId"):
        if call.input.get(member):
            raise refused(f"{member} is not supported by this function.")
    kind = call.input.get("InvocationType", "RequestResponse")
    return _event(service, call, target, call.input.get("Payload", b""), kind)


def _event(service: LambdaService, call: Call, target: Target, payload: bytes, kind: str) -> Event:
    limit = EVENT_LIMIT if kind == "Event" else REQUEST_LIMIT
    if len(payload) > limit:
        raise ServiceError(
            "RequestTooLargeException",
            f"{len(payload)} byte payload is too large for the {kind} invocation type (limit {limit} bytes)",
        )
    payload = payload or b"{}"
    try:
        msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ServiceError(
            "InvalidRequestContentException",
            f"Could not parse request body into json: Could not parse payload into json: {error}",
        ) from error
    trace_id = first(call.request.headers, "x-amzn-trace-id") or _trace_id(service.now())
    context = _client_context(call.input.get("ClientContext", ""))
    return Event(target.reference, payload, call.request_id, trace_id, context, service.clock())


def _trace_id(now: float) -> str:
    """The X-Amzn-Trace-Id of a call that brings none: every invocation on AWS has one.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
    """
    return f"Root=1-{int(now):08x}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled=0"


def _client_context(encoded: str) -> str:
    """The JSON text that the function gets for the base64 in the header; "" for none."""
    if not encoded:
        return ""
    try:
        return msgspec.json.encode(msgspec.json.decode(b64decode(encoded, validate=True))).decode()
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ServiceError(
            "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object."
        ) from error


async def _request_response(service: LambdaService, call: Call, target: Target, event: Event) -> Document:
    function = target.pick()
    tail = call.input.get("LogType") == "Tail"
    try:
        outcome = await service.run(function, event, tail=tail)
    except FunctionFault as fault:
        raise fault_error(fault, function.reserved_concurrency is not None) from fault
    return {
        "StatusCode": 200,
        "FunctionError": outcome.error or None,
        "LogResult": b64encode(outcome.log_tail).decode() if tail else None,
        "Payload": outcome.payload,
        "ExecutedVersion": function.version,
    }


def fault_error(fault: FunctionFault, reserved: bool) -> ServiceError:
    """A fault of the service in the Lambda API's words."""
    if fault.kind == "throttled":
        reason = RESERVED_LIMIT if reserved else "ConcurrentInvocationLimitExceeded"
        return ServiceError("TooManyRequestsException", "Rate Exceeded.", Reason=reason)
    return ServiceError("ServiceException", fault.reason)
