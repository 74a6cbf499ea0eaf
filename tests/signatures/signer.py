"""Requests signed by botocore, and what an authorizer does with them."""

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from gatewright.signatures.claim import SignatureRefused, read_claim
from gatewright.signatures.sigv4 import check_scope, verify
from gatewright.values.headers import Headers, header_line
from gatewright.values.request import Request

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
) -> Request:
    """Signed in its headers."""
    signer = SigV4Auth(Credentials(KEY, secret, token or None), service, region)
    return _made(signer, method, target, headers, body)


def presigned(
    target: str = "/prod/orders/1?b=2&a=1", *, headers: Pairs = (), token: str = "", expires: int = 600
) -> Request:
    """Signed in its query."""
    signer = SigV4QueryAuth(Credentials(KEY, SECRET, token or None), SERVICE, REGION, expires=expires)
    return _made(signer, "GET", target, headers, b"")


def received(method: str, target: str, headers: Headers, body: bytes = b"") -> Request:
    """As the gateway received it."""
    path, _, query = target.partition("?")
    return Request(method, target, path, query, headers, body, "192.0.2.7", "https", NOW)


def _made(signer: SigV4Auth, method: str, target: str, headers: Pairs, body: bytes) -> Request:
    request = AWSRequest(method, f"https://{HOST}{target}", data=body)
    for name, value in headers:
        request.headers.add_header(name, value)
    request.context["timestamp"] = STAMP  # and the rest of add_auth, which would take the time of day
    signer._modify_request_before_signing(request)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    signer._inject_signature_to_request(request, signer.signature(text, request))
    target = request.url.removeprefix(f"https://{HOST}")
    lines = [(name, value.strip(" ")) for name, value in request.headers.items()]
    headers = (("Host", HOST), *lines, ("Accept", "*/*"))
    return received(method, target, tuple(header_line(*line) for line in headers), body)


def refusal(request: Request, now: float = NOW, token: str = "") -> str:
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


def without(request: Request, *lower: str) -> Request:
    """The request without those headers."""
    return request._replace(headers=tuple(line for line in request.headers if line.lower not in lower))


def with_header(request: Request, name: str, value: str) -> Request:
    """The request with one more."""
    return request._replace(headers=(*request.headers, header_line(name, value)))
