"""TestInvokeMethod: one method of an API as it is configured now, run without a deployment and with its log returned.

The request is made up from the call's input; authorizers, keys and throttles have no part in it.
API reference: TestInvokeMethod. Developer guide: "Use the API Gateway console to test a REST API method".
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

from gatewright.aws.errors import ServiceError
from gatewright.execute.context import RequestContext
from gatewright.execute.counters import Counters
from gatewright.execute.custom_gateway_response import compile_gateway_responses
from gatewright.execute.domain import TEST_STAGE
from gatewright.execute.execution_log import ExecutionLog, braced, masked, recording
from gatewright.execute.finished import note
from gatewright.execute.lambda_event import query_maps
from gatewright.execute.method import Methods
from gatewright.execute.network import NetworkOf
from gatewright.execute.plan import Document, MethodPlan, RestPlan, Source
from gatewright.execute.resource import ResourceTree
from gatewright.execute.rest import begin
from gatewright.execute.rest_stage import source_of
from gatewright.execute.streaming import gathered
from gatewright.execute.world import World
from gatewright.values.headers import HeaderLine, pairs
from gatewright.values.refusal import Refusal
from gatewright.values.request import Request
from gatewright.values.response import Response, StreamedResponse
from gatewright.wire.header_lines import read_header_line
from gatewright.wire.malformed import Malformed

SOURCE_IP = "test-invoke-source-ip"
_ALLOWED = "".join(map(chr, range(0x21, 0x7F))).replace("#", "")  # a fragment never goes over the wire


async def test_invoke(  # noqa: PLR0913, PLR0917 - the world, and what management's TestInvoke gives
    world: World,
    network_of: NetworkOf,
    snapshot: Document,
    resource_id: str,
    verb: str,
    given: Mapping[str, Any],
    account: str,
    region: str,
) -> dict[str, Any]:
    """TestInvokeMethod's output for its input `given`. `snapshot` is of the API's current resources, not deployed.

    Raises ServiceError when `given` makes no request.
    """
    resource = next(one for one in snapshot["resources"] if one["id"] == resource_id)
    variables = dict(given.get("stageVariables") or {})
    source = source_of(snapshot["restApi"], TEST_STAGE, variables, account, region, in_test=True)
    source = replace(source, network=network_of(account, region, given.get("clientCertificateId") or ""))
    method = Methods(snapshot, source).plan(resource, verb)
    request = made_up_request(given, verb, method.resource_path, world.now())
    refused = compile_gateway_responses(snapshot.get("gatewayResponses") or (), variables)
    plan = replace(plan_of_test(source, snapshot["restApi"], method), refused=refused)
    context = _context(plan, request, method)
    log = ExecutionLog(world, context.request_id)
    _log_request(log, context)
    try:
        response = await _response(method, context, recording(world, log, context))
        integration = resource["resourceMethods"][verb].get("methodIntegration") or {}
        _log_response(log, response, is_proxy=integration.get("type") == "AWS_PROXY")
    except Refusal as refusal:
        note(refusal, context)  # AWS's log does not say where a template is broken, the node's own does
        if context.integration_error or refusal.cause:
            log.add(context.integration_error or refusal.cause)
        response = plan.refused(refusal, context)
    log.add(f"Method completed with status: {response.status}")
    return _output(response, log, int((world.now() - context.began) * 1000))


async def _response(method: MethodPlan, context: RequestContext, world: World) -> Response:
    """What the method answers, whole. Raises Refusal."""
    if method.validate is not None:
        method.validate(context)
    response = await method.integration.call(context, world)
    return await gathered(response) if isinstance(response, StreamedResponse) else response


def _log_response(log: ExecutionLog, response: Response, *, is_proxy: bool) -> None:
    # Recorded: of a Lambda proxy it is the function's whole result, before it is taken apart.
    body = log.function_result if is_proxy and log.function_result is not None else response.body
    log.add(f"Method response body after transformations: {_text(body)}")
    log.add(f"Method response headers: {braced(pairs(response.headers))}")
    log.add("Successfully completed execution")


def plan_of_test(source: Source, api: Document, method: MethodPlan) -> RestPlan:
    """The stage of a test, which has one method."""
    return RestPlan(
        api_id=source.api_id,
        api_name=api.get("name") or "",
        stage=TEST_STAGE,
        account=source.account,
        region=source.region,
        variables=source.variables,
        resources=ResourceTree([(method.resource_path, {method.verb: method})]),
        counters=Counters(),
    )


def made_up_request(given: Mapping[str, Any], verb: str, resource_path: str, now: float) -> Request:
    """The request that the input of a test describes. Raises ServiceError when it describes none."""
    target = quote(given.get("pathWithQueryString") or resource_path, safe=_ALLOWED)
    parts = urlsplit("/" + target.lstrip("/"))
    return Request(
        method="GET" if verb == "ANY" else verb,
        target=parts.path + (f"?{parts.query}" if parts.query else ""),
        path=parts.path,
        query=parts.query,
        headers=tuple(_headers(given)),
        body=(given.get("body") or "").encode(),
        source_ip=SOURCE_IP,
        scheme="https",
        arrived=now,
    )


def _headers(given: Mapping[str, Any]) -> Iterator[HeaderLine]:
    """The headers of the call; of a name in both maps, the values of multiValueHeaders count."""
    values: dict[str, list[str]] = {name: [value] for name, value in (given.get("headers") or {}).items()}
    values |= given.get("multiValueHeaders") or {}
    for name, listed in values.items():
        for value in listed:
            try:
                yield read_header_line(f"{name}: {value}".encode("latin-1"))
            except (Malformed, UnicodeEncodeError):
                raise ServiceError("BadRequestException", f"Invalid header specified: {name}") from None


def _context(plan: RestPlan, request: Request, method: MethodPlan) -> RequestContext:
    context = begin(plan, request, request.path)
    context.method = method
    verb = request.method if method.verb == "ANY" else method.verb
    try:
        context.path_parameters = plan.resources.find(verb, request.path).path_parameters
    except Refusal:
        context.path_parameters = {}  # a path of another resource: the one under test is called all the same
    return context


def _log_request(log: ExecutionLog, context: RequestContext) -> None:
    request = context.request
    query, _ = query_maps(request.query)
    log.add(f"Starting execution for request: {context.request_id}")
    log.add(f"HTTP Method: {request.method}, Resource Path: {context.resource_path}")
    log.add(f"Method request path: {braced(context.path_parameters)}")
    log.add(f"Method request query string: {braced(query or {})}")
    log.add(f"Method request headers: {braced(masked((line.name, line.value) for line in request.headers))}")
    log.add(f"Method request body before transformations: {_text(request.body)}")


def _output(response: Response, log: ExecutionLog, latency: int) -> dict[str, Any]:
    multi: dict[str, list[str]] = {}
    for name, value in pairs(response.headers):
        multi.setdefault(name, []).append(value)
    return {
        "status": response.status,
        "body": _text(response.body),
        "headers": {name: values[-1] for name, values in multi.items()},
        "multiValueHeaders": multi,
        "log": log.text(),
        "latency": latency,
    }


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
