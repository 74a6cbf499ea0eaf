"""How often a method may be called: the usage plan's limits, the stage's and the account's, in AWS's order.

All are looked at before any gives a token, and the quota of the key's plan with them: a request that one of them stops
takes nothing of the others. Developer guide: "Throttle requests to your REST APIs for better throughput".
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gatewright.execute.api_key import Taken
from gatewright.execute.gateway_response import QUOTA_EXCEEDED, THROTTLED
from gatewright.execute.plan import Source, Step
from gatewright.execute.throttle import Limit
from gatewright.values.refusal import refuse

if TYPE_CHECKING:
    from gatewright.execute.context import RequestContext
    from gatewright.execute.world import World


def compile_throttle(source: Source, setting: Mapping[str, Any]) -> Step:
    """The step of one method; `setting` is its MethodSetting. It raises Refusal for a request too many."""
    path, verb = source.resource_path, source.verb
    method = f"{path}/{verb}"
    limits = tuple(_limits(source, setting))

    async def throttle(context: "RequestContext", world: "World") -> None:
        key, now = context.key, context.began
        if key is None:
            if await world.throttles.take(limits, now) is not None:
                refuse(THROTTLED)
            return
        if not await world.usage.take(key.quota, now):
            refuse(QUOTA_EXCEEDED)
        taken = key.taken.get(method)
        if taken is None or taken.own is not limits:  # the stage was deployed anew since
            taken = key.taken[method] = Taken(limits, (*key.limits(path, verb), *limits))
        if await world.throttles.take(taken.all, now) is not None:
            world.usage.give_back(key.quota, now)
            refuse(THROTTLED)

    return throttle


def _limits(source: Source, setting: Mapping[str, Any]) -> list[Limit]:
    """The stage's on the method, which `*/*` sets for each method by itself, and the account's."""
    account = source.network.account
    limits = [Limit(f"account/{source.account}/{source.region}", *account)]
    own = account.below(setting.get("throttlingRateLimit"), setting.get("throttlingBurstLimit"))
    if own is not None:
        name = f"method/{source.api_id}/{source.stage}{source.resource_path}/{source.verb}"
        limits.insert(0, Limit(name, *own))
    return limits
