"""What a stage of an HTTP API is once compiled. See execute/plan.py."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gatewright.execute.path_tree import Paths
from gatewright.execute.plan import RoutePlan, StagePlan

if TYPE_CHECKING:
    from gatewright.execute.http.cors import Cors


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpApiPlan(StagePlan):
    """A stage of an HTTP API. `cors` is None when the API has no CORS configuration."""

    protocol: ClassVar[str] = "HTTP"
    routes: Paths[RoutePlan]
    cors: "Cors | None" = None
