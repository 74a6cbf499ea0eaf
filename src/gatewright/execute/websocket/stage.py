"""From a deployment's snapshot and a stage of a WebSocket API to the plan that serves them: a pure function."""

from gatewright.execute.network import NETWORK, Network
from gatewright.execute.plan import Document
from gatewright.execute.websocket.plan import WebSocketPlan


def compile_websocket_stage(
    snapshot: Document, stage: Document, *, account: str, region: str, network: Network = NETWORK
) -> WebSocketPlan:
    """`snapshot` as management stores it for a deployment, `stage` as GetStage gives it. Its counters are new ones."""
    raise NotImplementedError
