"""What the variables of access logs are: for each kind of API a table of names and of the expressions that give them.

An expression reads `c`, the request's context, and calls what `WORDS` names; see access_log.py. Names that AWS
documents but whose value cannot be known here are absent: they print `-` as unknown names do. Developer guide:
"Variables for access logging for API Gateway"; "Customizing HTTP API access logs".
"""

import json
import re
from collections.abc import Mapping

from gatewright.execute.caller_values import PRINCIPAL, authorizer_value, endpoint_of, principal_value
from gatewright.execute.context import RequestContext
from gatewright.execute.domain import domain_name, path_called
from gatewright.execute.execution_log import stars
from gatewright.execute.http.raw_path import raw_path
from gatewright.execute.phases import PHASES
from gatewright.execute.request_time import request_time
from gatewright.values.headers import USER_AGENT
from gatewright.wire.header_lines import read_header_line
from gatewright.wire.memo import Memo

NO_VALUE = "-"
_OF_PHASES = ("error", "latency", "status")
_NEEDS_ESCAPE = re.compile(r'[\x00-\x1f"\\\x7f\x85\u2028\u2029]')


def escaped(text: str) -> str:
    if not _NEEDS_ESCAPE.search(text):
        return text
    return _NEEDS_ESCAPE.sub(lambda found: json.dumps(found[0])[1:-1].replace("\x7f", "\\u007f"), text)


_AGENTS = Memo(lambda line: escaped(read_header_line(line.removesuffix(b"\r\n")).value), count=1024, longest=512)


def _user_agent(context: RequestContext) -> str:
    for line in context.received.headers:
        if line.kind & USER_AGENT:
            return _AGENTS[line.raw]
    return NO_VALUE


def _error_message_string(context: RequestContext) -> str:
    return NO_VALUE if context.error_message is None else json.dumps(context.error_message, ensure_ascii=False)


def _of_phase(context: RequestContext, name: str) -> str:
    value = (context.phases or {}).get(name)
    return NO_VALUE if value is None else escaped(str(value))


def _integration_latency(context: RequestContext) -> str:
    """Of an authorizer: 0 for a result that was kept."""
    told = _of_phase(context, "authorizer.integrationLatency")
    return authorizer_value(context, "integrationLatency") or NO_VALUE if told == NO_VALUE else told


def _endpoint(context: RequestContext) -> tuple[str, str]:
    return endpoint_of(context) or (NO_VALUE, NO_VALUE)


def _api_key(context: RequestContext) -> str:
    """Logs are no place for keys: the last characters are enough to tell them apart."""
    return NO_VALUE if context.key is None else stars(context.key.value)


def _number(attribute: str) -> str:
    return f"({NO_VALUE!r} if c.{attribute} is None else c.{attribute})"


def _text(attribute: str) -> str:
    return f"(c.{attribute} or {NO_VALUE!r})"


def _chosen_text(attribute: str) -> str:
    return f"escaped(c.{attribute} or {NO_VALUE!r})"


def _base_path(context: RequestContext) -> str:
    return (context.domain and context.domain.base_path_matched) or NO_VALUE


def _rule_id(context: RequestContext) -> str:
    return (context.domain and context.domain.rule_id) or NO_VALUE


# What the expressions below may name, beside `c`, the RequestContext.
WORDS = {
    "__builtins__": {"int": int, "len": len},
    "api_key": _api_key,
    "base_path": _base_path,
    "rule_id": _rule_id,
    "authorizer_latency": _integration_latency,
    "authorizer_value": authorizer_value,
    "domain_name": domain_name,
    "endpoint": _endpoint,
    "error_message_string": _error_message_string,
    "escaped": escaped,
    "of_phase": _of_phase,
    "of_principal": principal_value,
    "path_called": path_called,
    "raw_path": raw_path,
    "request_time": request_time,
    "user_agent": _user_agent,
}
Variables = Mapping[str, str]

COMMON: Variables = {
    "accountId": "c.plan.account",
    "apiId": "c.plan.api_id",
    "authorizer.error": "of_phase(c, 'authorizer.error')",
    "authorizer.latency": "of_phase(c, 'authorizer.latency')",
    "authorizer.status": "of_phase(c, 'authorizer.status')",
    "awsEndpointRequestId": _text("integration_request_id"),
    "customDomain.basePathMatched": "base_path(c)",
    "customDomain.routingRuleIdMatched": "rule_id(c)",
    "domainName": "domain_name(c)",
    "domainPrefix": "domain_name(c).partition('.')[0]",
    "error.message": _chosen_text("error_message"),
    "error.messageString": "error_message_string(c)",
    "error.responseType": _text("error_type"),
    "extendedRequestId": "c.extended_request_id",
    **{f"identity.{name}": f"(of_principal(c, {ours!r}) or {NO_VALUE!r})" for name, ours in PRINCIPAL.items()},
    "identity.sourceIp": "c.request.source_ip",
    "identity.userAgent": "user_agent(c)",
    "integration.error": _chosen_text("integration_error"),
    "integration.integrationStatus": _number("integration_status"),
    "integration.latency": _number("integration_latency"),
    "integration.requestId": _text("integration_request_id"),
    "integration.status": _number("endpoint_status"),
    "integrationErrorMessage": _chosen_text("integration_error"),
    "integrationLatency": _number("integration_latency"),
    "integrationStatus": _number("integration_status"),
    "requestId": "c.request_id",
    "requestTime": "request_time(int(c.began))",
    "requestTimeEpoch": "int(c.began * 1000)",
    "stage": "c.plan.stage",
    "status": "c.status",
}
_OF_A_REQUEST: Variables = {
    "httpMethod": "(c.request.method if c.request.method.isalpha() else escaped(c.request.method))",
    "protocol": "'HTTP/1.1'",
    "responseLatency": "c.response_latency",
    "responseLength": "c.response_length",
}
# What comes before an integration of REST and WebSocket APIs: the phases of authorization, API keys, validation.
_OF_STEPS: Variables = {
    **{f"{phase}.{what}": f"of_phase(c, {f'{phase}.{what}'!r})" for phase in PHASES for what in _OF_PHASES},
    **{f"authorizer.{what}": f"of_phase(c, {f'authorizer.{what}'!r})" for what in ("integrationStatus", "requestId")},
    "authorizer.integrationLatency": "authorizer_latency(c)",
    "error.validationErrorString": _chosen_text("validation_error"),
    "identity.apiKey": "api_key(c)",
    "identity.apiKeyId": f"({NO_VALUE!r} if c.key is None else c.key.id)",
}
REST: Variables = {
    **COMMON,
    **_OF_A_REQUEST,
    **_OF_STEPS,
    "deploymentId": "c.plan.deployment_id",
    "identity.vpcId": "endpoint(c)[1]",
    "identity.vpceId": "endpoint(c)[0]",
    "integration.responseTransferMode": (
        f"('STREAMED' if c.streaming else {NO_VALUE!r} if c.integration_latency is None else 'BUFFERED')"
    ),
    "integration.timeToAllHeaders": f"(c.streaming.to_all_headers if c.streaming else {NO_VALUE!r})",
    "integration.timeToFirstContent": (
        f"({NO_VALUE!r} if c.streaming is None else {_number('streaming.to_first_content')})"
    ),
    "isCanaryRequest": "('-' if c.plan.is_canary is None else 'true' if c.plan.is_canary else 'false')",
    "path": "escaped(path_called(c))",
    "resourceId": _text("resource_id"),
    "resourcePath": _text("resource_path"),
    "wafResponseCode": f"((c.waf and c.waf.response_code) or {NO_VALUE!r})",
    "webaclArn": f"({NO_VALUE!r} if c.waf is None else c.waf.arn)",
    "xrayTraceId": _chosen_text("trace_id"),
}
HTTP: Variables = {
    **COMMON,
    **_OF_A_REQUEST,
    "dataProcessed": "(len(c.request.body) + c.response_length)",
    "path": "escaped(raw_path(c))",
    "routeKey": f"(escaped(c.method.key) if c.method else {NO_VALUE!r})",
}
# `c` is a WebSocketContext here.
WEBSOCKET: Variables = {
    **COMMON,
    **_OF_STEPS,
    "connectedAt": "int(c.connection.connected_at * 1000)",
    "connectionId": "c.connection.id",
    "disconnectReason": f"({NO_VALUE!r} if c.closing is None else escaped(c.closing.reason))",
    "disconnectStatusCode": f"({NO_VALUE!r} if c.closing is None else c.closing.code)",
    "eventType": "c.event_type",
    "identity.userAgent": f"escaped(c.user_agent or {NO_VALUE!r})",
    "messageDirection": "'IN'",
    "messageId": _text("message_id"),
    "routeKey": _chosen_text("route_key"),
}
BY_PROTOCOL: Mapping[str, Variables] = {"REST": REST, "HTTP": HTTP, "WEBSOCKET": WEBSOCKET}
