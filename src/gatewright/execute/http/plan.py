"""What a stage of an HTTP API is once compiled. See execute/plan.py."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

from gatewright.execute.plan import RoutePlan, StagePlan
from gatewright.values.refusal import Refused, refuse

if TYPE_CHECKING:
    from gatewright.execute.http.cors import Cors


class RouteMatch(NamedTuple):
    """The route that serves a request, and the values of its path variables as received."""

    route: RoutePlan
    path_parameters: dict[str, str]


class Routes(Protocol):
    """All routes of an API."""

    def find(self, verb: str, path: str) -> RouteMatch:
        """The route that AWS would choose. Raises Refusal when there is none."""
        ...


class NoRoutes:
    """Refuses every request with `row`; `cause` is for the log."""

    def __init__(self, row: Refused, cause: str = "") -> None:
        self.cause = cause
        self._row = row

    def find(self, verb: str, path: str) -> RouteMatch:
        """Raises Refusal."""
        refuse(self._row, cause=self.cause)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpApiPlan(StagePlan):
    """A stage of an HTTP API. `cors` is None when the API has no CORS configuration."""

    protocol: ClassVar[str] = "HTTP"
    routes: Routes
    cors: "Cors | None" = None
