"""MOCK: answers without a backend. The request template gives a status code, which selects the integration response.

Developer guide: "Mock integrations"; the leniency of the request template's parser is recorded AWS behaviour (cases in
the tests). "Set up a WebSocket API integration request".
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE
from gatewright.execute.integration_request import IntegrationRequest, compile_integration_request
from gatewright.execute.integration_response import (
    IntegrationResponse,
    IntegrationResponses,
    compile_integration_responses,
    constant,
)
from gatewright.execute.plan import Source
from gatewright.execute.world import World
from gatewright.values.refusal import Refusal, refuse
from gatewright.values.response import Response

_STATUS = re.compile(r"""(?:\A\{|,)\s*(["']?)statusCode\1\s*:\s*(-?[0-9]{1,9})\s*(?=[,}])""")
_NO_KEY = re.compile(r"""(?:\A\{|,)\s*[{\[]""")

Selected = tuple[int, IntegrationResponse]  # a status code, and what answers with it


@dataclass(frozen=True, slots=True)
class Mock:
    """`request` gives the status code, `responses` answer. `decided` are those that templates of mere text select, by
    their text. The response of a WebSocket API `has_status` of the code, not one of its own."""

    request: IntegrationRequest
    responses: IntegrationResponses
    decided: Mapping[bytes, Selected]
    has_status: bool = False

    async def call(self, context: RequestContext, world: World) -> Response:
        """The selected integration response. Raises Refusal."""
        request = await self.request.built(context, world)
        code, response = self.decided.get(request.body) or _selected(self.responses, request.body)
        if self.has_status:
            context.endpoint_status = code
        return await response.answer(context, (), b"", world)


def compile_mock(source: Source) -> Mock:
    """A MOCK integration as configured. Raises ValueError."""
    request = compile_integration_request(source)
    responses = compile_integration_responses(source)
    decided = {}
    for template in request.templates.by_type.values():
        if template is not None and template.literal is not None:
            with suppress(Refusal):  # then every request that it is chosen for fails
                code, response = _selected(responses, template.literal)
                decided[template.literal] = code, constant(response, response.status or code)
    return Mock(request, responses, decided, source.protocol == "WEBSOCKET")


def _selected(responses: IntegrationResponses, body: bytes) -> Selected:
    """What a request template gave, and the response for it. Raises Refusal."""
    code = read_status_code(body.decode("utf-8", "replace"))
    if code is None:
        refuse(API_CONFIGURATION_ERROR, cause=f"{CONFIGURATION_FAILURE}the request template gives no statusCode")
    return code, responses.selected(str(code))


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
