"""Signature Version 4 of a request to a method with AWS_IAM: whether what the request claims is true.

Read the claim, hold its scope against what is asked for, look up the secret of its access key, verify.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
"""

import hashlib
import hmac
from collections.abc import Callable
from functools import lru_cache

from gatewright.signatures.canonical_request import canonical_headers, canonical_path, canonical_query
from gatewright.signatures.claim import HMAC, Claim, InvalidSignature
from gatewright.values.request import Request

_TERMINATOR = "aws4_request"
_EMPTY = hashlib.sha256(b"").hexdigest()
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


def check_scope(claim: Claim, service: str, region: str) -> None:
    """Holds a claim's scope against the service and the region it is used for. Raises InvalidSignature."""
    wrong = ""  # seen: all that is wrong, each with a space behind it (execute-api in 2020, STS in 2026)
    if claim.region != region if claim.algorithm == HMAC else not _covers(claim, region):
        wrong += "Credential should be scoped to a valid region. "
    if claim.service != service:
        wrong += f"Credential should be scoped to correct service: '{service}'. "
    if claim.terminator != _TERMINATOR:
        wrong += f"Credential should be scoped with a valid terminator: '{_TERMINATOR}'. "
    if claim.date != claim.stamp[:8]:
        wrong += (
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{claim.date}' != '{claim.stamp[:8]}', from '{claim.stamp}'. "
        )
    if wrong:
        raise InvalidSignature(wrong)


def verify(request: Request, claim: Claim, secret_key: str) -> None:
    """Whether the holder of `secret_key` signed this very request. Raises InvalidSignature.

    That is as it was received: before a header chose another verb and before a Content-Encoding was undone."""
    query = canonical_query(request.query, "X-Amz-Signature" if claim.form == "query" else "")
    lines, names = canonical_headers([(line.lower, line.value) for line in request.headers], claim.signed_headers)
    # Over the body as it is, whatever X-Amz-Content-SHA256 says: only S3 takes an UNSIGNED-PAYLOAD.
    canonical = f"{request.method}\n{canonical_path(request.path)}\n{query}\n{lines}\n{names}\n{digest(request.body)}"
    text = f"{claim.algorithm}\n{claim.stamp}\n{claim.scope}\n{digest(canonical.encode('latin-1'))}"
    if claim.algorithm == HMAC:
        right = signer(secret_key, claim.date, claim.region, claim.service)(text)
        is_signed = hmac.compare_digest(right.encode(), claim.signature.encode("latin-1"))
    else:
        from gatewright.signatures.sigv4a import verifies  # noqa: PLC0415 - cryptography is slow to import

        is_signed = verifies(claim.signature, text, claim.access_key, secret_key)
    if not is_signed:
        raise InvalidSignature(
            f"{_MISMATCH}\n\nThe Canonical String for this request should have been\n'{canonical}'\n\n"
            f"The String-to-Sign should have been\n'{text}'\n"
        )


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest() if data else _EMPTY


@lru_cache(maxsize=1024)
def signer(secret_key: str, date: str, region: str, service: str) -> Callable[[str], str]:
    """What makes, in hexadecimal, all signatures of one secret key, day (YYYYMMDD), region and service."""
    key = f"AWS4{secret_key}".encode()
    for part in (date, region, service, _TERMINATOR):
        key = hmac.digest(key, part.encode(), "sha256")
    # HMAC (RFC 2104) with the work on the key done once: half the time of hmac.digest.
    block = key.ljust(64, b"\0")
    inner, outer = (hashlib.sha256(bytes(byte ^ pad for byte in block)) for pad in (0x36, 0x5C))

    def sign(text: str) -> str:
        first, second = inner.copy(), outer.copy()
        first.update(text.encode())
        second.update(first.digest())
        return second.hexdigest()

    return sign


def _covers(claim: Claim, region: str) -> bool:
    """Whether the region set of a Signature Version 4A, which must be signed, has the region."""
    if claim.form == "header" and "x-amz-region-set" not in claim.signed_headers:
        return False
    return any(_matches(region, part.strip(" ")) for part in claim.region_set.split(","))


def _matches(region: str, pattern: str) -> bool:
    """One `*` stands for anything."""
    before, star, after = pattern.partition("*")
    if not star:
        return region == pattern
    return len(region) >= len(before) + len(after) and region.startswith(before) and region.endswith(after)
