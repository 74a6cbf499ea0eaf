"""Methods with AWS_IAM: every way in which a signature, its key or its session fails, told in whole answers."""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from gatewright.execute.caller import Principal
from gatewright.execute.plan import RestPlan
from gatewright.execute.registry import FORBIDDEN_TO_ALL
from gatewright.languages.policy import compile_policy
from gatewright.values.faults import PrincipalsUnreachable
from gatewright.values.request import Request
from tests.execute.stage import CHOSEN_ID, MOCK, Document, Scene, compiled, method, request, shown, snapshot
from tests.execute.test_aws import ServiceScene, integration
from tests.execute_lambda.function import LambdaScene, proxy

HOST = "abcdef1234.execute-api.eu-west-1.amazonaws.com"
ACCOUNT = "123456789012"
ANN = Principal(
    *(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/ann", "AIDAANN", "AKIAANN", "secret"),
    policies=(
        compile_policy(
            {"Statement": {"Effect": "Allow", "Action": ["execute-api:Invoke", "lambda:*"], "Resource": "*"}},
            kind="identity",
        ),
    ),
)
JOB = replace(
    ANN,
    arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/jobs/nightly",
    role_arn=f"arn:aws:iam::{ACCOUNT}:role/jobs",
    access_key="ASIAJOB",
    session_token="token",
    until=1_700_000_060.0,
)
TYPE = b"Content-Type: application/json\r\n"
Shown = tuple[int, list[bytes], bytes]
ALLOWED = (200, [TYPE], b"")
INVALID = "The security token included in the request is invalid."
NOW = "20231114T221320Z"
INCOMPLETE = (
    "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. "
    "Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a "
    "'X-Amz-Date' or a 'Date' header."
)


def refused(error: str, message: str | None) -> Shown:
    body = json.dumps({"message": message}, separators=(",", ":")).encode()
    return 403, [f"x-amzn-ErrorType: {error}Exception\r\n".encode(), TYPE], body


def signed(
    principal: Principal,
    path: str = "/prod/",
    *lines: str,
    at: str = NOW,
    service: str = "execute-api",
    region: str = "eu-west-1",
) -> Request:
    """GET {path}, signed as botocore does it, and then with those headers as well."""
    asked = AWSRequest("GET", f"https://{HOST}{path}")
    asked.context["timestamp"] = at
    credentials = Credentials(principal.access_key, principal.secret_key, principal.session_token or None)
    signer = SigV4Auth(credentials, service, region)
    signer._modify_request_before_signing(asked)
    signature = signer.signature(signer.string_to_sign(asked, signer.canonical_request(asked)), asked)
    signer._inject_signature_to_request(asked, signature)
    return request("GET", path, f"Host: {HOST}", CHOSEN_ID, *[f"{k}: {v}" for k, v in asked.headers.items()], *lines)


def stage(made: Document = MOCK, **rest: Any) -> RestPlan:
    return compiled(snapshot({"/": {"GET": method(made, authorizationType="AWS_IAM")}}) | rest)


def answer(
    asked: Request, *known: Principal, scene: Scene | None = None, **rest: Any
) -> tuple[int, list[bytes], bytes]:
    scene = scene or Scene()
    scene.principals.by_key |= {principal.access_key: principal for principal in known or (ANN, JOB)}
    return shown(scene.serve(stage(**rest), asked, "/"))


UNSIGNED = request("GET", "/prod/", f"Host: {HOST}", CHOSEN_ID)


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        (UNSIGNED, "MissingAuthenticationToken", "Missing Authentication Token"),
        (signed(replace(ANN, access_key="AKIANONE")), "UnrecognizedClient", INVALID),
        (signed(replace(JOB, session_token="other")), "UnrecognizedClient", INVALID),
        (signed(replace(JOB, session_token="")), "UnrecognizedClient", INVALID),
        (signed(replace(ANN, session_token="token")), "UnrecognizedClient", INVALID),
        (
            signed(ANN, service="s3"),
            "InvalidSignature",
            "Credential should be scoped to correct service: 'execute-api'. ",
        ),
        (signed(ANN, region="us-east-1"), "InvalidSignature", "Credential should be scoped to a valid region. "),
        (
            signed(ANN, at="20231114T220819Z"),
            "InvalidSignature",
            "Signature expired: 20231114T220819Z is now earlier than 20231114T220820Z (20231114T221320Z - 5 min.)",
        ),
        (
            signed(ANN, at="20231114T221821Z"),
            "InvalidSignature",
            "Signature not yet current: 20231114T221821Z is still later than 20231114T221820Z"
            " (20231114T221320Z + 5 min.)",
        ),
    ],
)
def test_what_is_refused(asked: Request, error: str, message: str) -> None:
    assert answer(asked) == refused(error, message)


@pytest.mark.parametrize(("length", "beside"), [(262_144, 0), (262_145, 1)])
def test_a_large_body_is_hashed_beside_others(length: int, beside: int) -> None:
    scene = Scene()
    changed = signed(ANN)._replace(body=b" " * length)
    status, lines, _ = answer(changed, scene=scene)
    assert (status, lines) == (403, [b"x-amzn-ErrorType: InvalidSignatureException\r\n", TYPE])
    assert scene.work.beside_others == beside


def test_who_is_let_in() -> None:
    assert answer(signed(ANN)) == ALLOWED
    assert answer(signed(JOB)) == ALLOWED
    assert answer(signed(JOB), replace(JOB, until=1_700_000_000.0)) == refused(
        "ExpiredToken", "The security token included in the request is expired"
    )


def test_a_wrong_secret_is_told_what_was_to_be_signed() -> None:
    status, lines, body = answer(signed(replace(ANN, secret_key="guess")))
    assert (status, lines) == (403, [b"x-amzn-ErrorType: InvalidSignatureException\r\n", TYPE])
    message = json.loads(body)["message"]
    assert message.startswith("The request signature we calculated does not match the signature you provided. Check")
    assert f"\n\nThe Canonical String for this request should have been\n'GET\n/prod/\n\nhost:{HOST}\n" in message


def test_malformed_headers_and_other_kinds() -> None:
    status, lines, body = answer(request("GET", "/prod/", CHOSEN_ID, "Authorization: AWS4-HMAC-SHA256 A=b"))
    assert (status, lines) == (403, [b"x-amzn-ErrorType: IncompleteSignatureException\r\n", TYPE])
    assert json.loads(body)["message"].startswith(INCOMPLETE)
    bearer = answer(request("GET", "/prod/", CHOSEN_ID, "Authorization: Bearer abc"))
    assert bearer[:2] == (status, lines)


def test_another_authorization_where_no_method_is() -> None:
    """AWS reads Authorization before it looks for a method; what is signed, or has none, lacks a method."""
    scene, nowhere = Scene(), "/prod/nothing"
    bearer = shown(scene.serve(stage(), request("GET", nowhere, CHOSEN_ID, "Authorization: Bearer abc"), "/nothing"))
    assert bearer[:2] == (403, [b"x-amzn-ErrorType: IncompleteSignatureException\r\n", TYPE])
    missing = refused("MissingAuthenticationToken", "Missing Authentication Token")
    for asked in (signed(ANN, nowhere), request("GET", nowhere, CHOSEN_ID)):
        assert shown(scene.serve(stage(), asked, "/nothing")) == missing
    asked = request("GET", "/prod/", CHOSEN_ID, "Authorization: Bearer abc")
    forbidden = shown(scene.serve(FORBIDDEN_TO_ALL, asked, "/"))
    assert forbidden == refused("Forbidden", "Forbidden")


def test_who_cannot_be_known_is_not_let_in(caplog: pytest.LogCaptureFixture) -> None:
    class Unreachable:
        async def of(self, access_key: str) -> NoReturn:
            raise PrincipalsUnreachable(self.doubt())

        def doubt(self) -> str:
            return "IAM is elsewhere"

    scene = Scene()
    scene.world = replace(scene.world, principals=Unreachable())
    with caplog.at_level(logging.WARNING):
        got = answer(signed(ANN), scene=scene)
    assert got == (500, [b"x-amzn-ErrorType: AuthorizerFailureException\r\n", TYPE], b'{"message":null}')
    assert caplog.messages == [
        "request 11111111-2222-4333-8444-555555555555 of stage abcdef1234/prod: IAM is elsewhere"
    ]


@pytest.mark.parametrize(
    ("response_type", "asked"),
    [
        ("DEFAULT_4XX", signed(replace(ANN, access_key="AKIANONE"))),
        ("DEFAULT_4XX", request("GET", "/prod/", CHOSEN_ID, "Authorization: Basic abc")),
        ("INVALID_SIGNATURE", signed(replace(ANN, secret_key="guess"))),
        ("INVALID_SIGNATURE", signed(ANN, at="20231114T220819Z")),
        ("EXPIRED_TOKEN", signed(replace(JOB, access_key="ASIAOLD"))),
        ("MISSING_AUTHENTICATION_TOKEN", UNSIGNED),
        ("ACCESS_DENIED", signed(replace(ANN, access_key="AKIABOB"))),
    ],
)
def test_gateway_responses(response_type: str, asked: Request) -> None:
    """Each is one of a type that an API may define."""
    bob, old = replace(ANN, access_key="AKIABOB", policies=()), replace(JOB, access_key="ASIAOLD", until=1.0)
    custom = {"responseType": response_type, "statusCode": "418", "responseTemplates": {"application/json": "{}"}}
    assert answer(asked, ANN, JOB, bob, old, gatewayResponses=[custom])[0::2] == (418, b"{}")


BY_CALLER = {"credentials": "arn:aws:iam::*:user/*"}


def test_a_service_is_called_with_the_callers_own_credentials() -> None:
    scene = ServiceScene()
    answer(signed(JOB), scene=scene, made=integration("sqs:path/1/q") | BY_CALLER)
    [call] = scene.services.calls
    assert (call.role, call.caller, call.account) == ("", JOB, ACCOUNT)


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        (ANN, 200),
        (replace(ANN, policies=(compile_policy({"Statement": []}, kind="identity"),), bounds=(ANN.policies,)), 403),
        (replace(ANN, bounds=((),)), 403),
    ],
)
def test_a_function_is_called_by_those_who_may(principal: Principal, expected: int) -> None:
    scene = LambdaScene(b'{"statusCode": 200}')
    assert answer(signed(principal), principal, scene=scene, made=proxy(**BY_CALLER))[0] == expected
    assert [call["source"] for call in scene.functions.calls] == ([None] if expected == 200 else [])


def by_api(document: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **document}]})


def test_a_function_is_not_called_by_those_whom_only_the_api_lets_in() -> None:
    """The API's policy lets them in, the function is not theirs to call."""
    for other in (replace(ANN, policies=()), replace(ANN, account="999999999999")):
        scene = LambdaScene(b'{"statusCode": 200}')
        policy = by_api({"Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"})
        document = snapshot({"/": {"GET": method(proxy(**BY_CALLER), authorizationType="AWS_IAM")}}, policy=policy)
        scene.principals.by_key[other.access_key] = other
        status, lines, body = shown(scene.serve(compiled(document), signed(other), "/"))
        assert (status, body) == (500, b'{"message": "Internal server error"}')
        assert lines[0] == b"x-amzn-ErrorType: InternalServerErrorException\r\n"
        assert scene.functions.calls == []


def test_nobodys_credentials_are_the_callers() -> None:
    scene = ServiceScene()
    open_to_all = method(integration("sqs:path/1/q") | BY_CALLER)
    plan = compiled(snapshot({"/": {"GET": open_to_all}}))
    assert scene.serve(plan, UNSIGNED, "/").status == 500
    assert scene.services.calls == []


def test_nobody_gets_a_response_that_was_made_with_anothers_credentials() -> None:
    scene, bob = LambdaScene(b'{"statusCode": 200}'), replace(ANN, access_key="AKIABOB")
    document = snapshot({"/": {"GET": method(proxy(**BY_CALLER), authorizationType="AWS_IAM")}})
    plan = compiled(document, cacheClusterEnabled=True, methodSettings={"*/*": {"cachingEnabled": True}})
    scene.principals.by_key = {principal.access_key: principal for principal in (ANN, bob)}
    for principal in (ANN, bob, ANN, bob):
        assert scene.serve(plan, signed(principal), "/").status == 200
    assert len(scene.functions.calls) == 2
