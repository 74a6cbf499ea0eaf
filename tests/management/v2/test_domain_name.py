"""DomainName of the second API: the first one's names in other words."""

import re
from typing import Any

import pytest

from tests.management.gateway import Gateway, bad, missing
from tests.management.v2.names import (
    ARN,
    EDGE,
    FIRST_NAME,
    NAME,
    NOT_REGIONAL,
    NOT_TLS_1_2,
    REGIONAL,
    UNKNOWN,
    make_apis,
    make_name,
)

OTHER_ARN = ARN[:-1] + "2"


def configuration(made: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {
        "ApiGatewayDomainName": made["DomainNameConfigurations"][0]["ApiGatewayDomainName"],
        "CertificateArn": ARN,
        "DomainNameStatus": "AVAILABLE",
        "EndpointType": "REGIONAL",
        "HostedZoneId": "Z1UJRXOUMOOFQ8",
        "IpAddressType": "ipv4",
        "SecurityPolicy": "TLS_1_2",
    } | changed


def shape(made: dict[str, Any], side: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {
        "ApiMappingSelectionExpression": "$request.basepath",
        "DomainName": "api.example.com",
        "DomainNameArn": "arn:aws:apigateway:us-east-1::/domainnames/api.example.com",
        "DomainNameConfigurations": [side],
        "RoutingMode": "API_MAPPING_ONLY",
        "Tags": {},
    } | changed


def test_a_name(gateway: Gateway) -> None:
    made = make_name(gateway, Tags={"team": "pets"})
    host = made["DomainNameConfigurations"][0]["ApiGatewayDomainName"]
    assert re.fullmatch(r"d-[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com", host)
    assert made == shape(made, configuration(made), Tags={"team": "pets"})
    assert gateway.call("get_domain_name", **NAME) == made
    assert gateway.call("get_tags", ResourceArn=made["DomainNameArn"]) == {"Tags": {"team": "pets"}}
    wild = make_name(gateway, "*.example.com")
    first = gateway.call("get_domain_names", MaxResults="1")
    assert first["Items"] == [wild]
    assert gateway.call("get_domain_names", NextToken=first["NextToken"]) == {"Items": [made]}
    again = bad("The domain name you provided already exists.")
    configurations = [{"CertificateArn": ARN}]
    assert gateway.refusal("create_domain_name", **NAME, DomainNameConfigurations=configurations) == again
    assert gateway.call("delete_domain_name", **NAME) == {}
    for call in ("get_domain_name", "delete_domain_name", "update_domain_name", "get_api_mappings"):
        assert gateway.refusal(call, **NAME) == UNKNOWN


def test_what_an_update_leaves_out_stays(gateway: Gateway) -> None:
    given = {"CertificateArn": ARN, "IpAddressType": "dualstack", "OwnershipVerificationCertificateArn": OTHER_ARN}
    trust = {"TruststoreUri": "s3://bucket/store.pem", "TruststoreVersion": "1"}
    made = gateway.call("create_domain_name", **NAME, DomainNameConfigurations=[given], MutualTlsAuthentication=trust)
    expected = configuration(made, **given)
    assert made == shape(made, expected, MutualTlsAuthentication=trust)
    changed = gateway.call("update_domain_name", **NAME, RoutingMode="ROUTING_RULE_THEN_API_MAPPING")
    assert changed == made | {"RoutingMode": "ROUTING_RULE_THEN_API_MAPPING"}
    changed = gateway.call("update_domain_name", **NAME, DomainNameConfigurations=[{"CertificateArn": OTHER_ARN}])
    expected |= {"CertificateArn": OTHER_ARN}
    assert changed["DomainNameConfigurations"] == [expected]
    version = {"TruststoreVersion": "2"}
    changed = gateway.call("update_domain_name", **NAME, MutualTlsAuthentication=version)
    assert changed["MutualTlsAuthentication"] == trust | version
    none = {"MutualTlsAuthentication": {"TruststoreUri": ""}}
    unverified = [{"OwnershipVerificationCertificateArn": ""}]
    changed = gateway.call("update_domain_name", **NAME, **none, DomainNameConfigurations=unverified)
    del expected["OwnershipVerificationCertificateArn"]
    assert changed == shape(made, expected, RoutingMode="ROUTING_RULE_THEN_API_MAPPING")
    assert gateway.call("get_domain_name", **NAME) == changed


def test_both_apis_tell_of_one_name(gateway: Gateway) -> None:
    first = gateway.speaking("apigateway")
    made = make_name(gateway)
    seen = first.call("get_domain_name", **FIRST_NAME)
    assert seen == REGIONAL | {
        "certificateUploadDate": seen["certificateUploadDate"],
        "domainNameArn": made["DomainNameArn"],
        "domainNameStatus": "AVAILABLE",
        "endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "ipv4"},
        "regionalDomainName": made["DomainNameConfigurations"][0]["ApiGatewayDomainName"],
        "regionalHostedZoneId": "Z1UJRXOUMOOFQ8",
        "routingMode": "BASE_PATH_MAPPING_ONLY",
        "securityPolicy": "TLS_1_2",
    }
    first.call("delete_domain_name", **FIRST_NAME)
    assert gateway.refusal("get_domain_name", **NAME) == UNKNOWN
    edge = first.call("create_domain_name", **EDGE)
    side = configuration(
        made,
        ApiGatewayDomainName=edge["distributionDomainName"],
        EndpointType="EDGE",
        HostedZoneId="Z2FDTNDATAQYW2",
    )
    assert gateway.call("get_domain_names") == {"Items": [shape(made, side)]}
    assert gateway.refusal("update_domain_name", **NAME) == bad(NOT_REGIONAL)
    gateway.call("delete_domain_name", **NAME)
    first.call("create_domain_name", **REGIONAL, securityPolicy="TLS_1_0")
    assert gateway.refusal("update_domain_name", **NAME) == bad(NOT_TLS_1_2)


def test_private_names_are_the_first_apis(gateway: Gateway) -> None:
    private = {"certificateArn": ARN, "endpointConfiguration": {"types": ["PRIVATE"]}}
    made = gateway.speaking("apigateway").call("create_domain_name", **FIRST_NAME, **private)
    assert gateway.call("get_domain_names") == {"Items": []}
    there = f"api.example.com+{made['domainNameId']}"
    for call in ("get_domain_name", "delete_domain_name", "update_domain_name", "get_api_mappings"):
        assert gateway.refusal(call, DomainName=there) == UNKNOWN
    assert gateway.refusal("get_api_mapping", DomainName=there, ApiMappingId="x") == UNKNOWN


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({}, bad("Invalid input. Expected one domain name configuration")),
        ({"DomainNameConfigurations": []}, bad("Invalid input. Expected one domain name configuration")),
        (
            {"DomainNameConfigurations": [{"CertificateArn": ARN}] * 2},
            bad("Invalid input. Expected one domain name configuration"),
        ),
        (
            {"DomainNameConfigurations": [{"CertificateArn": ARN, "EndpointType": "EDGE"}]},
            bad("EDGE endpoint type is not supported for APIGatewayV2 domainName"),
        ),
        (
            {"DomainNameConfigurations": [{"CertificateArn": ARN, "SecurityPolicy": "TLS_1_0"}]},
            bad("TLS_1_0 is not supported for APIGatewayV2 domainName."),
        ),
        ({"DomainNameConfigurations": [{}]}, bad("A certificate must be specified: certificateArn")),
        ({"DomainNameConfigurations": [{"CertificateArn": "x"}]}, bad("Invalid certificate ARN: x.")),
        (
            {"DomainNameConfigurations": [{"CertificateArn": ARN}], "MutualTlsAuthentication": {"TruststoreUri": "x"}},
            bad("Invalid truststoreUri specified: x. Use s3://bucket-name/key-name"),
        ),
        (
            {"DomainNameConfigurations": [{"CertificateArn": ARN}], "Tags": dict.fromkeys(map(str, range(51)), "x")},
            bad("A resource can have at most 50 tags"),
        ),
    ],
)
def test_refused(gateway: Gateway, given: dict[str, Any], refusal: tuple[str, str]) -> None:
    assert gateway.refusal("create_domain_name", **NAME, **given) == refusal
    assert gateway.call("get_domain_names") == {"Items": []}


def test_a_name_is_a_host_name(gateway: Gateway) -> None:
    for name in ("example", "A.example.com", "a.com+b", "10.0.0.1"):
        given = {"DomainName": name, "DomainNameConfigurations": [{"CertificateArn": ARN}]}
        assert gateway.refusal("create_domain_name", **given) == bad(f"Invalid domain name specified: {name}")


def test_what_a_domain_name_leads_to_stays(gateway: Gateway) -> None:
    make_apis(gateway)
    make_name(gateway)
    gateway.call("create_api_mapping", **NAME, ApiId="pets", Stage="v1")
    text = "Deleting API pets failed. Please remove all API mappings for the API from your custom domain names."
    stays = bad(text)
    assert gateway.refusal("delete_api", ApiId="pets") == stays
    text = "Deleting stage v1 failed. Please remove all base path mappings related to the stage in your domains: "
    assert gateway.refusal("delete_stage", ApiId="pets", StageName="v1") == bad(text + "api.example.com")
    gateway.call("delete_domain_name", **NAME)
    gateway.call("delete_stage", ApiId="pets", StageName="v1")
    gateway.call("delete_api", ApiId="pets")
    assert gateway.refusal("get_api", ApiId="pets") == missing("Invalid API identifier specified 000000000000:pets")
