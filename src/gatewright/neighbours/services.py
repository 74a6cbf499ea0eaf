"""The other AWS services as AWS integrations call them: signed, and sent to the endpoint this node has for each."""

from collections.abc import Awaitable

from gatewright.execute.world import Returned, ServiceCall
from gatewright.values.faults import NetworkFault
from gatewright.values.pending import Pending


class Services:
    """Implements `execute.world.Services`."""

    def call(self, call: ServiceCall, *, timeout: float) -> Awaitable[Returned]:
        """The service's answer. Raises NetworkFault."""
        pending: Pending[Returned] = Pending()
        pending.fail(NetworkFault("connect", f"{call.service} cannot be called yet"))
        return pending
