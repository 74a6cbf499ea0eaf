"""From a deployment's snapshot and a stage of an HTTP API to the plan that serves them: a pure function.

What cannot be compiled, or is not served, becomes part of the plan: the requests it concerns get 500 with the reason as
cause, the others are served.
"""

from gatewright.execute.counters import Counters
from gatewright.execute.http.error import NOT_FOUND, render
from gatewright.execute.http.plan import HttpApiPlan, NoRoutes
from gatewright.execute.network import NETWORK, Network
from gatewright.execute.plan import Document


def compile_http_stage(
    snapshot: Document, stage: Document, *, account: str, region: str, network: Network = NETWORK
) -> HttpApiPlan:
    """`snapshot` as management stores it for a deployment, `stage` as GetStage gives it. Its counters are new ones."""
    raise NotImplementedError


def not_found() -> HttpApiPlan:
    """What answers for a stage that an HTTP API does not have."""
    return HttpApiPlan(
        api_id="",
        api_name="",
        stage="",
        account="",
        region="",
        deployment_id="",
        variables={},
        log_line=None,
        counters=Counters(),
        refused=render,
        routes=NoRoutes(NOT_FOUND),
    )
