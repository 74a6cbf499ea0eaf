"""A request to a REST API, from the moment its stage is known to the response: read this first.

The steps stand in AWS's order. One that a stage or a method does not have is None; one that ends the request raises
Refusal and the client gets the gateway response. `serve` is driven by hand (docs/decisions).
"""

from gatewright.execute.authorizers.signature import refuse_unmatched
from gatewright.execute.compression import decompressed
from gatewright.execute.context import RequestContext
from gatewright.execute.domain import MappedDomain
from gatewright.execute.finished import failed, finished, note
from gatewright.execute.ids import chosen_request_id, new_ids, trace_header
from gatewright.execute.plan import RestPlan, StagePlan
from gatewright.execute.world import World
from gatewright.values.headers import CONTENT_ENCODING
from gatewright.values.refusal import Refusal
from gatewright.values.request import Request
from gatewright.values.response import AnyResponse, Response


async def serve(
    plan: RestPlan, request: Request, path: str, world: World, domain: MappedDomain | None = None
) -> AnyResponse:
    """The whole response to `request`, whose `path` within the stage is as received. Never raises.

    Whatever happens, the stage's counters and its access log know of the request afterwards; if its response is
    streamed, when the body is over.
    """
    if plan.canary is not None:
        plan = plan.canary.chosen(plan, world)
    context = begin(plan, request, path, domain)
    try:
        if plan.private is not None:
            plan.private.admit(context)
        if plan.filter is not None:
            await plan.filter(context, world)
        if context.has_encoded_body:
            context.request = await decompressed(context.request, world)
        try:
            method, context.path_parameters = plan.resources.find(context.request.method, path)
        except Refusal as refusal:
            refuse_unmatched(refusal, context.received)
        context.method = method
        if method.authorize is not None:
            await method.authorize(context, world)
        if method.require_key is not None:
            method.require_key(context, world)
        if method.throttle is not None and (waiting := method.throttle(context, world)) is not None:
            await waiting
        if method.validate is not None:
            method.validate(context)
        response = await (method.cache or method.integration).call(context, world)
        if plan.compress is not None and isinstance(response, Response):
            response = await plan.compress(context, response, world)
    except Refusal as refusal:
        note(refusal, context)
        response = refusal.response or plan.refused(refusal, context)
    except Exception:
        response = failed(context)
    return finished(context, response, _ids(context), world)


def begin(plan: StagePlan, request: Request, path: str, domain: MappedDomain | None = None) -> RequestContext:
    """The request's context: its ids, and the three headers by which a client may choose id, trace and verb."""
    context = RequestContext(plan, request, path, request.arrived, domain)
    context.request_id, context.extended_request_id, root, parent = new_ids()
    read = context.read
    if read.kinds & CONTENT_ENCODING:
        context.has_encoded_body = bool(request.body)
    if read.request_id is not None:
        context.request_id = chosen_request_id(read.request_id)
    if read.verb is not None:
        context.request = request._replace(method=read.verb)
    context.trace_id = trace_header(read.trace, root, parent, request.arrived)
    return context


def _ids(context: RequestContext) -> tuple[bytes, bytes]:
    return (
        f"x-amzn-RequestId: {context.request_id}\r\n".encode(),
        f"x-amz-apigw-id: {context.extended_request_id}\r\n".encode(),
    )
