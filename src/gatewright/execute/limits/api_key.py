"""API keys: by the value that a client sends, who holds it and which usage plan lets it call a stage.

The store finds values by their digests, and compares them in constant time: how long the answer takes tells nothing of
a key. Keys and plans take effect at once, without a deployment. Developer guide: "Usage
plans and API keys for REST APIs", "Choose an API key source".
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, NamedTuple, Protocol

from gatewright.execute.gateway_response import INVALID_API_KEY
from gatewright.execute.limits.throttle import Limit, Rates
from gatewright.execute.limits.usage import Quota
from gatewright.values.records import Change, Document, Key, Store, Transaction
from gatewright.values.refusal import refuse

if TYPE_CHECKING:
    from gatewright.execute.context import RequestContext
    from gatewright.execute.plan import StagePlan
    from gatewright.execute.world import World

LONGEST = 128  # characters of a value
HOLDERS_KEPT = 10_000
_Place = tuple[str, str, str]  # API, stage and value
_KINDS = frozenset({"ApiKey", "ApiKeyValue", "UsagePlan", "UsagePlanKey"})


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """A key that may call a stage, by the usage plan that says so.

    `limit` is the plan's throttle, `method_limits` those it has for methods of the stage, by path and verb, either of
    which may be `*`, and the verb ANY; None and absent ones are the account's alone."""

    id: str
    name: str | None
    value: str = field(repr=False)
    plan_id: str
    quota: Quota
    limit: Limit | None = None
    method_limits: Mapping[str, Rates | None] = field(default_factory=dict)
    bucket: str = ""  # how names of the buckets of single methods begin
    # All limits on requests, by resource path and verb, so there are no more of them than a stage serves.
    taken: dict[tuple[str, str], "Taken"] = field(default_factory=dict, repr=False)

    def limits(self, path: str, verb: str, configured: str) -> Iterator[Limit]:
        """The plan's limits on requests with `verb` to a resource, in AWS's order.

        `configured` is the verb of the method that serves them: `*` limits each method by itself."""
        # The root is written as one slash: `/GET`.
        for start, of in product((path.rstrip("/"), "/*"), (verb, "ANY", "*")):
            if f"{start}/{of}" in self.method_limits:
                rates = self.method_limits[f"{start}/{of}"]
                if rates is not None:
                    yield Limit(f"{self.bucket}{path}/{configured if of == '*' else of}", *rates)
                break
        if self.limit is not None:
            yield self.limit


class Taken(NamedTuple):
    """The limits that a request with a key takes tokens of: the plan's, then the method's `own`."""

    own: tuple[Limit, ...]
    all: tuple[Limit, ...]


class ApiKeys(Protocol):
    """All keys."""

    def find(self, plan: "StagePlan", value: str) -> KeyHolder | None:
        """Who holds the key of that value, when it is enabled and in a usage plan with the stage; or None."""
        ...


class StoredApiKeys:
    """Implements `ApiKeys` over the store. Keys in use are remembered until something about keys is changed."""

    __slots__ = ("_account", "_holders", "_store")

    def __init__(self, store: Store, account: Rates) -> None:
        self._store = store
        self._account = account
        self._holders: dict[_Place, KeyHolder] = {}

    def find(self, plan: "StagePlan", value: str) -> KeyHolder | None:
        """See `ApiKeys`."""
        if len(value) > LONGEST:
            return None
        # No two APIs of a node have the same id. Values are told apart by their hashes before they are compared, and
        # Python's are made with a key of this process (SipHash): the time it takes tells nothing of a value.
        place = plan.api_id, plan.stage, value
        holder = self._holders.get(place)
        if holder is not None:
            return holder
        holder = self._read(plan, value)
        if holder is not None:
            self._remember(place, holder)
        return holder

    def drop_changed(self, changes: Sequence[Change]) -> None:
        """Look up keys anew after a commit that has changed one, or a plan."""
        if any(change.key.kind in _KINDS for change in changes):
            self._holders.clear()

    def _read(self, plan: "StagePlan", value: str) -> KeyHolder | None:
        place = Key(plan.account, plan.region, "ApiKey", "", "")
        with self._store.read() as tx:
            id = find_value(tx, place, value)
            key = tx.get(place._replace(id=id)) if id is not None else None
            if key is None or not key.get("enabled"):
                return None
            found = next(_plans_of(tx, key["id"], plan), None)
        if found is None:
            return None
        return _holder(key, *found, plan, self._account)

    def _remember(self, place: _Place, holder: KeyHolder) -> None:
        if len(self._holders) >= HOLDERS_KEPT:
            self._holders.clear()
        self._holders[place] = holder


def digest_of(value: str) -> str:
    """What a value is found by: its SHA-256 as lower-case hex, the id of its `ApiKeyValue` record."""
    return hashlib.sha256(_secret(value)).hexdigest()


def find_value(tx: Transaction, place: Key, value: str) -> str | None:
    """The id of the key of that value in the account and region of `place`; None when there is none."""
    found = tx.get(place._replace(kind="ApiKeyValue", parent="", id=digest_of(value)))
    key = tx.get(place._replace(kind="ApiKey", parent="", id=found["id"])) if found is not None else None
    if key is None or not hmac.compare_digest(_secret(key["value"]), _secret(value)):
        return None
    return str(key["id"])


def compile_api_key(method: Document, api_key_source: str) -> "Callable[[RequestContext, World], None] | None":
    """The step that asks for a key, None for a method that needs none: that one ignores keys, plans and their limits.

    `api_key_source` is a REST API's, or a WebSocket API's selection expression. It notes the key in the context and
    raises Refusal for one that is missing, unknown, disabled or in no plan with the stage. Raises ValueError for a
    source that is none of AWS's."""
    if not method.get("apiKeyRequired"):
        return None
    source = _SOURCES.get(api_key_source)
    if source is None:
        raise ValueError(f"apiKeySource {api_key_source} is not one of {', '.join(_SOURCES)}")

    def require_key(context: "RequestContext", world: "World") -> None:
        value = source(context)
        holder = world.api_keys.find(context.plan, value) if value else None
        if holder is None:
            refuse(INVALID_API_KEY)
        context.key = holder

    return require_key


def quota_of(plan: Document, key: Key) -> Quota:
    """The quota that a usage plan sets each of its keys; `key` is that of a UsagePlanKey."""
    quota = plan.get("quota")
    counted = Quota(key.account, key.region, plan["id"], key.id)
    if quota is None:
        return counted
    since = plan.get("quotaSince") or 0
    return counted._replace(limit=quota["limit"], period=quota["period"], offset=quota.get("offset") or 0, since=since)


def _secret(value: str) -> bytes:
    # What an authorizer names is JSON, which may hold halves of characters.
    return value.encode("utf-8", "surrogatepass")


def _sent(context: "RequestContext") -> str | None:
    return context.sent_key


def _named(context: "RequestContext") -> str | None:
    return context.caller.usage_identifier_key


def _plans_of(tx: Transaction, id: str, plan: "StagePlan") -> Iterator[tuple[Document, Document]]:
    """The usage plans of a key that have the stage, each with its part for the stage. AWS allows one."""
    for place in tx.find("UsagePlanKey", id):
        if (place.account, place.region) != (plan.account, plan.region):
            continue
        found = tx.get(place._replace(kind="UsagePlan", parent="", id=place.parent))
        if found is None:
            continue
        for held in found.get("apiStages") or ():
            if (held.get("apiId"), held.get("stage")) == (plan.api_id, plan.stage):
                yield found, held


_SOURCES: "Mapping[str, Callable[[RequestContext], str | None]]" = {
    "HEADER": _sent,
    "AUTHORIZER": _named,
    "$request.header.x-api-key": _sent,
    "$context.authorizer.usageIdentifierKey": _named,
}


def _below(account: Rates, throttle: Document | None) -> Rates | None:
    throttle = throttle or {}
    return account.below(throttle.get("rateLimit"), throttle.get("burstLimit"))


def _holder(key: Document, found: Document, held: Document, plan: "StagePlan", account: Rates) -> KeyHolder:
    throttle = _below(account, found.get("throttle"))
    methods = {name: _below(account, limits) for name, limits in (held.get("throttle") or {}).items()}
    bucket = f"plan/{found['id']}/{key['id']}"
    return KeyHolder(
        id=key["id"],
        name=key.get("name"),
        value=key["value"],
        plan_id=found["id"],
        quota=quota_of(found, Key(plan.account, plan.region, "UsagePlanKey", found["id"], key["id"])),
        limit=Limit(bucket, *throttle) if throttle is not None else None,
        method_limits=methods,
        bucket=f"{bucket}/{plan.api_id}/{plan.stage}",
    )
