"""What is made of an API: deployments, stages, and what is exported and generated of them."""

import json

from tests.conformance.story import ID, NOTHING, NOW, Bytes, Like, Teller, replace, tells


@tells("CreateDeployment", "GetDeployment", "GetDeployments", "UpdateDeployment", "DeleteDeployment")
def test_deployments(told: Teller) -> None:
    api, _ = told.deployed("deployments")
    first = told.client.get_deployments(restApiId=api)["items"][0]
    made = told("CreateDeployment", {"id": ID, "createdDate": NOW}, restApiId=api)
    where = {"restApiId": api, "deploymentId": made["id"]}
    summary = {"/": {"GET": {"authorizationType": "NONE", "apiKeyRequired": False}}}
    told("GetDeployment", made | {"apiSummary": summary}, **where, embed=["apisummary"])
    both = sorted([first, made], key=lambda deployment: str(deployment["id"]))
    told("GetDeployments", {"items": both}, restApiId=api)
    told("UpdateDeployment", made | {"description": "d"}, **where, patchOperations=replace("/description", "d"))
    told("DeleteDeployment", NOTHING, **where)
    told.client.delete_rest_api(restApiId=api)


@tells(
    *("CreateStage", "GetStage", "GetStages", "UpdateStage", "DeleteStage"),
    *("FlushStageCache", "FlushStageAuthorizersCache"),
)
def test_stages(told: Teller) -> None:
    api, _ = told.deployed("stages")
    prod = told.client.get_stages(restApiId=api)["item"][0]
    stage = {
        "deploymentId": prod["deploymentId"],
        "stageName": "test",
        "cacheClusterEnabled": False,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "methodSettings": {},
        "variables": {"a": "b"},
        "tracingEnabled": False,
        "createdDate": NOW,
        "lastUpdatedDate": NOW,
    }
    where = {"restApiId": api, "stageName": "test"}
    told("CreateStage", stage, **where, deploymentId=prod["deploymentId"], variables={"a": "b"})
    told("GetStage", stage, **where)
    told("GetStages", {"item": [prod, stage]}, restApiId=api)
    told("UpdateStage", stage | {"description": "d"}, **where, patchOperations=replace("/description", "d"))
    told("FlushStageCache", NOTHING, **where)
    told("FlushStageAuthorizersCache", NOTHING, **where)
    told("DeleteStage", NOTHING, **where)
    told.client.delete_rest_api(restApiId=api)


@tells("GetExport", "GetSdk")
def test_exports(told: Teller) -> None:
    api, _ = told.deployed("exports")
    where = {"restApiId": api, "stageName": "prod"}
    exported = told(
        "GetExport",
        {
            "contentType": "application/octet-stream",
            "contentDisposition": Like(r'attachment; filename="?.+\.json"?'),
            "body": Bytes(b"{"),
        },
        **where,
        exportType="oas30",
        accepts="application/json",
    )
    document = json.loads(exported["body"])
    assert document == {
        "openapi": "3.0.1",
        "info": {"title": "exports", "version": Like(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")},
        "servers": [
            {
                "url": f"https://{api}.execute-api.us-east-1.amazonaws.com/{{basePath}}",
                "variables": {"basePath": {"default": "prod"}},
            }
        ],
        "paths": {"/": {"get": {"responses": {"default": {"description": "Default response for GET /"}}}}},
    }
    told(
        "GetSdk",
        {
            "contentType": "application/octet-stream",
            "contentDisposition": Like(r'attachment; filename="javascript_[-0-9_]+Z\.zip"'),
            "body": Bytes(b"PK"),
        },
        **where,
        sdkType="javascript",
    )
    told.client.delete_rest_api(restApiId=api)
