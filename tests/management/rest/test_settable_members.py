"""Every member that a call can set is enforced, in the table of what is not served, or told here why it does
nothing: none is ignored unseen.

A newer service model with a member that these tables lack fails here: nothing becomes settable by an upgrade alone.
"""

from collections.abc import Mapping

import pytest

from gatewright.aws.model import Shape
from gatewright.aws.service import load_service
from gatewright.execute import unserved
from gatewright.management.rest.method_setting import SETTINGS

MODEL = load_service("apigateway")
WITH_A_CACHE_ONLY = "means something only with a cache, which is stored only"
A_WORD = "a word for people"
THE_LISTENER = "where and how the node listens is told when it is started"

# What the data plane or management itself acts upon.
ENFORCED: Mapping[str, set[str]] = {
    "CreateRestApi": {
        *("name", "cloneFrom", "binaryMediaTypes", "disableExecuteApiEndpoint", "endpointConfiguration"),
        "minimumCompressionSize",
    },
    "CreateResource": {"pathPart"},
    "PutMethod": {"authorizationType", "requestValidatorId", "requestParameters", "requestModels"},
    "PutMethodResponse": {"responseParameters"},
    "PutIntegration": {
        *("type", "integrationHttpMethod", "uri", "requestParameters", "requestTemplates", "passthroughBehavior"),
        *("timeoutInMillis", "tlsConfig", "connectionType", "responseTransferMode", "contentHandling", "credentials"),
        *("connectionId", "integrationTarget"),
    },
    "PutIntegrationResponse": {"selectionPattern", "responseParameters", "responseTemplates", "contentHandling"},
    "CreateDeployment": {"stageName", "variables", "canarySettings"},
    "CreateStage": {"stageName", "deploymentId", "variables", "canarySettings"},
    "CreateModel": {"name", "contentType", "schema"},
    "CreateRequestValidator": {"validateRequestBody", "validateRequestParameters"},
    "PutGatewayResponse": {"statusCode", "responseParameters", "responseTemplates"},
    "CreateDocumentationPart": {"location", "properties"},
    "CreateDocumentationVersion": {"documentationVersion", "stageName"},
    "CreateAuthorizer": {
        *("name", "type", "authorizerUri", "authorizerCredentials", "identitySource", "identityValidationExpression"),
        *("providerARNs", "jwtConfiguration"),
    },
    "TestInvokeAuthorizer": {
        *("headers", "multiValueHeaders", "pathWithQueryString", "stageVariables", "additionalContext"),
    },
    "GenerateClientCertificate": set(),
    "CreateVpcLink": {"name", "targetArns"},
    "TestInvokeMethod": {
        *("pathWithQueryString", "body", "headers", "multiValueHeaders", "stageVariables", "clientCertificateId")
    },
    "EndpointConfiguration": {"types"},
    "TlsConfig": {"insecureSkipVerification"},
    "AccessLogSettings": {"format"},
    "MethodSetting": {"metricsEnabled"},
}
# What is stored, and closed or without effect: the table of what is not served has it, under this name.
UNSERVED: Mapping[str, tuple[str, set[str]]] = {
    "CreateRestApi": (
        "RestApi",
        {"policy", "securityPolicy", "endpointAccessMode", "apiKeySource"},
    ),
    "EndpointConfiguration": ("RestApi", {"vpcEndpointIds"}),
    "PutMethod": ("Method", {"authorizerId", "apiKeyRequired", "authorizationScopes"}),
    "CreateDeployment": ("Stage", {"cacheClusterEnabled", "tracingEnabled"}),
    "CreateStage": ("Stage", {"cacheClusterEnabled", "tracingEnabled"}),
    "MethodSetting": (
        "Stage's method settings",
        {"loggingLevel", "dataTraceEnabled", "throttlingBurstLimit", "throttlingRateLimit", "cachingEnabled"},
    ),
}
# What is kept and given back and does nothing, as on AWS.
HARMLESS: Mapping[str, Mapping[str, str]] = {
    "CreateRestApi": {
        "description": A_WORD,
        "version": A_WORD,
        "tags": A_WORD,
    },
    "CreateModel": {"description": A_WORD},
    "CreateRequestValidator": {"name": A_WORD},
    "CreateDocumentationVersion": {"description": A_WORD},
    "CreateAuthorizer": {
        "authType": A_WORD,
        "authorizerResultTtlInSeconds": "results are kept only by deployed stages, which do not ask authorizers yet",
    },
    "TestInvokeAuthorizer": {"body": "no authorizer gets to see a body"},
    "GenerateClientCertificate": {"description": A_WORD, "tags": A_WORD},
    "CreateVpcLink": {"description": A_WORD, "tags": A_WORD},
    "PutMethod": {"operationName": A_WORD},
    "PutMethodResponse": {"responseModels": "nobody holds an answer against them: they are for generated SDKs"},
    "PutIntegration": {"cacheNamespace": WITH_A_CACHE_ONLY, "cacheKeyParameters": WITH_A_CACHE_ONLY},
    "CreateDeployment": {"description": A_WORD, "stageDescription": A_WORD, "cacheClusterSize": WITH_A_CACHE_ONLY},
    "CreateStage": {
        "description": A_WORD,
        "tags": A_WORD,
        "documentationVersion": A_WORD,
        "cacheClusterSize": WITH_A_CACHE_ONLY,
    },
    "EndpointConfiguration": {"ipAddressType": THE_LISTENER},
    "AccessLogSettings": {"destinationArn": "lines go to the stage's own file"},
    "MethodSetting": {
        "cacheTtlInSeconds": WITH_A_CACHE_ONLY,
        "cacheDataEncrypted": WITH_A_CACHE_ONLY,
        "requireAuthorizationForCacheControl": WITH_A_CACHE_ONLY,
        "unauthorizedCacheControlHeaderStrategy": WITH_A_CACHE_ONLY,
    },
}
SETTABLE = sorted(ENFORCED)


def settable(name: str) -> Shape:
    return MODEL.operations[name].input if name in MODEL.operations else MODEL.shapes[name]


@pytest.mark.parametrize("name", SETTABLE)
def test_every_member_is_told(name: str) -> None:
    _, unserved_members = UNSERVED.get(name, ("", ()))
    told = [*ENFORCED[name], *unserved_members, *HARMLESS.get(name, ())]
    members = {member for member, traits in settable(name).members.items() if traits.location != "uri"}
    assert sorted(told) == sorted(members)


def test_every_method_setting_is_told() -> None:
    assert {name for name, _ in SETTINGS.values()} == set(MODEL.shapes["MethodSetting"].members)


@pytest.mark.parametrize("name", UNSERVED)
def test_what_is_unserved_is_in_the_table(name: str) -> None:
    noun, members = UNSERVED[name]
    effects = {rule.path.rpartition(".")[2]: rule.effect for rule in unserved.TABLE[noun]}
    assert {effects.get(member) for member in members} <= {unserved.CLOSED, unserved.STORED_ONLY}
