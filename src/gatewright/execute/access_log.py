"""The access log of a stage: one line per request, in the format the stage asks for.

The format is compiled, when the stage changes, to a template and the readers of its variables. A variable without a
value, and one AWS does not know, prints `-`. Text that a client chose is escaped as in a JSON string, so that it can
neither break a JSON format nor forge a line.
Developer guide: "Variables for access logging for API Gateway".
"""

import json
import re
from collections.abc import Callable
from operator import attrgetter

from gatewright.execute.context import RequestContext
from gatewright.execute.domain import domain_name
from gatewright.execute.request_time import request_time
from gatewright.languages.log_format import parse_log_format
from gatewright.values.headers import USER_AGENT
from gatewright.wire.header_lines import read_header_line
from gatewright.wire.memo import Memo

Read = Callable[[RequestContext], object]
LONGEST_FORMAT = 3072
NO_VALUE = "-"
_NEEDS_ESCAPE = re.compile(r'[\x00-\x1f"\\\x7f\x85\u2028\u2029]')


class AccessLogFormatError(ValueError):
    """The format is one that AWS refuses, in AWS's words."""


def compile_format(text: str) -> Callable[[RequestContext], bytes]:
    """A format to the function that writes its line, UTF-8 without newline. Raises AccessLogFormatError."""
    check_format(text)
    literals, names = parse_log_format(text.rstrip("\r\n"))
    reads: list[Read] = []
    template = literals[0].replace("%", "%%")
    for name, literal in zip(names, literals[1:], strict=True):
        value = VARIABLES.get(name, NO_VALUE)
        if not isinstance(value, str):
            reads.append(value)
            value = "%s"
        template += value + literal.replace("%", "%%")

    def line(context: RequestContext) -> bytes:
        return (template % tuple([read(context) for read in reads])).encode()

    return line


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


def _text(name: str) -> Read:
    read = attrgetter(name)
    return lambda context: read(context) or NO_VALUE


def _chosen_text(name: str) -> Read:
    read = attrgetter(name)
    return lambda context: _escaped(read(context) or NO_VALUE)


def _number(name: str) -> Read:
    read = attrgetter(name)

    def number(context: RequestContext) -> object:
        value = read(context)
        return NO_VALUE if value is None else value

    return number


_AGENTS = Memo(lambda line: _escaped(read_header_line(line.removesuffix(b"\r\n")).value), count=1024, longest=512)


def _user_agent(context: RequestContext) -> str:
    for line in context.request.headers:
        if line.kind & USER_AGENT:
            return _AGENTS[line.raw]
    return NO_VALUE


def _verb(context: RequestContext) -> str:
    verb = context.request.method
    return verb if verb.isalpha() else _escaped(verb)  # X-HTTP-Method-Override may hold anything


def _path(context: RequestContext) -> str:
    return f"/{context.plan.stage}{_escaped(context.path)}"


def _error_message_string(context: RequestContext) -> str:
    return NO_VALUE if context.error_message is None else json.dumps(context.error_message, ensure_ascii=False)


# Names that AWS documents but whose value cannot be known here are absent: they print "-" as unknown names do.
VARIABLES: dict[str, Read | str] = {
    "accountId": attrgetter("plan.account"),
    "apiId": attrgetter("plan.api_id"),
    "awsEndpointRequestId": _text("integration_request_id"),
    "deploymentId": attrgetter("plan.deployment_id"),
    "domainName": lambda context: domain_name(context.plan, context.request),
    "domainPrefix": lambda context: domain_name(context.plan, context.request).partition(".")[0],
    "error.message": _chosen_text("error_message"),
    "error.messageString": _error_message_string,
    "error.responseType": _text("error_type"),
    "error.validationErrorString": _chosen_text("validation_error"),
    "extendedRequestId": attrgetter("extended_request_id"),
    "httpMethod": _verb,
    "identity.sourceIp": attrgetter("request.source_ip"),
    "identity.userAgent": _user_agent,
    "integration.error": _chosen_text("integration_error"),
    "integration.integrationStatus": _number("integration_status"),
    "integration.latency": _number("integration_latency"),
    "integration.requestId": _text("integration_request_id"),
    "integration.status": _number("endpoint_status"),
    "integrationErrorMessage": _chosen_text("integration_error"),
    "integrationLatency": _number("integration_latency"),
    "integrationStatus": _number("integration_status"),
    "path": _path,
    "protocol": "HTTP/1.1",
    "requestId": attrgetter("request_id"),
    "requestTime": lambda context: request_time(int(context.began)),
    "requestTimeEpoch": lambda context: int(context.began * 1000),
    "resourceId": _text("resource_id"),
    "resourcePath": _text("resource_path"),
    "responseLatency": attrgetter("response_latency"),
    "responseLength": attrgetter("response_length"),
    "stage": attrgetter("plan.stage"),
    "status": attrgetter("status"),
    "xrayTraceId": _chosen_text("trace_id"),
}
