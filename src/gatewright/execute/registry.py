"""Which stage a request is for. Plans are loaded when first asked for and replaced by dropping them.

Three addresses lead here: the host `{api}.execute-api.*` with the stage as first path segment, and two paths for
clients that cannot choose a host, `/_aws/execute-api/{api}/{stage}/...` and
`/restapis/{api}/{stage}/_user_request_/...`. A private API has the names of VPC endpoints, too.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from gatewright.execute.canary import CanaryCounters
from gatewright.execute.counters import Counters
from gatewright.execute.gateway_response import FORBIDDEN, INTERNAL_FAILURE
from gatewright.execute.plan import StagePlan
from gatewright.execute.private_api import API_HEADER, ENDPOINT_HOST
from gatewright.execute.resource import NoResources
from gatewright.values.headers import HOST, first
from gatewright.values.refusal import Refused
from gatewright.values.request import Request

Load = Callable[[str, str], StagePlan | None]

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
    """A plan, and the path within its stage as received: "" when the address ends with the stage itself."""

    plan: StagePlan
    path: str


def _closed(row: Refused) -> StagePlan:
    return StagePlan(
        api_id="",
        api_name="",
        stage="",
        account="",
        region="",
        deployment_id="",
        variables={},
        resources=NoResources(row),
        log_line=None,
        counters=Counters(),
    )


class Registry:
    """The node's current plans. A request in flight keeps the plan it was found with."""

    def __init__(self, load: Load) -> None:
        """`load(api_id, stage)` compiles a stage from the store, or returns None when there is none."""
        self._load = load
        self._plans: dict[str, dict[str, StagePlan]] = {}
        self._counters: dict[str, dict[str, StageCounters]] = {}
        self._hosts: dict[str, str] = {}
        self._forbidden = _closed(FORBIDDEN)
        self._failed = _closed(INTERNAL_FAILURE)

    def find(self, request: Request) -> Found | None:
        """The plan for a request, one that refuses it with 403 when there is no such stage; None: not for an API."""
        api_id = host = ""
        for line in request.headers:
            if line[4] & HOST:
                host = line.value
                api_id = self._hosts.get(host) or self._api_of(host)
                break
        if api_id:
            # Slashes before the stage are dropped, as recorded.
            stage, slash, rest = request.path.lstrip("/").partition("/")
            return _new(Found, (self._plan(api_id, stage), slash + rest))
        endpoint = ENDPOINT_HOST.match(host)
        return self._find_by_path(request.path) if endpoint is None else self._find_by_endpoint(endpoint, request)

    def drop(self, api_id: str) -> None:
        """Load an API's plans anew at its next request: something of it has changed."""
        self._plans.pop(api_id, None)

    def drop_all(self) -> None:
        """The same for all APIs: something they may share has changed."""
        self._plans.clear()

    def forget(self, api_id: str) -> None:
        """Drop an API that was deleted, with its counters."""
        self._plans.pop(api_id, None)
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
        self._hosts[host] = match[1]
        return match[1]

    def _find_by_endpoint(self, endpoint: re.Match[str], request: Request) -> Found:
        """By a name that leads to private APIs only."""
        api_id = endpoint["api"] or first(request.headers, API_HEADER) or ""
        stage, slash, rest = request.path.lstrip("/").partition("/")
        plan = self._plan(api_id, stage)
        return Found(plan if plan.private is not None else self._forbidden, slash + rest)

    def _find_by_path(self, path: str) -> Found | None:
        if path.startswith("/_aws/execute-api/"):
            parts = path.split("/", 5)  # "", _aws, execute-api, the API, the stage, the rest
            api_id, stage = parts[3], parts[4] if len(parts) > 4 else ""
            return _new(Found, (self._plan(api_id, stage), f"/{parts[5]}" if len(parts) > 5 else ""))
        if path.startswith("/restapis/"):
            match = _USER_REQUEST.fullmatch(path)
            if match is not None:
                return Found(self._plan(match["api"], match["stage"]), match["rest"] or "")
        return None

    def _plan(self, api_id: str, stage: str) -> StagePlan:
        stages = self._plans.get(api_id)
        plan = stages.get(stage) if stages is not None else None
        return plan or self._loaded(api_id, stage)

    def _loaded(self, api_id: str, stage: str) -> StagePlan:
        try:
            plan = self._load(api_id, stage)
            if plan is None and api_id != api_id.lower():
                return self._plan(api_id.lower(), stage)  # host names know no case
        except Exception:
            _log.exception("stage %s/%s cannot be loaded", api_id, stage)
            return self._failed
        if plan is None:
            return self._forbidden
        plan = replace(plan, counters=self._kept(plan, stage, plan.counters))
        if plan.canary is not None:
            counters = self._kept(plan, f"{stage}/Canary", CanaryCounters(plan.counters))
            plan = replace(plan, canary=replace(plan.canary, plan=replace(plan.canary.plan, counters=counters)))
        self._plans.setdefault(api_id, {})[stage] = plan
        return plan

    def _kept(self, plan: StagePlan, name: str, new: Counters) -> Counters:
        """The counters of a stage, or of its canary, that outlive its plans: `new` ones if there are none yet."""
        counters = self._counters.setdefault(plan.api_id, {})
        kept = counters[name].counters if name in counters else new
        counters[name] = StageCounters(plan.api_id, plan.api_name, name, kept)
        return kept
