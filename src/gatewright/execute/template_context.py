"""What a mapping template sees: `$input`, `$context`, `$stageVariables` and `$util`.

Made once per request, when the first template that evaluates something runs, and kept: an override set in the request
template is there in the response template. `$context` has the keys, in the order, that AWS's own map was recorded to
have; they are those of a Lambda event's `requestContext`, and the overrides.
Developer guide: "Variables for data transformations", "Override your API's request and response parameters".
"""

from typing import Any

import msgspec

from gatewright.execute.context import RequestContext
from gatewright.execute.event_headers import header_values
from gatewright.execute.lambda_event import event_context, query_maps
from gatewright.execute.parameter_mapping import as_text
from gatewright.execute.websocket.event_context import WebSocketContext
from gatewright.execute.websocket.lambda_event import event_context as websocket_event_context
from gatewright.languages.vtl import UTIL, Input, OverrideMap, SilentMap
from gatewright.values.headers import last


class TemplateContext:
    """The variables of one request; `request_override` and `response_override` are what its templates set."""

    __slots__ = ("_context", "_header", "_querystring", "_variables", "request_override", "response_override")

    def __init__(self, context: RequestContext) -> None:
        self._header, self._querystring = _parameters(context)
        self._variables = dict(context.plan.variables)
        self.request_override = OverrideMap(path=OverrideMap(), header=OverrideMap(), querystring=OverrideMap())
        self.response_override = OverrideMap(header=OverrideMap())
        if isinstance(context, WebSocketContext):
            self._context = message_map(context)
        else:
            self._context = context_map(context, self.request_override, self.response_override)

    def roots(self, context: RequestContext, body: str) -> dict[str, Any]:
        """The variables for a template that transforms `body`, of the request or of what a backend returned."""
        if context.integration_request_id:
            self._context["awsEndpointRequestId"] = context.integration_request_id
        return {
            "input": Input(body, context.path_parameters, self._querystring, self._header),
            "context": self._context,
            "stageVariables": self._variables,
            "util": UTIL,
        }


def template_context(context: RequestContext) -> TemplateContext:
    """The request's variables."""
    if context.template_context is None:
        context.template_context = TemplateContext(context)
    return context.template_context


def _parameters(context: RequestContext) -> tuple[dict[str, str], dict[str, str]]:
    """Headers and query; a message has neither."""
    if isinstance(context, WebSocketContext) and context.event_type != "CONNECT":
        return {}, {}
    header = header_values(context.request, context.trace_id, in_test=not context.plan.deployment_id)
    if not "".join(header.values()).isascii():
        header = {name: as_text(value) for name, value in header.items()}
    return header, query_maps(context.request.query)[0] or {}


def message_map(context: WebSocketContext) -> dict[str, Any]:
    """`$context` of a WebSocket's event: what functions are shown, and two more."""
    values: dict[str, Any] = msgspec.to_builtins(websocket_event_context(context))
    values |= {"accountId": context.plan.account, "domainPrefix": values["domainName"].partition(".")[0]}
    return {name: _silent(value) if isinstance(value, dict) else value for name, value in values.items()}


def _silent(inner: dict[str, Any]) -> SilentMap:
    """A map in `$context`, and those in it: `$context.authorizer.claims` alone is nothing, too."""
    return SilentMap({name: _silent(value) if isinstance(value, dict) else value for name, value in inner.items()})


def context_map(
    context: RequestContext, request_override: OverrideMap, response_override: OverrideMap
) -> dict[str, Any]:
    """`$context`, with the keys and in the order recorded on AWS, where its inner maps print as nothing."""
    user_agent = last(context.request.headers, "user-agent")
    event = msgspec.to_builtins(event_context(context, user_agent, msgspec.UNSET))
    values: dict[str, Any] = {}
    for name, value in event.items():
        if name == "stage":
            values["requestOverride"] = request_override
        elif name == "apiId":
            values["responseOverride"] = response_override
        values[name] = _silent(value) if isinstance(value, dict) else value
    if context.plan.is_canary is not None:
        values["isCanaryRequest"] = context.plan.is_canary
    if context.waf is not None:
        values |= {"wafResponseCode": context.waf.response_code, "webaclArn": context.waf.arn}
    return values
