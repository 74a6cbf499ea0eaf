"""What is beside HTTP and WebSocket APIs: domain names and what they lead to, VPC links, tags."""

from functools import partial
from typing import Any

from tests.conformance import story
from tests.conformance.story import ID, NOTHING, NOW, REST, ROUTES, Like, Teller

tells = partial(story.tells, service=ROUTES)
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-4000-8000-000000000000"
CONFIGURATION = {"CertificateArn": CERTIFICATE, "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}


def domain(told: Teller, name: str) -> dict[str, str]:
    """The name of a new domain name, made unseen."""
    told.client.create_domain_name(DomainName=name, DomainNameConfigurations=[CONFIGURATION])
    return {"DomainName": name}


@tells("CreateDomainName", "GetDomainName", "GetDomainNames", "UpdateDomainName", "DeleteDomainName")
def test_domain_names(told: Teller) -> None:
    where = {"DomainName": "names.example.com"}
    configuration = CONFIGURATION | {
        "ApiGatewayDomainName": Like(r"d-[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com"),
        "DomainNameStatus": "AVAILABLE",
        "HostedZoneId": Like("Z[A-Z0-9]+"),
        "IpAddressType": "ipv4",
    }
    name = where | {
        "ApiMappingSelectionExpression": "$request.basepath",
        "DomainNameArn": Like(r"arn:aws:apigateway:us-east-1::/domainnames/names\.example\.com"),
        "DomainNameConfigurations": [configuration],
        "RoutingMode": "API_MAPPING_ONLY",
        "Tags": {},
    }
    made = told("CreateDomainName", name, **where, DomainNameConfigurations=[CONFIGURATION])
    told("GetDomainName", made, **where)
    told("GetDomainNames", {"Items": [made]})
    told("UpdateDomainName", made | {"RoutingMode": "ROUTING_RULE_ONLY"}, **where, RoutingMode="ROUTING_RULE_ONLY")
    told("DeleteDomainName", NOTHING, **where)


@tells("CreateApiMapping", "GetApiMapping", "GetApiMappings", "UpdateApiMapping", "DeleteApiMapping")
def test_api_mappings(told: Teller) -> None:
    where = domain(told, "mappings.example.com")
    api = told.client.create_api(Name="mapped", ProtocolType="HTTP")["ApiId"]
    told.client.create_stage(ApiId=api, StageName="$default")
    mapping = {"ApiId": api, "ApiMappingId": ID, "ApiMappingKey": "a/b", "Stage": "$default"}
    made = told("CreateApiMapping", mapping, **where, ApiId=api, Stage="$default", ApiMappingKey="a/b")
    here = where | {"ApiMappingId": made["ApiMappingId"]}
    told("GetApiMapping", made, **here)
    told("GetApiMappings", {"Items": [made]}, **where)
    told("UpdateApiMapping", made | {"ApiMappingKey": "c"}, **here, ApiId=api, ApiMappingKey="c")
    told("DeleteApiMapping", NOTHING, **here)
    told.client.delete_domain_name(**where)
    told.client.delete_api(ApiId=api)


@tells("CreateRoutingRule", "GetRoutingRule", "ListRoutingRules", "PutRoutingRule", "DeleteRoutingRule")
def test_routing_rules(told: Teller) -> None:
    where = domain(told, "rules.example.com")
    api, _ = Teller(REST, told.client_of).deployed("ruled")
    given: dict[str, Any] = {
        "Actions": [{"InvokeApi": {"ApiId": api, "Stage": "prod", "StripBasePath": True}}],
        "Conditions": [{"MatchBasePaths": {"AnyOf": ["pets"]}}],
        "Priority": 5,
    }
    rule = given | {
        "RoutingRuleArn": Like(
            r"arn:aws:apigateway:us-east-1:[0-9]{12}:/domainnames/rules\.example\.com/routingrules/.+"
        ),
        "RoutingRuleId": ID,
    }
    made = told("CreateRoutingRule", rule, **where, **given)
    here = where | {"RoutingRuleId": made["RoutingRuleId"]}
    told("GetRoutingRule", made, **here)
    told("ListRoutingRules", {"RoutingRules": [made]}, **where)
    told("PutRoutingRule", made | {"Priority": 6}, **here, **given | {"Priority": 6})
    told("DeleteRoutingRule", NOTHING, **here)
    told.client.delete_domain_name(**where)
    told.client_of(REST).delete_rest_api(restApiId=api)


@tells("CreateVpcLink", "GetVpcLink", "GetVpcLinks", "UpdateVpcLink", "DeleteVpcLink")
def test_vpc_links(told: Teller) -> None:
    given = {"Name": "l", "SecurityGroupIds": ["sg-1"], "SubnetIds": ["subnet-1"], "Tags": {"a": "1"}}
    coming = {"VpcLinkStatus": "PENDING", "VpcLinkStatusMessage": "VPC link is provisioning ENIs"}
    link = given | {"CreatedDate": NOW, "VpcLinkId": ID, "VpcLinkVersion": "V2"}
    made = told("CreateVpcLink", link | coming, **given)
    where = {"VpcLinkId": made["VpcLinkId"]}
    there = made | {"VpcLinkStatus": "AVAILABLE", "VpcLinkStatusMessage": "VPC link is ready to route traffic"}
    told("GetVpcLink", there, **where)
    told("GetVpcLinks", {"Items": [there]})
    told("UpdateVpcLink", there | {"Name": "m"}, **where, Name="m")
    told("DeleteVpcLink", NOTHING, **where)


@tells("TagResource", "UntagResource", "GetTags")
def test_tags(told: Teller) -> None:
    api = told.client.create_api(Name="tagged", ProtocolType="HTTP", Tags={"a": "1"})["ApiId"]
    arn = f"arn:aws:apigateway:us-east-1::/apis/{api}"
    told("TagResource", NOTHING, ResourceArn=arn, Tags={"b": "2"})
    told("GetTags", {"Tags": {"a": "1", "b": "2"}}, ResourceArn=arn)
    told("UntagResource", NOTHING, ResourceArn=arn, TagKeys=["a", "b"])
    told.client.delete_api(ApiId=api)
