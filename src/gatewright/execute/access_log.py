"""The access log of a stage: one line per request, in the format the stage asks for.

The format is compiled, when the stage changes, to one Python expression over the request's context: a call for each
variable of each line would cost more than the rest of it. Nothing of the format's text is ever run: literals go in as
constants, and variables are looked up in the table below. A variable without a value, and one AWS does not know, prints
`-`. Text that a client chose is escaped as in a JSON string: it can neither break a JSON format nor forge a line.
Developer guide: "Variables for access logging for API Gateway".
"""

import json
import re
from collections.abc import Callable
from typing import Any

from gatewright.execute.caller_values import AUTHORIZER, PRINCIPAL, authorizer_value, endpoint_of, principal_value
from gatewright.execute.context import RequestContext
from gatewright.execute.domain import domain_name
from gatewright.execute.execution_log import stars
from gatewright.execute.phases import PHASES
from gatewright.execute.request_time import request_time
from gatewright.languages.log_format import parse_log_format
from gatewright.values.headers import USER_AGENT
from gatewright.wire.header_lines import read_header_line
from gatewright.wire.memo import Memo

LONGEST_FORMAT = 3072
NO_VALUE = "-"
_OF_PHASES = ("error", "latency", "status")
_NEEDS_ESCAPE = re.compile(r'[\x00-\x1f"\\\x7f\x85\u2028\u2029]')


class AccessLogFormatError(ValueError):
    """The format is one that AWS refuses, in AWS's words."""


def compile_format(text: str) -> Callable[[RequestContext], bytes]:
    """A format to the function that writes its line, UTF-8 without newline. Raises AccessLogFormatError."""
    check_format(text)
    literals, names = parse_log_format(text.rstrip("\r\n"))
    template = literals[0].replace("%", "%%")
    values = ""
    for name, literal in zip(names, literals[1:], strict=True):
        template += "%s" + literal.replace("%", "%%")
        values += (_expression(name) or repr(NO_VALUE)) + ","
    return _function(f"({template!r} % ({values})).encode()")


def reader(name: str) -> Callable[[RequestContext], object] | None:
    """The function that reads one `$context` variable as logs show it; None when it never has a value."""
    expression = _expression(name)
    return None if expression is None else _function(expression)


def _expression(name: str) -> str | None:
    """What the value of a variable is, None for one that AWS does not know."""
    if name not in VARIABLES and name.startswith(AUTHORIZER):
        return f"escaped(authorizer_value(c, {name.removeprefix(AUTHORIZER)!r}) or {NO_VALUE!r})"
    return VARIABLES.get(name)


def _function(expression: str) -> Callable[[RequestContext], Any]:
    return eval(f"lambda c: {expression}", dict(_WORDS))  # type: ignore[no-any-return]


def check_format(text: str) -> None:
    """Refuse what AWS refuses when the format is set. Raises AccessLogFormatError."""
    if not text:
        raise AccessLogFormatError("Access Log value must not be empty")
    if len(text) > LONGEST_FORMAT:
        raise AccessLogFormatError(f"Access Log format must not exceed {LONGEST_FORMAT} characters")
    if re.search(r"[\r\n]", text.removesuffix("\n").removesuffix("\r")):
        raise AccessLogFormatError(
            f"Access Log format must be single line, new line character is allowed only at end of the format: '{text}'"
        )
    if not {"requestId", "extendedRequestId"}.intersection(parse_log_format(text).names):
        raise AccessLogFormatError(
            f"Access Log format must include either $context.requestId or $context.extendedRequestId : '{text}'"
        )


def _escaped(text: str) -> str:
    if not _NEEDS_ESCAPE.search(text):
        return text
    return _NEEDS_ESCAPE.sub(lambda found: json.dumps(found[0])[1:-1].replace("\x7f", "\\u007f"), text)


_AGENTS = Memo(lambda line: _escaped(read_header_line(line.removesuffix(b"\r\n")).value), count=1024, longest=512)


def _user_agent(context: RequestContext) -> str:
    for line in context.request.headers:
        if line.kind & USER_AGENT:
            return _AGENTS[line.raw]
    return NO_VALUE


def _error_message_string(context: RequestContext) -> str:
    return NO_VALUE if context.error_message is None else json.dumps(context.error_message, ensure_ascii=False)


def _of_phase(context: RequestContext, name: str) -> str:
    value = (context.phases or {}).get(name)
    return NO_VALUE if value is None else _escaped(str(value))


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


# What the expressions below may name, beside `c`, the RequestContext.
_WORDS = {
    "__builtins__": {"int": int},
    "api_key": _api_key,
    "authorizer_latency": _integration_latency,
    "authorizer_value": authorizer_value,
    "domain_name": domain_name,
    "endpoint": _endpoint,
    "error_message_string": _error_message_string,
    "escaped": _escaped,
    "of_phase": _of_phase,
    "of_principal": principal_value,
    "request_time": request_time,
    "user_agent": _user_agent,
}
# Names that AWS documents but whose value cannot be known here are absent: they print "-" as unknown names do.
VARIABLES: dict[str, str] = {
    "accountId": "c.plan.account",
    "apiId": "c.plan.api_id",
    **{f"{phase}.{what}": f"of_phase(c, {f'{phase}.{what}'!r})" for phase in PHASES for what in _OF_PHASES},
    **{f"authorizer.{what}": f"of_phase(c, {f'authorizer.{what}'!r})" for what in ("integrationStatus", "requestId")},
    "authorizer.integrationLatency": "authorizer_latency(c)",
    "awsEndpointRequestId": _text("integration_request_id"),
    "deploymentId": "c.plan.deployment_id",
    "domainName": "domain_name(c.plan, c.request)",
    "domainPrefix": "domain_name(c.plan, c.request).partition('.')[0]",
    "error.message": _chosen_text("error_message"),
    "error.messageString": "error_message_string(c)",
    "error.responseType": _text("error_type"),
    "error.validationErrorString": _chosen_text("validation_error"),
    "extendedRequestId": "c.extended_request_id",
    "httpMethod": "(c.request.method if c.request.method.isalpha() else escaped(c.request.method))",
    **{f"identity.{name}": f"(of_principal(c, {ours!r}) or {NO_VALUE!r})" for name, ours in PRINCIPAL.items()},
    "identity.apiKey": "api_key(c)",
    "identity.apiKeyId": f"({NO_VALUE!r} if c.key is None else c.key.id)",
    "identity.sourceIp": "c.request.source_ip",
    "identity.userAgent": "user_agent(c)",
    "identity.vpcId": "endpoint(c)[1]",
    "identity.vpceId": "endpoint(c)[0]",
    "integration.error": _chosen_text("integration_error"),
    "integration.integrationStatus": _number("integration_status"),
    "integration.latency": _number("integration_latency"),
    "integration.requestId": _text("integration_request_id"),
    "integration.responseTransferMode": (
        f"('STREAMED' if c.streaming else {NO_VALUE!r} if c.integration_latency is None else 'BUFFERED')"
    ),
    "integration.status": _number("endpoint_status"),
    "integration.timeToAllHeaders": f"(c.streaming.to_all_headers if c.streaming else {NO_VALUE!r})",
    "integration.timeToFirstContent": (
        f"({NO_VALUE!r} if c.streaming is None else {_number('streaming.to_first_content')})"
    ),
    "integrationErrorMessage": _chosen_text("integration_error"),
    "integrationLatency": _number("integration_latency"),
    "integrationStatus": _number("integration_status"),
    "isCanaryRequest": "('-' if c.plan.is_canary is None else 'true' if c.plan.is_canary else 'false')",
    "path": "'/' + c.plan.stage + escaped(c.path)",
    "protocol": "'HTTP/1.1'",
    "requestId": "c.request_id",
    "requestTime": "request_time(int(c.began))",
    "requestTimeEpoch": "int(c.began * 1000)",
    "resourceId": _text("resource_id"),
    "resourcePath": _text("resource_path"),
    "responseLatency": "c.response_latency",
    "responseLength": "c.response_length",
    "stage": "c.plan.stage",
    "status": "c.status",
    "wafResponseCode": f"((c.waf and c.waf.response_code) or {NO_VALUE!r})",
    "webaclArn": f"({NO_VALUE!r} if c.waf is None else c.waf.arn)",
    "xrayTraceId": _chosen_text("trace_id"),
}
