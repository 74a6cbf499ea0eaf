"""What cannot be compiled, or is not served: the requests it concerns get 500, with the reason as cause."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR
from gatewright.values.refusal import refuse

if TYPE_CHECKING:
    from gatewright.execute.context import RequestContext
    from gatewright.execute.world import World


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """The integration of a method that cannot be served."""

    cause: str

    async def call(self, context: "RequestContext", world: "World") -> NoReturn:
        """Always raises Refusal."""
        context.integration_error = self.cause
        refuse(API_CONFIGURATION_ERROR, cause=self.cause)
