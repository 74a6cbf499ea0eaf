"""Every member that a call can set is enforced, refused, or told here why it does nothing: none is ignored unseen.

A newer service model with a member that these tables lack fails here: nothing becomes settable by an upgrade alone.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from gatewright.aws.model import Shape
from gatewright.aws.service import load_service
from gatewright.management.rest.method_setting import SETTINGS
from tests.management.rest.gateway import Gateway, replace

MODEL = load_service("apigateway")
WITH_KEYS_ONLY = "means something only with API keys, which are refused"
WITH_A_CACHE_ONLY = "means something only with a cache, which is refused"
WITH_A_VALIDATOR_ONLY = "checked only by a request validator, which is refused"
A_WORD = "a word for people"
THE_LISTENER = "where and how the node listens is told when it is started"

# What the data plane or management itself acts upon.
ENFORCED: Mapping[str, set[str]] = {
    "CreateRestApi": {"name", "cloneFrom", "binaryMediaTypes", "disableExecuteApiEndpoint", "endpointConfiguration"},
    "CreateResource": {"pathPart"},
    "PutMethod": {"authorizationType"},
    "PutMethodResponse": {"responseParameters"},
    "PutIntegration": {
        *("type", "integrationHttpMethod", "uri", "requestParameters", "requestTemplates", "passthroughBehavior"),
        *("timeoutInMillis", "tlsConfig", "connectionType", "responseTransferMode", "contentHandling"),
    },
    "PutIntegrationResponse": {"selectionPattern", "responseParameters", "responseTemplates", "contentHandling"},
    "CreateDeployment": {"stageName", "variables"},
    "CreateStage": {"stageName", "deploymentId", "variables"},
    "TestInvokeMethod": {"pathWithQueryString", "body", "headers", "multiValueHeaders", "stageVariables"},
    "EndpointConfiguration": {"types"},
    "TlsConfig": {"insecureSkipVerification"},
    "AccessLogSettings": {"format"},
    "MethodSetting": {"metricsEnabled"},
}
# What is refused, and a value that is.
REFUSED: Mapping[str, Mapping[str, Any]] = {
    "CreateRestApi": {
        "minimumCompressionSize": 0,
        "policy": "{}",
        "securityPolicy": "TLS_1_2",
        "endpointAccessMode": "STRICT",
    },
    "PutMethod": {
        "authorizerId": "a",
        "apiKeyRequired": True,
        "requestValidatorId": "v",
        "authorizationScopes": ["s"],
    },
    "PutIntegration": {
        "connectionId": "x",
        "credentials": "arn:aws:iam::000000000000:role/r",
        "integrationTarget": "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/b/c",
    },
    "CreateDeployment": {"cacheClusterEnabled": True, "canarySettings": {}, "tracingEnabled": True},
    "CreateStage": {
        "cacheClusterEnabled": True,
        "canarySettings": {"deploymentId": "x"},
        "tracingEnabled": True,
        "documentationVersion": "1",
    },
    "TestInvokeMethod": {"clientCertificateId": "c"},
    "EndpointConfiguration": {"vpcEndpointIds": ["vpce-1"]},
    "MethodSetting": {
        "loggingLevel": "INFO",
        "dataTraceEnabled": "true",
        "throttlingBurstLimit": "10",
        "throttlingRateLimit": "10",
        "cachingEnabled": "true",
    },
}
# What is kept and given back and does nothing, as on AWS.
HARMLESS: Mapping[str, Mapping[str, str]] = {
    "CreateRestApi": {
        "description": A_WORD,
        "version": A_WORD,
        "tags": A_WORD,
        "apiKeySource": WITH_KEYS_ONLY,
    },
    "PutMethod": {
        "operationName": A_WORD,
        "requestParameters": WITH_A_VALIDATOR_ONLY,
        "requestModels": WITH_A_VALIDATOR_ONLY,
    },
    "PutMethodResponse": {"responseModels": "nobody holds an answer against them: they are for generated SDKs"},
    "PutIntegration": {"cacheNamespace": WITH_A_CACHE_ONLY, "cacheKeyParameters": WITH_A_CACHE_ONLY},
    "CreateDeployment": {"description": A_WORD, "stageDescription": A_WORD, "cacheClusterSize": WITH_A_CACHE_ONLY},
    "CreateStage": {"description": A_WORD, "tags": A_WORD, "cacheClusterSize": WITH_A_CACHE_ONLY},
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
    told = [*ENFORCED[name], *REFUSED.get(name, ()), *HARMLESS.get(name, ())]
    members = {member for member, traits in settable(name).members.items() if traits.location != "uri"}
    assert sorted(told) == sorted(members)


def test_every_method_setting_is_told() -> None:
    assert {name for name, _ in SETTINGS.values()} == set(MODEL.shapes["MethodSetting"].members)


@pytest.mark.parametrize(
    ("operation", "member"),
    [(name, member) for name in SETTABLE if name in MODEL.operations for member in REFUSED.get(name, ())],
)
def test_what_is_refused(gateway: Gateway, deployment: str, mock: dict[str, str], operation: str, member: str) -> None:
    where: dict[str, dict[str, Any]] = {
        "CreateRestApi": {"name": "cats"},
        "PutMethod": mock | {"httpMethod": "POST", "authorizationType": "NONE"},
        "PutIntegration": mock | {"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": "http://example.com/"},
        "CreateDeployment": {"restApiId": "pets", "stageName": "prod"},
        "CreateStage": {"restApiId": "pets", "stageName": "test", "deploymentId": deployment},
        "TestInvokeMethod": mock,
    }
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).lstrip("_")
    code, _ = gateway.refusal(name, **where[operation], **{member: REFUSED[operation][member]})
    assert code in ("BadRequestException", "NotFoundException")


@pytest.mark.parametrize("member", REFUSED["MethodSetting"])
def test_method_settings_that_are_refused(gateway: Gateway, deployment: str, member: str) -> None:
    path = next(path for path, (name, _) in SETTINGS.items() if name == member)
    given = {"restApiId": "pets", "stageName": "prod"}
    operations = replace(f"/*/*/{path}", REFUSED["MethodSetting"][member])
    assert gateway.refusal("update_stage", **given, patchOperations=operations)[0] == "BadRequestException"
