"""Private custom domain names: only who comes through a VPC endpoint that is associated with a name finds it.

Several may be alike, and each is for other endpoints. Whom a name's policy does not let in finds nothing, either.
Developer guide: "Custom domain names for private APIs in API Gateway".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gatewright.execute.context import RequestContext
from gatewright.execute.counters import Counters
from gatewright.execute.custom_domain import Domain, Way
from gatewright.execute.gateway_response import FORBIDDEN
from gatewright.execute.path_tree import NoPaths
from gatewright.execute.plan import RestPlan
from gatewright.execute.policy_request import INVOKE, RequestKeys
from gatewright.execute.private_api import PrivateApi
from gatewright.execute.private_api import Way as WayIn
from gatewright.languages.policy import AccessRequest, Effect, Policy
from gatewright.values.request import Request


class PrivateDomain(NamedTuple):
    """One private name. `endpoints` are the ids of those associated with it, `arn` is what its policy calls it."""

    domain: Domain
    endpoints: frozenset[str]
    policy: Policy
    arn: str
    plan: RestPlan  # of no API: what condition keys are read of

    def admits(self, request: Request) -> bool:
        """Whether the policy lets the request in, whoever may have signed it."""
        context = RequestContext(self.plan, request, request.path, request.arrived)
        return self.policy.decide(AccessRequest(INVOKE, self.arn, None, RequestKeys(context))) is Effect.ALLOW


@dataclass(frozen=True, slots=True)
class AlikeDomains:
    """All that have one name: `private` ones, and `public` for those who come through no endpoint of these."""

    private: Sequence[PrivateDomain]
    public: Domain
    network: PrivateApi  # tells through which endpoint a request came

    def way(self, request: Request) -> Way | None:
        """See Domain. Two private names with the same endpoint cannot be told apart."""
        endpoint = self.network.endpoint_of(request)
        found = [each for each in self.private if endpoint is not None and endpoint.id in each.endpoints]
        if not found:
            return self.public.way(request)
        return found[0].domain.way(request) if len(found) == 1 and found[0].admits(request) else None


def plan_of_name(account: str, region: str, ways: Sequence[WayIn]) -> RestPlan:
    """What the condition keys of a request to a private name are read of, before its API is known."""
    ways_in = PrivateApi(ways, frozenset())
    return RestPlan(account=account, region=region, counters=Counters(), private=ways_in, resources=NoPaths(FORBIDDEN))
