"""Access-log formats: every variable, escaping, and the formats AWS refuses."""

import json
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network

import pytest

from gatewright.execute.access_log import AccessLogFormatError, compile_format
from gatewright.execute.access_log_variables import REST
from gatewright.execute.caller import Caller, Principal
from gatewright.execute.context import RequestContext
from gatewright.execute.limits.api_key import KeyHolder
from gatewright.execute.limits.usage import Quota
from gatewright.execute.phases import PHASES, tell, tell_more
from gatewright.execute.private_api import PrivateApi, VpcEndpoint, Way
from gatewright.execute.streaming import Streaming
from gatewright.execute.web_acl import Waf
from gatewright.values.stream import whole
from tests.execute.stage import ARRIVED, MOCK, one, request

CLF = (
    "$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "
    '"$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength '
    "$context.requestId $context.extendedRequestId"
)


SIGNER = Principal("210987654321", "arn:aws:iam::210987654321:user/ann", "AIDA1", "AKIA1", "s", organization="o-1")
VALUE = "0123456789abcdefghij"
HOLDER = KeyHolder("key1", "ann's", VALUE, plan_id="plan1", quota=Quota("", "", "plan1", "key1"))
CALLER = {
    **{f"{phase}.error": f'{phase}: \\"no\\"' for phase in PHASES},
    **{f"{phase}.latency": "4" for phase in PHASES},
    **{f"{phase}.status": "401" for phase in PHASES},
    "authorizer.integrationLatency": "3",
    "authorizer.integrationStatus": "200",
    "authorizer.requestId": "ASKED",
    "identity.accountId": "210987654321",
    "identity.apiKey": "**************efghij",
    "identity.apiKeyId": "key1",
    "identity.caller": "AIDA1",
    "identity.principalOrgId": "o-1",
    "identity.user": "AIDA1",
    "identity.userArn": "arn:aws:iam::210987654321:user/ann",
    "identity.vpcId": "vpc-1",
    "identity.vpceId": "vpce-1",
    "wafResponseCode": "WAF_ALLOW",
    "webaclArn": "arn:acl",
}
PRIVATE = PrivateApi([Way(ip_network("192.0.2.0/24"), VpcEndpoint("vpce-1", "vpc-1"))], frozenset())


def context(*lines: str) -> RequestContext:
    """A finished request of which everything is known."""
    received = request("GET", "/users/1?a=b", "Host: abcdef1234.execute-api.eu-west-1.localhost:4566", *lines)
    plan = replace(one(MOCK, "/users/{id}"), is_canary=True, private=PRIVATE, log_line=lambda context: b"")
    known = RequestContext(plan, received, "/users/1", ARRIVED + 0.25)
    known.request_id, known.extended_request_id, known.trace_id = "REQUEST", "EXTENDED=", "Root=1-2-3"
    known.method = known.plan.resources.find("GET", "/users/1").plan
    known.status, known.response_length, known.response_latency = 502, 36, 12
    known.integration_status, known.endpoint_status, known.integration_latency = 200, 404, 7
    known.integration_request_id, known.integration_error = "LAMBDA", "it failed"
    known.error_message, known.error_type, known.validation_error = "No", "INTEGRATION_FAILURE", "[bad]"
    known.caller, known.key = Caller(principal=SIGNER), HOLDER
    known.waf = Waf("arn:acl", "WAF_ALLOW")
    for phase in PHASES:
        tell(known, phase, status=401, latency=0.004, error=f'{phase}: "no"')
    told = {"integrationLatency": 3, "integrationStatus": 200, "requestId": "ASKED"}
    tell_more(known, {f"authorizer.{name}": value for name, value in told.items()})
    streaming = Streaming(whole(b""), known, ARRIVED, lambda: ARRIVED + 0.003)
    streaming.to_first_content, known.integration_latency = 5, 7
    return known


VALUES = {
    "accountId": "123456789012",
    "apiId": "abcdef1234",
    **CALLER,
    "awsEndpointRequestId": "LAMBDA",
    "deploymentId": "dep1",
    "customDomain.basePathMatched": "-",
    "customDomain.routingRuleIdMatched": "-",
    "domainName": "abcdef1234.execute-api.eu-west-1.localhost",
    "domainPrefix": "abcdef1234",
    "error.message": "No",
    "error.messageString": '"No"',
    "error.responseType": "INTEGRATION_FAILURE",
    "error.validationErrorString": "[bad]",
    "extendedRequestId": "EXTENDED=",
    "httpMethod": "GET",
    "identity.sourceIp": "192.0.2.7",
    "identity.userAgent": "curl/8.5.0",
    "integration.error": "it failed",
    "integration.integrationStatus": "200",
    "integration.latency": "7",
    "integration.requestId": "LAMBDA",
    "integration.responseTransferMode": "STREAMED",
    "integration.status": "404",
    "integration.timeToAllHeaders": "3",
    "integration.timeToFirstContent": "5",
    "integrationErrorMessage": "it failed",
    "integrationLatency": "7",
    "integrationStatus": "200",
    "isCanaryRequest": "true",
    "path": "/prod/users/1",
    "protocol": "HTTP/1.1",
    "requestId": "REQUEST",
    "requestTime": "14/Nov/2023:22:13:20 +0000",
    "requestTimeEpoch": "1700000000250",
    "resourceId": "r0",
    "resourcePath": "/users/{id}",
    "responseLatency": "12",
    "responseLength": "36",
    "stage": "prod",
    "status": "502",
    "xrayTraceId": "Root=1-2-3",
}
# Documented by AWS, and never known here.
NEVER_KNOWN = (
    *("authorizer.anything", "authorizer.claims", "authorizer.claims.sub"),
    *("tlsVersion", "cipherSuite"),
    *("identity.cognitoAuthenticationProvider", "identity.cognitoAuthenticationType", "identity.cognitoIdentityId"),
    *("identity.cognitoIdentityPoolId", "identity.accessKey"),
    *("identity.clientCert.subjectDN", "identity.clientCert.validity.notBefore"),
    *("awsEndpointRequestId2", "noSuchVariable", "identity", "integration.x.y"),
)
# Known in part of the requests only.
SOMETIMES = {
    *("customDomain.basePathMatched", "customDomain.routingRuleIdMatched"),
    *("awsEndpointRequestId", "error.message", "error.messageString", "error.responseType"),
    *("error.validationErrorString", "identity.userAgent", "integration.error", "integration.integrationStatus"),
    *("integration.latency", "integration.requestId", "integration.status", "integrationErrorMessage"),
    *("integration.responseTransferMode", "integration.timeToAllHeaders", "integration.timeToFirstContent"),
    *("integrationLatency", "integrationStatus", "isCanaryRequest", "resourceId", "resourcePath", "xrayTraceId"),
    *CALLER,
}


def line(text: str, known: RequestContext | None = None) -> str:
    return compile_format(text)(known or context("User-Agent: curl/8.5.0")).decode()


def test_every_variable():
    assert VALUES.keys() == REST.keys()
    text = "\t".join(f"$context.{name}" for name in VALUES)
    assert dict(zip(VALUES, line(text).split("\t"), strict=True)) == VALUES


def test_variables_without_a_value():
    names = ["requestId", *NEVER_KNOWN]
    assert line(" ".join(f"$context.{name}" for name in names)).split(" ") == ["REQUEST", *"-" * len(NEVER_KNOWN)]
    bare = RequestContext(one(MOCK), request(), "/", ARRIVED)
    values = line("$context.requestId" + "".join(f"\t$context.{name}" for name in VALUES), bare).split("\t")[1:]
    assert {name for name, value in zip(VALUES, values, strict=True) if value == "-"} == SOMETIMES


def test_common_log_format():
    assert line(CLF) == (
        '192.0.2.7 AIDA1 AIDA1 [14/Nov/2023:22:13:20 +0000] "GET /users/{id} HTTP/1.1" 502 36 REQUEST EXTENDED='
    )


def test_what_is_no_variable_stays():
    assert line("100% $context $ctx.a ${x} é $context.requestId-$context.status. ${context.stage}\r\n") == (
        "100% $context $ctx.a ${x} é REQUEST-502. prod"
    )


def test_what_a_client_sends_cannot_forge_a_line():
    agent = 'a"b\\c\x85 \xff'
    known = context(f"User-Agent: {agent}")
    known.path = '/"\\\n\x7f'
    known.error_message = 'say "no"\r\n'
    known.request = known.request._replace(method='G"ET')
    names = ("requestId", "identity.userAgent", "path", "error.message", "httpMethod")
    text = json.dumps({name: f"$context.{name}" for name in names})
    written = line(text, known)
    assert not any(character < " " or character in "\x7f\x85" for character in written)
    assert json.loads(written) == {
        "requestId": "REQUEST",
        "identity.userAgent": agent,
        "path": '/prod/"\\\n\x7f',
        "error.message": 'say "no"\r\n',
        "httpMethod": 'G"ET',
    }
    assert line("$context.requestId $context.error.messageString", known) == 'REQUEST "say \\"no\\"\\r\\n"'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", lambda text: "Access Log value must not be empty"),
        (
            "$context.status $context.requestIdentity requestId",
            lambda text: (
                f"Access Log format must include either $context.requestId or $context.extendedRequestId : '{text}'"
            ),
        ),
        (
            "$context.requestId\n$context.status",
            lambda text: (
                "Access Log format must be single line, new line character is allowed only at end of the format: "
                f"'{text}'"
            ),
        ),
        ("$context.requestId" + "x" * 3072, lambda text: "Access Log format must not exceed 3072 characters"),
    ],
)
def test_refused_formats(text: str, message: Callable[[str], str]):
    with pytest.raises(AccessLogFormatError) as refused:
        compile_format(text)
    assert str(refused.value) == message(text)
