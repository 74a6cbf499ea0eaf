"""The access log of a stage: one line per request, in the format the stage asks for.

The format is compiled, when the stage changes, to one Python expression over the request's context: a call for each
variable of each line would cost more than the rest of it. Nothing of the format's text is ever run: literals go in as
constants, and variables are looked up in the table of the kind of API (access_log_variables.py). A variable without a
value, and one AWS does not know, prints `-`. Text that a client chose is escaped as in a JSON string: it can neither
break a JSON format nor forge a line.
Developer guide: "Variables for access logging for API Gateway".
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from gatewright.execute.access_log_variables import NO_VALUE, REST, WORDS, Variables
from gatewright.execute.caller_values import AUTHORIZER
from gatewright.execute.context import RequestContext
from gatewright.languages.log_format import parse_log_format

LONGEST_FORMAT = 3072


class AccessLogFormatError(ValueError):
    """The format is one that AWS refuses, in AWS's words."""


def compile_format(text: str, variables: Variables = REST) -> Callable[[RequestContext], bytes]:
    """A format to the function that writes its line, UTF-8 without newline. `variables` are those of the kind of API.

    Raises AccessLogFormatError."""
    check_format(text)
    literals, names = parse_log_format(text.rstrip("\r\n"))
    template = literals[0].replace("%", "%%")
    values = ""
    for name, literal in zip(names, literals[1:], strict=True):
        template += "%s" + literal.replace("%", "%%")
        values += (_expression(name, variables) or repr(NO_VALUE)) + ","
    return _function(f"({template!r} % ({values})).encode()")


def compile_log_line(
    stage: Mapping[str, Any], variables: Variables = REST
) -> tuple[Callable[[RequestContext], bytes] | None, str | None]:
    """What writes the lines of a Stage's access log, None when it has none; and why there can be none."""
    settings = stage.get("accessLogSettings") or {}
    if not settings.get("format"):
        return None, None
    try:
        return compile_format(settings["format"], variables), None
    except AccessLogFormatError as error:
        return None, str(error)


def reader(name: str, variables: Variables = REST) -> Callable[[RequestContext], object] | None:
    """The function that reads one `$context` variable as logs show it; None when it never has a value."""
    expression = _expression(name, variables)
    return None if expression is None else _function(expression)


def _expression(name: str, variables: Variables) -> str | None:
    """What the value of a variable is, None for one that AWS does not know."""
    if name not in variables and name.startswith(AUTHORIZER):
        return f"escaped(authorizer_value(c, {name.removeprefix(AUTHORIZER)!r}) or {NO_VALUE!r})"
    return variables.get(name)


def _function(expression: str) -> Callable[[RequestContext], Any]:
    return eval(f"lambda c: {expression}", dict(WORDS))  # type: ignore[no-any-return]


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
