"""A stage that goes leaves the usage plans that hold it: one of the same name that is made later is not in them.

Seen: github.com/hashicorp/terraform-provider-aws/issues/14100
"""

from gatewright.management.noun import Change
from gatewright.values.records import Document, Key


def stage_leaves_plans(change: Change) -> None:
    """The stage that the call names leaves; of an API that goes, all do."""
    call = change.call
    api, stage = call.input.get("restApiId") or call.input["apiId"], call.input.get("stageName")

    def goes(held: Document) -> bool:
        return held["apiId"] == api and stage in (None, held["stage"])

    plans = Key(call.account, call.region, "UsagePlan", "", "")
    for id, plan in change.tx.list(plans):
        stays = [held for held in plan["apiStages"] if not goes(held)]
        if len(stays) < len(plan["apiStages"]):
            change.tx.put(plans._replace(id=id), plan | {"apiStages": stays})
