"""Every member that a call can set is enforced, in the table of what is not served, or told here why it does
nothing: none is ignored unseen.

A newer service model with an operation or a member that this table lacks fails here: nothing becomes settable by an
upgrade alone.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pytest

from gatewright.aws.model import Shape
from gatewright.aws.service import load_service
from gatewright.execute import unserved
from gatewright.management.noun import Noun
from gatewright.management.rest import NOUNS
from gatewright.management.rest.method_setting import SETTINGS

MODEL = load_service("apigateway")
A_WORD = "a word for people"
LISTENER = "where and how the node listens is told when it is started"


class Told(NamedTuple):
    """What becomes of the members of one input or structure, each named once.

    `enforced`: the data plane or management itself acts upon it. `unserved`: the table of what is not served has it,
    under the noun `of`; `of` alone, without members: the whole noun is stored only, with all that is set of it.
    `harmless`: kept and given back and does nothing, by the reason. `patched`: further members that only a patch sets.
    """

    enforced: str = ""
    of: str = ""
    unserved: str = ""
    harmless: Mapping[str, str] = {}
    patched: str = ""

    def members(self) -> list[str]:
        """Of all kinds but `patched`."""
        return " ".join((self.enforced, self.unserved, *self.harmless.values())).split()


ACTED: Mapping[str, str] = {  # what is a definition, a test or a call of its own: each member is acted upon
    "ImportRestApi": "body parameters failOnWarnings",
    "PutRestApi": "body parameters failOnWarnings mode",
    "ImportApiKeys": "body format failOnWarnings",
    "ImportDocumentationParts": "body mode failOnWarnings",
    "TestInvokeMethod": "pathWithQueryString body headers multiValueHeaders stageVariables clientCertificateId",
    "RejectDomainNameAccessAssociation": "domainNameAccessAssociationArn domainNameArn",
    "TagResource": "tags",
    "UntagResource": "tagKeys",
    "FlushStageCache": "",
    "FlushStageAuthorizersCache": "",
    "DocumentationPartLocation": "type path method statusCode name",
}
TABLE: Mapping[str, Told] = {
    **{name: Told(members) for name, members in ACTED.items()},
    "CreateRestApi": Told(
        "name cloneFrom binaryMediaTypes disableExecuteApiEndpoint endpointConfiguration minimumCompressionSize policy "
        "apiKeySource",
        of="RestApi",
        unserved="securityPolicy endpointAccessMode",
        harmless={A_WORD: "description version tags"},
    ),
    "EndpointConfiguration": Told("types vpcEndpointIds", of="RestApi", harmless={LISTENER: "ipAddressType"}),
    "CreateResource": Told("pathPart", patched="parentId"),
    "PutMethod": Told(
        "authorizationType requestValidatorId requestParameters requestModels apiKeyRequired authorizerId "
        "authorizationScopes",
        of="Method",
        harmless={A_WORD: "operationName"},
    ),
    "PutMethodResponse": Told(
        "responseParameters", harmless={"nobody holds an answer against them: they are for SDKs": "responseModels"}
    ),
    "PutIntegration": Told(
        "type integrationHttpMethod uri requestParameters requestTemplates passthroughBehavior timeoutInMillis "
        "tlsConfig connectionType connectionId responseTransferMode contentHandling credentials integrationTarget "
        "cacheNamespace cacheKeyParameters",
        patched="httpMethod",  # integrationHttpMethod, as the document calls it
    ),
    "TlsConfig": Told("insecureSkipVerification"),
    "PutIntegrationResponse": Told("selectionPattern responseParameters responseTemplates contentHandling"),
    "CreateDeployment": Told(
        "stageName variables canarySettings cacheClusterEnabled cacheClusterSize",
        of="Stage",
        unserved="tracingEnabled",
        harmless={A_WORD: "description stageDescription"},
    ),
    "CreateStage": Told(
        "stageName deploymentId variables canarySettings cacheClusterEnabled cacheClusterSize",
        of="Stage",
        unserved="tracingEnabled",
        harmless={A_WORD: "description tags documentationVersion"},
        patched="accessLogSettings clientCertificateId",
    ),
    "CanarySettings": Told("percentTraffic deploymentId stageVariableOverrides useStageCache"),
    "DeploymentCanarySettings": Told("percentTraffic stageVariableOverrides useStageCache"),
    "AccessLogSettings": Told("format", harmless={"lines go to the stage's own file": "destinationArn"}),
    "MethodSetting": Told(
        "metricsEnabled throttlingBurstLimit throttlingRateLimit cachingEnabled cacheTtlInSeconds cacheDataEncrypted "
        "requireAuthorizationForCacheControl unauthorizedCacheControlHeaderStrategy",
        of="Stage's method settings",
        unserved="loggingLevel dataTraceEnabled",
    ),
    "CreateModel": Told("name contentType schema", harmless={A_WORD: "description"}),
    "CreateRequestValidator": Told("validateRequestBody validateRequestParameters", harmless={A_WORD: "name"}),
    "PutGatewayResponse": Told("statusCode responseParameters responseTemplates"),
    "CreateAuthorizer": Told(
        "name type authorizerUri authorizerCredentials identitySource identityValidationExpression providerARNs "
        "jwtConfiguration",
        harmless={
            A_WORD: "authType",
            "results are kept only by deployed stages, which do not ask authorizers yet": (
                "authorizerResultTtlInSeconds"
            ),
        },
    ),
    "TestInvokeAuthorizer": Told(
        "headers multiValueHeaders pathWithQueryString stageVariables additionalContext",
        harmless={"no authorizer gets to see a body": "body"},
    ),
    "CreateDocumentationPart": Told("location properties"),
    "CreateDocumentationVersion": Told("documentationVersion stageName", harmless={A_WORD: "description"}),
    "GenerateClientCertificate": Told(harmless={A_WORD: "description tags"}),
    "CreateVpcLink": Told("name targetArns", harmless={A_WORD: "description tags"}),
    "CreateApiKey": Told(
        "enabled value",
        harmless={
            A_WORD: "name description customerId tags",
            "an id is never the value": "generateDistinctId",
            "since there are usage plans they admit nobody": "stageKeys",
        },
        patched="labels stages",
    ),
    "StageKey": Told("restApiId stageName"),
    "CreateUsagePlan": Told(
        "apiStages throttle quota", harmless={A_WORD: "name description tags"}, patched="productCode"
    ),
    "CreateUsagePlanKey": Told("keyId keyType"),
    "ThrottleSettings": Told("burstLimit rateLimit"),
    "QuotaSettings": Told("limit offset period"),
    "ApiStage": Told("apiId stage throttle"),
    "CreateDomainName": Told(
        "domainName endpointConfiguration routingMode",
        of="DomainName",
        unserved="endpointAccessMode mutualTlsAuthentication policy securityPolicy",
        harmless={
            A_WORD: "tags",
            LISTENER: "certificateArn certificateBody certificateChain certificateName certificatePrivateKey "
            "regionalCertificateArn regionalCertificateName ownershipVerificationCertificateArn",
        },
        patched="managementPolicy",
    ),
    "CreateBasePathMapping": Told("basePath domainNameId restApiId stage", patched="basepath restapiId"),
    "CreateDomainNameAccessAssociation": Told(
        "accessAssociationSource accessAssociationSourceType domainNameArn", harmless={A_WORD: "tags"}
    ),
    # Refused with the member that holds them: no authorizer of this version has it.
    "JwtConfigurationInput": Told("defaultAlgorithms issuers"),
    "JwtIssuerInput": Told("additionalClaims audiences issuer"),
    "JwtAdditionalClaim": Told("claimName expectedValues format required"),
    # Refused with the member that holds them: a name that has it is closed.
    "MutualTlsAuthenticationInput": Told("truststoreUri truststoreVersion"),
    "Account": Told(patched="cloudwatchRoleArn features"),
    "Deployment": Told(patched="description"),
}


def settable(shape: Shape) -> list[str]:
    """The members of an input or a structure, without those that name what the call is about."""
    return [name for name, member in shape.members.items() if member.location != "uri"]


def shapes() -> Iterator[tuple[str, Shape]]:
    """The inputs of all operations that set something by members, and every structure within them; a patch sets the
    last two."""
    inputs = {
        name: operation.input
        for name, operation in MODEL.operations.items()
        if not name.startswith(("Get", "Delete", "Update"))
    }
    yield from inputs.items()
    seen: set[str] = set()
    wanted = [member.shape for shape in inputs.values() for member in shape.members.values()]
    wanted += ["AccessLogSettings", "MethodSetting"]
    while wanted:
        name = wanted.pop()
        shape = MODEL.shapes[name]
        inner = (*shape.members.values(), shape.member, shape.value)
        if name not in seen:
            seen.add(name)
            wanted.extend(member.shape for member in inner if member is not None)
            if shape.members:
                yield name, shape


def test_every_member_is_told() -> None:
    wholly_stored = [name for name, told in TABLE.items() if told.of and not told.members()]
    assert {TABLE[name].of for name in wholly_stored} <= set(unserved.STORED_NOUNS)
    told = {name: sorted(told.members()) for name, told in TABLE.items() if name not in wholly_stored}
    there = {name: sorted(settable(shape)) for name, shape in shapes() if name not in wholly_stored}
    assert {name: members for name, members in told.items() if members or name in there} == there


def test_every_method_setting_is_told() -> None:
    assert {name for name, _ in SETTINGS.values()} == set(MODEL.shapes["MethodSetting"].members)


def test_what_is_unserved_is_in_the_table() -> None:
    for told in TABLE.values():
        for member in told.unserved.split():
            effects = {rule.path.rpartition(".")[2]: rule.effect for rule in unserved.TABLE[told.of]}
            assert effects[member] in {unserved.CLOSED, unserved.STORED_ONLY}


@pytest.mark.parametrize("noun", [noun for noun in NOUNS if noun.patch is not None], ids=lambda noun: noun.name)
def test_every_patch_path_is_told(noun: Noun) -> None:
    assert noun.patch is not None
    told = TABLE.get(f"{noun.creating}{noun.name}") or TABLE[noun.name]
    if told.of and not told.members():
        return  # stored only, whatever is set of it
    patched = {path.split("/")[1] for path in noun.patch.paths}
    assert patched - set(told.members()) == set(told.patched.split())
