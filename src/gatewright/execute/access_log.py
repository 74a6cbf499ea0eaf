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

from gatewright.execute.context import RequestContext
from gatewright.execute.domain import domain_name
from gatewright.execute.request_time import request_time
from gatewright.languages.log_format import parse_log_format
from gatewright.values.headers import USER_AGENT
from gatewright.wire.header_lines import read_header_line
from gatewright.wire.memo import Memo

LONGEST_FORMAT = 3072
NO_VALUE = "-"
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
        values += VARIABLES.get(name, repr(NO_VALUE)) + ","
    return _function(f"({template!r} % ({values})).encode()")


def reader(name: str) -> Callable[[RequestContext], object] | None:
    """The function that reads one `$context` variable as logs show it; None when it never has a value."""
    return _function(VARIABLES[name]) if name in VARIABLES else None


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


def _number(attribute: str) -> str:
    return f"({NO_VALUE!r} if c.{attribute} is None else c.{attribute})"


def _text(attribute: str) -> str:
    return f"(c.{attribute} or {NO_VALUE!r})"


def _chosen_text(attribute: str) -> str:
    return f"escaped(c.{attribute} or {NO_VALUE!r})"


# What the expressions below may name, beside `c`, the RequestContext.
_WORDS = {
    "__builtins__": {"int": int},
    "domain_name": domain_name,
    "error_message_string": _error_message_string,
    "escaped": _escaped,
    "request_time": request_time,
    "user_agent": _user_agent,
}
# Names that AWS documents but whose value cannot be known here are absent: they print "-" as unknown names do.
VARIABLES: dict[str, str] = {
    "accountId": "c.plan.account",
    "apiId": "c.plan.api_id",
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
    "identity.sourceIp": "c.request.source_ip",
    "identity.userAgent": "user_agent(c)",
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
    "xrayTraceId": _chosen_text("trace_id"),
}
