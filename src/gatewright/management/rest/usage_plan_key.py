"""UsagePlanKey: an API key in a usage plan.

The record holds only that it is there: its name and value are the key's.
https://docs.aws.amazon.com/apigateway/latest/api/API_UsagePlanKey.html
"""

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.noun import Change, Noun, Wanted, require
from gatewright.management.patch import refused
from gatewright.management.rest import api_key
from gatewright.management.rest.api_key import API_KEY
from gatewright.management.rest.api_stage import stage_of
from gatewright.management.rest.usage_plan import USAGE_PLAN, refuse_ambiguous
from gatewright.values.records import Document, Key, Transaction

KEY_TYPE = "API_KEY"


def exists(call: Call) -> ServiceError:
    """The key is in the plan already."""
    return ServiceError("ConflictException", f"API Key {call.input['keyId']} is already in the usage plan")


def is_an_api_key(change: Change) -> None:
    """The only kind of key there is; the key exists, and no plan it is in has a stage of this one."""
    call, tx = change.call, change.tx
    if change.new["type"] != KEY_TYPE:
        raise refused(f"Invalid key type specified. Valid options are {KEY_TYPE}")
    require(tx, call._replace(input=call.input | {"apiKey": call.input["keyId"]}), API_KEY)
    stages = {stage_of(held) for held in require(tx, call, USAGE_PLAN)["apiStages"]}
    refuse_ambiguous(tx, call, call.input["keyId"], call.input["usagePlanId"], stages)


def usage_forgotten(change: Change) -> None:
    """What a key used of a plan goes when it leaves the plan."""
    call = change.call
    change.tx.delete(Key(call.account, call.region, "Usage", call.input["usagePlanId"], call.input["keyId"]))


def shown(tx: Transaction, call: Call, document: Document) -> Document:
    """With the name and the value of the key."""
    key = _key(tx, call, document)
    return document | {name: key[name] for name in ("name", "value") if name in key}


def listed(tx: Transaction, call: Call) -> Wanted:
    """Keys whose names begin so."""
    start = call.input.get("nameQuery") or ""
    return lambda document: str(_key(tx, call, document).get("name", "")).startswith(start)


def _key(tx: Transaction, call: Call, document: Document) -> Document:
    return tx.get(Key(call.account, call.region, "ApiKey", "", document["id"])) or {}


USAGE_PLAN_KEY = Noun(
    name="UsagePlanKey",
    path=("usagePlanId", "keyId"),
    missing=api_key.missing,
    inside=USAGE_PLAN,
    asks_inside=True,
    id="id",
    taken=exists,
    plural="UsagePlanKeys",
    listed=listed,
    renamed={"keyType": "type"},
    rules=(is_an_api_key,),
    deleting=(usage_forgotten,),
    show=shown,
)
