"""What a stage of a WebSocket API is once compiled. See execute/plan.py."""

from collections.abc import Mapping
from dataclasses import dataclass

from gatewright.execute.plan import RoutePlan, StagePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSocketPlan(StagePlan):
    """A stage of a WebSocket API. `routes` by route key."""

    routes: Mapping[str, RoutePlan]
