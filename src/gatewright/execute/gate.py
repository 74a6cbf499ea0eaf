"""What a deployed stage has before its methods, and a test invocation has not: who may call, how often, and the cache.

A method that lets no request through has none of it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from gatewright.execute.authorizers.authorization import Authorizations
from gatewright.execute.caching.response_cache import StageCache, compile_response_cache
from gatewright.execute.limits.api_key import compile_api_key
from gatewright.execute.limits.method_throttle import compile_throttle, limits_of
from gatewright.execute.limits.throttle import Limit
from gatewright.execute.method_setting import MethodSetting, MethodSettings
from gatewright.execute.misconfigured import Misconfigured
from gatewright.execute.plan import Document, MethodPlan, QuickStep, Source


class Gate:
    """Of one stage."""

    def __init__(self, snapshot: Document, stage: Document, source: Source, cache: StageCache | None) -> None:
        """`source` is what all methods of the stage share."""
        self._source = source
        self._authorizations = Authorizations(snapshot, source)
        self._api_key_source = snapshot["restApi"].get("apiKeySource") or "HEADER"
        self._settings = MethodSettings(stage.get("methodSettings") or {})
        self._cache = cache and cache._replace(policy=self._authorizations.policy)
        self._throttles: dict[tuple[Limit, ...], QuickStep] = {}

    def before(self, plan: MethodPlan, source: Source) -> MethodPlan:
        """With who may call the method, and its cache. `source` is the method's. Raises ValueError."""
        return replace(
            plan,
            authorize=self._authorizations.of(source),
            require_key=compile_api_key(source.method, self._api_key_source),
            cache=compile_response_cache(source, self._settings, self._cache, plan.integration),
        )

    def by_verb(self, plan: MethodPlan, verbs: Iterable[str]) -> Iterator[tuple[str, MethodPlan]]:
        """For each of the verbs that the method serves, with what the setting for it says: whether requests are
        counted, and how often they may come."""
        is_open = not isinstance(plan.integration, Misconfigured)
        plans: dict[str, MethodPlan] = {}
        for verb in verbs:
            setting = self._settings.of(plan.resource_path, verb)
            if setting.verb not in plans:
                plans[setting.verb] = replace(
                    plan,
                    metrics_enabled=bool(setting.values.get("metricsEnabled")),
                    throttle=self._throttle(plan, setting) if is_open else None,
                )
            yield verb, plans[setting.verb]

    def _throttle(self, plan: MethodPlan, setting: MethodSetting) -> QuickStep:
        limits = tuple(limits_of(self._source, plan, setting))
        step = self._throttles.get(limits)
        if step is None:
            step = self._throttles[limits] = compile_throttle(limits)
        return step
