"""What is done once the response to a request is known: counters, access log, the node's own log, and the headers that
every response has.

The same for every kind of API. A response in pieces is told of when its body is over.
"""

import logging

from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import INTERNAL_FAILURE
from gatewright.execute.world import World
from gatewright.values.refusal import Refusal
from gatewright.values.response import AnyResponse, Response, StreamedResponse

_new = tuple.__new__  # a NamedTuple made without its Python-level constructor
_log = logging.getLogger(__name__)


def note(refusal: Refusal, context: RequestContext) -> None:
    """Tell the access log and the node's own log, not the client, why a stage or its backend failed a request."""
    if refusal.row.status >= 500 and refusal.cause:
        if not refusal.row.response_type.startswith("AUTHORIZER_"):  # these have variables of their own: phases.py
            context.integration_error = context.integration_error or refusal.cause
        if not context.plan.counters.may_tell(context.began):
            return
        stage = f"{context.plan.api_id}/{context.plan.stage}"
        why = f"{refusal.cause}: {refusal.detail}" if refusal.detail else refusal.cause
        _log.warning("request %s of stage %s: %s", context.request_id, stage, why)


def failed(context: RequestContext) -> Response:
    """In the handler of an exception: what is told of a failure that is the gateway's own. The node's log has the
    traceback."""
    plan = context.plan
    _log.exception("request %s of stage %s/%s failed", context.request_id, plan.api_id, plan.stage)
    return plan.refused(Refusal(INTERNAL_FAILURE, INTERNAL_FAILURE.message), context)


def finished(context: RequestContext, response: AnyResponse, ids: tuple[bytes, ...], world: World) -> AnyResponse:
    """The response with its lines of ids, which is counted and logged, now or when all was sent."""
    if type(response) is StreamedResponse:
        _tell_when_over(context, response.status, world)
        return response._replace(headers=(*response.headers, *ids))
    status, headers, body = response
    tell(context, status, len(body), world)
    return _new(Response, (status, (*headers, *ids), body))


def _tell_when_over(context: RequestContext, status: int, world: World) -> None:
    streaming = context.streaming
    assert streaming is not None
    streaming.when_over(lambda: tell(context, status, streaming.sent, world))


def tell(context: RequestContext, status: int, length: int, world: World) -> None:
    """The counters and the access log, of a response with that status and so many bytes of body."""
    plan = context.plan
    try:
        latency = (world.now() - context.began) * 1000
        if latency < 0.0:  # noqa: PLR1730 - the clock was set back; a call of max() would cost every request
            latency = 0.0
        context.status = status
        context.response_length = length
        context.response_latency = int(latency)
        plan.counters.count(context, latency)
        if plan.log_line is not None:
            world.log(plan, plan.log_line(context))
    except Exception:
        _log.exception("request %s of stage %s/%s is not logged", context.request_id, plan.api_id, plan.stage)
