"""Methods with AWS_IAM, called by what people sign requests with: botocore, curl, presigned URLs. Whole answers."""

import gzip
import hashlib
import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from email.message import Message
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from gatewright.signatures.sigv4a import private_value
from tests.journeys.api import ACCOUNT, REGION, Api
from tests.node import Node

SERVICE = "execute-api"
JSON = {"Content-Type": "application/json"}
ANN = Credentials("AKIAANN", "ann's secret")
BOB = Credentials("AKIABOB", "bob's secret")
SESSION = Credentials("ASIAJOB", "the job's secret", "the/job's+token==")
ARNS = {
    "AKIAANN": f"arn:aws:iam::{ACCOUNT}:user/ann",
    "AKIABOB": f"arn:aws:iam::{ACCOUNT}:user/bob",
    "ASIAJOB": f"arn:aws:sts::{ACCOUNT}:assumed-role/jobs/nightly",
}
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


class Answer(NamedTuple):
    """Status, x-amzn-ErrorType, body."""

    status: int
    error: str | None
    body: Any


def allow(*resources: str) -> dict[str, Any]:
    arns = [f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{resource}" for resource in resources]
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": arns}
    return {"Version": "2012-10-17", "Statement": [statement]}


def principal(credentials: Credentials, *policies: dict[str, Any]) -> dict[str, Any]:
    key = {"accessKeyId": credentials.access_key, "secretAccessKey": credentials.secret_key}
    if credentials.token:
        key["sessionToken"] = credentials.token
    return {"arn": ARNS[credentials.access_key], "accessKeys": [key], "policies": list(policies)}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    directory = tmp_path_factory.mktemp("iam")
    file = Path(directory) / "principals.json"
    listed = [
        principal(ANN, allow("*/prod/*")),
        principal(BOB, allow("*/prod/GET/other")),
        principal(SESSION, allow("*")),
    ]
    file.write_text(json.dumps({"principals": listed}))
    with Node(Path(directory) / "data", GATEWRIGHT_PRINCIPALS=str(file)) as running:
        yield running


@pytest.fixture(scope="module")
def api(node: Node) -> Api:
    return made(node)


def made(node: Node) -> Api:
    """Tells who called: GET and POST /orders/{id}."""
    api = Api(node, "iam")
    answer = """{"id": "$input.params('id')", "q": "$input.params('q')", "caller": "$context.identity.userArn",
        "account": "$context.identity.accountId"}"""
    for verb in ("GET", "POST"):
        api.method(
            verb,
            "/orders/{id}",
            {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}},
            responses={"200": {"responseTemplates": {"application/json": answer}}},
        )
        update = [{"op": "replace", "path": "/authorizationType", "value": "AWS_IAM"}]
        resource = api.resource("/orders/{id}")
        api.gateway.update_method(restApiId=api.id, resourceId=resource, httpMethod=verb, patchOperations=update)
    api.deploy()
    return api


def host(api: Api) -> str:
    return f"{api.id}.execute-api.{REGION}.localhost"


def url(api: Api, path: str) -> str:
    return f"http://{host(api)}:{api.node.port}/prod{path}"


def sent(api: Api, request: AWSRequest, to: str = "") -> Answer:
    """By urllib, which knows nothing of signatures; `to` is another host than the API's."""
    target = request.url.replace(f"//{host(api)}:", "//127.0.0.1:")
    headers = {"Host": to or f"{host(api)}:{api.node.port}"} | dict(request.headers.items())
    plain = urllib.request.Request(target, method=request.method, data=request.body or None, headers=headers)
    try:
        with urllib.request.urlopen(plain, timeout=40) as answer:
            return read(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return read(error.code, error.headers, error.read())


def read(status: int, headers: Message, body: bytes) -> Answer:
    return Answer(status, headers["x-amzn-ErrorType"], json.loads(body))


def signed(
    api: Api,
    credentials: Credentials,
    path: str = "/orders/7",
    method: str = "GET",
    body: bytes = b"",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> AWSRequest:
    request = AWSRequest(method, url(api, path), headers=headers, data=body)
    SigV4Auth(credentials, SERVICE, REGION).add_auth(request)
    return request


def presigned(api: Api, credentials: Credentials, path: str = "/orders/7", expires: int = 60) -> AWSRequest:
    request = AWSRequest("GET", url(api, path))
    SigV4QueryAuth(credentials, SERVICE, REGION, expires=expires).add_auth(request)
    return request


def welcome(credentials: Credentials, id: str = "7", q: str = "") -> Answer:
    caller = ARNS[credentials.access_key]
    return Answer(200, None, {"id": id, "q": q, "caller": caller, "account": ACCOUNT})


def refused(error: str, message: str) -> Answer:
    return Answer(403, error, {"message": message})


UNKNOWN = refused("UnrecognizedClientException", "The security token included in the request is invalid.")


@pytest.mark.parametrize("credentials", [ANN, SESSION], ids=["key", "session"])
def test_signed_by_botocore(api: Api, credentials: Credentials) -> None:
    assert sent(api, signed(api, credentials)) == welcome(credentials)
    odd = signed(api, credentials, "/orders/a%20b%2Fc~(d)?q=x%20%2F%26%C3%A9&b=2&a=1&a=0")
    assert sent(api, odd) == welcome(credentials, "a%20b%2Fc~(d)", "x /&é")
    posted = signed(api, credentials, method="POST", body=b'{"n": 1}', headers=JSON)
    assert sent(api, posted) == welcome(credentials)


def test_presigned(api: Api) -> None:
    for credentials in (ANN, SESSION):
        assert sent(api, presigned(api, credentials)) == welcome(credentials)
        assert sent(api, presigned(api, credentials, "/orders/7?q=1%2B1")) == welcome(credentials, q="1+1")


def curl(api: Api, credentials: Credentials, path: str, *options: str) -> Answer:
    """Signed by curl itself, with all the headers that it is told to send."""
    done = subprocess.run(
        [
            *(
                "curl",
                "-sS",
                "--path-as-is",
                "-m",
                "40",
                "-D",
                "-",
                "--resolve",
                f"{host(api)}:{api.node.port}:127.0.0.1",
            ),
            *("--aws-sigv4", f"aws:amz:{REGION}:{SERVICE}", "-u", f"{credentials.access_key}:{credentials.secret_key}"),
            *(options if not credentials.token else ("-H", f"X-Amz-Security-Token: {credentials.token}", *options)),
            url(api, path),
        ],
        capture_output=True,
        check=True,
        timeout=60,
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = Message()
    for line in lines:
        name, _, value = line.partition(": ")
        headers[name] = value
    return read(int(first.split()[1]), headers, body)


@pytest.mark.parametrize("credentials", [ANN, SESSION], ids=["key", "session"])
def test_signed_by_curl(api: Api, credentials: Credentials) -> None:
    assert curl(api, credentials, "/orders/7") == welcome(credentials)
    assert curl(api, credentials, "/orders/7?b=2&q=1%2B1") == welcome(credentials, q="1+1")
    posted = curl(api, credentials, "/orders/7", "-H", "Content-Type: application/json", "-d", '{"n": 1}')
    assert posted == welcome(credentials)
    wrong = curl(api, Credentials(credentials.access_key, "another", credentials.token), "/orders/7")
    assert (wrong.status, wrong.error) == (403, "InvalidSignatureException")
    assert wrong.body["message"].startswith(MISMATCH)


def test_signed_for_several_regions(api: Api) -> None:
    key = ec.derive_private_key(private_value(ANN.access_key, ANN.secret_key), ec.SECP256R1())
    for regions in ("*", "eu-west-1,us-*", "eu-*"):
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        scope = f"{stamp[:8]}/{SERVICE}/aws4_request"
        request = AWSRequest("GET", url(api, "/orders/7"), headers={"X-Amz-Date": stamp, "X-Amz-Region-Set": regions})
        canonical = SigV4Auth(ANN, SERVICE, "").canonical_request(request)
        text = f"AWS4-ECDSA-P256-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        request.headers["Authorization"] = (
            f"AWS4-ECDSA-P256-SHA256 Credential={ANN.access_key}/{scope}, "
            "SignedHeaders=host;x-amz-date;x-amz-region-set, "
            f"Signature={key.sign(text.encode(), ec.ECDSA(SHA256())).hex()}"
        )
        far = refused("InvalidSignatureException", "Credential should be scoped to a valid region. ")
        assert sent(api, request) == (far if regions == "eu-*" else welcome(ANN))


def test_what_is_compressed_is_signed_as_it_was_sent(api: Api) -> None:
    body = gzip.compress(b'{"n": 1}')
    sent_so = {**JSON, "Content-Encoding": "gzip"}
    assert sent(api, signed(api, ANN, method="POST", body=body, headers=sent_so)) == welcome(ANN)


def test_the_verb_that_was_sent_is_signed(api: Api) -> None:
    request = signed(api, ANN, method="POST", headers={"X-HTTP-Method-Override": "GET"})
    assert sent(api, request) == welcome(ANN)
    for request in (signed(api, ANN), presigned(api, ANN)):
        request.headers["X-HTTP-Method-Override"] = "POST"  # by somebody else, who was given it to GET
        assert sent(api, request) == refused(
            "InvalidSignatureException", "'X-HTTP-Method-Override' must be a 'SignedHeader' in the AWS Authorization."
        )


def test_an_api_addressed_by_path_is_signed_as_it_is_addressed(api: Api) -> None:
    for start in (f"/_aws/execute-api/{api.id}/prod", f"/restapis/{api.id}/prod/_user_request_"):
        for signer in (SigV4Auth(ANN, SERVICE, REGION), SigV4QueryAuth(ANN, SERVICE, REGION)):
            request = AWSRequest("GET", f"http://127.0.0.1:{api.node.port}{start}/orders/7?q=1%2B1")
            signer.add_auth(request)
            assert sent(api, request, f"127.0.0.1:{api.node.port}") == welcome(ANN, q="1+1")
            # With another way to the same method the signature is another one, too.
            request.url = request.url.replace(start, "/prod")
            assert sent(api, request).error == "InvalidSignatureException"


def test_large_bodies(api: Api) -> None:
    body = b" " * 5_000_000 + b"{}"
    assert sent(api, signed(api, ANN, method="POST", body=body, headers=JSON)) == welcome(ANN)
    request = signed(api, ANN, method="POST", body=body, headers=JSON)
    request.data = body + b" "
    assert sent(api, request).error == "InvalidSignatureException"


def test_no_signature_and_no_known_key(api: Api) -> None:
    assert sent(api, AWSRequest("GET", url(api, "/orders/7"))) == refused(
        "MissingAuthenticationTokenException", "Missing Authentication Token"
    )
    assert sent(api, signed(api, Credentials("AKIAELSE", "secret"))) == UNKNOWN
    assert sent(api, presigned(api, Credentials("AKIAELSE", "secret"))) == UNKNOWN


def test_a_session_token_that_is_not_the_keys(api: Api) -> None:
    for credentials in (ANN, SESSION):
        for token in ("another", "" if credentials.token else "one"):
            other = Credentials(credentials.access_key, credentials.secret_key, token or None)
            assert sent(api, signed(api, other)) == UNKNOWN
            assert sent(api, presigned(api, other)) == UNKNOWN


def test_a_wrong_secret_is_told_what_was_to_be_signed(api: Api) -> None:
    request = signed(api, Credentials("AKIAANN", "another"), "/orders/a%20b?b=2&a=1", "POST", b"{}")
    stamp = request.headers["X-Amz-Date"]
    canonical = (
        f"POST\n/prod/orders/a%2520b\na=1&b=2\nhost:{host(api)}:{api.node.port}\nx-amz-date:{stamp}\n\n"
        f"host;x-amz-date\n{hashlib.sha256(b'{}').hexdigest()}"
    )
    assert sent(api, request) == refused(
        "InvalidSignatureException",
        f"{MISMATCH}\n\nThe Canonical String for this request should have been\n'{canonical}'\n\n"
        "The String-to-Sign should have been\n"
        f"'AWS4-HMAC-SHA256\n{stamp}\n{stamp[:8]}/{REGION}/{SERVICE}/aws4_request\n"
        f"{hashlib.sha256(canonical.encode()).hexdigest()}'\n",
    )


def test_changed_on_the_way(api: Api) -> None:
    def changed(request: AWSRequest, **members: Any) -> AWSRequest:
        for name, value in members.items():
            setattr(request, name, value)
        return request

    posted = signed(api, ANN, method="POST", body=b'{"n": 1}')
    for request in (
        changed(signed(api, ANN), url=url(api, "/orders/8")),
        changed(signed(api, ANN), url=url(api, "/orders/7?q=1")),
        changed(signed(api, ANN), method="POST"),
        changed(posted, data=b'{"n": 2}'),
        changed(presigned(api, ANN), url=presigned(api, ANN).url.replace("Expires=60", "Expires=61")),
        changed(presigned(api, ANN), url=presigned(api, ANN).url.replace("/orders/7", "/orders/8")),
        changed(presigned(api, ANN), url=presigned(api, ANN).url + "&q=1"),
    ):
        answer = sent(api, request)
        assert (answer.status, answer.error) == (403, "InvalidSignatureException")
        assert answer.body["message"].startswith(
            f"{MISMATCH}\n\nThe Canonical String for this request should have been\n"
        )


def signed_at(signer: SigV4Auth, request: AWSRequest, when: float) -> AWSRequest:
    """By botocore, at another time."""
    request.context["timestamp"] = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(when))
    signer._modify_request_before_signing(request)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    signer._inject_signature_to_request(request, signer.signature(text, request))
    return request


def test_too_early_and_too_late(api: Api) -> None:
    def presigner(expires: int) -> SigV4Auth:
        return SigV4QueryAuth(ANN, SERVICE, REGION, expires=expires)

    signer, now = SigV4Auth(ANN, SERVICE, REGION), time.time()
    for by, seconds in ((signer, -240), (signer, 240), (presigner(600), -240), (presigner(60), 240)):
        assert sent(api, signed_at(by, AWSRequest("GET", url(api, "/orders/7")), now + seconds)) == welcome(ANN)
    for by, seconds, why in (
        (signer, -360, "Signature expired"),
        (presigner(60), -90, "Signature expired"),
        (presigner(3600), -360, "Signature expired"),
        (signer, 360, "Signature not yet current"),
        (presigner(604_800), 360, "Signature not yet current"),
    ):
        request = signed_at(by, AWSRequest("GET", url(api, "/orders/7")), now + seconds)
        answer = sent(api, request)
        assert (answer.status, answer.error) == (403, "InvalidSignatureException")
        assert answer.body["message"].startswith(f"{why}: {request.context['timestamp']} is ")


def test_another_scope(api: Api) -> None:
    for service, region, why in (
        ("lambda", REGION, f"Credential should be scoped to correct service: '{SERVICE}'. "),
        (SERVICE, "eu-west-1", "Credential should be scoped to a valid region. "),
    ):
        request = AWSRequest("GET", url(api, "/orders/7"))
        SigV4Auth(ANN, service, region).add_auth(request)
        assert sent(api, request) == refused("InvalidSignatureException", why)


def test_what_its_policies_do_not_allow(api: Api) -> None:
    masked = f"arn:aws:execute-api:{REGION}:********{ACCOUNT[8:]}:{api.id}/prod/GET/orders/7"
    message = f"User: {ARNS['AKIABOB']} is not authorized to perform: execute-api:Invoke on resource: {masked}"
    for request in (signed(api, BOB), presigned(api, BOB)):
        assert sent(api, request) == Answer(403, "AccessDeniedException", {"Message": message})


def test_other_kinds_of_authorization(api: Api) -> None:
    digest = "31xUL9zZyAlSdEwUtwhnc4s/kOVbd/iPF7n4gXswkoE="  # printf ... | openssl dgst -sha256 -binary | base64
    told = refused(
        "IncompleteSignatureException",
        "Invalid key=value pair (missing equal-sign) in Authorization header "
        f"(hashed with SHA-256 and encoded with Base64): '{digest}'.",
    )
    for path in ("/orders/7", "/nowhere"):
        assert sent(api, AWSRequest("GET", url(api, path), headers={"Authorization": "Bearer abc.def"})) == told


def test_keys_and_sessions_of_the_embedded_iam(shared: Node) -> None:
    api, iam = made(shared), shared.client("iam")
    policy = json.dumps(allow(f"{api.id}/prod/*"))
    iam.create_user(UserName="journey")
    key = iam.create_access_key(UserName="journey")["AccessKey"]
    user = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    assert sent(api, signed(api, user)).error == "AccessDeniedException"
    iam.put_user_policy(UserName="journey", PolicyName="call", PolicyDocument=policy)
    answer = sent(api, signed(api, user))
    assert (answer.status, answer.body["caller"]) == (200, f"arn:aws:iam::{ACCOUNT}:user/journey")

    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="journey-iam", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.put_role_policy(RoleName="journey-iam", PolicyName="call", PolicyDocument=policy)
    given = shared.client("sts").assume_role(RoleArn=role, RoleSessionName="night")["Credentials"]
    session = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    for request in (signed(api, session), presigned(api, session)):
        answer = sent(api, request)
        assert (answer.status, answer.body["caller"]) == (200, f"arn:aws:sts::{ACCOUNT}:assumed-role/journey-iam/night")
    without_token = Credentials(session.access_key, session.secret_key)
    assert sent(api, signed(api, without_token)) == UNKNOWN

    iam.delete_access_key(UserName="journey", AccessKeyId=user.access_key)
    assert sent(api, signed(api, user)) == UNKNOWN
    assert sent(api, signed(api, Credentials("test", "test"))) == UNKNOWN
