"""ApiMapping: the stage of an API, of any kind, that a domain name leads to for paths below the mapping's key.

It is the first API's BasePathMapping, whose record is found by the key; here it is known by an id, and its key may have
more segments. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames-domainname-apimappings.html
"""

import re
from collections.abc import Callable
from functools import partial

from gatewright.aws.call import Call, Handler
from gatewright.aws.errors import ServiceError
from gatewright.execute.custom_domain import NONE
from gatewright.management.mapped_api import (
    SEGMENT,
    check_company,
    check_reach,
    check_stage,
    mapped_api,
    protocol_of,
    protocols,
    protocols_of_rules,
)
from gatewright.management.noun import Change, Noun, key_of, require
from gatewright.management.paging import NEXT_TOKEN
from gatewright.management.patch import refused
from gatewright.management.rest.base_path_mapping import moved, numbered
from gatewright.management.v2.api import API
from gatewright.management.v2.domain_name import DOMAIN_NAME, managed_here, of_public_name
from gatewright.management.verbs import delete, get, update
from gatewright.values.records import Document, Key, Store, Transaction

MOST_OF_MANY_SEGMENTS = 200  # of one domain name

_KEY = re.compile(rf"{SEGMENT}(/{SEGMENT})*")
_LONGEST_KEY = 300
_Verb = Callable[[Noun, Store, Call], Document]


def missing(call: Call) -> ServiceError:
    """The domain name has no such mapping."""
    return ServiceError("NotFoundException", "Invalid api mapping identifier specified")


def exists(call: Call) -> ServiceError:
    """The key leads somewhere already."""
    # Seen: aws-cdk issue 22660.
    return ServiceError("ConflictException", "ApiMapping key already exists for this domain name")


def led(call: Call) -> Call:
    """A new one to its key. Raises NotFoundException."""
    of_public_name(call)
    given = dict(call.input)
    if call.operation == "CreateApiMapping":
        given["basePath"] = given.pop("apiMappingKey", None) or NONE
    return call._replace(input=given)


def key_settled(change: Change) -> None:
    """Another key takes the place of the one it has; segments of few characters."""
    new = change.new
    if "apiMappingKey" in new:
        new["basePath"] = new.pop("apiMappingKey") or NONE
    key = new["basePath"]
    if len(key) > _LONGEST_KEY or not _KEY.fullmatch(key):
        # Seen, of a time when keys had one segment: aws-cdk issue 9077.
        raise refused("An ApiMapping key may contain only letters, numbers and one of $-_.+!*'()/")


def found_api(tx: Transaction, call: Call, id: str) -> tuple[Key, Document]:
    """The account's API of that id, of whatever kind. Raises NotFoundException in this API's words."""
    found = mapped_api(tx, call, id)
    if found is None:
        raise API.missing(call._replace(input={"apiId": id}))
    return found


def leads_to_a_stage(change: Change) -> None:
    """The API and its stage exist; what leads to WebSocket APIs leads nowhere else."""
    tx, call, new = change.tx, change.call, change.new
    domain = require(tx, call, DOMAIN_NAME)
    managed_here(domain)
    key, api = found_api(tx, call, new["restApiId"])
    check_stage(tx, key, new.get("stage", ""))
    check_reach(domain, api)
    others = protocols(tx, call, but=call.input["basePath"]) | protocols_of_rules(tx, call)
    check_company(protocol_of(api), others)


def few_enough(change: Change) -> None:
    """AWS's quota of keys of more than one segment."""
    path = change.new["basePath"]
    if "/" not in path or (change.old and "/" in change.old["basePath"]):
        return
    beside = key_of(API_MAPPING, change.call)
    if sum("/" in other for other, _ in change.tx.list(beside)) >= MOST_OF_MANY_SEGMENTS:
        raise refused(f"A domain name can have at most {MOST_OF_MANY_SEGMENTS} multi-level API mappings")


def shown(tx: Transaction, call: Call, document: Document) -> Document:
    """In this API's words."""
    output = {"apiId": document["restApiId"], "apiMappingId": document["apiMappingId"]}
    output["apiMappingKey"] = "" if document["basePath"] == NONE else document["basePath"]
    return output | ({"stage": document["stage"]} if "stage" in document else {})


API_MAPPING = Noun(
    name="ApiMapping",
    kind="BasePathMapping",
    path=("domainName", "basePath"),
    missing=missing,
    inside=DOMAIN_NAME,
    asks_inside=True,
    id="basePath",
    taken=exists,
    led=led,
    plural="ApiMappings",
    paging=NEXT_TOKEN,
    renamed={"apiId": "restApiId"},
    optional=("stage",),
    rules=(key_settled, leads_to_a_stage, few_enough, numbered, partial(moved, exists)),
    show=shown,
)


def by_id(verb: _Verb, store: Store, call: Call) -> Document:
    """What a verb does with the mapping of that id, which is led to by its key."""
    of_public_name(call)
    given = dict(call.input)
    id = given.pop("apiMappingId")
    with store.read() as tx:
        there = call._replace(input=given | {"basePath": ""})
        require(tx, there, DOMAIN_NAME)
        found = [path for path, mapping in tx.list(key_of(API_MAPPING, there)) if mapping["apiMappingId"] == id]
    if not found:
        raise missing(call)
    return verb(API_MAPPING, store, call._replace(input=given | {"basePath": found[0]}))


def handlers(store: Store) -> dict[str, Handler]:
    """The operations on one mapping, which is led to by its id."""
    verbs = {"GetApiMapping": get, "UpdateApiMapping": update, "DeleteApiMapping": delete}
    return {name: partial(by_id, verb, store) for name, verb in verbs.items()}
