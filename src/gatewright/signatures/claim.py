"""What a request says of its signature: Signature Version 4 or 4A, in the Authorization header or in the query.

All of it is the sender's word until `sigv4.verify` has passed. Messages are AWS's, as execute-api and other services
that check signatures alike were seen to give them.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple
from urllib.parse import unquote_to_bytes

from gatewright.values.headers import Headers

HMAC = "AWS4-HMAC-SHA256"
ECDSA = "AWS4-ECDSA-P256-SHA256"  # Signature Version 4A
LONGEST_EXPIRY = 604_800  # seconds: seven days

_CREDENTIAL_FORMS = {HMAC: "keyid/date/region/service/term", ECDSA: "keyid/date/service/term"}
_FIELDS = ("Credential", "Signature", "SignedHeaders")
_PARAMETERS = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")
_KNOWN = frozenset((*_PARAMETERS, "X-Amz-Expires", "X-Amz-Security-Token", "X-Amz-Region-Set"))
_HEADERS = frozenset(("authorization", "date", "x-amz-date", "x-amz-security-token", "x-amz-region-set"))
_REEXAMINE = "Re-examine the query-string parameters."
_TIME = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_DIGITS = re.compile(r"[0-9]{1,9}")


class SignatureRefused(Exception):
    """A signature that proves nothing; the message is AWS's and for the client."""


class IncompleteSignature(SignatureRefused):
    """One that is malformed: AWS's IncompleteSignatureException."""


class InvalidSignature(SignatureRefused):
    """One that is wrong: AWS's InvalidSignatureException."""


class SignedRequest(NamedTuple):
    """A request as it was received, before a header chose another verb and before a Content-Encoding was undone.

    `path` is the whole of the request line's, with the stage; path and query are still encoded."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes


class Claim(NamedTuple):
    """What a request says of its signature. Its parts are as they were sent, escapes of a query decoded.

    `form` tells where it says so. `date` is the scope's, `stamp` the request's own and `at` that in epoch seconds;
    `expires` are seconds, None where it says none. Signature Version 4A has no region, but a `region_set`."""

    algorithm: str
    form: Literal["header", "query"]
    access_key: str
    date: str
    region: str
    service: str
    terminator: str
    signed_headers: frozenset[str]
    signature: str
    stamp: str
    at: int
    expires: int | None
    session_token: str
    region_set: str

    def __repr__(self) -> str:
        return f"Claim(access_key={self.access_key!r}, scope={self.scope!r})"

    @property
    def scope(self) -> str:
        """The credential scope as it is signed."""
        regions = (self.region,) if self.algorithm == HMAC else ()
        return "/".join((self.date, *regions, self.service, self.terminator))


def read_claim(request: SignedRequest) -> Claim | None:
    """What a request claims, None when it is not signed at all, neither in its header nor in its query.

    Raises IncompleteSignature for a malformed claim; InvalidSignature for two, and for one that leaves out the host."""
    headers = _headers(request.headers)
    header = headers.get("authorization")
    in_query = "&X-Amz-Algorithm=" in f"&{request.query}"
    if not header and not in_query:
        return None
    if header and in_query:
        raise InvalidSignature(
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
        )
    claim = _header_claim(header, headers) if header else _query_claim(request.query)
    if "host" not in claim.signed_headers:
        raise InvalidSignature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    return claim


def _header_claim(header: str, headers: Mapping[str, str]) -> Claim:
    algorithm, _, text = header.partition(" ")
    fields = _fields(text, header)
    stamp = headers.get("x-amz-date") or headers.get("date")
    missing = [f"Authorization header requires '{name}' parameter. " for name in _FIELDS if not fields.get(name)]
    if not stamp:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
    if missing or not stamp:
        raise IncompleteSignature(
            f"{''.join(missing)}(Hashed with SHA-256 and encoded with Base64) Authorization={_hashed(header)}"
        )
    return Claim(
        algorithm,
        "header",
        *_credential(algorithm, fields["Credential"]),
        frozenset(fields["SignedHeaders"].split(";")),
        fields["Signature"],
        stamp,
        _seconds(stamp),
        None,
        headers.get("x-amz-security-token", ""),
        headers.get("x-amz-region-set", ""),
    )


def _query_claim(query: str) -> Claim:
    found: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name in _KNOWN:
            if name in found:  # AWS does not tell which one it takes
                raise IncompleteSignature(_REEXAMINE)
            found[name] = unquote_to_bytes(value).decode("latin-1")
    missing = [f"AWS query-string parameters must include '{name}'. " for name in _PARAMETERS if not found.get(name)]
    if missing:
        raise IncompleteSignature("".join(missing) + _REEXAMINE)
    algorithm, credential, signed, signed_headers, stamp = [found[name] for name in _PARAMETERS]
    return Claim(
        algorithm,
        "query",
        *_credential(algorithm, credential),
        frozenset(signed_headers.split(";")),
        signed,
        stamp,
        _seconds(stamp),
        _expires(found.get("X-Amz-Expires")),
        found.get("X-Amz-Security-Token", ""),
        found.get("X-Amz-Region-Set", ""),
    )


def _fields(text: str, header: str) -> dict[str, str]:
    """The parts of an Authorization header behind its algorithm."""
    fields: dict[str, str] = {}
    for part in text.replace(",", " ").split(" "):
        name, equals, value = part.partition("=")
        if name and (not equals or name in fields):
            raise IncompleteSignature(
                "Invalid key=value pair (missing equal-sign) in Authorization header "
                f"(hashed with SHA-256 and encoded with Base64): '{_hashed(header)}'."
            )
        fields[name] = value
    return fields


def _credential(algorithm: str, credential: str) -> tuple[str, str, str, str, str]:
    """Access key, date, region, service, terminator."""
    form = _CREDENTIAL_FORMS.get(algorithm)
    if form is None:
        raise IncompleteSignature(f"Unsupported AWS 'algorithm': '{algorithm}'.")
    parts = credential.split("/")
    if len(parts) != form.count("/") + 1:
        raise IncompleteSignature(
            f"Credential must have exactly {form.count('/') + 1} slash-delimited elements, e.g. {form}, "
            f"got '{credential}'"
        )
    if algorithm == ECDSA:
        parts.insert(2, "")
    access_key, date, region, service, terminator = parts
    return access_key, date, region, service, terminator


def _expires(text: str | None) -> int | None:
    """S3's limits and words; other services' are not documented."""
    if text is None:
        return None
    if not _DIGITS.fullmatch(text):
        raise IncompleteSignature("X-Amz-Expires should be a number")
    seconds = int(text)
    if seconds < 1:
        raise IncompleteSignature("X-Amz-Expires must be positive")
    if seconds > LONGEST_EXPIRY:
        raise IncompleteSignature(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
            f"{LONGEST_EXPIRY} seconds"
        )
    return seconds


@lru_cache(maxsize=256)
def _seconds(stamp: str) -> int:
    """A time of the form 20150830T123600Z as epoch seconds. Raises IncompleteSignature."""
    try:
        if not _TIME.fullmatch(stamp):
            raise ValueError
        return int(datetime.strptime(f"{stamp[:-1]}+0000", "%Y%m%dT%H%M%S%z").timestamp())
    except ValueError:
        raise IncompleteSignature(
            f"Date must be in ISO-8601 'basic format'. Got '{stamp}'. See http://en.wikipedia.org/wiki/ISO_8601"
        ) from None


def _headers(headers: Headers) -> dict[str, str]:
    """Those that tell of a signature. Of two of one name nobody knows which is meant, and joined they are neither."""
    found: dict[str, str] = {}
    for _, _, name, value, _ in headers:
        if name in _HEADERS:
            found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _hashed(header: str) -> str:
    # Seen since 2023: the header itself, perhaps a token meant for somebody else, is in no message and so in no log.
    return b64encode(hashlib.sha256(header.encode("latin-1")).digest()).decode()
