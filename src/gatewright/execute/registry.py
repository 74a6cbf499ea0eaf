"""Which stage a request is for. Plans are loaded when first asked for and replaced by dropping them.

Three addresses lead here: the host `{api}.execute-api.*` with the stage as first path segment, and two paths for
clients that cannot choose a host, `/_aws/execute-api/{api}/{stage}/...` and
`/restapis/{api}/{stage}/_user_request_/...`. A private API has the names of VPC endpoints, too. Where the first segment
names no stage of an HTTP API, its stage `$default` gets the whole path. A custom domain name gets all requests for its
host, which its mappings and rules lead on: see custom_domains.py.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from gatewright.execute.canary import CanaryCounters
from gatewright.execute.counters import Counters
from gatewright.execute.custom_domain import HEALTHY, Domain
from gatewright.execute.custom_domains import Domains, NoDomains
from gatewright.execute.domain import MappedDomain
from gatewright.execute.gateway_response import FORBIDDEN, INTERNAL_FAILURE
from gatewright.execute.http.raw_path import DEFAULT_STAGE
from gatewright.execute.path_tree import NoPaths
from gatewright.execute.plan import RestPlan, StagePlan
from gatewright.execute.private_api import API_HEADER, ENDPOINT_HOST
from gatewright.execute.resource import Healthy
from gatewright.values.headers import HOST, first
from gatewright.values.refusal import Refused
from gatewright.values.request import Request

Load = Callable[[str, str], StagePlan | None]
StagesOf = Callable[[str], "ApiStages | None"]

_HOST = re.compile(r"([A-Za-z0-9_-]+)\.execute-api\.", re.IGNORECASE)
_USER_REQUEST = re.compile(r"/restapis/(?P<api>[^/]+)/(?P<stage>[^/]+)/_user_request_(?P<rest>/.*)?", re.DOTALL)
_HOSTS_REMEMBERED = 1024
_new = tuple.__new__  # a NamedTuple made without its Python-level constructor
_log = logging.getLogger(__name__)


class StageCounters(NamedTuple):
    """The counters of one stage, with what its metrics are labelled by."""

    api_id: str
    api_name: str
    stage: str
    counters: Counters


class Found(NamedTuple):
    """A plan, and the path within its stage as received: "" when the address ends with the stage itself. `domain` is
    the custom domain name that led there."""

    plan: StagePlan
    path: str
    domain: MappedDomain | None = None


class ApiStages(NamedTuple):
    """The stages of one API by name, `nowhere` what answers for a stage that it does not have."""

    names: frozenset[str]
    nowhere: StagePlan


class _Api:
    """What is known of one API. `plans` are what its own address leads to, `mapped` what custom domain names do."""

    __slots__ = ("id", "mapped", "plans", "stages")

    def __init__(self, id: str, stages: ApiStages) -> None:
        self.id = id
        self.stages = stages
        self.plans: dict[str, StagePlan] = {}
        self.mapped: dict[str, StagePlan] = {}


def closed(row: Refused) -> RestPlan:
    """What refuses every request with that row."""
    return RestPlan(resources=NoPaths(row), counters=Counters())


FORBIDDEN_TO_ALL = closed(FORBIDDEN)
_NO_API = ApiStages(frozenset(), FORBIDDEN_TO_ALL)


class Registry:
    """The node's current plans. A request in flight keeps the plan it was found with."""

    def __init__(self, stages: StagesOf, load: Load, domains: Domains | None = None) -> None:
        """`stages(api_id)` reads which stages an API has, None when there is no such API; `load(api_id, stage)`
        compiles one of them; `domains` are the custom domain names that lead to them."""
        self._stages = stages
        self._load = load
        self._domains = domains or NoDomains()
        self._apis: dict[str, _Api] = {}
        self._counters: dict[str, dict[str, StageCounters]] = {}
        self._hosts: dict[str, str] = {}
        self._failed = closed(INTERNAL_FAILURE)
        self._healthy = RestPlan(resources=Healthy(), counters=Counters())

    def find(self, request: Request) -> Found | None:
        """The plan for a request, one that refuses it with 403 when there is no such stage; None: not for an API."""
        api_id = host = ""
        for line in request.headers:
            if line[4] & HOST:
                host = line.value
                api_id = self._hosts.get(host) or self._api_of(host)
                break
        if api_id:
            return self._in_api(api_id, request.path)
        name = host.partition(":")[0]
        try:
            domain = self._domains.find(name)
            if domain is not None:
                return self._in_domain(domain, name, request)
        except Exception:
            _log.exception("the domain name %s cannot be read", name)
            return Found(self._failed, request.path, MappedDomain(name))
        endpoint = ENDPOINT_HOST.match(host)
        return self._find_by_path(request.path) if endpoint is None else self._find_by_endpoint(endpoint, request)

    def plan_of(self, api_id: str, stage: str) -> StagePlan | None:
        """The plan of a stage as it is now; None when there is no such stage, or it cannot be read."""
        api = self._api(api_id)
        plan = api.mapped.get(stage) or self._loaded(api, api.mapped, stage)
        return plan if (plan.api_id, plan.stage) == (api_id, stage) else None

    def drop(self, api_id: str) -> None:
        """Load an API's plans anew at its next request: something of it has changed."""
        self._apis.pop(api_id, None)

    def drop_all(self) -> None:
        """The same for all APIs: something they may share has changed."""
        self._apis.clear()

    def forget(self, api_id: str) -> None:
        """Drop an API that was deleted, with its counters."""
        self._apis.pop(api_id, None)
        self._counters.pop(api_id, None)

    def counters(self) -> list[StageCounters]:
        """The counters of all stages asked for since the start."""
        return [counted for stages in self._counters.values() for counted in stages.values()]

    def _api_of(self, host: str) -> str:
        match = _HOST.match(host)
        if match is None or ENDPOINT_HOST.match(host):
            return ""
        if len(self._hosts) >= _HOSTS_REMEMBERED:
            self._hosts.clear()
        api_id = self._hosts[host] = match[1].lower()  # host names know no case, and ids have small letters
        return api_id

    def _find_by_endpoint(self, endpoint: re.Match[str], request: Request) -> Found:
        """By a name that leads to private APIs only."""
        found = self._in_api((endpoint["api"] or first(request.headers, API_HEADER) or "").lower(), request.path)
        return found if found.plan.private is not None else found._replace(plan=FORBIDDEN_TO_ALL)

    def _find_by_path(self, path: str) -> Found | None:
        if path.startswith("/_aws/execute-api/"):
            _, _, _, api_id, *rest = path.split("/", 4)
            return self._in_api(api_id, "/".join(rest))
        if path.startswith("/restapis/"):
            match = _USER_REQUEST.fullmatch(path)
            if match is not None:
                return self._in_api(match["api"], match["stage"] + (match["rest"] or ""))
        return None

    def _in_domain(self, domain: Domain, name: str, request: Request) -> Found:
        """What a request to a custom domain name leads to."""
        way = domain.way(request)
        if way is None or way is HEALTHY:
            return Found(FORBIDDEN_TO_ALL if way is None else self._healthy, request.path, MappedDomain(name))
        (api_id, stage), path, base_path, rule_id = way
        if not stage:
            stage, slash, rest = path.lstrip("/").partition("/")
            path = slash + rest
        elif stage == DEFAULT_STAGE:
            path = path or "/"  # as by its own address, where nothing stands for the stage
        api = self._api(api_id)
        plan = api.mapped.get(stage) or self._loaded(api, api.mapped, stage)
        return Found(plan, path, MappedDomain(name, base_path, rule_id))

    def _in_api(self, api_id: str, path: str) -> Found:
        """What `path` leads to within an API, the stage being its first segment or `$default`."""
        api = self._apis.get(api_id) or self._api(api_id)
        # Slashes before the stage are dropped, as recorded.
        stage, slash, rest = path.lstrip("/").partition("/")
        plan = api.plans.get(stage)
        if plan is None:
            if stage not in api.stages.names:
                plan = api.plans.get(DEFAULT_STAGE) or self._loaded(api, api.plans, DEFAULT_STAGE)
                return _new(Found, (plan, f"/{path.removeprefix('/')}", None))
            plan = self._loaded(api, api.plans, stage)
        return _new(Found, (plan, slash + rest, None))

    def _api(self, api_id: str) -> _Api:
        """What is known of the API of that id; for one that is not there or cannot be read, what refuses requests."""
        api = self._apis.get(api_id)
        if api is not None:
            return api
        try:
            stages = self._stages(api_id)
        except Exception:
            _log.exception("API %s cannot be read", api_id)
            return _Api(api_id, ApiStages(frozenset(), self._failed))
        if stages is None:
            return _Api(api_id, _NO_API)
        api = self._apis[api_id] = _Api(api_id, stages)
        return api

    def _loaded(self, api: _Api, plans: dict[str, StagePlan], stage: str) -> StagePlan:
        """What one of the API's two kinds of addresses leads to at a stage, of which no plan is loaded yet."""
        if stage not in api.stages.names:
            return api.stages.nowhere
        try:
            plan = self._load(api.id, stage)
        except Exception:
            _log.exception("stage %s/%s cannot be loaded", api.id, stage)
            return self._failed
        if plan is None:
            return api.stages.nowhere
        plan = replace(plan, counters=self._kept(plan, stage, plan.counters))
        if isinstance(plan, RestPlan) and plan.canary is not None:
            counters = self._kept(plan, f"{stage}/Canary", CanaryCounters(plan.counters))
            plan = replace(plan, canary=replace(plan.canary, plan=replace(plan.canary.plan, counters=counters)))
        api.mapped[stage] = plan
        api.plans[stage] = api.stages.nowhere if plan.only_by_domain else plan
        return plans[stage]

    def _kept(self, plan: StagePlan, name: str, new: Counters) -> Counters:
        """The counters of a stage, or of its canary, that outlive its plans: `new` ones if there are none yet."""
        counters = self._counters.setdefault(plan.api_id, {})
        kept = counters[name].counters if name in counters else new
        counters[name] = StageCounters(plan.api_id, plan.api_name, name, kept)
        return kept
