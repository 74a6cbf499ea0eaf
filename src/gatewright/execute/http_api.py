"""A request to an HTTP API, from the moment its stage is known to the response: read this first.

The steps stand in AWS's order, as in rest.py; one that a stage or a route does not have is None. `serve` is driven by
hand (docs/decisions).
"""

from gatewright.execute.context import RequestContext
from gatewright.execute.domain import MappedDomain
from gatewright.execute.finished import failed, finished, note
from gatewright.execute.gateway_response import REQUEST_TOO_LARGE
from gatewright.execute.http.plan import HttpApiPlan
from gatewright.execute.ids import new_ids, trace_header
from gatewright.execute.world import World
from gatewright.values.refusal import Refusal
from gatewright.values.request import Request
from gatewright.values.response import AnyResponse, Response


async def serve(
    plan: HttpApiPlan, request: Request, path: str, world: World, domain: MappedDomain | None = None
) -> AnyResponse:
    """The whole response to `request`, whose `path` within the stage is as received. Never raises."""
    context = begin(plan, request, path, domain)
    cors = plan.cors
    if cors is not None and (preflight := cors.preflight(context)) is not None:
        return finished(context, preflight, _id(context), world)
    response: AnyResponse
    try:
        route, context.path_parameters = plan.routes.find(request.method, path)
        context.method = route
        if route.throttle is not None and (waiting := route.throttle(context, world)) is not None:
            await waiting
        if route.authorize is not None:
            await route.authorize(context, world)
        response = await route.integration.call(context, world)
    except Refusal as refusal:
        note(refusal, context)
        response = refusal.response or plan.refused(refusal, context)
    except Exception:
        response = failed(context)
    if cors is not None:
        response = cors.answered(context, response)
    return finished(context, response, _id(context), world)


def refuse_body(
    plan: HttpApiPlan, request: Request, path: str, world: World, domain: MappedDomain | None = None
) -> Response:
    """The response to a request whose body is too large to be read. It is counted and logged as any other."""
    context = begin(plan, request, path, domain)
    refused = plan.refused(Refusal(REQUEST_TOO_LARGE, REQUEST_TOO_LARGE.message), context)
    answer = refused if plan.cors is None else plan.cors.answered(context, refused)
    response = finished(context, answer, _id(context), world)
    assert isinstance(response, Response)
    return response


def _id(context: RequestContext) -> tuple[bytes]:
    return (f"apigw-requestid: {context.request_id}\r\n".encode(),)


def begin(plan: HttpApiPlan, request: Request, path: str, domain: MappedDomain | None) -> RequestContext:
    """The request's context: its id, which nobody chooses, and its trace."""
    context = RequestContext(plan, request, path, request.arrived, domain)
    _, context.request_id, root, parent = new_ids()
    context.extended_request_id = context.request_id
    context.trace_id = trace_header(context.read.trace, root, parent, request.arrived)
    return context
