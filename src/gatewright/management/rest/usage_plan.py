"""UsagePlan: which stages its keys may call, how fast and how often.

https://docs.aws.amazon.com/apigateway/latest/api/API_UsagePlan.html
"""

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.execute.limits.usage import day_of
from gatewright.management.ids import INNER
from gatewright.management.noun import Change, Noun, Wanted
from gatewright.management.patch import ALL, Patch, member, refused, tell_paths
from gatewright.management.rest.api_stage import (
    add_stage,
    add_throttles,
    drop_throttles,
    patch_method_throttle,
    remove_stage,
    stage_of,
    stages_settled,
)
from gatewright.management.tags import tags_settled, with_tags
from gatewright.management.values import decimal, one_of, optional, text, whole
from gatewright.values.records import Document, Key, Transaction

PERIODS = ("DAY", "WEEK", "MONTH")
# The largest offset in a period, and how AWS's clients word it.
_OFFSETS = {
    "DAY": (0, "zero in the DAY period"),
    "WEEK": (6, "between zero and six inclusive in the WEEK period"),
    "MONTH": (27, "between zero and 27 inclusive in the MONTH period"),
}


def missing(call: Call) -> ServiceError:
    """There is no such plan."""
    return ServiceError("NotFoundException", "Invalid Usage Plan ID specified")


def named(change: Change) -> None:
    """A plan has a name."""
    if not change.new.get("name"):
        raise refused("Usage Plan name cannot be blank")


def throttle_settled(change: Change) -> None:
    """Limits that can be counted; those of single methods go with one for the whole plan."""
    throttle = change.new.get("throttle", {})
    for name, words in (("rateLimit", "rate limit"), ("burstLimit", "burst limit")):
        if (throttle.get(name) or 0) < 0:
            raise refused(f"Usage Plan throttle {words} must be greater than or equal to 0")
    if not throttle and any(held.get("throttle") for held in change.new["apiStages"]):
        # Seen: github.com/aws/aws-cdk/pull/6411
        raise refused("Can not define fine grain throttling if usage plan throttle is not defined.")


def quota_settled(change: Change) -> None:
    """A quota has a limit and a period, and an offset that fits the period."""
    quota = change.new.get("quota")
    if quota is None:
        return
    if quota.get("limit") is None or not quota.get("period"):
        raise refused("Usage Plan quota must have a limit and a period")
    if quota["limit"] < 1:
        raise refused("Usage Plan quota limit must be greater than 0")
    if quota["period"] != ((change.old or {}).get("quota") or {}).get("period"):
        change.new["quotaSince"] = day_of(change.call.request.arrived)  # in its first period the offset counts
    most, words = _OFFSETS[quota["period"]]
    if not 0 <= quota.setdefault("offset", 0) <= most:
        raise refused(f"Usage Plan quota offset must be {words}")


def keys_stay_unambiguous(change: Change) -> None:
    """None of the plan's keys is in another plan with one of the stages that the plan gets."""
    call, tx = change.call, change.tx
    plan = change.new["id"]
    before = [stage_of(held) for held in (change.old or {}).get("apiStages", ())]
    gained = {stage_of(held) for held in change.new["apiStages"]}.difference(before)
    if change.old is None or not gained:
        return
    for key, _ in tx.list(Key(call.account, call.region, "UsagePlanKey", plan, "")):
        refuse_ambiguous(tx, call, key, plan, gained)


def refuse_ambiguous(tx: Transaction, call: Call, key: str, plan: str, stages: set[str]) -> None:
    """Raises ConflictException when the key is in another plan that has one of the stages, `{apiId}:{stage}`."""
    for other in plans_of(tx, call, key):
        found = tx.get(Key(call.account, call.region, "UsagePlan", "", other)) if other != plan else None
        shared = sorted(stages.intersection(stage_of(held) for held in (found or {}).get("apiStages", ())))
        if shared:
            raise ServiceError(
                "ConflictException",
                f"Usage plan {plan} cannot be added because API Key {key} cannot reference multiple Usage Plans with "
                f"the same API stages: {', '.join(shared)}",
            )


def plans_of(tx: Transaction, call: Call, key: str) -> list[str]:
    """The ids of the usage plans that the key is in."""
    return [held.parent for held in tx.find("UsagePlanKey", key) if held[:2] == (call.account, call.region)]


def no_stage_attached(change: Change) -> None:
    """A plan that still has stages stays."""
    stages = (change.old or {}).get("apiStages")
    if stages:
        plan = change.call.input["usagePlanId"]
        # Seen: github.com/aws/aws-sdk-js/issues/3841
        raise refused(
            f"Cannot delete Usage Plan {plan} because there are API Stages associated with it, "
            f"including {stage_of(stages[0])}"
        )


def keys_leave(change: Change) -> None:
    """The keys of a plan leave it; they stay keys. What they used is forgotten."""
    keys = Key(change.call.account, change.call.region, "UsagePlanKey", change.call.input["usagePlanId"], "")
    change.tx.delete_all(keys)
    change.tx.delete_all(keys._replace(kind="Usage"))


def shown(tx: Transaction, call: Call, document: Document) -> Document:
    """A plan; what lists and creates them does not tell of tags that are not there."""
    document = {name: value for name, value in document.items() if name != "quotaSince"}
    return with_tags(call, document, "GetUsagePlan", "UpdateUsagePlan")


def listed(tx: Transaction, call: Call) -> Wanted:
    """The plans that a key is in."""
    key = call.input.get("keyId")
    if key is None:
        return lambda document: True
    plans = frozenset(plans_of(tx, call, key))
    return lambda document: document["id"] in plans


SET = ("add", "replace")

USAGE_PLAN = Noun(
    name="UsagePlan",
    path=("usagePlanId",),
    missing=missing,
    id="id",
    new_id=INNER,
    plural="UsagePlans",
    listed=listed,
    defaults={"apiStages": []},
    optional=("description", "productCode", "throttle", "quota"),
    patch=Patch(
        {
            "/apiStages": {"add": add_stage, "remove": remove_stage},
            "/apiStages/{stage}/throttle": {"add": add_throttles, "replace": add_throttles, "remove": drop_throttles},
            "/description": member("description", optional),
            "/name": member("name", text),
            "/productCode": member("productCode", optional, ALL),
            "/quota": member("quota", text, ("remove",)),
            "/quota/limit": member("quota.limit", whole, SET),
            "/quota/offset": member("quota.offset", whole, SET),
            "/quota/period": member("quota.period", one_of("quota period", *PERIODS), SET),
            "/throttle": member("throttle", text, ("remove",)),
            "/throttle/burstLimit": member("throttle.burstLimit", whole, SET),
            "/throttle/rateLimit": member("throttle.rateLimit", decimal, SET),
        },
        tell_paths,
        patch_method_throttle,
    ),
    rules=(named, stages_settled, throttle_settled, quota_settled, keys_stay_unambiguous, tags_settled),
    deleting=(no_stage_attached, keys_leave),
    show=shown,
    arn="/usageplans/{usagePlanId}",
)
