"""Identity sources of an authorizer: the parts of a request by which it knows the caller.

Names of headers count as they are written: the developer guide was mended once because `HeaderAuth1` is no source when
a client sends `headerauth1`. Developer guide: "Configure a Lambda authorizer using the API Gateway console",
"Identity source".
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import UNAUTHORIZED
from gatewright.execute.parameter_mapping import Values, compile_request_source
from gatewright.values.refusal import refuse

# The text of each source, in order.
Identity = Mapping[str, str]

_NOTHING: Mapping[str, str] = {}
_SOURCE = re.compile(
    r"method\.request\.(?:header|querystring)\.[a-zA-Z0-9._$-]+"
    r"|stageVariables\.[a-zA-Z0-9_]+|context\.[a-zA-Z0-9._$-]+"
)


class IdentitySource(NamedTuple):
    """What of a request identifies its caller: expressions, and what reads each."""

    expressions: tuple[str, ...]
    readers: tuple[Values, ...]

    def of(self, context: RequestContext, given: Mapping[str, str] = _NOTHING) -> Identity:
        """The caller's identity; `given` are variables of `$context` that a test makes up.

        Raises Refusal when a part of it is missing or empty."""
        identity = {}
        for expression, read in zip(self.expressions, self.readers, strict=True):
            text = given.get(expression.removeprefix("context."), "") if given else ""
            text = text or ",".join(read(context))
            if not text:
                refuse(UNAUTHORIZED)
            identity[expression] = text
        return identity


def sources_of(text: str | None) -> list[str]:
    """The expressions of an identity source, which commas part."""
    return [source.strip() for source in (text or "").split(",") if source.strip()]


def check_identity_source(text: str) -> str | None:
    """The first expression that is none, or None. Text without any expression is one that is none."""
    return next((source for source in sources_of(text) or [text] if not _SOURCE.fullmatch(source)), None)


def compile_identity_source(text: str | None, variables: Mapping[str, str]) -> IdentitySource:
    """What reads the identity of a request. Raises MappingError for an expression that is none."""
    sources = sources_of(text)
    return IdentitySource(tuple(sources), tuple(compile_request_source(source, variables) for source in sources))
