"""Identity sources of a Lambda authorizer: the parts of a request by which it knows the caller.

Developer guide: "Configure a Lambda authorizer using the API Gateway console", "Identity source".
"""

import re
from collections.abc import Callable, Mapping

from gatewright.execute.context import RequestContext
from gatewright.execute.parameter_mapping import compile_request_source

# The text of each source, in order; None for one that the request lacks or has empty.
Identity = Mapping[str, str | None]

_SOURCE = re.compile(
    r"method\.request\.(?:header|querystring)\.[a-zA-Z0-9._$-]+"
    r"|stageVariables\.[a-zA-Z0-9_]+|context\.[a-zA-Z0-9._$-]+"
)


def sources_of(text: str | None) -> list[str]:
    """The expressions of an identity source, which commas part."""
    return [source.strip() for source in (text or "").split(",") if source.strip()]


def check_identity_source(text: str) -> str | None:
    """The first expression that is none, or None. Text without any expression is one that is none."""
    return next((source for source in sources_of(text) or [text] if not _SOURCE.fullmatch(source)), None)


def compile_identity(text: str | None, variables: Mapping[str, str]) -> Callable[[RequestContext], Identity]:
    """What reads the identity of a request. Raises MappingError for an expression that is none."""
    readers = [(source, compile_request_source(source, variables)) for source in sources_of(text)]
    return lambda context: {source: ",".join(read(context)) or None for source, read in readers}
