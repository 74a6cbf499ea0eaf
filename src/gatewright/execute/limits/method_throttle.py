"""How often a method may be called: the usage plan's limits, the stage's and the account's, in AWS's order.

All are looked at before any gives a token, and the quota of the key's plan with them: a request that one of them stops
takes nothing of the others. Developer guide: "Throttle requests to your REST APIs for better throughput".
"""

from collections.abc import Awaitable, Iterator, Sequence
from typing import TYPE_CHECKING

from gatewright.execute.gateway_response import QUOTA_EXCEEDED, THROTTLED
from gatewright.execute.limits.api_key import Taken
from gatewright.execute.limits.throttle import Limit
from gatewright.execute.limits.usage import Quota, Usage
from gatewright.execute.method_setting import ALL, MethodSetting
from gatewright.execute.plan import CallPlan, QuickStep, Source
from gatewright.values.refusal import refuse

if TYPE_CHECKING:
    from gatewright.execute.context import RequestContext
    from gatewright.execute.world import World


def compile_throttle(limits: tuple[Limit, ...]) -> QuickStep:
    """The step of the methods with these limits of their stage, which raises Refusal for a request too many.

    It holds nothing of a single method: what thousands of them share stays at hand."""

    def throttle(context: "RequestContext", world: "World") -> Awaitable[None] | None:
        key, now = context.key, context.began
        if key is None:
            waiting = world.throttles.take(limits, now)
            return None if waiting is None else _let_through(waiting)
        method = context.method
        assert method is not None
        called = method.resource_path, context.request.method
        taken = key.taken.get(called)
        if taken is None or taken.own is not limits:  # the stage was deployed anew, or it is its canary's turn
            taken = key.taken[called] = Taken(limits, (*key.limits(*called, method.verb), *limits))
        counting = world.usage.take(key.quota, now)
        if counting is not None:
            return _counted(counting, world, key.quota, taken.all, now)
        waiting = world.throttles.take(taken.all, now)
        return None if waiting is None else _let_key_through(waiting, world.usage, key.quota, now)

    return throttle


async def _let_through(waiting: Awaitable[Limit | None]) -> None:
    if await waiting is not None:
        refuse(THROTTLED)


async def _let_key_through(waiting: Awaitable[Limit | None], usage: Usage, quota: Quota, now: float) -> None:
    if await waiting is not None:
        usage.give_back(quota, now)
        refuse(THROTTLED)


async def _counted(
    counting: Awaitable[bool], world: "World", quota: Quota, limits: Sequence[Limit], now: float
) -> None:
    if not await counting:
        refuse(QUOTA_EXCEEDED)
    waiting = world.throttles.take(limits, now)
    if waiting is not None:
        await _let_key_through(waiting, world.usage, quota, now)


def limits_of(source: Source, method: CallPlan, setting: MethodSetting) -> Iterator[Limit]:
    """The stage's limits of the requests to a method that `setting` is for, and the account's. What `*/*` sets is for
    each method by itself. `source` is of the stage."""
    account, values = source.network.account, setting.values
    own = account.below(values.get("throttlingRateLimit"), values.get("throttlingBurstLimit"))
    if own is not None:
        verb = method.verb if setting.verb == ALL else setting.verb
        # The colon, which no stage's name has: keys of a WebSocket API's routes begin with any character.
        yield Limit(f"method/{source.api_id}/{source.stage}:{method.resource_path}/{verb}", *own)
    yield account_limit(source)


def account_limit(source: Source) -> Limit:
    """What all calls of the account in the Region take from, of whatever kind."""
    return Limit(f"account/{source.account}/{source.region}", *source.network.account)
