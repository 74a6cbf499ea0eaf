"""Usage: how many requests each key of a usage plan made, and how many are left to it.

The record of a key holds what UpdateUsage left it with. Requests are not counted yet: every day shows none.
https://docs.aws.amazon.com/apigateway/latest/api/API_Usage.html
"""

from datetime import UTC, date, datetime, timedelta
from functools import partial

from gatewright.aws.call import Call, Handler
from gatewright.management.noun import key_of, require
from gatewright.management.paging import POSITION
from gatewright.management.patch import Patch, apply, member, refused, tell_paths
from gatewright.management.rest.usage_plan import USAGE_PLAN
from gatewright.management.rest.usage_plan_key import USAGE_PLAN_KEY
from gatewright.management.values import whole
from gatewright.values.records import Document, Key, Store

DAYS = 90  # how far back AWS tells

_NO_QUOTA = -1  # what is left to a key of a plan that counts nothing
_PATCH = Patch({"/remaining": member("remaining", whole)}, tell_paths)


def get_usage(store: Store, call: Call) -> Document:
    """Pairs of used and remaining for every day asked for, by key; pages are pages of keys."""
    first, last = _day("startDate", call), _day("endDate", call)
    _check(first, last, today(call))
    with store.read() as tx:
        plan = require(tx, call, USAGE_PLAN)
        if call.input.get("keyId") is not None:
            require(tx, call, USAGE_PLAN_KEY)
        wanted = call.input.get("keyId")
        keys = Key(call.account, call.region, "UsagePlanKey", call.input["usagePlanId"], "")
        page = POSITION.page(tx, keys, call, lambda document: wanted in (None, document["id"]))
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        items = {id: _pairs(plan, tx.get(keys._replace(kind="Usage", id=id)), days) for id, _ in page.pop("found")}
    return _shape(call, first, last) | {"items": items} | page


def update_usage(store: Store, call: Call) -> Document:
    """Grant a key what is left to it until the current period ends: an extension, or less."""
    day = today(call)
    with store.transaction() as tx:
        plan = require(tx, call, USAGE_PLAN)
        require(tx, call, USAGE_PLAN_KEY)
        key = key_of(USAGE_PLAN_KEY, call)._replace(kind="Usage")
        new: Document = {}
        apply(_PATCH, new, call.input.get("patchOperations") or [])
        if "remaining" in new:
            _check_remaining(plan, new["remaining"])
            tx.put(key, new | {"since": day.isoformat()})
        items = {key.id: _pairs(plan, tx.get(key), [day])}
    return _shape(call, day, day) | {"items": items}


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
    if first < now - timedelta(days=DAYS):
        raise refused(f"Usage start date must be within the last {DAYS} days")
    if last > now + timedelta(days=1):  # tomorrow somewhere in the world is today
        raise refused("Usage end date must not be in the future")


def _check_remaining(plan: Document, remaining: int) -> None:
    if "quota" not in plan:
        raise refused("Usage can only be updated for a usage plan with a quota")
    if remaining < 0:
        raise refused("Usage remaining must be greater than or equal to 0")


def _pairs(plan: Document, usage: Document | None, days: list[date]) -> list[list[int]]:
    if "quota" not in plan:
        return [[0, _NO_QUOTA] for _ in days]
    limit, period = plan["quota"]["limit"], plan["quota"]["period"]
    if usage is None:
        return [[0, limit] for _ in days]
    since = date.fromisoformat(usage["since"])
    granted = (day >= since and _began(period, day) == _began(period, since) for day in days)
    return [[0, usage["remaining"] if is_granted else limit] for is_granted in granted]


def _began(period: str, day: date) -> date:
    """When the quota's period of that day began: weeks do on Sundays."""
    if period == "MONTH":
        return day.replace(day=1)
    return day - timedelta(days=day.isoweekday() % 7) if period == "WEEK" else day


def _shape(call: Call, first: date, last: date) -> Document:
    return {
        "usagePlanId": call.input["usagePlanId"],
        "startDate": first.isoformat(),
        "endDate": last.isoformat(),
    }


def handlers(store: Store) -> dict[str, Handler]:
    """The operations on usage."""
    return {"GetUsage": partial(get_usage, store), "UpdateUsage": partial(update_usage, store)}
