"""RestApi: one REST API, and what comes and goes with it.

https://docs.aws.amazon.com/apigateway/latest/api/API_RestApi.html
"""

import msgspec

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.execute.method_arn import api_arn
from gatewright.execute.unserved import of_rest_api
from gatewright.management.api_id import new_api_id
from gatewright.management.ids import API, random_id
from gatewright.management.leaving_plans import stage_leaves_plans
from gatewright.management.mapped_api import names_leading_to
from gatewright.management.noun import Change, Noun
from gatewright.management.patch import Acts, Operation, Patch, element, member, refused, tell_operations
from gatewright.management.rest.endpoint_configuration import (
    add_endpoint,
    endpoint_settled,
    remove_endpoint,
    replace_address_type,
    replace_type,
)
from gatewright.management.rest.inside import KINDS, key_inside
from gatewright.management.rest.new_api import clone, furnish
from gatewright.management.rest.path_part import parts_below
from gatewright.management.rest.resource_policy import api_policy_text, moved_policy
from gatewright.management.tags import tags_settled, with_tags
from gatewright.management.values import boolean, one_of, optional, text
from gatewright.values.records import Document, Key, Transaction

LARGEST_MINIMUM = 10_485_760
# The settings that a clone takes from its source.
CLONED = (
    *("apiKeySource", "binaryMediaTypes", "disableExecuteApiEndpoint", "endpointConfiguration", "endpointAccessMode"),
    *("minimumCompressionSize", "policy", "securityPolicy"),
)


def missing(call: Call) -> ServiceError:
    """There is no such API."""
    return ServiceError(
        "NotFoundException", f"Invalid API identifier specified {call.account}:{call.input['restApiId']}"
    )


def named(change: Change) -> None:
    """An API has a name, and a description is not empty."""
    if not change.new["name"]:
        raise refused("Name cannot be empty")
    if change.old is None and change.new.get("description") == "":
        raise refused("Description cannot be an empty string")


def compression_in_range(change: Change) -> None:
    """The size from which bodies are compressed."""
    size = change.new.get("minimumCompressionSize")
    if size is not None and not 0 <= size <= LARGEST_MINIMUM:
        raise refused(f"Invalid minimum compression size, must be between 0 and {LARGEST_MINIMUM}")


def media_types_settled(change: Change) -> None:
    """Each type once; an empty list is none at all."""
    types = list(dict.fromkeys(change.new.pop("binaryMediaTypes", None) or ()))
    if not all(types):
        raise refused("Invalid binary media type specified")
    if types:
        change.new["binaryMediaTypes"] = types


def policy_parsed(change: Change) -> None:
    """A policy that is new is looked at, and kept as AWS keeps it; empty text is no policy."""
    policy, call = change.new.pop("policy", None), change.call
    if policy and (change.old is None or change.old.get("policy") != policy):
        policy = api_policy_text(policy, api_arn(call.region, call.account, change.new["id"]))
    if policy:
        change.new["policy"] = policy


def settings_cloned(change: Change) -> None:
    """A clone has its source's settings where the call does not tell others; its words for people are its own."""
    source = change.new.get("cloneFrom")
    if source is None:
        return
    settings = change.tx.get(Key(change.call.account, change.call.region, "RestApi", "", source))
    if settings is None:
        raise ServiceError("NotFoundException", "Invalid REST API identifier specified")
    for name in CLONED:
        if name in settings and name not in change.call.input:
            change.new[name] = settings[name]
            if name == "policy":
                change.new[name] = moved_policy(settings[name], source, change.new["id"])


def born(change: Change) -> None:
    """A new API has a date, and inside it what every API has or what its source has."""
    if change.old is not None:
        return
    new = change.new
    new |= {"createdDate": int(change.call.request.arrived), "apiStatus": "AVAILABLE", "rootResourceId": random_id(API)}
    root = Key(change.call.account, change.call.region, "Resource", new["id"], new["rootResourceId"])
    source = new.pop("cloneFrom", None)
    if source is None:
        furnish(change.tx, root)
    else:
        clone(change.tx, root, source)


def nothing_maps_to_it(change: Change) -> None:
    """An API that a domain name leads to stays."""
    if names_leading_to(change.tx, change.call, change.call.input["restApiId"]):
        raise refused("Please remove all base path mappings related to the API before deleting it.")


def gone_with_it(change: Change) -> None:
    """An API takes along everything inside it."""
    tree = key_inside(change.call, "Resource")
    for id, _ in change.tx.list(tree):
        change.tx.delete_all(parts_below(tree, id))
    for kind in KINDS:
        change.tx.delete_all(tree._replace(kind=kind))


def shown(tx: Transaction, call: Call, document: Document) -> Document:
    """AWS gives a policy back with its quotes escaped once more."""
    if "policy" in document:
        document = document | {"policy": msgspec.json.encode(document["policy"]).decode()[1:-1]}
    return with_tags(call, document, "UpdateRestApi", "PutRestApi")


def minimum_size(value: str) -> int | None:
    """A patch value of minimumCompressionSize: empty switches compression off."""
    if not value:
        return None
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1


def tell(patch: Patch, operation: Operation, acts: Acts | None) -> ServiceError:
    """Recorded: of the endpoint type AWS names operations that it does not support either."""
    if acts is not None and operation.path.startswith("/endpointConfiguration/types/"):
        return refused("Invalid patch operation specified. Must be 'add'|'remove'|'replace'")
    return tell_operations(patch, operation, acts)


REST_API = Noun(
    name="RestApi",
    path=("restApiId",),
    missing=missing,
    id="id",
    new_id=new_api_id,
    plural="RestApis",
    defaults={"apiKeySource": "HEADER", "disableExecuteApiEndpoint": False},
    patch=Patch(
        {
            "/name": member("name", text),
            "/description": member("description", optional, ("add", "remove", "replace")),
            "/apiKeySource": member("apiKeySource", one_of("apiKeySource", "HEADER", "AUTHORIZER")),
            "/disableExecuteApiEndpoint": member("disableExecuteApiEndpoint", boolean),
            "/policy": member("policy", text),
            "/minimumCompressionSize": member("minimumCompressionSize", minimum_size),
            "/binaryMediaTypes/{type}": element(
                "binaryMediaTypes", "Invalid binary media type specified", ("add", "remove", "replace")
            ),
            "/endpointConfiguration/types/{type}": {"replace": replace_type},
            "/endpointConfiguration/ipAddressType": {"replace": replace_address_type},
            "/endpointConfiguration/vpcEndpointIds": {"add": add_endpoint, "remove": remove_endpoint},
            "/endpointAccessMode": member("endpointAccessMode", one_of("endpointAccessMode", "BASIC", "STRICT")),
            "/securityPolicy": member("securityPolicy", text),
        },
        tell,
    ),
    rules=(
        settings_cloned,
        named,
        endpoint_settled,
        compression_in_range,
        media_types_settled,
        policy_parsed,
        tags_settled,
        born,
    ),
    deleting=(nothing_maps_to_it, stage_leaves_plans, gone_with_it),
    unserved=of_rest_api,
    show=shown,
    arn="/restapis/{restApiId}",
)
