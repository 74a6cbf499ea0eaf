"""Whatever order an account's resources are deleted in: nothing is left in the store of all that they were made of."""

from typing import Any

from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.management.rest import NOUNS
from tests.management.gateway import Endpoint, Gateway, operation, replace
from tests.management.rest.test_any_patch import beside_it, inside_an_api
from tests.management.rest.test_domain_name import PRIVATE

MOCK = {"x-amazon-apigateway-integration": {"type": "MOCK"}, "responses": {"200": {"description": "OK"}}}
DEFINITION = {"swagger": "2.0", "info": {"title": "pets"}, "paths": {"/a/b": {"get": MOCK}}}
OVER_IT = {"openapi": "3.0.1", "info": {"title": "pets", "version": "1"}, "paths": {"/c": {"get": MOCK}}}

Delete = tuple[str, dict[str, Any]]


def everything(gateway: Gateway) -> list[Delete]:
    """Make one of every noun, and APIs by import and as a clone; the calls that delete it all, children included."""
    api = gateway.call("create_rest_api", name="pets", tags={"_custom_id_": "pets"})
    resource = gateway.call("create_resource", restApiId="pets", parentId=api["rootResourceId"], pathPart="a")["id"]
    gateway.call("create_resource", restApiId="pets", parentId=resource, pathPart="b")
    method = {"restApiId": "pets", "resourceId": resource, "httpMethod": "GET"}
    status = method | {"statusCode": "200"}
    gateway.call("put_method", **method, authorizationType="NONE")
    gateway.call("put_integration", **method, type="MOCK")
    gateway.call("put_method_response", **status)
    gateway.call("put_integration_response", **status)
    gateway.call("put_gateway_response", restApiId="pets", responseType="THROTTLED", statusCode="420")
    gateway.call(
        "create_model", restApiId="pets", name="Pet", contentType="application/json", schema='{"type": "null"}'
    )
    old = gateway.call("create_deployment", restApiId="pets", stageName="prod")["id"]
    gateway.call("create_deployment", restApiId="pets", stageName="prod")
    inside, beside = inside_an_api(gateway), beside_it(gateway)
    key = {"usagePlanId": beside["usagePlanId"], "keyId": beside["apiKey"]}
    limited = replace("/quota/limit", "9") + replace("/quota/period", "DAY")
    gateway.call("update_usage_plan", usagePlanId=beside["usagePlanId"], patchOperations=limited)
    gateway.call("update_usage", **key, patchOperations=replace("/remaining", "5"))
    private = gateway.call("create_domain_name", **PRIVATE)
    association = gateway.call(
        "create_domain_name_access_association",
        domainNameArn=private["domainNameArn"],
        accessAssociationSourceType="VPCE",
        accessAssociationSource="vpce-1",
    )
    imported = gateway.call("import_rest_api", body=str(DEFINITION).replace("'", '"'))["id"]
    gateway.call("put_rest_api", restApiId=imported, mode="overwrite", body=str(OVER_IT).replace("'", '"'))
    cloned = gateway.call("create_rest_api", name="copy", cloneFrom="pets")["id"]
    left = operation("remove", "/apiStages", "pets:prod")
    part = {"restApiId": "pets"}
    return [
        *(("delete_rest_api", {"restApiId": id}) for id in ("pets", imported, cloned)),
        ("delete_resource", part | {"resourceId": resource}),
        ("delete_method", method),
        ("delete_method_response", status),
        ("delete_integration", method),
        ("delete_integration_response", status),
        ("delete_deployment", part | {"deploymentId": old}),
        ("delete_stage", part | {"stageName": "prod"}),
        ("delete_model", part | {"modelName": "Pet"}),
        ("delete_gateway_response", part | {"responseType": "THROTTLED"}),
        *(
            (f"delete_{noun}", part | {member: inside[member]})
            for noun, member in (
                ("request_validator", "requestValidatorId"),
                ("authorizer", "authorizerId"),
                ("documentation_part", "documentationPartId"),
                ("documentation_version", "documentationVersion"),
            )
        ),
        ("delete_client_certificate", {"clientCertificateId": inside["clientCertificateId"]}),
        ("delete_vpc_link", {"vpcLinkId": inside["vpcLinkId"]}),
        ("delete_api_key", {"apiKey": beside["apiKey"]}),
        ("delete_usage_plan_key", key),
        ("update_usage_plan", {"usagePlanId": beside["usagePlanId"], "patchOperations": left}),
        ("delete_usage_plan", {"usagePlanId": beside["usagePlanId"]}),
        ("delete_domain_name", {"domainName": "a.example.com"}),
        ("delete_domain_name", {name: private[name] for name in ("domainName", "domainNameId")}),
        ("delete_base_path_mapping", {"domainName": "a.example.com", "basePath": "a"}),
        (
            "delete_domain_name_access_association",
            {"domainNameAccessAssociationArn": association["domainNameAccessAssociationArn"]},
        ),
    ]


def are_left(gateway: Gateway) -> list[Any]:
    kinds = {change.key.kind for change in gateway.store.changes(0)}
    with gateway.store.read() as tx:
        return [key for kind in kinds for key in tx.keys(kind)]


@settings(max_examples=8, deadline=None)
@given(order=st.randoms(use_true_random=False))
def test_nothing_is_left(endpoint: Endpoint, order: Any) -> None:
    gateway = Gateway(endpoint)
    waiting = everything(gateway)
    records = {noun.name for noun in NOUNS if not noun.part} - {"Account"}
    assert records <= {key.kind for key in are_left(gateway)}
    order.shuffle(waiting)
    while waiting:
        refused: list[Delete] = []
        for name, members in waiting:
            try:
                gateway.call(name, **members)
            except ClientError as error:
                if error.response["Error"]["Code"] != "NotFoundException":  # gone with what it was inside
                    refused.append((name, members))
        assert len(refused) < len(waiting), refused
        waiting = refused
    assert are_left(gateway) == []
    gateway.store.close()
