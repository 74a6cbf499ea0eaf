"""The response cache of a method: answers in place of the integration, which it calls when it has nothing.

It comes last before the integration request, so whoever gets a cached response might have called the method. What is
kept is what the integration made for the client: not the headers that every response gets, not its compression.
What varies the key is the verb and the method's `cacheKeyParameters`, nothing else: AWS gives two requests that differ
in a path parameter not named there the same response. Developer guide: "Cache settings for REST APIs in API Gateway".
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from gatewright.execute.cache_invalidation import Invalidation, asks_for_new, compile_invalidation
from gatewright.execute.cached_responses import Answer, Place
from gatewright.execute.context import RequestContext
from gatewright.execute.credentials import BY_CALLER, caller_of, compile_credentials
from gatewright.execute.event_headers import OWN_NAMES
from gatewright.execute.gateway_response import INTEGRATION_FAILURE, INTEGRATION_TIMEOUT
from gatewright.execute.method_setting import MethodSettings
from gatewright.execute.parameter_mapping import compile_request_source
from gatewright.execute.plan import Document, Integration, Source
from gatewright.execute.resource import ANY_VERBS
from gatewright.execute.world import World
from gatewright.languages.policy import Policy
from gatewright.values.refusal import Refusal
from gatewright.values.response import AnyResponse, Response

CACHED_BY_DEFAULT = "GET"  # developer guide: other verbs are cached only by a setting of their own
DEFAULT_SIZE = "0.5"  # GB
DEFAULT_SECONDS = 300
WARNING = b"Warning: 199 Permission denied to refresh cached response\r\n"

_PARTIAL = 206  # a piece of what was asked for, by a header that the key need not have
_OF_BACKEND = frozenset({INTEGRATION_FAILURE.response_type, INTEGRATION_TIMEOUT.response_type})
_OWN_NAMES = {name.lower(): name for name in OWN_NAMES}  # what an integration gets for these is the gateway's own
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor

Values = Callable[[RequestContext], list[str]]


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


@dataclass(frozen=True, slots=True)
class Rule:
    """How requests with one verb are cached. `prefix` is what all their keys have in common."""

    place: Place
    prefix: bytes
    parameters: tuple[Values, ...]
    invalidation: Invalidation

    def key(self, context: RequestContext) -> bytes:
        """The name of the entry for a request: it tells nobody what the parameters were."""
        if not self.parameters:
            return self.prefix
        values = msgspec.json.encode([values(context) for values in self.parameters])
        return hashlib.sha256(self.prefix + values).digest()


@dataclass(frozen=True, slots=True)
class ResponseCache:
    """The cache before one method's integration, by verb: a method for ANY caches some of them."""

    integration: Integration
    rules: Mapping[str, Rule]

    async def call(self, context: RequestContext, world: World) -> AnyResponse:
        """The cached response, or the integration's. Raises Refusal."""
        rule = self.rules.get(context.request.method)
        if rule is None:
            return await self.integration.call(context, world)
        if not asks_for_new(context.request.headers):
            return await self._response(rule, context, world)
        if rule.invalidation.is_allowed(context):
            return await self._new_response(rule, context, world)
        rule.invalidation.refuse(context)
        response = await self._response(rule, context, world)
        return response._replace(headers=(*response.headers, WARNING)) if rule.invalidation.warns else response

    async def _response(self, rule: Rule, context: RequestContext, world: World) -> AnyResponse:
        responses, key = world.responses, rule.key(context)
        answer = await responses.get(rule.place, key, world.now())
        if answer is not None:
            return _answered(answer, context)
        if responses.fills.begin(key):
            return await self._fill(rule, key, context, world)
        outcome = await responses.fills.wait(key)
        if isinstance(outcome, Answer):
            return _answered(outcome, context)
        _count(context, hit=False)
        if outcome is not None:
            raise Refusal(outcome.row, outcome.message, outcome.cause)
        return await self.integration.call(context, world)

    async def _fill(self, rule: Rule, key: bytes, context: RequestContext, world: World) -> AnyResponse:
        """Call the integration for this request and all that wait for the same."""
        _count(context, hit=False)
        responses, asked, epoch = world.responses, world.now(), world.responses.epoch
        outcome: Answer | Refusal | None = None
        try:
            response = await self.integration.call(context, world)
            outcome = _answer(response, context, asked)
            if outcome is not None:
                await responses.put(rule.place, key, outcome, epoch)
            return response
        except Refusal as refusal:
            # What else refuses may be this request's own fault: the others try for themselves.
            if refusal.row.response_type in _OF_BACKEND:
                outcome = refusal
            raise
        finally:
            responses.fills.end(key, outcome)

    async def _new_response(self, rule: Rule, context: RequestContext, world: World) -> AnyResponse:
        """Call the integration whatever is cached, and put its response in that place."""
        _count(context, hit=False)
        responses, key = world.responses, rule.key(context)
        asked, epoch = world.now(), responses.epoch
        response = await self.integration.call(context, world)
        answer = _answer(response, context, asked)
        if answer is not None:
            await responses.put(rule.place, key, answer, epoch)
        else:
            await responses.drop(rule.place, key)
        return response


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
    return Answer(response._replace(headers=lines), lines.index(trace) if trace in lines else -1, asked)


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
    names = sorted(source.integration.get("cacheKeyParameters") or ())
    encrypted = bool(setting.get("cacheDataEncrypted"))
    namespace = source.integration.get("cacheNamespace") or source.resource_path
    what = (source.api_id, source.stage, cache.served, namespace, verb, names, encrypted)
    return Rule(
        place=Place(source.api_id, source.stage, cache.size, _seconds(setting), encrypted),
        prefix=hashlib.sha256(msgspec.json.encode(what)).digest(),
        parameters=(*(_values(name, source) for name in names), *_of_caller(source)),
        invalidation=compile_invalidation(setting, cache.policy),
    )


def _of_caller(source: Source) -> tuple[Values, ...]:
    """Where the caller's own credentials call the integration, nobody gets what somebody else's got."""
    if compile_credentials(source) != BY_CALLER:
        return ()
    return (lambda context: [caller_of(context).access_key],)


def _values(name: str, source: Source) -> Values:
    """All values that a request has for a cache key parameter. Raises MappingError.

    One of the integration's is what is mapped to it, or what a proxy passes on under that name."""
    if name.startswith("integration."):
        mapped = source.integration.get("requestParameters") or {}
        name = mapped.get(name) or name.replace("integration.", "method.", 1)
    *head, parameter = name.split(".", 3)
    if head in (["method", "request", "header"], ["method", "request", "multivalueheader"]):
        lower = parameter.lower()
        if lower not in _OWN_NAMES:
            return _header_values(lower)
        name = f"method.request.header.{_OWN_NAMES[lower]}"
    elif head == ["method", "request", "querystring"]:
        name = f"method.request.multivaluequerystring.{parameter}"
    return compile_request_source(name, source.variables)


def _header_values(lower: str) -> Values:
    """A backend may read a header however its name is written, so whichever way it is written varies the key."""
    return lambda context: [line.value for line in context.request.headers if line.lower == lower]
