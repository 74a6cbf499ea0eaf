"""The response cache of a method: answers in place of the integration, which it calls when it has nothing.

It comes last before the integration request, so whoever gets a cached response might have called the method. What is
kept is what the integration made for the client: not the headers that every response gets, not its compression.
`cache_key` says for which requests. Developer guide: "Cache settings for REST APIs in API Gateway".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from gatewright.execute.caching.cache_invalidation import Invalidation, asks_for_new, compile_invalidation
from gatewright.execute.caching.cache_key import CacheKey, compile_cache_key
from gatewright.execute.caching.cached_responses import Answer, Place
from gatewright.execute.caching.fills import Fill
from gatewright.execute.compression import accepted_codings, coding_of
from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import INTEGRATION_FAILURE, INTEGRATION_TIMEOUT
from gatewright.execute.method_setting import MethodSettings
from gatewright.execute.plan import Document, Integration, Source
from gatewright.execute.resource import ANY_VERBS
from gatewright.execute.world import World
from gatewright.languages.policy import Policy
from gatewright.values.refusal import Refusal
from gatewright.values.request import NO_BODY
from gatewright.values.response import AnyResponse, Response

CACHED_BY_DEFAULT = "GET"  # developer guide: other verbs are cached only by a setting of their own
DEFAULT_SIZE = "0.5"  # GB
DEFAULT_SECONDS = 300
WARNING = b"Warning: 199 Permission denied to refresh cached response\r\n"

_PARTIAL = 206  # a piece of what was asked for, by a header that the key need not have
_OF_BACKEND = frozenset({INTEGRATION_FAILURE.response_type, INTEGRATION_TIMEOUT.response_type})
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor


class StageCache(NamedTuple):
    """A stage's cache cluster, of `size` bytes, and what it holds responses of: as soon as anything of that differs,
    a stage serves none of the responses that it had. `policy` is the API's own."""

    size: int
    served: tuple[Any, ...]
    policy: Policy | None = None


def compile_stage_cache(stage: Document, *, is_canary: bool = False) -> StageCache | None:
    """A stage's cache, None while it has none. A canary's own is apart from it, unless it uses the stage's.

    AWS leaves what is cached when a stage is deployed anew; here another deployment, or other stage variables, never
    answer with the responses of those before."""
    if not stage.get("cacheClusterEnabled"):
        return None
    size = stage.get("cacheClusterSize") or DEFAULT_SIZE
    served = size, stage.get("deploymentId") or "", stage.get("variables") or {}, is_canary
    return StageCache(int(float(size) * 2**30), served)


class Rule(NamedTuple):
    """How requests with one verb are cached."""

    place: Place
    key: CacheKey
    invalidation: Invalidation


@dataclass(frozen=True, slots=True)
class ResponseCache:
    """The cache before one method's integration, by verb: a method for ANY caches some of them."""

    integration: Integration
    rules: Mapping[str, Rule]

    async def call(self, context: RequestContext, world: World) -> AnyResponse:
        """The cached response, or the integration's. Raises Refusal."""
        verb = context.request.method
        rule = self.rules.get(verb)
        if rule is None or (context.request.body and verb in NO_BODY):  # such a body has no meaning that others share
            return await self.integration.call(context, world)
        if not asks_for_new(context.request.headers):
            return await self._response(rule, context, world)
        if rule.invalidation.is_allowed(context):
            return await self._new_response(rule, context, world)
        rule.invalidation.refuse()
        response = await self._response(rule, context, world)
        return response._replace(headers=(*response.headers, WARNING)) if rule.invalidation.warns else response

    async def _response(self, rule: Rule, context: RequestContext, world: World) -> AnyResponse:
        responses, key, now = world.responses, rule.key.of(context), world.now()
        answer = await responses.get(rule.place, key, now)
        if answer is not None and _is_readable(answer, context):
            return _answered(answer, context)
        fill = responses.fills.begin(key, now)
        if fill is not None:
            return await self._fill(fill, rule, key, context, world)
        outcome = await responses.fills.wait(key)
        if isinstance(outcome, Answer) and _is_readable(outcome, context):
            return _answered(outcome, context)
        _count(context, hit=False)
        if isinstance(outcome, Refusal):
            raise Refusal(outcome.row, outcome.message, outcome.cause)
        return await self.integration.call(context, world)

    async def _fill(
        self, fill: Fill[Answer], rule: Rule, key: bytes, context: RequestContext, world: World
    ) -> AnyResponse:
        """Call the integration for this request and all that wait for the same."""
        _count(context, hit=False)
        responses, asked, epoch = world.responses, world.now(), world.responses.epoch
        outcome: Answer | Refusal | None = None
        try:
            response = await self.integration.call(context, world)
            outcome = _answer(response, context, asked)
            if outcome is not None:
                await responses.put(rule.place, key, outcome, epoch, world.now())
            return response
        except Refusal as refusal:
            # What else refuses may be this request's own fault: the others try for themselves.
            if refusal.row.response_type in _OF_BACKEND:
                outcome = refusal
            raise
        finally:
            responses.fills.end(key, fill, outcome)

    async def _new_response(self, rule: Rule, context: RequestContext, world: World) -> AnyResponse:
        """Call the integration whatever is cached, and put its response in that place."""
        _count(context, hit=False)
        responses, key = world.responses, rule.key.of(context)
        asked, epoch = world.now(), responses.epoch
        response = await self.integration.call(context, world)
        answer = _answer(response, context, asked)
        if answer is not None:
            await responses.put(rule.place, key, answer, epoch, world.now())
        else:
            await responses.drop(rule.place, key)
        return response


def _is_readable(answer: Answer, context: RequestContext) -> bool:
    """Whether the client takes the coding in which another one got it."""
    return not answer.coding or not accepted_codings(context.request.headers).isdisjoint((answer.coding, "*"))


def _answered(answer: Answer, context: RequestContext) -> Response:
    _count(context, hit=True)
    if answer.trace_at < 0:
        return answer.response
    lines = list(answer.response.headers)
    lines[answer.trace_at] = _trace_line(context)
    return _new(Response, (answer.response.status, lines, answer.response.body))


def _answer(response: AnyResponse, context: RequestContext, asked: float) -> Answer | None:
    """What may be cached of a response: all of a successful one that is whole."""
    if not isinstance(response, Response) or not 200 <= response.status < 300 or response.status == _PARTIAL:
        return None
    trace = _trace_line(context)
    lines = tuple(response.headers)
    trace_at = lines.index(trace) if trace in lines else -1
    return Answer(response._replace(headers=lines), trace_at, asked, coding_of(response))


def _trace_line(context: RequestContext) -> bytes:
    """The line by which the client of a Lambda function, AWS service or HTTP backend learns its request's trace."""
    return f"X-Amzn-Trace-Id: {context.trace_id}\r\n".encode()


def _count(context: RequestContext, *, hit: bool) -> None:
    plan, method = context.plan, context.method
    plan.counters.add_cached(hit=hit)
    if method is not None and method.metrics_enabled:
        plan.counters.of_method(method.resource_path, method.verb).add_cached(hit=hit)


def compile_response_cache(
    source: Source, settings: MethodSettings, cache: StageCache | None, integration: Integration
) -> Integration | None:
    """The cache of a method as configured, None when it caches nothing. Raises ValueError."""
    if cache is None or source.integration.get("responseTransferMode") == "STREAM":
        return None  # AWS caches no streams
    verbs = ANY_VERBS if source.verb == "ANY" else (source.verb,)
    rules = {
        verb: _rule(source, verb, cache, setting) for verb in verbs if (setting := _setting(source, verb, settings))
    }
    return ResponseCache(integration, rules) if rules else None


def _setting(source: Source, verb: str, settings: MethodSettings) -> Mapping[str, Any] | None:
    """The setting by which requests with `verb` are cached, None when they are not."""
    setting = settings.own(source.resource_path, verb)
    if setting is None and verb == CACHED_BY_DEFAULT:
        setting = settings.of(source.resource_path, verb)
    if setting is None or not setting.values.get("cachingEnabled") or not _seconds(setting.values):
        return None
    return setting.values


def _seconds(setting: Mapping[str, Any]) -> int:
    seconds: int = setting.get("cacheTtlInSeconds", DEFAULT_SECONDS)
    return seconds


def _rule(source: Source, verb: str, cache: StageCache, setting: Mapping[str, Any]) -> Rule:
    encrypted = bool(setting.get("cacheDataEncrypted"))
    return Rule(
        place=Place(source.api_id, source.stage, cache.size, _seconds(setting), encrypted),
        key=compile_cache_key(source, verb, cache.served, encrypted),
        invalidation=compile_invalidation(setting, cache.policy),
    )
