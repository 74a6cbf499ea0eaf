"""Canary of a stage: which of its requests another deployment serves, and what both count.

Developer guide: "Set up an API Gateway canary release deployment".
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatewright.execute.counters import Counters

if TYPE_CHECKING:
    from gatewright.execute.plan import RestPlan
    from gatewright.execute.world import World


@dataclass(frozen=True, slots=True)
class Canary:
    """`plan` serves `percent` of the requests, 0 to 100, each drawn by itself."""

    percent: float
    plan: "RestPlan"

    def chosen(self, stage: "RestPlan", world: "World") -> "RestPlan":
        """The plan for one request: the canary's, or the stage's."""
        return self.plan if world.chance() * 100 < self.percent else stage


class CanaryCounters(Counters):
    """What a canary counts, its stage counts with it: AWS has metrics of the stage and of `{stage}/Canary`."""

    __slots__ = ("_stage",)

    def __init__(self, stage: Counters) -> None:
        super().__init__()
        self._stage = stage

    def may_tell(self, now: float) -> bool:
        """As the stage may: one limit for both."""
        return self._stage.may_tell(now)

    def of_method(self, resource_path: str, verb: str) -> Counters:
        """Methods are counted once, by the stage."""
        return self._stage.of_method(resource_path, verb)

    def add_cached(self, *, hit: bool) -> None:
        """Likewise of the cache."""
        super().add_cached(hit=hit)
        self._stage.add_cached(hit=hit)

    def add(self, status: int, latency_ms: float, integration_latency_ms: float | None) -> None:
        """Count one answered request here and with the stage."""
        super().add(status, latency_ms, integration_latency_ms)
        self._stage.add(status, latency_ms, integration_latency_ms)
