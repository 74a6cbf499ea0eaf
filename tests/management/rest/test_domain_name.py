"""DomainName with its mappings and access associations: creation, rules, every patch path, lists."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from gatewright.aws.service import load_service
from gatewright.management.rest.domain_name_security import SECURITY_POLICIES
from tests.management.gateway import NOW, Gateway, Operations, bad, missing, operation, replace
from tests.server.certificate import self_signed

CREATED = datetime.fromtimestamp(NOW, UTC)
ARN = "arn:aws:acm:us-east-1:000000000000:certificate/c-1"
OTHER_ARN = ARN[:-1] + "2"
UNKNOWN = missing("Invalid domain name identifier specified")
UNKNOWN_MAPPING = missing("Invalid base path mapping identifier specified")
NAME: dict[str, Any] = {"domainName": "api.example.com"}
REGIONAL = NAME | {"regionalCertificateArn": ARN, "endpointConfiguration": {"types": ["REGIONAL"]}}
EDGE = NAME | {"certificateArn": ARN}
PRIVATE: dict[str, Any] = {
    "domainName": "private.example.com",
    "certificateArn": ARN,
    "endpointConfiguration": {"types": ["PRIVATE"]},
    "policy": '{"Version": "2012-10-17", "Statement": []}',
}
TRUST = "s3://bucket/store.pem"


def shape(**members: Any) -> dict[str, Any]:
    return {
        **NAME,
        "domainNameArn": "arn:aws:apigateway:us-east-1::/domainnames/api.example.com",
        "domainNameStatus": "AVAILABLE",
        "certificateUploadDate": CREATED,
        "securityPolicy": "TLS_1_2",
        "routingMode": "BASE_PATH_MAPPING_ONLY",
    } | members


def edge(made: dict[str, Any], **members: Any) -> dict[str, Any]:
    return shape(
        certificateArn=ARN,
        endpointConfiguration={"types": ["EDGE"], "ipAddressType": "ipv4"},
        distributionDomainName=made["distributionDomainName"],
        distributionHostedZoneId="Z2FDTNDATAQYW2",
        **members,
    )


def regional(made: dict[str, Any], **members: Any) -> dict[str, Any]:
    return shape(
        regionalCertificateArn=ARN,
        endpointConfiguration={"types": ["REGIONAL"], "ipAddressType": "ipv4"},
        regionalDomainName=made["regionalDomainName"],
        regionalHostedZoneId="Z1UJRXOUMOOFQ8",
        **members,
    )


def test_an_edge_name(gateway: Gateway) -> None:
    made = gateway.call("create_domain_name", **EDGE, tags={"team": "pets"})
    assert re.fullmatch(r"d[a-z0-9]{13}\.cloudfront\.net", made["distributionDomainName"])
    assert made == edge(made, tags={"team": "pets"})
    assert gateway.call("get_domain_name", **NAME) == made
    assert gateway.call("get_tags", resourceArn=made["domainNameArn"]) == {"tags": {"team": "pets"}}
    assert gateway.call("get_domain_names") == {"items": [made]}
    assert gateway.call("get_domain_names", resourceOwner="SELF") == {"items": [made]}
    assert gateway.call("get_domain_names", resourceOwner="OTHER_ACCOUNTS") == {"items": []}
    again = bad("The domain name you provided already exists.")
    assert gateway.refusal("create_domain_name", **EDGE) == again
    gateway.call("delete_domain_name", **NAME)
    for call in ("get_domain_name", "delete_domain_name", "update_domain_name", "get_base_path_mappings"):
        assert gateway.refusal(call, **NAME) == UNKNOWN


def test_a_regional_name(gateway: Gateway) -> None:
    given: dict[str, Any] = {
        "securityPolicy": "TLS_1_2",
        "mutualTlsAuthentication": {"truststoreUri": TRUST, "truststoreVersion": "1"},
        "ownershipVerificationCertificateArn": ARN,
        "routingMode": "ROUTING_RULE_ONLY",
        "endpointAccessMode": "BASIC",
    }
    made = gateway.call("create_domain_name", **REGIONAL, **given)
    assert re.fullmatch(r"d-[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com", made["regionalDomainName"])
    assert made == regional(made) | given
    wild = gateway.call("create_domain_name", **REGIONAL | {"domainName": "*.example.com"})
    first = gateway.call("get_domain_names", limit=1)
    assert first["items"] == [wild]
    assert gateway.call("get_domain_names", position=first["position"]) == {"items": [made]}
    far = REGIONAL | {"regionalCertificateArn": ARN.replace("us-east-1", "eu-west-1")}
    gateway.call("create_domain_name", region="eu-west-1", **far)


@pytest.mark.parametrize(
    ("first", "second"), [("*.example.com", "api.example.com"), ("api.example.com", "*.example.com")]
)
def test_accounts_share_no_names(gateway: Gateway, first: str, second: str) -> None:
    gateway.call("create_domain_name", account="111111111111", **REGIONAL | {"domainName": first})
    again = bad("The domain name you provided already exists.")
    for name in (first, second):
        assert gateway.refusal("create_domain_name", **REGIONAL | {"domainName": name}) == again
    gateway.call("create_domain_name", account="111111111111", **REGIONAL | {"domainName": second})
    gateway.call("create_domain_name", **REGIONAL | {"domainName": "api.other.example.com"})


def test_a_certificate_given_as_text(gateway: Gateway) -> None:
    certificate, key = self_signed("api.example.com")
    given = {
        "certificateName": "mine",
        "certificateBody": certificate,
        "certificatePrivateKey": key,
        "certificateChain": certificate,
    }
    made = gateway.call("create_domain_name", **NAME, **given)
    expected = {name: value for name, value in edge(made).items() if name != "certificateArn"}
    assert made == expected | {"certificateName": "mine"}
    assert gateway.call("get_domain_name", **NAME) == made
    with gateway.store.read() as tx:
        (place,) = tx.find("DomainNameCertificate", "api.example.com")
        assert (tx.get(place) or {})["certificatePrivateKey"] == key
    gateway.call("delete_domain_name", **NAME)
    with gateway.store.read() as tx:
        assert not tx.find("DomainNameCertificate", "api.example.com")
    broken = bad("The certificate body, its private key or its chain is not valid PEM")
    assert gateway.refusal("create_domain_name", **NAME, **given | {"certificateBody": "x"}) == broken
    other = bad("The private key is not that of the certificate")
    stranger = given | {"certificatePrivateKey": self_signed("api.example.com")[1]}
    assert gateway.refusal("create_domain_name", **NAME, **stranger) == other


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        (EDGE | {"domainName": "Api.example.com"}, bad("Invalid domain name specified: Api.example.com")),
        (EDGE | {"domainName": "a.*.com"}, bad("Invalid domain name specified: a.*.com")),
        (EDGE | {"domainName": "example"}, bad("Invalid domain name specified: example")),
        (EDGE | {"domainName": "10.0.0.1"}, bad("Invalid domain name specified: 10.0.0.1")),
        (EDGE | {"domainName": "a.com+id"}, bad("Invalid domain name specified: a.com+id")),
        (EDGE | {"domainName": "a_b.com"}, bad("Domain names cannot contain an underscore character")),
        (
            REGIONAL | {"securityPolicy": "TLS_1_0", "mutualTlsAuthentication": {"truststoreUri": TRUST}},
            bad("Mutual TLS authentication is only supported with TLS 1.2."),
        ),
        *(
            (EDGE | {"domainName": name}, bad(f"Invalid domain name specified: {name}"))
            for name in (
                "x.execute-api.example.com",
                "*.execute-api.localhost",
                "iam.amazonaws.com",
                "a.api.aws",
                "a.on.aws",
            )
        ),
        (
            NAME,
            bad("A certificate must be specified: certificateArn, or certificateName and its parts"),
        ),
        (
            EDGE | {"endpointConfiguration": {"types": ["REGIONAL"]}},
            bad("A certificate must be specified: regionalCertificateArn or regionalCertificateName"),
        ),
        (EDGE | {"certificateArn": "x"}, bad("Invalid certificate ARN: x.")),
        (
            EDGE | {"certificateArn": ARN.replace("us-east-1", "eu-west-1")},
            bad(
                "Invalid certificate ARN: arn:aws:acm:eu-west-1:000000000000:certificate/c-1. "
                "Certificate must be in 'us-east-1'."
            ),
        ),
        (
            NAME | {"certificateName": "mine"},
            bad("certificateName needs certificateBody and certificatePrivateKey"),
        ),
        (
            EDGE | {"certificateBody": "x"},
            bad("A certificate needs certificateName, certificateBody and certificatePrivateKey"),
        ),
        (
            EDGE | {"endpointConfiguration": {"types": ["EDGE", "REGIONAL"]}},
            bad("Cannot create a domain name with multiple Endpoint Types."),
        ),
        (
            PRIVATE | {"endpointConfiguration": {"types": ["PRIVATE"], "ipAddressType": "ipv4"}},
            bad("Only dualstack ipAddressType is supported for private domain names."),
        ),
        (EDGE | {"policy": "{}"}, bad("Resource policies are only supported for private domain names.")),
        (
            PRIVATE | {"policy": "no"},
            bad("Invalid policy document. Please check the policy syntax and ensure that Principals are valid."),
        ),
        (
            EDGE | {"mutualTlsAuthentication": {"truststoreUri": TRUST}},
            bad("Mutual TLS authentication is only supported for REGIONAL domain names"),
        ),
        (
            REGIONAL | {"mutualTlsAuthentication": {"truststoreUri": "store.pem"}},
            bad("Invalid truststoreUri specified: store.pem. Use s3://bucket-name/key-name"),
        ),
        (
            REGIONAL | {"ownershipVerificationCertificateArn": ARN},
            bad("ownershipVerificationCertificateArn needs mutualTlsAuthentication"),
        ),
        (
            REGIONAL | {"endpointAccessMode": "STRICT"},
            bad("endpointAccessMode STRICT is not supported with the security policy TLS_1_2"),
        ),
        (
            REGIONAL | {"securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09"},
            bad("The security policy SecurityPolicy_TLS13_1_3_2025_09 needs an endpointAccessMode"),
        ),
        (
            REGIONAL | {"securityPolicy": "SecurityPolicy_TLS13_2025_EDGE", "endpointAccessMode": "BASIC"},
            bad("The security policy SecurityPolicy_TLS13_2025_EDGE is not supported for the endpoint type REGIONAL"),
        ),
        (
            PRIVATE | {"securityPolicy": "TLS_1_0"},
            bad("The security policy TLS_1_0 is not supported for private domain names"),
        ),
    ],
)
def test_what_is_refused(gateway: Gateway, given: dict[str, Any], refusal: tuple[str, str]) -> None:
    assert gateway.refusal("create_domain_name", **given) == refusal
    assert gateway.call("get_domain_names") == {"items": []}


def test_the_security_policies_are_those_of_the_model() -> None:
    assert load_service("apigateway").shapes["SecurityPolicy"].enum == SECURITY_POLICIES


MUTUAL = "/mutualTlsAuthentication/truststoreUri"


@pytest.mark.parametrize(
    ("operations", "changed"),
    [
        (replace("/regionalCertificateArn", OTHER_ARN), {"regionalCertificateArn": OTHER_ARN}),
        (replace("/regionalCertificateName", "mine"), {"regionalCertificateName": "mine"}),
        (operation("add", "/certificateName", "mine"), {"certificateName": "mine"}),
        (operation("add", "/certificateArn", ARN) + replace("/certificateArn", ""), {}),
        (
            replace("/endpointConfiguration/ipAddressType", "dualstack"),
            {"endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "dualstack"}},
        ),
        (replace(MUTUAL, TRUST), {"mutualTlsAuthentication": {"truststoreUri": TRUST}}),
        (
            operation("add", MUTUAL, TRUST) + operation("add", "/mutualTlsAuthentication/truststoreVersion", "2"),
            {"mutualTlsAuthentication": {"truststoreUri": TRUST, "truststoreVersion": "2"}},
        ),
        (
            replace(MUTUAL, TRUST) + replace("/mutualTlsAuthentication/truststoreVersion", "2") + replace(MUTUAL, ""),
            {},
        ),
        (
            replace(MUTUAL, TRUST)
            + replace("/mutualTlsAuthentication/truststoreVersion", "2")
            + operation("remove", "/mutualTlsAuthentication/truststoreVersion")
            + operation("add", "/ownershipVerificationCertificateArn", ARN),
            {
                "mutualTlsAuthentication": {"truststoreUri": TRUST},
                "ownershipVerificationCertificateArn": ARN,
            },
        ),
        (operation("remove", MUTUAL), {}),
        (operation("remove", "/ownershipVerificationCertificateArn"), {}),
        (
            replace("/routingMode", "ROUTING_RULE_THEN_BASE_PATH_MAPPING"),
            {"routingMode": "ROUTING_RULE_THEN_BASE_PATH_MAPPING"},
        ),
        (replace("/securityPolicy", "TLS_1_0"), {"securityPolicy": "TLS_1_0"}),
        (
            replace("/securityPolicy", "SecurityPolicy_TLS13_1_3_2025_09") + replace("/endpointAccessMode", "STRICT"),
            {"securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09", "endpointAccessMode": "STRICT"},
        ),
    ],
)
def test_patches(gateway: Gateway, operations: Operations, changed: dict[str, Any]) -> None:
    made = gateway.call("create_domain_name", **REGIONAL)
    assert gateway.call("update_domain_name", **NAME, patchOperations=operations) == made | changed
    assert gateway.call("get_domain_name", **NAME) == made | changed


def test_migration(gateway: Gateway) -> None:
    made = gateway.call("create_domain_name", **EDGE)
    both = gateway.call(
        "update_domain_name",
        **NAME,
        patchOperations=operation("add", "/endpointConfiguration/types", "REGIONAL")
        + operation("add", "/regionalCertificateArn", ARN),
    )
    types = {"endpointConfiguration": {"types": ["EDGE", "REGIONAL"], "ipAddressType": "ipv4"}}
    assert both == edge(made) | regional(both) | types
    one = gateway.call(
        "update_domain_name",
        **NAME,
        patchOperations=operation("remove", "/endpointConfiguration/types", "EDGE")
        + operation("remove", "/certificateArn"),
    )
    assert one == regional(both)
    back = replace("/endpointConfiguration/types/0", "EDGE") + replace("/certificateArn", ARN)
    edged = gateway.call("update_domain_name", **NAME, patchOperations=back)
    assert edged == edge(edged, regionalCertificateArn=ARN)
    back = replace("/endpointConfiguration/types/EDGE", "REGIONAL")
    assert gateway.call("update_domain_name", **NAME, patchOperations=back)["endpointConfiguration"]["types"] == [
        "REGIONAL"
    ]


@pytest.mark.parametrize(
    ("operations", "refusal"),
    [
        (
            operation("add", "/certificateArn", ARN) + operation("remove", "/regionalCertificateArn"),
            bad("Invalid patch operations specified. add and remove cannot be in the same request"),
        ),
        (
            operation("add", "/endpointConfiguration/types", "EDGE")
            + operation("remove", "/endpointConfiguration/types", "REGIONAL"),
            bad("Invalid patch operations specified. add and remove cannot be in the same request"),
        ),
        (
            operation("remove", "/endpointConfiguration/types", "REGIONAL"),
            bad("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED."),
        ),
        (operation("remove", "/endpointConfiguration/types/EDGE"), missing("Invalid EndpointTypes specified")),
        (
            operation("add", "/endpointConfiguration/types", "EDGE"),
            bad("A certificate must be specified: certificateArn, or certificateName and its parts"),
        ),
        (
            operation("add", "/endpointConfiguration/types", "FAST"),
            bad("Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE"),
        ),
        (
            replace("/endpointConfiguration/types/0", "PRIVATE"),
            bad("A private domain name cannot become public, nor a public one private."),
        ),
        (
            replace("/endpointConfiguration/types/EDGE", "EDGE"),
            bad("Invalid patch path /endpointConfiguration/types/EDGE"),
        ),
        (
            replace("/endpointConfiguration/ipAddressType", "ipv6"),
            bad("ipAddressType must be either ipv4 or dualstack."),
        ),
        (
            operation("remove", "/regionalCertificateArn"),
            bad("A certificate must be specified: regionalCertificateArn or regionalCertificateName"),
        ),
        (
            replace("/endpointAccessMode", "LAX"),
            bad("Invalid endpointAccessMode specified. Valid options are BASIC,STRICT"),
        ),
        (replace("/policy", "{}"), bad("Resource policies are only supported for private domain names.")),
        (replace("/managementPolicy", "{}"), bad("Resource policies are only supported for private domain names.")),
        (
            replace("/routingMode", "x"),
            bad(
                "Invalid routingMode specified. Valid options are "
                "BASE_PATH_MAPPING_ONLY,ROUTING_RULE_ONLY,ROUTING_RULE_THEN_BASE_PATH_MAPPING"
            ),
        ),
        (
            replace("/securityPolicy", "TLS_9"),
            bad(f"Invalid securityPolicy specified. Valid options are {','.join(SECURITY_POLICIES)}"),
        ),
        (
            operation("copy", "/domainName"),
            bad("Invalid patch path  '/domainName' specified for op 'copy'. Please choose supported operations"),
        ),
    ],
)
def test_patches_refused(gateway: Gateway, operations: Operations, refusal: tuple[str, str]) -> None:
    made = gateway.call("create_domain_name", **REGIONAL)
    assert gateway.refusal("update_domain_name", **NAME, patchOperations=operations) == refusal
    assert gateway.call("get_domain_name", **NAME) == made


@pytest.fixture
def private(gateway: Gateway) -> dict[str, Any]:
    made: dict[str, Any] = gateway.call("create_domain_name", **PRIVATE)
    return made


def test_a_private_name(gateway: Gateway, private: dict[str, Any]) -> None:
    id, name = private["domainNameId"], private["domainName"]
    assert private == {
        "domainName": name,
        "domainNameId": id,
        "domainNameArn": f"arn:aws:apigateway:us-east-1:000000000000:/domainnames/{name}+{id}",
        "domainNameStatus": "AVAILABLE",
        "certificateArn": ARN,
        "certificateUploadDate": CREATED,
        "endpointConfiguration": {"types": ["PRIVATE"], "ipAddressType": "dualstack"},
        "securityPolicy": "TLS_1_2",
        "routingMode": "BASE_PATH_MAPPING_ONLY",
        "policy": '{"Version":"2012-10-17","Statement":[]}',
    }
    where = {"domainName": name, "domainNameId": id}
    assert gateway.call("get_domain_name", **where) == private
    assert gateway.refusal("get_domain_name", domainName=name) == UNKNOWN
    gateway.call("tag_resource", resourceArn=private["domainNameArn"], tags={"a": "b"})
    changes = replace("/policy", '{"a": 1}') + replace("/managementPolicy", '{"b": 2}')
    changed = {"policy": '{"a":1}', "managementPolicy": '{"b":2}', "tags": {"a": "b"}}
    assert gateway.call("update_domain_name", **where, patchOperations=changes) == private | changed
    twin = gateway.call("create_domain_name", **PRIVATE)
    assert twin["domainNameId"] != id and len(gateway.call("get_domain_names")["items"]) == 2
    gateway.call("delete_domain_name", **where)
    assert gateway.call("get_domain_names") == {"items": [twin]}


def test_mappings(gateway: Gateway, deployment: str) -> None:
    gateway.call("create_domain_name", **REGIONAL)
    whole = gateway.call("create_base_path_mapping", **NAME, restApiId="pets")
    assert whole == {"basePath": "(none)", "restApiId": "pets"}
    pets = gateway.call("create_base_path_mapping", **NAME, restApiId="pets", basePath="pets", stage="prod")
    assert pets == {"basePath": "pets", "restApiId": "pets", "stage": "prod"}
    assert gateway.call("get_base_path_mapping", **NAME, basePath="(none)") == whole
    assert gateway.call("get_base_path_mapping", **NAME, basePath="pets") == pets
    assert gateway.call("get_base_path_mappings", **NAME) == {"items": [whole, pets]}
    first = gateway.call("get_base_path_mappings", **NAME, limit=1)
    assert gateway.call("get_base_path_mappings", **NAME, position=first["position"]) == {"items": [pets]}
    changes = replace("/basePath", "v1") + replace("/stage", "")
    moved = {"basePath": "v1", "restApiId": "pets"}
    assert gateway.call("update_base_path_mapping", **NAME, basePath="pets", patchOperations=changes) == moved
    assert gateway.refusal("get_base_path_mapping", **NAME, basePath="pets") == UNKNOWN_MAPPING
    changes = replace("/basepath", "v2") + replace("/restapiId", "pets") + replace("/stage", "prod")
    moved = {"basePath": "v2", "restApiId": "pets", "stage": "prod"}
    assert gateway.call("update_base_path_mapping", **NAME, basePath="v1", patchOperations=changes) == moved
    assert gateway.call("get_base_path_mappings", **NAME) == {"items": [whole, moved]}
    leads = bad("Please remove all base path mappings related to the API before deleting it.")
    assert gateway.refusal("delete_rest_api", restApiId="pets") == leads
    gateway.call("delete_base_path_mapping", **NAME, basePath="(none)")
    assert gateway.refusal("delete_base_path_mapping", **NAME, basePath="(none)") == UNKNOWN_MAPPING
    changes = replace("/basePath", "")
    moved = moved | {"basePath": "(none)"}
    assert gateway.call("update_base_path_mapping", **NAME, basePath="v2", patchOperations=changes) == moved
    gateway.call("delete_domain_name", **NAME)
    gateway.call("delete_rest_api", restApiId="pets")
    gateway.call("create_domain_name", **REGIONAL)
    assert gateway.call("get_base_path_mappings", **NAME) == {"items": []}


def test_mappings_refused(gateway: Gateway, deployment: str, private: dict[str, Any]) -> None:
    given = NAME | {"restApiId": "pets", "basePath": "a"}
    assert gateway.refusal("create_base_path_mapping", **given) == UNKNOWN
    gateway.call("create_domain_name", **REGIONAL)
    gateway.call("create_base_path_mapping", **given)
    gateway.call("create_base_path_mapping", **given | {"basePath": ""})
    taken = ("ConflictException", "Base path already exists for this domain name")
    empty = ("ConflictException", "Only one base path mapping is allowed if the base path is empty.")
    slash = bad(
        "API Gateway V1 doesn't support the slash character (/) in base path mappings. "
        "To create a multi-level base path mapping, use API Gateway V2."
    )
    for changed, refusal in (
        ({}, taken),
        ({"basePath": "(none)"}, empty),
        ({"basePath": "a/b"}, slash),
        ({"basePath": "a b"}, bad("Invalid base path specified: a b. Use letters, digits and any of $-_.+!*'()")),
        ({"basePath": "b", "restApiId": "none"}, bad("Invalid REST API identifier specified")),
        ({"basePath": "b", "stage": "none"}, bad("Invalid stage identifier specified")),
    ):
        assert gateway.refusal("create_base_path_mapping", **given | changed) == refusal
    there = NAME | {"basePath": "a"}
    for path, value, refusal in (
        ("/basePath", "", empty),
        ("/stage", "none", bad("Invalid stage identifier specified")),
        ("/restApiId", "none", bad("Invalid REST API identifier specified")),
        (
            "/other",
            "x",
            bad(
                "Invalid patch path  '/other' specified for op 'replace'. "
                "Must be one of: [/basepath, /basePath, /restapiId, /restApiId, /stage]"
            ),
        ),
    ):
        assert gateway.refusal("update_base_path_mapping", **there, patchOperations=replace(path, value)) == refusal
    where = {name: private[name] for name in ("domainName", "domainNameId")}
    assert gateway.refusal("create_base_path_mapping", **where, restApiId="pets") == bad(
        "A private API can only be mapped to a private domain name, and no other API can"
    )
    unseen = gateway.call("create_rest_api", name="unseen", endpointConfiguration={"types": ["PRIVATE"]})["id"]
    made = gateway.call("create_base_path_mapping", **where, restApiId=unseen)
    assert gateway.call("get_base_path_mapping", **where, basePath="(none)") == made
    assert gateway.call("get_base_path_mappings", **where) == {"items": [made]}


def test_access_associations(gateway: Gateway, private: dict[str, Any]) -> None:
    given = {
        "domainNameArn": private["domainNameArn"],
        "accessAssociationSourceType": "VPCE",
        "accessAssociationSource": "vpce-1a2b",
    }
    made = gateway.call("create_domain_name_access_association", **given, tags={"a": "b"})
    arn = (
        "arn:aws:apigateway:us-east-1:000000000000:/domainnameaccessassociations/"
        "domainname/private.example.com/vpcesource/vpce-1a2b"
    )
    assert made == given | {"domainNameAccessAssociationArn": arn, "tags": {"a": "b"}}
    gateway.call("untag_resource", resourceArn=arn, tagKeys=["a"])
    assert gateway.call("get_tags", resourceArn=arn) == {"tags": {}}
    del made["tags"]
    exists = ("ConflictException", "The domain name access association you provided already exists.")
    assert gateway.refusal("create_domain_name_access_association", **given) == exists
    second = gateway.call("create_domain_name_access_association", **given | {"accessAssociationSource": "vpce-9"})
    assert gateway.call("get_domain_name_access_associations") == {"items": [made, second]}
    assert gateway.call("get_domain_name_access_associations", resourceOwner="OTHER_ACCOUNTS") == {"items": []}
    first = gateway.call("get_domain_name_access_associations", limit=1)
    assert gateway.call("get_domain_name_access_associations", position=first["position"]) == {"items": [second]}
    gateway.call("delete_domain_name_access_association", domainNameAccessAssociationArn=arn)
    gone = missing("Invalid domain name access association identifier specified")
    assert gateway.refusal("delete_domain_name_access_association", domainNameAccessAssociationArn=arn) == gone
    gateway.call("delete_domain_name", domainName=private["domainName"], domainNameId=private["domainNameId"])
    assert gateway.call("get_domain_name_access_associations") == {"items": []}


def test_associations_of_others_are_rejected(gateway: Gateway, private: dict[str, Any]) -> None:
    given = {
        "domainNameArn": private["domainNameArn"],
        "accessAssociationSourceType": "VPCE",
        "accessAssociationSource": "vpce-1a2b",
    }
    made = gateway.call("create_domain_name_access_association", account="111111111111", **given)
    arns = {name: made[name] for name in ("domainNameAccessAssociationArn", "domainNameArn")}
    with pytest.raises(AssertionError, match="not refused"):
        gateway.refusal("reject_domain_name_access_association", **arns)
    gone = missing("Invalid domain name access association identifier specified")
    assert gateway.refusal("reject_domain_name_access_association", **arns) == gone
    assert gateway.call("get_domain_name_access_associations", account="111111111111") == {"items": []}


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"accessAssociationSource": "vpc-1"}, bad("Invalid VPC endpoint identifier specified: vpc-1")),
        ({"domainNameArn": "x"}, bad("Invalid ARN specified in the request")),
        (
            {"domainNameArn": "arn:aws:apigateway:us-east-1:000000000000:/domainnames/a.com+b"},
            UNKNOWN,
        ),
    ],
)
def test_associations_refused(
    gateway: Gateway, private: dict[str, Any], changed: dict[str, str], refusal: tuple[str, str]
) -> None:
    given = {
        "domainNameArn": private["domainNameArn"],
        "accessAssociationSourceType": "VPCE",
        "accessAssociationSource": "vpce-1a2b",
    }
    assert gateway.refusal("create_domain_name_access_association", **given | changed) == refusal
    wrong = bad("Invalid ARN specified in the request")
    assert gateway.refusal("delete_domain_name_access_association", domainNameAccessAssociationArn="x") == wrong
    rejected = {"domainNameAccessAssociationArn": "x", "domainNameArn": private["domainNameArn"]}
    assert gateway.refusal("reject_domain_name_access_association", **rejected) == wrong
