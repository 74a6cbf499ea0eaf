"""A request to a REST API, from the moment its stage is known to the response: read this first.

The steps stand in AWS's order. A step that has nothing to do for a method is an object that costs nothing; a step
that ends the request raises Refusal and the client gets the gateway response. `serve` is driven by hand
(docs/decisions).
"""

import logging

from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import INTERNAL_FAILURE, render
from gatewright.execute.ids import chosen_request_id, new_ids, trace_header
from gatewright.execute.plan import StagePlan
from gatewright.execute.request_headers import read_headers
from gatewright.execute.world import World
from gatewright.values.refusal import Refusal
from gatewright.values.request import Request
from gatewright.values.response import Response

_log = logging.getLogger(__name__)
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor


async def serve(plan: StagePlan, request: Request, path: str, world: World) -> Response:
    """The whole response to `request`, whose `path` within the stage is as received. Never raises.

    Whatever happens, the stage's counters and its access log know of the request afterwards.
    """
    context = begin(plan, request, path)
    try:
        method, context.path_parameters = plan.resources.find(context.request.method, path)
        context.method = method
        response = await method.integration.call(context, world)
    except Refusal as refusal:
        _note(refusal, context)
        response = render(refusal, context)
    except Exception:
        _log.exception("request %s of stage %s/%s failed", context.request_id, plan.api_id, plan.stage)
        response = render(Refusal(INTERNAL_FAILURE, INTERNAL_FAILURE.message), context)
    return _finish(context, response, world)


def _note(refusal: Refusal, context: RequestContext) -> None:
    """Tell the access log and the node's own log, not the client, why a stage or its backend failed a request."""
    if refusal.row.status >= 500 and refusal.cause:
        context.integration_error = context.integration_error or refusal.cause
        if not context.plan.counters.may_tell(context.began):
            return
        stage = f"{context.plan.api_id}/{context.plan.stage}"
        _log.warning("request %s of stage %s: %s", context.request_id, stage, refusal.cause)


def begin(plan: StagePlan, request: Request, path: str) -> RequestContext:
    """The request's context: its ids, and the three headers by which a client may choose id, trace and verb."""
    context = RequestContext(plan, request, path, request.arrived)
    context.request_id, context.extended_request_id, root, parent = new_ids()
    read = read_headers(request.headers)
    if read.request_id is not None:
        context.request_id = chosen_request_id(read.request_id)
    if read.verb is not None:
        context.request = request._replace(method=read.verb)
    context.trace_id = trace_header(read.trace, root, parent, request.arrived)
    return context


def _finish(context: RequestContext, response: Response, world: World) -> Response:
    """Count, log, and add the two headers every response has. An error here is ours to know, not the client's."""
    plan = context.plan
    status, headers, body = response
    try:
        latency = max((world.now() - context.began) * 1000, 0.0)
        context.status = status
        context.response_length = len(body)
        context.response_latency = int(latency)
        plan.counters.add(status, latency, context.integration_latency)
        method = context.method
        if method is not None and method.metrics_enabled:
            plan.counters.of_method(method.resource_path, method.verb).add(status, latency, context.integration_latency)
        if plan.log_line is not None:
            world.log(plan, plan.log_line(context))
    except Exception:
        _log.exception("request %s of stage %s/%s is not logged", context.request_id, plan.api_id, plan.stage)
    ids = (
        f"x-amzn-RequestId: {context.request_id}\r\n".encode(),
        f"x-amz-apigw-id: {context.extended_request_id}\r\n".encode(),
    )
    return _new(Response, (status, (*headers, *ids), body))
