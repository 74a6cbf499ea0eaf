"""What a stage's route settings say of a route of an HTTP or WebSocket API: whether it is counted, and how often it may
be called.

What a route's own settings leave open, the stage's default route settings say, for each route by itself. Developer
guide: "Throttle your HTTP APIs for better throughput"; API reference: RouteSettings.
"""

from dataclasses import replace
from typing import TypeVar

from gatewright.execute.limits.method_throttle import compile_throttle, limits_of
from gatewright.execute.limits.throttle import Limit
from gatewright.execute.method_setting import ALL, MethodSetting
from gatewright.execute.plan import Document, QuickStep, RoutePlan, Source

R = TypeVar("R", bound=RoutePlan)


class RouteGate:
    """Of one stage."""

    def __init__(self, stage: Document, source: Source) -> None:
        """`stage` as GetStage gives it, `source` is what all its routes share."""
        self._source = source
        self._default: Document = stage.get("defaultRouteSettings") or {}
        self._own: Document = stage.get("routeSettings") or {}
        self._throttles: dict[tuple[Limit, ...], QuickStep] = {}

    def before(self, plan: R) -> R:
        """The route with what its settings say."""
        values = {**self._default, **(self._own.get(plan.key) or {})}
        limits = tuple(limits_of(self._source, plan, MethodSetting(ALL, values)))
        step = self._throttles.get(limits)
        if step is None:
            step = self._throttles[limits] = compile_throttle(limits)
        return replace(plan, metrics_enabled=bool(values.get("detailedMetricsEnabled")), throttle=step)
