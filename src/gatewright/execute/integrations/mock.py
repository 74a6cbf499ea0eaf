"""MOCK: answers without a backend. The request template gives a status code, which selects the integration response.

In this version templates are literal text. Developer guide: "Mock integrations"; the leniency of the request template's
parser is recorded AWS behaviour (cases in the tests).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from gatewright.execute.binary_media_types import compile_binary_media_types
from gatewright.execute.content_handling import TO_TEXT, IsBinary
from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE, UNSUPPORTED_MEDIA_TYPE
from gatewright.execute.integration_response import IntegrationResponse, compile_integration_responses, select
from gatewright.execute.plan import Source
from gatewright.execute.world import World
from gatewright.values.headers import last
from gatewright.values.refusal import refuse
from gatewright.values.response import Response

_STATUS = re.compile(r"""(?:\A\{|,)\s*(["']?)statusCode\1\s*:\s*(-?[0-9]{1,9})\s*(?=[,}])""")
_NO_KEY = re.compile(r"""(?:\A\{|,)\s*[{\[]""")
_DEFAULT = "$default"


@dataclass(frozen=True, slots=True)
class Mock:
    """`templates` are the status codes of the request templates by media type; None where a template has none.

    `is_binary` is for the Content-Type of a request, which `to_text` then makes text: templates are for text only."""

    templates: Mapping[str, int | None]
    passthrough: str
    is_binary: IsBinary
    to_text: bool
    responses: tuple[IntegrationResponse, ...]

    async def call(self, context: RequestContext, world: World) -> Response:
        """The selected integration response. Raises Refusal."""
        code = self.status_code(context)
        if code is None:
            refuse(API_CONFIGURATION_ERROR, cause=f"{CONFIGURATION_FAILURE}the request template gives no statusCode")
        return select(self.responses, str(code)).response(context)

    def status_code(self, context: RequestContext) -> int | None:
        """What the template for the request's media type says, or the body that passes through."""
        request = context.request
        content_type = last(request.headers, "content-type")
        is_binary = self.is_binary(content_type)
        media_type = (content_type or "application/json").partition(";")[0].strip().lower()
        for key in (media_type, _DEFAULT):
            if key in self.templates:
                if is_binary and not self.to_text:
                    refuse(API_CONFIGURATION_ERROR, cause=f"{CONFIGURATION_FAILURE}Unable to transform request")
                return self.templates[key]
        if self.passthrough == "NEVER" or (self.passthrough == "WHEN_NO_TEMPLATES" and self.templates):
            refuse(UNSUPPORTED_MEDIA_TYPE)
        return None if is_binary else read_status_code(request.body.decode("utf-8", "replace"))


def compile_mock(source: Source) -> Mock:
    """A MOCK integration as configured. Raises MappingError."""
    integration = source.integration
    templates = integration.get("requestTemplates") or {}
    return Mock(
        templates={
            key if key == _DEFAULT else key.lower(): read_status_code(text or "") for key, text in templates.items()
        },
        passthrough=integration.get("passthroughBehavior") or "WHEN_NO_MATCH",
        is_binary=compile_binary_media_types(source.binary_media_types),
        to_text=integration.get("contentHandling") == TO_TEXT,
        responses=compile_integration_responses(source),
    )


def read_status_code(text: str) -> int | None:
    """The integer `statusCode` of an object that need not be quite JSON; None when there is none."""
    text = text.strip()
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return _lenient_status_code(text)
    code = document.get("statusCode") if isinstance(document, dict) else None
    return code if type(code) is int else None


def _lenient_status_code(text: str) -> int | None:
    if not (text.startswith("{") and text.endswith("}")) or _NO_KEY.search(text):
        return None
    match = _STATUS.search(text)
    return int(match[2]) if match else None
