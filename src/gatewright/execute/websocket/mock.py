"""MOCK of a WebSocket API: the status code of the request template is what comes back, and selects the response.

Developer guide: "Set up a WebSocket API integration request".
"""

from dataclasses import dataclass

from gatewright.execute.context import RequestContext
from gatewright.execute.integration_request import IntegrationRequest, compile_integration_request
from gatewright.execute.integration_response import IntegrationResponses, compile_integration_responses
from gatewright.execute.integrations.mock import status_code_of
from gatewright.execute.plan import Source
from gatewright.execute.world import World
from gatewright.values.response import Response


@dataclass(frozen=True, slots=True)
class MessageMock:
    """`request` gives the status code, `responses` answer with it."""

    request: IntegrationRequest
    responses: IntegrationResponses

    async def call(self, context: RequestContext, world: World) -> Response:
        """The selected integration response. Raises Refusal."""
        request = await self.request.built(context, world)
        code = context.endpoint_status = status_code_of(request.body)
        return await self.responses.selected(str(code)).answer(context, (), b"", world)


def compile_message_mock(source: Source) -> MessageMock:
    """A MOCK integration as configured. Raises ValueError."""
    return MessageMock(compile_integration_request(source), compile_integration_responses(source))
