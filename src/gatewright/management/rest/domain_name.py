"""DomainName: a name of the user's own by which APIs are reached, with the certificate for it.

A public name is one of its region; several private ones may be alike, and each is addressed by its name and id, as in
its ARN: `{name}+{id}` is its record's id. https://docs.aws.amazon.com/apigateway/latest/api/API_DomainName.html
"""

import re

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.arn import arn_parts
from gatewright.management.ids import API, random_id
from gatewright.management.noun import Change, Noun, Wanted
from gatewright.management.patch import ALL, Operation, Patch, bad_path, member, refused, tell_paths
from gatewright.management.rest.domain_name_certificate import CERTIFICATES, certificates_settled
from gatewright.management.rest.domain_name_security import (
    SECURITY_POLICIES,
    mutual_tls_settled,
    security_policy_settled,
)
from gatewright.management.rest.endpoint_configuration import check_types, replace_address_type
from gatewright.management.rest.resource_policy import policy_text
from gatewright.management.tags import tags_settled
from gatewright.management.values import one_of, optional
from gatewright.values.records import Document, Key, Transaction

ROUTING_MODES = ("BASE_PATH_MAPPING_ONLY", "ROUTING_RULE_ONLY", "ROUTING_RULE_THEN_BASE_PATH_MAPPING")
# The DNS zones of API Gateway's host names: AWS general reference, "API Gateway endpoints and quotas".
EDGE_ZONE = "Z2FDTNDATAQYW2"
REGIONAL_ZONES = {
    "af-south-1": "Z2DHW2332DAMTN",
    "ap-east-1": "Z3FD1VL90ND7K5",
    "ap-northeast-1": "Z1YSHQZHG15GKL",
    "ap-northeast-2": "Z20JF4UZKIW1U8",
    "ap-south-1": "Z3VO1THU9YC4UR",
    "ap-southeast-1": "ZL327KTPIQFUL",
    "ap-southeast-2": "Z2RPCDW04V8134",
    "ca-central-1": "Z19DQILCV0OWEC",
    "eu-central-1": "Z1U9ULNL0V5AJ3",
    "eu-north-1": "Z3UWIKFBOOGXPP",
    "eu-south-1": "Z3BT4WSQ9TDYZV",
    "eu-west-1": "ZLY8HYME6SFDD",
    "eu-west-2": "ZJ5UAJN8Y3Z2Q",
    "eu-west-3": "Z3KY65QIEKYHQQ",
    "sa-east-1": "ZCMLWB8V5SYIT",
    "us-east-1": "Z1UJRXOUMOOFQ8",
    "us-east-2": "ZOJJZC49E0EPZ",
    "us-west-1": "Z2MUQ32089INYE",
    "us-west-2": "Z2OJLYMUO9EFXC",
}

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(\*\.)?({_LABEL}\.)+(?![0-9]+$){_LABEL}")  # no address: RFC 3696, section 2
_LONGEST_NAME = 253
# AWS's own names lead to its services, and those of execute-api to APIs of whatever account: nobody has them.
_OURS = re.compile(r"(^|\.)(execute-api\.|(amazonaws\.com(\.cn)?|(api|on)\.aws|localhost\.localstack\.cloud)$)")
_ARN = re.compile(r"arn:aws[a-z-]*:apigateway:([a-z0-9-]+):([0-9]{12}):/domainnames/([^/+]+\+[^/+]+)", re.DOTALL)


def missing(call: Call) -> ServiceError:
    """There is no such domain name."""
    return ServiceError("NotFoundException", "Invalid domain name identifier specified")


def led(call: Call) -> Call:
    """To the private domain name of that id, if the call names one."""
    given = dict(call.input)
    id = given.pop("domainNameId", None)
    if id:
        given["domainName"] = f"{given['domainName']}+{id}"
    return call._replace(input=given)


def new_id(change: Change) -> str:
    """The name, of a private one with an id by chance. Raises BadRequestException."""
    call, name = change.call, change.call.input["domainName"]
    if "_" in name:
        raise refused("Domain names cannot contain an underscore character")  # Seen: badmintoncryer/cdk-preflight.
    if not is_anybodys(name):
        raise refused(f"Invalid domain name specified: {name}")
    if "PRIVATE" in ((change.new.get("endpointConfiguration") or {}).get("types") or ()):
        return f"{name}+{random_id(API)}"
    if any(_collides(key, call, name) for key in change.tx.keys("DomainName")):
        raise refused("The domain name you provided already exists.")  # Seen: Zappa issue 1410.
    return str(name)


def is_anybodys(name: str) -> bool:
    """Whether it is a domain name in lower case, or a wildcard, that somebody may have."""
    return len(name) <= _LONGEST_NAME and _NAME.fullmatch(name) is not None and not _OURS.search(name)


def _collides(key: Key, call: Call, name: str) -> bool:
    """Whether it is the same name in the region, or another account's wildcard for this name, or the reverse."""
    if key.region != call.region:
        return False
    foreign = key.account != call.account
    return key.id == name or (foreign and (key.id == _wildcard(name) or name == _wildcard(key.id)))


def _wildcard(name: str) -> str:
    return f"*.{name.partition('.')[2]}"


def named(change: Change) -> None:
    """A domain name tells its ARN; a private one has an id, and its ARN an account."""
    call, new = change.call, change.new
    new["domainName"], private, id = call.input["domainName"].partition("+")
    if private:
        new["domainNameId"] = id
    account = call.account if private else ""
    new["domainNameArn"] = f"arn:aws:apigateway:{call.region}:{account}:/domainnames/{call.input['domainName']}"
    new["domainNameStatus"] = "AVAILABLE"


def endpoint_settled(change: Change) -> None:
    """EDGE unless told; EDGE and REGIONAL at once only while one gives way to the other; PRIVATE for good."""
    endpoint = change.new.setdefault("endpointConfiguration", {})
    types = endpoint.get("types") or (["EDGE"] if change.old is None else [])
    check_types(types)
    if len(types) > 1 and (change.old is None or "PRIVATE" in types):
        raise refused("Cannot create a domain name with multiple Endpoint Types.")
    private = types == ["PRIVATE"]
    if change.old is not None and private != ("domainNameId" in change.new):
        raise refused("A private domain name cannot become public, nor a public one private.")
    if private and endpoint.get("ipAddressType") == "ipv4":
        raise refused("Only dualstack ipAddressType is supported for private domain names.")
    endpoint["types"] = types
    endpoint.setdefault("ipAddressType", "dualstack" if private else "ipv4")
    endpoint.pop("vpcEndpointIds", None)


def host_names_settled(change: Change) -> None:
    """The names that the user's DNS is to point at, one for each endpoint type."""
    new, types = change.new, change.new["endpointConfiguration"]["types"]
    if "EDGE" in types:
        new.setdefault("distributionDomainName", f"d{random_id(13)}.cloudfront.net")
        new["distributionHostedZoneId"] = EDGE_ZONE
    else:
        new.pop("distributionDomainName", None)
        new.pop("distributionHostedZoneId", None)
    if "REGIONAL" in types:
        region = change.call.region
        new.setdefault("regionalDomainName", f"d-{random_id(10)}.execute-api.{region}.amazonaws.com")
        new["regionalHostedZoneId"] = REGIONAL_ZONES.get(region, REGIONAL_ZONES["us-east-1"])
    else:
        new.pop("regionalDomainName", None)
        new.pop("regionalHostedZoneId", None)


def policies_settled(change: Change) -> None:
    """Policies are JSON, and only private names have them."""
    for name in ("policy", "managementPolicy"):
        policy = change.new.get(name)
        if policy is None:
            continue
        if "domainNameId" not in change.new:
            raise refused("Resource policies are only supported for private domain names.")
        change.new[name] = policy_text(policy)


def one_direction(change: Change) -> None:
    """One request does not add and remove certificates, nor endpoint types."""
    operations = change.call.input.get("patchOperations") or []
    for start in (tuple(f"/{name}" for name in CERTIFICATES), "/endpointConfiguration/types"):
        ops = {given.get("op") for given in operations if (given.get("path") or "").startswith(start)}
        if {"add", "remove"} <= ops:
            raise refused("Invalid patch operations specified. add and remove cannot be in the same request")


def gone_with_it(change: Change) -> None:
    """Its mappings and rules, its private key and the associations with it go along."""
    call, old = change.call, change.old or {}
    place = Key(call.account, call.region, "BasePathMapping", call.input["domainName"], "")
    change.tx.delete_all(place)
    change.tx.delete_all(place._replace(kind="RoutingRule"))
    change.tx.delete(place._replace(kind="DomainNameCertificate", parent="", id=call.input["domainName"]))
    associations = place._replace(kind="DomainNameAccessAssociation", parent="")
    for id, association in change.tx.list(associations):
        if association["domainNameArn"] == old.get("domainNameArn"):
            change.tx.delete(associations._replace(id=id))


def domain_by_arn(tx: Transaction, arn: str) -> Key:
    """The record of the private domain name of that ARN. Raises BadRequestException, NotFoundException."""
    parts = arn_parts(_ARN, arn)
    key = Key(parts[2], parts[1], "DomainName", "", parts[3])
    if tx.get(key) is None:
        raise ServiceError("NotFoundException", "Invalid domain name identifier specified")
    return key


def of_this_account(tx: Transaction, call: Call) -> Wanted:
    """Those of this account; none are shared with it."""
    return lambda document: call.input.get("resourceOwner") != "OTHER_ACCOUNTS"


# Patch paths.


def add_type(document: Document, operation: Operation) -> None:
    """The other endpoint type, to migrate to it."""
    types = document["endpointConfiguration"]["types"]
    if operation.value not in types:
        types.append(operation.value)


def remove_type(document: Document, operation: Operation) -> None:
    """The endpoint type that was migrated from."""
    types = document["endpointConfiguration"]["types"]
    given = operation.value or (operation.names[0] if operation.names else "")
    if given not in types:
        raise ServiceError("NotFoundException", "Invalid EndpointTypes specified")
    types.remove(given)


def replace_type(document: Document, operation: Operation) -> None:
    """One endpoint type for another: the path names the current one, or 0."""
    types = document["endpointConfiguration"]["types"]
    current = types[0] if operation.names[0] == "0" else operation.names[0]
    if current not in types:
        raise bad_path(operation)
    document["endpointConfiguration"]["types"] = list(
        dict.fromkeys(operation.value if held == current else held for held in types)
    )


DOMAIN_NAME = Noun(
    name="DomainName",
    path=("domainName",),
    missing=missing,
    new_id=new_id,
    led=led,
    plural="DomainNames",
    listed=of_this_account,
    defaults={"routingMode": "BASE_PATH_MAPPING_ONLY", "securityPolicy": "TLS_1_2"},
    optional=(*CERTIFICATES, "ownershipVerificationCertificateArn", "policy", "managementPolicy"),
    patch=Patch(
        {
            **{f"/{name}": member(name, optional, ALL) for name in CERTIFICATES},
            "/endpointConfiguration/types": {"add": add_type, "remove": remove_type},
            "/endpointConfiguration/types/{type}": {"replace": replace_type, "remove": remove_type},
            "/endpointConfiguration/ipAddressType": {"replace": replace_address_type},
            "/endpointAccessMode": member("endpointAccessMode", one_of("endpointAccessMode", "BASIC", "STRICT")),
            "/managementPolicy": member("managementPolicy", optional),
            "/mutualTlsAuthentication/truststoreUri": member("mutualTlsAuthentication.truststoreUri", optional, ALL),
            "/mutualTlsAuthentication/truststoreVersion": member(
                "mutualTlsAuthentication.truststoreVersion", optional, ALL
            ),
            "/ownershipVerificationCertificateArn": member("ownershipVerificationCertificateArn", optional, ALL),
            "/policy": member("policy", optional),
            "/routingMode": member("routingMode", one_of("routingMode", *ROUTING_MODES)),
            "/securityPolicy": member("securityPolicy", one_of("securityPolicy", *SECURITY_POLICIES)),
        },
        tell_paths,
    ),
    rules=(
        named,
        one_direction,
        endpoint_settled,
        certificates_settled,
        host_names_settled,
        security_policy_settled,
        mutual_tls_settled,
        policies_settled,
        tags_settled,
    ),
    deleting=(gone_with_it,),
    arn="/domainnames/{domainName}",
)
