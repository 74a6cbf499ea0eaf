"""Usage: how many requests each key of a usage plan made, and how many are left to it.

The data plane counts them (`execute/limits/usage.py`); what it has not written yet is told, too.
https://docs.aws.amazon.com/apigateway/latest/api/API_Usage.html
"""

from datetime import UTC, date, datetime, timedelta
from functools import partial

from gatewright.aws.call import Call, Handler, Output
from gatewright.execute.limits.api_key import quota_of
from gatewright.execute.limits.usage import DAYS_KEPT, Quota, Usage, day_of
from gatewright.management.noun import key_of, require
from gatewright.management.paging import POSITION
from gatewright.management.patch import Patch, apply, member, refused, tell_paths
from gatewright.management.rest.usage_plan import USAGE_PLAN
from gatewright.management.rest.usage_plan_key import USAGE_PLAN_KEY
from gatewright.management.values import whole
from gatewright.values.records import Document, Key, Store

_PATCH = Patch({"/remaining": member("remaining", whole)}, tell_paths)


async def get_usage(store: Store, usage: Usage, call: Call) -> Output:
    """Pairs of used and remaining for every day asked for, by key; pages are pages of keys."""
    first, last = _day("startDate", call), _day("endDate", call)
    _check(first, last, today(call))
    wanted = call.input.get("keyId")
    with store.read() as tx:
        plan = require(tx, call, USAGE_PLAN)
        if wanted is not None:
            require(tx, call, USAGE_PLAN_KEY)
        keys = Key(call.account, call.region, "UsagePlanKey", call.input["usagePlanId"], "")
        page = POSITION.page(tx, keys, call, lambda document: wanted in (None, document["id"]))
    quotas = [quota_of(plan, keys._replace(id=id)) for id, _ in page.pop("found")]
    items = {quota.key_id: await _pairs(usage, quota, first, last) for quota in quotas}
    return _shape(call, first, last) | {"items": items} | page


async def update_usage(store: Store, usage: Usage, call: Call) -> Output:
    """Grant a key what is left to it until the current period ends: an extension, or less."""
    with store.read() as tx:
        plan = require(tx, call, USAGE_PLAN)
        require(tx, call, USAGE_PLAN_KEY)
    quota = quota_of(plan, key_of(USAGE_PLAN_KEY, call))
    new: Document = {}
    apply(_PATCH, new, call.input.get("patchOperations") or [])
    if "remaining" in new:
        _check_remaining(quota, new["remaining"])
        await usage.grant(quota, new["remaining"], call.request.arrived)
    day = today(call)
    return _shape(call, day, day) | {"items": {quota.key_id: await _pairs(usage, quota, day, day)}}


def today(call: Call) -> date:
    """The day of the call; days and periods are of UTC."""
    return datetime.fromtimestamp(call.request.arrived, UTC).date()


def _day(name: str, call: Call) -> date:
    text = call.input[name]
    try:
        if len(text) == len("YYYY-MM-DD"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise refused(f"Invalid {name} specified: {text}. Dates must be in the format YYYY-MM-DD")


def _check(first: date, last: date, now: date) -> None:
    if last < first:
        raise refused("Usage end date must not be before the start date")
    if first < now - timedelta(days=DAYS_KEPT):
        raise refused(f"Usage start date must be within the last {DAYS_KEPT} days")
    if last > now + timedelta(days=1):  # tomorrow somewhere in the world is today
        raise refused("Usage end date must not be in the future")


def _check_remaining(quota: Quota, remaining: int) -> None:
    if quota.limit is None:
        raise refused("Usage can only be updated for a usage plan with a quota")
    if remaining < 0:
        raise refused("Usage remaining must be greater than or equal to 0")


async def _pairs(usage: Usage, quota: Quota, first: date, last: date) -> list[list[int]]:
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    day = day_of(start.timestamp())
    return [list(pair) for pair in await usage.used(quota, range(day, day + (last - first).days + 1))]


def _shape(call: Call, first: date, last: date) -> Document:
    return {
        "usagePlanId": call.input["usagePlanId"],
        "startDate": first.isoformat(),
        "endDate": last.isoformat(),
    }


def handlers(store: Store, usage: Usage) -> dict[str, Handler]:
    """The operations on usage."""
    return {"GetUsage": partial(get_usage, store, usage), "UpdateUsage": partial(update_usage, store, usage)}
