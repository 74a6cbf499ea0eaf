"""Signatures are the ones botocore makes, whatever is signed."""

from itertools import product

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from gatewright.neighbours.sign import Credentials, Scope, Unsigned, signed_head

NOW = 1_790_000_000.0
PATHS = ("/", "/bucket/key.zip", "/bucket/a%20b/c~d%2Fe", "/a//b/../c/", "/tr%C3%A4ume/%2B+$&'()*,;=:@", "/a/./b")
QUERIES = ("", "versionId=v%2F1", "b=2&a=1&a=0&c", "Action=Publish&Message=a%20b%3D%26%C3%A9&a-b=1&a=2", "list-type=2&")
HEADERS: tuple[tuple[tuple[str, str], ...], ...] = (
    (),
    (("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "DynamoDB_20120810.PutItem")),
    (
        ("x-b", "  two   words "),
        ("X-A", "träume"),
        ("x-b", "again"),
        ("User-Agent", "x"),
        ("X-Amzn-Trace-Id", "Root=1"),
    ),
)


def botocores(service: str, token: str, request: Unsigned) -> dict[str, str]:
    """The headers that botocore adds."""
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    signer = kind(BotocoreCredentials("AKID", "secret", token or None), service, "eu-west-1")
    url = f"http://{request.host}{request.path}{'?' + request.query if request.query else ''}"
    made = AWSRequest(request.method, url, data=request.body)
    made.context["timestamp"] = "20260921T141320Z"
    for name, value in request.headers:
        made.headers.add_header(name, value)
    signer._modify_request_before_signing(made)
    signature = signer.signature(signer.string_to_sign(made, signer.canonical_request(made)), made)
    signer._inject_signature_to_request(made, signature)
    return {name.lower(): value for name, value in made.headers.items() if name not in dict(request.headers)}


def test_they_equal_botocores() -> None:
    checked = 0
    for service, token, path, query, headers in product(("s3", "sqs"), ("", "session"), PATHS, QUERIES, HEADERS):
        method, body = ("POST", b"\x00\xff body") if checked % 2 else ("GET", b"")
        request = Unsigned(method, "127.0.0.1:5000", path, query, headers, body)
        head = signed_head(
            Credentials("AKID", "secret", token), Scope(service, "eu-west-1"), request, NOW, "x-more: 1\r\n"
        )
        first, *lines = head.decode().removesuffix("\r\n\r\n").split("\r\n")
        assert first == f"{method} {path}{'?' + query if query else ''} HTTP/1.1"
        sent = [tuple(line.split(": ", 1)) for line in lines]
        framing = [("Content-Length", str(len(body)))] if body else []
        known = [("Host", request.host), *headers, *framing, ("x-more", "1")]
        added = {name.lower(): value for name, value in sent if (name, value) not in known}
        assert added == botocores(service, token, request), (service, path, query, headers)
        checked += 1
    assert checked == 360


def test_secrets_are_not_shown() -> None:
    assert repr(Credentials("AKID", "secret", "token")) == "Credentials('AKID')"
