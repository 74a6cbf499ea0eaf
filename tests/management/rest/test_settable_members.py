"""Every member that a call can set is enforced, refused, in the table of what is not served, or told here why it does
nothing: none is ignored unseen.

A newer service model with a member that these tables lack fails here: nothing becomes settable by an upgrade alone.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from gatewright.aws.model import Shape
from gatewright.aws.service import load_service
from gatewright.execute import unserved
from gatewright.management.rest.method_setting import SETTINGS
from tests.management.rest.gateway import Gateway

MODEL = load_service("apigateway")
WITH_A_CACHE_ONLY = "means something only with a cache, which is stored only"
WITH_A_VALIDATOR_ONLY = "checked only by a request validator, whose methods let nobody through"
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
        *("timeoutInMillis", "tlsConfig", "connectionType", "responseTransferMode", "contentHandling", "credentials"),
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
    "PutIntegration": {
        "connectionId": "x",
        "integrationTarget": "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/b/c",
    },
    "TestInvokeMethod": {"clientCertificateId": "c"},
}
# What is stored, and closed or without effect: the table of what is not served has it, under this name.
UNSERVED: Mapping[str, tuple[str, set[str]]] = {
    "CreateRestApi": (
        "RestApi",
        {"minimumCompressionSize", "policy", *("securityPolicy", "endpointAccessMode", "apiKeySource")},
    ),
    "EndpointConfiguration": ("RestApi", {"vpcEndpointIds"}),
    "PutMethod": ("Method", {"authorizerId", "apiKeyRequired", "requestValidatorId", "authorizationScopes"}),
    "CreateDeployment": ("Stage", {"cacheClusterEnabled", "canarySettings", "tracingEnabled"}),
    "CreateStage": ("Stage", {"cacheClusterEnabled", "canarySettings", "tracingEnabled"}),
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
    "PutMethod": {
        "operationName": A_WORD,
        "requestParameters": WITH_A_VALIDATOR_ONLY,
        "requestModels": WITH_A_VALIDATOR_ONLY,
    },
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
    told = [*ENFORCED[name], *REFUSED.get(name, ()), *unserved_members, *HARMLESS.get(name, ())]
    members = {member for member, traits in settable(name).members.items() if traits.location != "uri"}
    assert sorted(told) == sorted(members)


def test_every_method_setting_is_told() -> None:
    assert {name for name, _ in SETTINGS.values()} == set(MODEL.shapes["MethodSetting"].members)


@pytest.mark.parametrize(
    ("operation", "member"),
    [(name, member) for name in SETTABLE if name in MODEL.operations for member in REFUSED.get(name, ())],
)
def test_what_is_refused(gateway: Gateway, mock: dict[str, str], operation: str, member: str) -> None:
    where: dict[str, dict[str, Any]] = {
        "PutIntegration": mock | {"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": "http://example.com/"},
        "TestInvokeMethod": mock,
    }
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).lstrip("_")
    code, _ = gateway.refusal(name, **where[operation], **{member: REFUSED[operation][member]})
    assert code in ("BadRequestException", "NotFoundException")


@pytest.mark.parametrize("name", UNSERVED)
def test_what_is_unserved_is_in_the_table(name: str) -> None:
    noun, members = UNSERVED[name]
    effects = {rule.path.rpartition(".")[2]: rule.effect for rule in unserved.TABLE[noun]}
    assert {effects.get(member) for member in members} <= {unserved.CLOSED, unserved.STORED_ONLY}
