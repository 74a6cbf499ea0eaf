"""What an account has beside its APIs: keys, plans, domain names, links, certificates, settings."""

from datetime import UTC, datetime, timedelta

from tests.conformance.story import ID, NOTHING, NOW, Like, Recent, Teller, replace, tells

CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/c-1"
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/pets/0123456789abcdef"
ACCOUNT = {
    "throttleSettings": {"burstLimit": 5000, "rateLimit": 10000.0},
    "features": ["UsagePlans"],
    "apiKeyVersion": "4",
}


@tells("CreateApiKey", "GetApiKey", "GetApiKeys", "UpdateApiKey", "ImportApiKeys", "DeleteApiKey")
def test_api_keys(told: Teller) -> None:
    key = {
        "id": ID,
        "name": "story-1",
        "enabled": True,
        "createdDate": NOW,
        "lastUpdatedDate": NOW,
        "stageKeys": [],
    }
    secret = {"value": Like("[A-Za-z0-9]{40}")}
    id = told("CreateApiKey", key | secret, name="story-1", enabled=True)["id"]
    told("GetApiKey", key, apiKey=id)
    told("GetApiKeys", {"items": [key | secret]}, nameQuery="story", includeValues=True)
    changed = key | {"description": "of a story", "tags": {}}
    told("UpdateApiKey", changed, apiKey=id, patchOperations=replace("/description", "of a story"))
    body = f"name,key\nstory-2,{'s' * 30}\n,{'t' * 30}".encode()
    warnings = ["Line 3: API Key name cannot be blank"]
    (imported,) = told("ImportApiKeys", {"ids": [ID], "warnings": warnings}, body=body, format="csv")["ids"]
    told("DeleteApiKey", NOTHING, apiKey=imported)
    told("DeleteApiKey", NOTHING, apiKey=id)


@tells(
    *("CreateUsagePlan", "GetUsagePlan", "GetUsagePlans", "UpdateUsagePlan", "DeleteUsagePlan"),
    *("CreateUsagePlanKey", "GetUsagePlanKey", "GetUsagePlanKeys", "DeleteUsagePlanKey", "GetUsage", "UpdateUsage"),
)
def test_usage_plans(told: Teller) -> None:
    api, _ = told.deployed("plans")
    limits = {"rateLimit": 1.5, "burstLimit": 3}
    stage = {"apiId": api, "stage": "prod", "throttle": {"/GET": limits}}
    quota = {"limit": 10, "offset": 0, "period": "DAY"}
    plan = {"id": ID, "name": "story", "apiStages": [stage], "throttle": limits, "quota": quota}
    id = told("CreateUsagePlan", plan, name="story", apiStages=[stage], throttle=limits, quota=quota)["id"]
    told("GetUsagePlan", plan | {"tags": {}}, usagePlanId=id)
    key = told.client.create_api_key(name="story")
    where = {"usagePlanId": id, "keyId": key["id"]}
    held = {"id": key["id"], "type": "API_KEY", "name": "story", "value": key["value"]}
    told("CreateUsagePlanKey", held, **where, keyType="API_KEY")
    told("GetUsagePlanKey", held, **where)
    told("GetUsagePlanKeys", {"items": [held]}, usagePlanId=id, nameQuery="st")
    told("GetUsagePlans", {"items": [plan]}, keyId=key["id"])
    today = datetime.now(UTC).date().isoformat()
    usage = {"usagePlanId": id, "startDate": today, "endDate": today}
    told("GetUsage", usage | {"items": {key["id"]: [[0, 10]]}}, **usage)
    granted = usage | {"items": {key["id"]: [[0, 15]]}}
    told("UpdateUsage", granted, **where, patchOperations=replace("/remaining", "15"))
    told("DeleteUsagePlanKey", NOTHING, **where)
    gone = [{"op": "remove", "path": "/apiStages", "value": f"{api}:prod"}]
    told("UpdateUsagePlan", plan | {"apiStages": [], "tags": {}}, usagePlanId=id, patchOperations=gone)
    told("DeleteUsagePlan", NOTHING, usagePlanId=id)


@tells(
    *("CreateDomainName", "GetDomainName", "GetDomainNames", "UpdateDomainName", "DeleteDomainName"),
    *("CreateBasePathMapping", "GetBasePathMapping", "GetBasePathMappings", "UpdateBasePathMapping"),
    "DeleteBasePathMapping",
)
def test_domain_names(told: Teller) -> None:
    api, _ = told.deployed("domains")
    name = {"domainName": "story.example.com"}
    domain = name | {
        "domainNameArn": "arn:aws:apigateway:us-east-1::/domainnames/story.example.com",
        "domainNameStatus": "AVAILABLE",
        "certificateUploadDate": NOW,
        "regionalCertificateArn": CERTIFICATE,
        "regionalDomainName": Like(r"d-[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com"),
        "regionalHostedZoneId": "Z1UJRXOUMOOFQ8",
        "endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "ipv4"},
        "securityPolicy": "TLS_1_2",
        "routingMode": "BASE_PATH_MAPPING_ONLY",
    }
    endpoint = {"types": ["REGIONAL"]}
    told("CreateDomainName", domain, **name, regionalCertificateArn=CERTIFICATE, endpointConfiguration=endpoint)
    told("GetDomainName", domain, **name)
    told("GetDomainNames", {"items": [domain]})
    older = {"securityPolicy": "TLS_1_0"}
    told("UpdateDomainName", domain | older, **name, patchOperations=replace("/securityPolicy", "TLS_1_0"))

    mapping = {"basePath": "pets", "restApiId": api, "stage": "prod"}
    told("CreateBasePathMapping", mapping, **name, **mapping)
    told("GetBasePathMapping", mapping, **name, basePath="pets")
    told("GetBasePathMappings", {"items": [mapping]}, **name)
    whole = {"basePath": "(none)", "restApiId": api, "stage": "prod"}
    told("UpdateBasePathMapping", whole, **name, basePath="pets", patchOperations=replace("/basePath", ""))
    told("DeleteBasePathMapping", NOTHING, **name, basePath="(none)")
    told("DeleteDomainName", NOTHING, **name)


@tells(
    *("CreateDomainNameAccessAssociation", "GetDomainNameAccessAssociations"),
    *("DeleteDomainNameAccessAssociation", "RejectDomainNameAccessAssociation"),
)
def test_domain_name_access_associations(told: Teller) -> None:
    domain = told.client.create_domain_name(
        domainName="private.example.com", certificateArn=CERTIFICATE, endpointConfiguration={"types": ["PRIVATE"]}
    )
    given = {
        "domainNameArn": domain["domainNameArn"],
        "accessAssociationSourceType": "VPCE",
        "accessAssociationSource": "vpce-1a2b",
    }
    arn = (
        "arn:aws:apigateway:us-east-1:000000000000:/domainnameaccessassociations/"
        "domainname/private.example.com/vpcesource/vpce-1a2b"
    )
    made = given | {"domainNameAccessAssociationArn": arn}
    told("CreateDomainNameAccessAssociation", made, **given)
    told("GetDomainNameAccessAssociations", {"items": [made]}, resourceOwner="SELF")
    told("DeleteDomainNameAccessAssociation", NOTHING, domainNameAccessAssociationArn=arn)
    told("CreateDomainNameAccessAssociation", made, **given)
    arns = {"domainNameAccessAssociationArn": arn, "domainNameArn": domain["domainNameArn"]}
    told("RejectDomainNameAccessAssociation", NOTHING, **arns)
    told.client.delete_domain_name(domainName="private.example.com", domainNameId=domain["domainNameId"])


@tells("CreateVpcLink", "GetVpcLink", "GetVpcLinks", "UpdateVpcLink", "DeleteVpcLink")
def test_vpc_links(told: Teller) -> None:
    link = {"id": ID, "name": "story", "targetArns": [BALANCER], "tags": {"a": "b"}}
    id = told("CreateVpcLink", link | {"status": "PENDING"}, name="story", targetArns=[BALANCER], tags={"a": "b"})["id"]
    link |= {"status": "AVAILABLE", "statusMessage": "Your vpc link is ready for use"}
    told("GetVpcLink", link, vpcLinkId=id)
    told("GetVpcLinks", {"items": [link]})
    renamed = link | {"name": "link"}
    told("UpdateVpcLink", renamed, vpcLinkId=id, patchOperations=replace("/name", "link"))
    told("DeleteVpcLink", NOTHING, vpcLinkId=id)


@tells(
    *("GenerateClientCertificate", "GetClientCertificate", "GetClientCertificates", "UpdateClientCertificate"),
    "DeleteClientCertificate",
)
def test_client_certificates(told: Teller) -> None:
    certificate = {
        "clientCertificateId": ID,
        "pemEncodedCertificate": Like("-----BEGIN CERTIFICATE-----\n.*"),
        "createdDate": NOW,
        "expirationDate": Recent(timedelta(days=365)),
    }
    made = told("GenerateClientCertificate", certificate)
    where = {"clientCertificateId": made["clientCertificateId"]}
    told("GetClientCertificate", made, **where)
    told("GetClientCertificates", {"items": [made]})
    changes = replace("/description", "d")
    told("UpdateClientCertificate", made | {"description": "d"}, **where, patchOperations=changes)
    told("DeleteClientCertificate", NOTHING, **where)


@tells("GetAccount", "UpdateAccount")
def test_account(told: Teller) -> None:
    role = "arn:aws:iam::000000000000:role/logs"
    told("GetAccount", ACCOUNT)
    changes = replace("/cloudwatchRoleArn", role)
    told("UpdateAccount", ACCOUNT | {"cloudwatchRoleArn": role}, patchOperations=changes)
    told("UpdateAccount", ACCOUNT, patchOperations=replace("/cloudwatchRoleArn", ""))


@tells("GetTags", "TagResource", "UntagResource")
def test_tags(told: Teller) -> None:
    api, _ = told.api("tags")
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{api}"
    told("TagResource", NOTHING, resourceArn=arn, tags={"a": "b", "c": "d"})
    told("UntagResource", NOTHING, resourceArn=arn, tagKeys=["a"])
    told("GetTags", {"tags": {"c": "d"}}, resourceArn=arn)


@tells("GetSdkType", "GetSdkTypes")
def test_sdk_types(told: Teller) -> None:
    javascript = {
        "id": "javascript",
        "friendlyName": "JavaScript",
        "description": "A client for browsers and Node.",
        "configurationProperties": [],
    }
    told("GetSdkType", javascript, id="javascript")
    first = told.client.get_sdk_types(limit=2)
    told("GetSdkTypes", {"items": [javascript], "position": Like(".+")}, limit=1, position=first["position"])
