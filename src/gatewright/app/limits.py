"""How often callers may call: API keys, throttles and quotas, of this node alone or shared with others."""

from dataclasses import dataclass

from gatewright.app.base import Base
from gatewright.execute.limits.api_key import StoredApiKeys
from gatewright.execute.limits.throttle import LocalThrottles, Throttles
from gatewright.execute.limits.usage import LocalUsage, Usage
from gatewright.observe.shared_metrics import SharedCollector
from gatewright.server.sharing import Sharing
from gatewright.server.valkey import Valkey


@dataclass(frozen=True, slots=True)
class LimitParts:
    """`sharing` is None for a node that is told of no server."""

    api_keys: StoredApiKeys
    throttles: Throttles
    usage: Usage
    sharing: Sharing | None

    def collectors(self) -> list[SharedCollector]:
        """What is told of the server on the page of metrics."""
        if self.sharing is None:
            return []
        return [SharedCollector(self.sharing.valkey, {"throttle": self.sharing.throttles, "quota": self.sharing.usage})]

    async def close(self) -> None:
        """Give back what is in hand, and write what keys used."""
        if self.sharing is not None:
            await self.sharing.close()
        self.usage.flush()


async def limits_of(base: Base) -> LimitParts:
    """They follow the store's changes; what keys used is written behind."""
    keys, own_usage = StoredApiKeys(base.store, base.settings.account), LocalUsage(base.store)
    base.store.subscribe(keys.drop_changed)
    base.store.subscribe(own_usage.drop_changed)
    base.sweep.watch(own_usage.look)
    sharing = await _sharing(base, own_usage)
    if sharing is None:
        return LimitParts(keys, LocalThrottles(), own_usage, None)
    return LimitParts(keys, sharing.throttles, sharing.usage, sharing)


async def _sharing(base: Base, usage: LocalUsage) -> Sharing | None:
    settings = base.settings
    if not settings.valkey_url:
        return None
    valkey = Valkey(settings.valkey_url, base.sweep, timeout=settings.valkey_timeout / 1000)
    sharing = Sharing(valkey, usage, base.sweep, denies=settings.valkey_denies)
    base.store.subscribe(sharing.usage.drop_changed)
    await sharing.open()
    return sharing
