"""What the client and the log see of a backend that cannot be reached or does not answer.

Developer guide: "Gateway response types", INTEGRATION_FAILURE and INTEGRATION_TIMEOUT.
"""

from typing import NoReturn

from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import (
    API_CONFIGURATION_ERROR,
    CONFIGURATION_FAILURE,
    INTEGRATION_TIMEOUT,
    NETWORK_ERROR,
)
from gatewright.values.faults import NetworkFault
from gatewright.values.refusal import Refused, refuse

_TOO_LARGE = "Integration response is larger than allowed maximum of 10485760 bytes"
_FAULTS: dict[str, tuple[Refused, str]] = {
    "timeout": (INTEGRATION_TIMEOUT, "Execution failed due to a timeout error"),
    "too_large": (API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE + _TOO_LARGE),
}
_NETWORK = (NETWORK_ERROR, "Execution failed due to a network error communicating with endpoint")


def refuse_network_fault(context: RequestContext, fault: NetworkFault, waited: float) -> NoReturn:
    """End the request as AWS does, after so many seconds. Always raises Refusal."""
    context.integration_latency = int(waited * 1000)
    row, context.integration_error = _FAULTS.get(fault.kind, _NETWORK)
    refuse(row, cause=f"{context.integration_error}: {fault.reason}")
