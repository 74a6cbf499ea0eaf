"""What is inside an API: resources, methods, models, authorizers, answers of the gateway's own, documentation."""

import json
import sys

from tests.conformance.story import ID, NOTHING, NOW, Like, Teller, Whole, replace, tells
from tests.journeys.packages import package

ALLOW = """
def handler(event, context):
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "me", "policyDocument": policy, "context": {"level": 1}}
"""
SCHEMA = '{"type": "object", "properties": {"name": {"type": "string"}}}'
OPENAPI = json.dumps(
    {
        "openapi": "3.0.1",
        "info": {"title": "imported", "version": "1"},
        "paths": {
            "/": {
                "get": {
                    "x-amazon-apigateway-integration": {"type": "mock"},
                    "responses": {"200": {"description": "well"}},
                }
            }
        },
    }
).encode()


def rest_api(**members: object) -> dict[str, object]:
    return {
        "id": ID,
        "createdDate": NOW,
        "apiKeySource": "HEADER",
        "endpointConfiguration": {"types": ["EDGE"], "ipAddressType": "ipv4"},
        "disableExecuteApiEndpoint": False,
        "rootResourceId": ID,
        "apiStatus": "AVAILABLE",
    } | members


@tells(
    *("CreateRestApi", "GetRestApi", "GetRestApis", "UpdateRestApi", "DeleteRestApi", "ImportRestApi", "PutRestApi"),
)
def test_rest_apis(told: Teller) -> None:
    made = told("CreateRestApi", rest_api(name="story"), name="story")
    where = {"restApiId": made["id"]}
    told("GetRestApi", made, **where)
    renamed = made | {"name": "other"}
    told("UpdateRestApi", renamed | {"tags": {}}, **where, patchOperations=replace("/name", "other"))
    imported = rest_api(name="imported", version="1")
    put = imported | {name: made[name] for name in ("id", "createdDate", "rootResourceId")}
    told("PutRestApi", put | {"tags": {}}, **where, mode="overwrite", body=OPENAPI)
    told("DeleteRestApi", NOTHING, **where)
    other = told("ImportRestApi", imported, body=OPENAPI)
    told("GetRestApis", {"items": [other]}, limit=500)
    told.client.delete_rest_api(restApiId=other["id"])


@tells("CreateResource", "GetResource", "GetResources", "UpdateResource", "DeleteResource")
def test_resources(told: Teller) -> None:
    api, root = told.api("resources")
    where = {"restApiId": api}
    child = {"id": ID, "parentId": root, "pathPart": "pets", "path": "/pets"}
    made = told("CreateResource", child, **where, parentId=root, pathPart="pets")
    here = where | {"resourceId": made["id"]}
    told("GetResource", made, **here)
    moved = made | {"pathPart": "cats", "path": "/cats"}
    told("UpdateResource", moved, **here, patchOperations=replace("/pathPart", "cats"))
    by_id = sorted([{"id": root, "path": "/"}, moved], key=lambda resource: resource["id"])
    told("GetResources", {"items": by_id}, **where)
    told("DeleteResource", NOTHING, **here)
    told.client.delete_rest_api(**where)


@tells(
    *("PutMethod", "GetMethod", "UpdateMethod", "DeleteMethod", "TestInvokeMethod"),
    *("PutMethodResponse", "GetMethodResponse", "UpdateMethodResponse", "DeleteMethodResponse"),
    *("PutIntegration", "GetIntegration", "UpdateIntegration", "DeleteIntegration"),
    *("PutIntegrationResponse", "GetIntegrationResponse", "UpdateIntegrationResponse", "DeleteIntegrationResponse"),
)
def test_methods(told: Teller) -> None:
    api, root = told.api("methods")
    where = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    method = {"httpMethod": "GET", "authorizationType": "NONE", "apiKeyRequired": False}
    told("PutMethod", method, **where, authorizationType="NONE")
    told("UpdateMethod", method | {"operationName": "n"}, **where, patchOperations=replace("/operationName", "n"))

    templates = {"application/json": '{"statusCode": 200}'}
    integration = {
        "type": "MOCK",
        "requestTemplates": templates,
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": 29000,
        "cacheNamespace": root,
        "cacheKeyParameters": [],
    }
    told("PutIntegration", integration, **where, type="MOCK", requestTemplates=templates)
    told("GetIntegration", integration, **where)
    integration["timeoutInMillis"] = 1000
    told("UpdateIntegration", integration, **where, patchOperations=replace("/timeoutInMillis", "1000"))

    response = {"statusCode": "200"}
    told("PutMethodResponse", response, **where, statusCode="200")
    told("GetMethodResponse", response, **where, statusCode="200")
    models = {"responseModels": {"application/json": "Empty"}}
    changes = [{"op": "add", "path": "/responseModels/application~1json", "value": "Empty"}]
    told("UpdateMethodResponse", response | models, **where, statusCode="200", patchOperations=changes)

    bodies = {"text/plain": "meow"}
    mapped = {"statusCode": "200", "selectionPattern": "", "responseTemplates": bodies}
    told("PutIntegrationResponse", mapped, **where, statusCode="200", responseTemplates=bodies)
    told("GetIntegrationResponse", mapped, **where, statusCode="200")
    bodies = {"application/json": '{"says": "meow"}'}
    changes = [
        {"op": "remove", "path": "/responseTemplates/text~1plain"},
        {"op": "add", "path": "/responseTemplates/application~1json", "value": bodies["application/json"]},
    ]
    mapped["responseTemplates"] = bodies
    told("UpdateIntegrationResponse", mapped, **where, statusCode="200", patchOperations=changes)

    whole = method | {
        "operationName": "n",
        "methodIntegration": integration | {"integrationResponses": {"200": mapped}},
        "methodResponses": {"200": response | models},
    }
    told("GetMethod", whole, **where)
    invoked = {
        "status": 200,
        "body": '{"says": "meow"}',
        "headers": {"Content-Type": "application/json"},
        "multiValueHeaders": {"Content-Type": ["application/json"]},
        "log": Like(".*Method completed with status: 200.*"),
        "latency": Whole(),
    }
    told("TestInvokeMethod", invoked, **where)
    told("DeleteIntegrationResponse", NOTHING, **where, statusCode="200")
    told("DeleteIntegration", NOTHING, **where)
    told("DeleteMethodResponse", NOTHING, **where, statusCode="200")
    told("DeleteMethod", NOTHING, **where)
    told.client.delete_rest_api(restApiId=api)


@tells("CreateModel", "GetModel", "GetModels", "GetModelTemplate", "UpdateModel", "DeleteModel")
def test_models(told: Teller) -> None:
    api, _ = told.api("models")
    where = {"restApiId": api, "modelName": "Pet"}
    model = {"id": ID, "name": "Pet", "contentType": "application/json", "schema": SCHEMA}
    made = told("CreateModel", model, restApiId=api, name="Pet", contentType="application/json", schema=SCHEMA)
    told("GetModel", made, **where)
    told("GetModelTemplate", {"value": Like(r"#set\(\$inputRoot = \$input\.path\('\$'\)\).*name.*")}, **where)
    told("UpdateModel", made | {"description": "d"}, **where, patchOperations=replace("/description", "d"))
    told.client.delete_model(restApiId=api, modelName="Empty")
    told.client.delete_model(restApiId=api, modelName="Error")
    told("GetModels", {"items": [made | {"description": "d"}]}, restApiId=api)
    told("DeleteModel", NOTHING, **where)
    told.client.delete_rest_api(restApiId=api)


@tells(
    *("CreateRequestValidator", "GetRequestValidator", "GetRequestValidators", "UpdateRequestValidator"),
    "DeleteRequestValidator",
)
def test_request_validators(told: Teller) -> None:
    api, _ = told.api("validators")
    validator = {"id": ID, "name": "all", "validateRequestBody": True, "validateRequestParameters": False}
    made = told("CreateRequestValidator", validator, restApiId=api, name="all", validateRequestBody=True)
    where = {"restApiId": api, "requestValidatorId": made["id"]}
    told("GetRequestValidator", made, **where)
    told("GetRequestValidators", {"items": [made]}, restApiId=api)
    told("UpdateRequestValidator", made | {"name": "b"}, **where, patchOperations=replace("/name", "b"))
    told("DeleteRequestValidator", NOTHING, **where)
    told.client.delete_rest_api(restApiId=api)


@tells(
    *("PutGatewayResponse", "GetGatewayResponse", "GetGatewayResponses", "UpdateGatewayResponse"),
    "DeleteGatewayResponse",
)
def test_gateway_responses(told: Teller) -> None:
    api, _ = told.api("answers")
    where = {"restApiId": api, "responseType": "ACCESS_DENIED"}
    answer = {
        "responseType": "ACCESS_DENIED",
        "statusCode": "404",
        "responseParameters": {},
        "responseTemplates": {"application/json": '{"message":$context.error.messageString}'},
        "defaultResponse": False,
    }
    told("PutGatewayResponse", answer, **where, statusCode="404")
    told("GetGatewayResponse", answer, **where)
    told("GetGatewayResponses", {"items": [answer], "position": Like(".+")}, restApiId=api, limit=1)
    told(
        "UpdateGatewayResponse", answer | {"statusCode": "410"}, **where, patchOperations=replace("/statusCode", "410")
    )
    told("DeleteGatewayResponse", NOTHING, **where)
    told.client.delete_rest_api(restApiId=api)


@tells(
    *("CreateAuthorizer", "GetAuthorizer", "GetAuthorizers", "UpdateAuthorizer", "DeleteAuthorizer"),
    "TestInvokeAuthorizer",
)
def test_authorizers(told: Teller) -> None:
    api, _ = told.api("authorizers")
    function = told.functions.create_function(
        FunctionName="allow",
        Runtime=f"python3.{sys.version_info.minor}",
        Role="arn:aws:iam::000000000000:role/lambda",
        Handler="index.handler",
        Timeout=25,
        Code={"ZipFile": package(ALLOW)},
    )["FunctionArn"]
    told.functions.add_permission(
        FunctionName="allow",
        StatementId="apigateway",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    given = {
        "name": "who",
        "type": "TOKEN",
        "authorizerUri": f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations",
        "identitySource": "method.request.header.Authorization",
    }
    made = told(
        "CreateAuthorizer",
        given | {"id": ID, "authType": "custom"},
        restApiId=api,
        **given,
    )
    where = {"restApiId": api, "authorizerId": made["id"]}
    told("GetAuthorizer", made, **where)
    told("GetAuthorizers", {"items": [made]}, restApiId=api)
    result = {
        "clientStatus": 0,  # as AWS shows in its own examples
        "log": Like(".+"),
        "latency": Whole(),
        "principalId": "me",
        "policy": Like(r'.*"Effect": ?"Allow".*'),
        "authorization": {"level": ["1"]},
    }
    told("TestInvokeAuthorizer", result, **where, headers={"Authorization": "token"})
    shorter = made | {"authorizerResultTtlInSeconds": 0}
    told("UpdateAuthorizer", shorter, **where, patchOperations=replace("/authorizerResultTtlInSeconds", "0"))
    told("DeleteAuthorizer", NOTHING, **where)
    told.client.delete_rest_api(restApiId=api)


@tells(
    *("CreateDocumentationPart", "GetDocumentationPart", "GetDocumentationParts", "UpdateDocumentationPart"),
    *("DeleteDocumentationPart", "ImportDocumentationParts", "CreateDocumentationVersion", "GetDocumentationVersion"),
    *("GetDocumentationVersions", "UpdateDocumentationVersion", "DeleteDocumentationVersion"),
)
def test_documentation(told: Teller) -> None:
    api, _ = told.api("documentation")
    location, properties = {"type": "API"}, '{"description":"pets"}'
    part = {"id": ID, "location": location, "properties": properties}
    made = told("CreateDocumentationPart", part, restApiId=api, location=location, properties=properties)
    where = {"restApiId": api, "documentationPartId": made["id"]}
    told("GetDocumentationPart", made, **where)
    told("GetDocumentationParts", {"items": [made]}, restApiId=api, type="API")
    cats = '{"description":"cats"}'
    told("UpdateDocumentationPart", made | {"properties": cats}, **where, patchOperations=replace("/properties", cats))

    version = {"version": "1", "createdDate": NOW}
    told("CreateDocumentationVersion", version, restApiId=api, documentationVersion="1")
    there = {"restApiId": api, "documentationVersion": "1"}
    told("GetDocumentationVersion", version, **there)
    told("GetDocumentationVersions", {"items": [version]}, restApiId=api)
    changes = replace("/description", "d")
    told("UpdateDocumentationVersion", version | {"description": "d"}, **there, patchOperations=changes)
    told("DeleteDocumentationVersion", NOTHING, **there)
    told("DeleteDocumentationPart", NOTHING, **where)

    parts = [{"location": location, "properties": {"description": "dogs"}}]
    body = json.loads(OPENAPI) | {"x-amazon-apigateway-documentation": {"version": "1", "documentationParts": parts}}
    told("ImportDocumentationParts", {"ids": [ID]}, restApiId=api, body=json.dumps(body).encode())
    told.client.delete_rest_api(restApiId=api)
