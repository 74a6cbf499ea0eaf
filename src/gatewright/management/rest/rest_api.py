"""RestApi: one REST API, and what comes and goes with it.

The tag `_custom_id_` gives a new API its id, as emulators of AWS have it; no two APIs of a node share an id,
because it is their host name too. https://docs.aws.amazon.com/apigateway/latest/api/API_RestApi.html
"""

import re

import msgspec

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.execute.unserved import unserved_rest_api
from gatewright.management.ids import API, random_id, unused_everywhere
from gatewright.management.noun import Change, Noun
from gatewright.management.patch import Operation, Patch, element, member, refused, tell_operations
from gatewright.management.rest.path_part import parts_below, put_part
from gatewright.management.rest.tags import check_tags
from gatewright.management.values import boolean, one_of, optional, text
from gatewright.values.records import Document, Key, Transaction

CUSTOM_ID = "_custom_id_"
ENDPOINT_TYPES = ("REGIONAL", "EDGE", "PRIVATE")
LARGEST_MINIMUM = 10_485_760

_HOST_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def missing(call: Call) -> ServiceError:
    """There is no such API."""
    return ServiceError(
        "NotFoundException", f"Invalid API identifier specified {call.account}:{call.input['restApiId']}"
    )


def new_id(change: Change) -> str:
    """The id asked for by tag, or one by chance. Raises BadRequestException, ConflictException."""
    asked = (change.new.get("tags") or {}).get(CUSTOM_ID)
    if asked is None:
        return unused_everywhere(change.tx, "RestApi", API)
    if not _HOST_LABEL.fullmatch(asked):
        raise refused(
            f"Invalid {CUSTOM_ID} specified: {asked}. "
            "It is a host name: at most 63 of a-z, 0-9 and hyphens, no hyphen at either end"
        )
    if change.tx.find("RestApi", asked):
        raise ServiceError("ConflictException", f"An API with id {asked} already exists")
    return str(asked)


def named(change: Change) -> None:
    """An API has a name, and a description is not empty."""
    if not change.new["name"]:
        raise refused("Name cannot be empty")
    if change.old is None and change.new.get("description") == "":
        raise refused("Description cannot be an empty string")


def endpoint_settled(change: Change) -> None:
    """One endpoint type, EDGE unless told; an address type that it has; VPC endpoints only of private APIs."""
    endpoint = change.new.setdefault("endpointConfiguration", {})
    types = endpoint.setdefault("types", ["EDGE"])
    if len(types) > 1:
        raise refused("Cannot create an api with multiple Endpoint Types.")
    if not types:
        raise refused("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
    if types[0] not in ENDPOINT_TYPES:
        raise refused(f"Invalid EndpointTypes specified. Valid options are {','.join(ENDPOINT_TYPES)}")
    private = types[0] == "PRIVATE"
    if private and endpoint.get("ipAddressType") == "ipv4":
        raise refused("Only dualstack ipAddressType is supported for Private APIs.")
    endpoint.setdefault("ipAddressType", "dualstack" if private else "ipv4")
    if endpoint.get("vpcEndpointIds") and not private:
        raise refused("VPCEndpoints can only be specified with PRIVATE apis.")
    if not endpoint.get("vpcEndpointIds"):
        endpoint.pop("vpcEndpointIds", None)


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
    """A policy is JSON, kept without its white space; empty text is no policy."""
    policy = change.new.pop("policy", None)
    if not policy:
        return
    try:
        parsed = msgspec.json.decode(policy)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        parsed = None
    if not isinstance(parsed, dict):
        raise refused("Invalid policy document. Please check the policy syntax and ensure that Principals are valid.")
    change.new["policy"] = msgspec.json.encode(parsed).decode()


def tags_settled(change: Change) -> None:
    """AWS's rules for tags; an API without tags has no member for them."""
    if not change.new.get("tags"):
        change.new.pop("tags", None)
        return
    check_tags(change.new["tags"])


def born(change: Change) -> None:
    """A new API has a date and a root resource, or the resources of the API that it is cloned from."""
    if change.old is not None:
        return
    new = change.new
    new |= {"createdDate": int(change.call.request.arrived), "apiStatus": "AVAILABLE", "rootResourceId": random_id(API)}
    root = Key(change.call.account, change.call.region, "Resource", new["id"], new["rootResourceId"])
    source = new.pop("cloneFrom", None)
    if source is None:
        change.tx.put(root, {"id": root.id, "path": "/"})
    else:
        clone(change.tx, root, source)


def clone(tx: Transaction, root: Key, source: str) -> None:
    """Copy the resources of the API `source`, with their methods, to the API of `root`. Raises NotFoundException."""
    if tx.get(root._replace(kind="RestApi", parent="", id=source)) is None:
        raise ServiceError("NotFoundException", "Invalid REST API identifier specified")
    documents = [document for _, document in tx.list(root._replace(parent=source))]
    # As long as the root's: among thousands of shorter ones two would be the same too often.
    ids = {document["id"]: random_id(API) if "parentId" in document else root.id for document in documents}
    for document in documents:
        document["id"] = ids[document["id"]]
        for method in document.get("resourceMethods", {}).values():
            integration = method.get("methodIntegration", {})
            if integration.get("cacheNamespace") in ids:
                integration["cacheNamespace"] = ids[integration["cacheNamespace"]]
        if "parentId" in document:
            document["parentId"] = ids[document["parentId"]]
            put_part(tx, root, document)
        tx.put(root._replace(id=document["id"]), document)


def gone_with_it(change: Change) -> None:
    """An API takes along everything inside it."""
    tree = Key(change.call.account, change.call.region, "Resource", change.call.input["restApiId"], "")
    for id, _ in change.tx.list(tree):
        change.tx.delete_all(parts_below(tree, id))
    for kind in ("Stage", "Deployment", "Snapshot", "Resource"):
        change.tx.delete_all(tree._replace(kind=kind))


def shown(tx: Transaction, call: Call, document: Document) -> Document:
    """AWS gives a policy back with its quotes escaped once more."""
    if "policy" in document:
        document = document | {"policy": msgspec.json.encode(document["policy"]).decode()[1:-1]}
    return document


def minimum_size(value: str) -> int | None:
    """A patch value of minimumCompressionSize: empty switches compression off."""
    if not value:
        return None
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1


def replace_type(document: Document, operation: Operation) -> None:
    """An API has one endpoint type: the path may name the current one, or 0."""
    endpoint = document["endpointConfiguration"]
    if operation.names[0] not in ("0", *endpoint["types"]):
        raise refused(f"Invalid patch path {operation.path}")
    if operation.value == "PRIVATE":
        endpoint["ipAddressType"] = "dualstack"
    endpoint["types"] = [operation.value]


def replace_address_type(document: Document, operation: Operation) -> None:
    """ipv4 or dualstack."""
    if operation.value not in ("ipv4", "dualstack"):
        raise refused("ipAddressType must be either ipv4 or dualstack.")
    document["endpointConfiguration"]["ipAddressType"] = operation.value


def add_endpoint(document: Document, operation: Operation) -> None:
    """One more VPC endpoint of a private API."""
    ADD_REMOVE["add"](document["endpointConfiguration"], operation)


def remove_endpoint(document: Document, operation: Operation) -> None:
    """One VPC endpoint less."""
    ADD_REMOVE["remove"](document["endpointConfiguration"], operation)


ADD_REMOVE = element("vpcEndpointIds", "Invalid VPC endpoint identifier specified")

REST_API = Noun(
    name="RestApi",
    path=("restApiId",),
    missing=missing,
    id="id",
    new_id=new_id,
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
        tell_operations,
    ),
    rules=(
        named,
        endpoint_settled,
        compression_in_range,
        media_types_settled,
        policy_parsed,
        tags_settled,
        born,
    ),
    deleting=(gone_with_it,),
    unserved=unserved_rest_api,
    show=shown,
    arn="/restapis/{restApiId}",
)
