"""CORS of an HTTP API: the gateway answers preflights itself, and replaces what backends say of CORS.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from dataclasses import dataclass

from gatewright.execute.context import RequestContext
from gatewright.values.response import AnyResponse, Response


@dataclass(frozen=True, slots=True)
class Cors:
    """A compiled `corsConfiguration`."""

    def preflight(self, context: RequestContext) -> Response | None:
        """The answer to a preflight; None for any other request."""
        return None

    def answered(self, context: RequestContext, response: AnyResponse) -> AnyResponse:
        """`response` as the page's browser is to see it."""
        return response
