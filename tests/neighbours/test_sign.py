"""The signature of a GET to S3 is the one botocore makes."""

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from gatewright.neighbours.sign import Credentials, signed_headers

NOW = 1_790_000_000.0


def botocores(path: str, query: str, token: str | None, stamp: str) -> str:
    signer = S3SigV4Auth(BotocoreCredentials("AKID", "secret", token), "s3", "eu-west-1")
    request = AWSRequest("GET", f"http://127.0.0.1:5000{path}{'?' + query if query else ''}")
    request.context["timestamp"] = stamp
    request.context["payload_signing_enabled"] = True
    request.headers["X-Amz-Date"] = stamp
    request.headers["X-Amz-Content-SHA256"] = signer.payload(request)
    if token:
        request.headers["X-Amz-Security-Token"] = token
    signed = signer.canonical_request(request)
    return signer.signature(signer.string_to_sign(request, signed), request)


def test_it_equals_botocores() -> None:
    for path, query, token in (
        ("/bucket/key.zip", "", ""),
        ("/bucket/a%20b/c~d", "versionId=v%2F1", ""),
        ("/bucket/key", "", "session"),
    ):
        lines = signed_headers(Credentials("AKID", "secret", token), "eu-west-1", "127.0.0.1:5000", path, query, NOW)
        headers = dict(line.split(": ", 1) for line in lines.split("\r\n") if line)
        expected = botocores(path, query, token or None, headers["x-amz-date"])
        assert headers["authorization"].endswith(f"Signature={expected}")
        assert headers.get("x-amz-security-token", "") == token
