"""MOCK: answers without a backend. The request template gives a status code, which selects the integration response.

Developer guide: "Mock integrations"; the leniency of the request template's parser is recorded AWS behaviour (cases in
the tests).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE
from gatewright.execute.integration_request import IntegrationRequest, compile_integration_request
from gatewright.execute.integration_response import IntegrationResponses, compile_integration_responses
from gatewright.execute.plan import Source
from gatewright.execute.world import World
from gatewright.values.refusal import refuse
from gatewright.values.response import Response

_STATUS = re.compile(r"""(?:\A\{|,)\s*(["']?)statusCode\1\s*:\s*(-?[0-9]{1,9})\s*(?=[,}])""")
_NO_KEY = re.compile(r"""(?:\A\{|,)\s*[{\[]""")


@dataclass(frozen=True, slots=True)
class Mock:
    """`request` gives the status code, `responses` answer. `codes` are those of the templates that are mere text."""

    request: IntegrationRequest
    responses: IntegrationResponses
    codes: Mapping[bytes, int | None]

    async def call(self, context: RequestContext, world: World) -> Response:
        """The selected integration response. Raises Refusal."""
        body = self.request.build(context).body
        code = self.codes[body] if body in self.codes else read_status_code(body.decode("utf-8", "replace"))
        if code is None:
            refuse(API_CONFIGURATION_ERROR, cause=f"{CONFIGURATION_FAILURE}the request template gives no statusCode")
        return self.responses.respond(context, str(code), (), b"")


def compile_mock(source: Source) -> Mock:
    """A MOCK integration as configured. Raises ValueError."""
    request = compile_integration_request(source)
    literals = [one.literal for one in request.templates.by_type.values() if one is not None and one.literal]
    codes = {text.encode("utf-8", "replace"): read_status_code(text) for text in literals}
    return Mock(request, compile_integration_responses(source), codes)


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
