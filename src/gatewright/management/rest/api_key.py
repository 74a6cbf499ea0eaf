"""ApiKey: a word that a client sends along, by which usage plans know it.

A key's value is a secret: it is shown only where a call asks for it, and it is found by its SHA-256
(`execute/limits/api_key.py`). https://docs.aws.amazon.com/apigateway/latest/api/API_ApiKey.html
"""

import secrets
import string

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.execute.limits.api_key import LONGEST, digest_of
from gatewright.management.ids import API
from gatewright.management.noun import Change, Noun, Wanted
from gatewright.management.patch import Patch, element, member, refused, tell_paths
from gatewright.management.tags import tags_settled, with_tags
from gatewright.management.values import boolean, optional
from gatewright.values.records import Document, Key, Transaction

SHORTEST = 20

_ALPHABET = string.ascii_letters + string.digits
_GENERATED = 40
_LONGEST_NAME = 1024
_LONGEST_DESCRIPTION = 125_000


def missing(call: Call) -> ServiceError:
    """There is no such key."""
    return ServiceError("NotFoundException", "Invalid API Key identifier specified")


def value_settled(change: Change) -> None:
    """A value of twenty to a hundred and twenty-eight characters that no other key has; one by chance unless given."""
    if change.old is not None:
        return
    value = change.new.get("value") or "".join(secrets.choice(_ALPHABET) for _ in range(_GENERATED))
    if len(value) < SHORTEST:
        raise refused("API Key value should be at least 20 characters")
    if len(value) > LONGEST:
        raise refused("API Key value exceeds maximum size of 128 characters")
    place = Key(change.call.account, change.call.region, "ApiKeyValue", "", digest_of(value))
    if change.tx.get(place) is not None:
        raise ServiceError("ConflictException", "API Key already exists")
    change.new["value"] = value
    change.tx.put(place, {"id": change.new["id"]})


def described(change: Change) -> None:
    """Names and descriptions of bounded length."""
    if len(change.new.get("name", "")) > _LONGEST_NAME:
        raise refused("Invalid API Key name, can be at most 1024 characters.")
    if len(change.new.get("description", "")) > _LONGEST_DESCRIPTION:
        raise refused("Invalid API Key description specified.")


def stages_exist(change: Change) -> None:
    """Stage keys name stages that exist. AWS keeps them from before there were usage plans; they admit nobody."""
    keys = [
        key if isinstance(key, str) else f"{key.get('restApiId') or ''}/{key.get('stageName') or ''}"
        for key in change.new.get("stageKeys") or ()
    ]
    held = (change.old or {}).get("stageKeys", ())
    for key in keys:
        api, _, stage = key.partition("/")
        place = Key(change.call.account, change.call.region, "Stage", api, stage)
        if key not in held and change.tx.get(place) is None:
            raise ServiceError("NotFoundException", "Invalid stage identifier specified")
    change.new["stageKeys"] = list(dict.fromkeys(keys))


def dated(change: Change) -> None:
    """A key tells when it was made and when it was last changed."""
    now = int(change.call.request.arrived)
    change.new.setdefault("createdDate", now)
    change.new["lastUpdatedDate"] = now
    change.new.pop("generateDistinctId", None)


def leaves_its_plans(change: Change) -> None:
    """A key that is gone is in no usage plan, and its value may be given again."""
    call, tx = change.call, change.tx
    for key in tx.find("UsagePlanKey", call.input["apiKey"]):
        if key[:2] == (call.account, call.region):
            tx.delete(key)
            tx.delete(key._replace(kind="Usage"))
    value = digest_of((change.old or {})["value"])
    tx.delete(Key(call.account, call.region, "ApiKeyValue", "", value))


def shown(tx: Transaction, call: Call, document: Document) -> Document:
    """A value is shown where the key is made, and where a call asks for it."""
    if call.operation == "CreateApiKey" or call.input.get("includeValue") or call.input.get("includeValues"):
        return document
    return with_tags(call, {name: value for name, value in document.items() if name != "value"}, "UpdateApiKey")


def listed(tx: Transaction, call: Call) -> Wanted:
    """Keys of a customer, keys whose names begin so."""
    start, customer = call.input.get("nameQuery") or "", call.input.get("customerId")

    def wanted(document: Document) -> bool:
        return document.get("name", "").startswith(start) and customer in (None, document.get("customerId"))

    return wanted


API_KEY = Noun(
    name="ApiKey",
    path=("apiKey",),
    missing=missing,
    id="id",
    new_id=API,
    plural="ApiKeys",
    listed=listed,
    defaults={"enabled": False, "stageKeys": []},
    optional=("name", "description", "customerId"),
    patch=Patch(
        {
            "/customerId": member("customerId", optional),
            "/description": member("description", optional),
            "/enabled": member("enabled", boolean),
            "/labels": element("labels", "Invalid label specified"),
            "/name": member("name", optional),
            "/stages": element("stageKeys", "Invalid stage identifier specified"),
        },
        tell_paths,
    ),
    rules=(described, stages_exist, tags_settled, value_settled, dated),
    deleting=(leaves_its_plans,),
    show=shown,
    arn="/apikeys/{apiKey}",
)
