"""HTTP: a backend gets the request that mapping makes, and the client the response that mapping makes of its answer.

Unlike HTTP_PROXY, nothing of the client's request passes that is not mapped. Developer guide: "HTTP integrations",
"API Gateway important notes".
"""

from collections.abc import Callable
from dataclasses import dataclass

from gatewright.execute.context import RequestContext
from gatewright.execute.endpoint import integration_endpoint
from gatewright.execute.integration_request import (
    BackendRequest,
    IntegrationRequest,
    compile_integration_request,
    default_headers,
)
from gatewright.execute.integration_response import IntegrationResponses, compile_integration_responses
from gatewright.execute.integrations.http_target import compile_target
from gatewright.execute.integrations.network_fault import refuse_network_fault
from gatewright.execute.mapped_header import mapped_lines
from gatewright.execute.plan import Source
from gatewright.execute.timeout import integration_timeout
from gatewright.execute.world import Origin, World
from gatewright.values.faults import NetworkFault
from gatewright.values.request import NO_BODY, WITH_BODY
from gatewright.values.response import Response


@dataclass(frozen=True, slots=True)
class Http:
    """`verb` "" means the client's; `target` writes the request target."""

    origin: Origin
    verb: str
    host: str
    target: Callable[[BackendRequest], str]
    request: IntegrationRequest
    responses: IntegrationResponses
    timeout: float

    async def call(self, context: RequestContext, world: World) -> Response:
        """Send what mapping makes of the request, and return what it makes of the answer. Raises Refusal."""
        verb = self.verb or context.request.method
        request = await self.request.built(context, world)
        if verb in NO_BODY:
            request = request._replace(body=b"")
        head = self.head(context, request, verb)
        began = world.now()
        try:
            returned = await world.http.send(self.origin, verb, head, request.body, self.timeout)
        except NetworkFault as fault:
            refuse_network_fault(context, fault, world.now() - began)
        context.integration_latency = int((world.now() - began) * 1000)
        context.integration_status = context.endpoint_status = returned.status
        return await self.responses.selected(str(returned.status)).answer(
            context, returned.headers, returned.body, world
        )

    def head(self, context: RequestContext, request: BackendRequest, verb: str) -> bytes:
        """The whole head for the backend, request line to empty line."""
        headers = [
            *request.headers,
            *default_headers(context, request, verb),
            ("X-Amzn-Apigateway-Api-Id", context.plan.api_id),
        ]
        if request.body or verb in WITH_BODY:
            headers.append(("Content-Length", str(len(request.body))))
        if not any(name.lower() == "host" for name, _ in headers):
            headers.insert(0, ("Host", self.host))
        return b"%b%b\r\n" % (f"{verb} {self.target(request)} HTTP/1.1\r\n".encode("latin-1"), mapped_lines(headers))


def compile_http(source: Source) -> Http:
    """An HTTP integration as configured. Raises InvalidEndpoint and other ValueErrors."""
    integration = source.integration
    endpoint = integration_endpoint(source)
    return Http(
        origin=endpoint.origin,
        verb=source.integration_verb,
        host=endpoint.host,
        target=compile_target(endpoint),
        request=compile_integration_request(source),
        responses=compile_integration_responses(source),
        timeout=integration_timeout(integration),
    )
