"""Requests signed by botocore, and what an authorizer does with them."""

from urllib.parse import urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from gatewright.signatures.sigv4 import (
    SignatureRefused,
    SignedRequest,
    check_scope,
    read_claim,
    verify,
)
from gatewright.values.headers import header_line

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SERVICE, REGION = "execute-api", "eu-west-1"
HOST = "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"
NOW = 1_790_000_000.0  # 20260921T141320Z
STAMP = "20260921T141320Z"

Pairs = tuple[tuple[str, str], ...]


def signed(
    target: str = "/prod/orders/1?b=2&a=1",
    *,
    method: str = "GET",
    headers: Pairs = (),
    body: bytes = b"",
    token: str = "",
    service: str = SERVICE,
    region: str = REGION,
    secret: str = SECRET,
) -> SignedRequest:
    """Signed in its headers."""
    signer = SigV4Auth(Credentials(KEY, secret, token or None), service, region)
    return _received(signer, method, target, headers, body)


def presigned(
    target: str = "/prod/orders/1?b=2&a=1", *, headers: Pairs = (), token: str = "", expires: int = 600
) -> SignedRequest:
    """Signed in its query."""
    signer = SigV4QueryAuth(Credentials(KEY, SECRET, token or None), SERVICE, REGION, expires=expires)
    return _received(signer, "GET", target, headers, b"")


def _received(signer: SigV4Auth, method: str, target: str, headers: Pairs, body: bytes) -> SignedRequest:
    request = AWSRequest(method, f"https://{HOST}{target}", data=body)
    for name, value in headers:
        request.headers.add_header(name, value)
    request.context["timestamp"] = STAMP  # and the rest of add_auth, which would take the time of day
    signer._modify_request_before_signing(request)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    signer._inject_signature_to_request(request, signer.signature(text, request))
    parts = urlsplit(request.url)
    lines = [(name, value.strip(" ")) for name, value in request.headers.items()]
    headers = (("Host", HOST), *lines, ("Accept", "*/*"))
    return SignedRequest(method, parts.path, parts.query, tuple(header_line(*line) for line in headers), body)


def refusal(request: SignedRequest, now: float = NOW, token: str = "") -> str:
    """Why an authorizer that knows one key lets nobody in; "" when it lets the caller in."""
    try:
        claim = read_claim(request, now)
        if claim is None:
            return "Missing Authentication Token"
        check_scope(claim, SERVICE, REGION)
        if (claim.access_key, claim.session_token) != (KEY, token):
            return "The security token included in the request is invalid."
        verify(request, claim, SECRET)
    except SignatureRefused as refused:
        return f"{type(refused).__name__}: {refused}"
    return ""


def without(request: SignedRequest, *lower: str) -> SignedRequest:
    """The request without those headers."""
    return request._replace(headers=tuple(line for line in request.headers if line.lower not in lower))


def with_header(request: SignedRequest, name: str, value: str) -> SignedRequest:
    """The request with one more."""
    return request._replace(headers=(*request.headers, header_line(name, value)))
