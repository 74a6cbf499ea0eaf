"""What a request says of its signature: Signature Version 4 or 4A, in the Authorization header or in the query.

All of it is the sender's word until `sigv4.verify` has passed. Messages and their order are AWS's: as execute-api was
seen to give them, and DynamoDB and STS, which check signatures alike.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from time import gmtime, strftime
from typing import Literal, NamedTuple
from urllib.parse import unquote_to_bytes

from gatewright.values.headers import Headers
from gatewright.values.request import Request

HMAC = "AWS4-HMAC-SHA256"
ECDSA = "AWS4-ECDSA-P256-SHA256"  # Signature Version 4A
SKEW = 300  # seconds

_CREDENTIAL_FORMS = {HMAC: "keyid/date/region/service/term", ECDSA: "keyid/date/service/term"}
_FIELDS = ("Credential", "Signature", "SignedHeaders")
_PARAMETERS = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")
_KNOWN = frozenset((*_PARAMETERS, "X-Amz-Expires", "X-Amz-Security-Token", "X-Amz-Region-Set"))
_HEADERS = frozenset(("authorization", "date", "x-amz-date", "x-amz-security-token", "x-amz-region-set"))
_REEXAMINE = "Re-examine the query-string parameters."
_TIME = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_SECONDS = re.compile(r"[1-9][0-9]{0,8}")


class SignatureRefused(Exception):
    """A signature that proves nothing; the message is AWS's and for the client."""


class IncompleteSignature(SignatureRefused):
    """One that is malformed: AWS's IncompleteSignatureException."""


class InvalidSignature(SignatureRefused):
    """One that is wrong: AWS's InvalidSignatureException."""


class Claim(NamedTuple):
    """What a request says of its signature. Its parts are as they were sent, escapes of a query decoded.

    `form` tells where it says so. `date` is the scope's, `stamp` the request's own. Signature Version 4A has no region,
    but a `region_set`."""

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
    session_token: str
    region_set: str

    def __repr__(self) -> str:
        return f"Claim(access_key={self.access_key!r}, scope={self.scope!r})"

    @property
    def scope(self) -> str:
        """The credential scope as it is signed."""
        regions = (self.region,) if self.algorithm == HMAC else ()
        return "/".join((self.date, *regions, self.service, self.terminator))


class _Said(NamedTuple):
    """The parts of a claim before anything is made of them. It `lasts` so many seconds."""

    form: Literal["header", "query"]
    algorithm: str
    credential: str
    signature: str
    signed_headers: str
    stamp: str
    lasts: int
    session_token: str
    region_set: str


def read_claim(request: Request, now: float) -> Claim | None:
    """What a request claims as it was received; None when neither its header nor its query has a signature.

    Raises IncompleteSignature for a malformed claim; InvalidSignature for two, for one that is not of `now`, in epoch
    seconds, and for one that leaves out the host. In AWS's order: DynamoDB's, as the emulator dynalite recorded it."""
    headers = _headers(request.headers)
    header = headers.get("authorization")
    in_query = "&X-Amz-Algorithm=" in f"&{request.query}"
    if header and in_query:
        raise InvalidSignature(
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
        )
    if header:
        said = _said_in_header(header, headers)
    elif in_query:
        said = _said_in_query(request.query)
    else:
        return None
    _check_time(said.stamp, said.lasts, int(now))
    signed_headers = frozenset(said.signed_headers.split(";"))
    if "host" not in signed_headers:
        raise InvalidSignature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    return Claim(
        said.algorithm,
        said.form,
        *_credential(said.algorithm, said.credential),
        signed_headers,
        said.signature,
        said.stamp,
        said.session_token,
        said.region_set,
    )


def _said_in_header(header: str, headers: Mapping[str, str]) -> _Said:
    algorithm, _, text = header.partition(" ")
    if "=" in algorithm:
        # Seen: a REST API's answer to "Authorization: x-api-key=...", where it has no such method (2026).
        raise IncompleteSignature(
            "Authorization header must begin with the algorithm name, which cannot include an equal-sign."
        )
    fields = _fields(text, header)
    stamp = headers.get("x-amz-date") or headers.get("date")
    # Empty ones are none: AWS goes on with an empty SignedHeaders or Signature, and misses the host.
    missing = [f"Authorization header requires '{name}' parameter. " for name in _FIELDS if name not in fields]
    if not stamp:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
    if missing or not stamp:
        raise IncompleteSignature(
            f"{''.join(missing)}(Hashed with SHA-256 and encoded with Base64) Authorization={_hashed(header)}"
        )
    return _Said(
        "header",
        algorithm,
        fields["Credential"],
        fields["Signature"],
        fields["SignedHeaders"],
        stamp,
        SKEW,
        headers.get("x-amz-security-token", ""),
        headers.get("x-amz-region-set", ""),
    )


def _said_in_query(query: str) -> _Said:
    found: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if "%" in name:  # signed like the plain one, and so it counts like that
            name = unquote_to_bytes(name).decode("latin-1")
        if name in _KNOWN:
            if name in found:  # AWS does not tell which one it takes
                raise IncompleteSignature(_REEXAMINE)
            found[name] = unquote_to_bytes(value).decode("latin-1")
    missing = [f"AWS query-string parameters must include '{name}'. " for name in _PARAMETERS if not found.get(name)]
    if missing:
        raise IncompleteSignature("".join(missing) + _REEXAMINE)
    algorithm, credential, signature, signed_headers, stamp = [found[name] for name in _PARAMETERS]
    return _Said(
        "query",
        algorithm,
        credential,
        signature,
        signed_headers,
        stamp,
        _lasts(found.get("X-Amz-Expires")),
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


def _lasts(expires: str | None) -> int:
    """How many seconds a presigned URL lasts: never longer than a signature in a header.

    Seen: execute-api refuses one after five minutes, whatever its X-Amz-Expires (2021). It does not heed a shorter one
    either; whoever asks for that gets it here."""
    if expires is None:
        return SKEW
    if not _SECONDS.fullmatch(expires):
        raise IncompleteSignature("X-Amz-Expires should be a number")  # S3's words
    return min(int(expires), SKEW)


def _check_time(stamp: str, lasts: int, now: int) -> None:
    """Holds a request's time against `now`, in epoch seconds."""
    at = _seconds(stamp)
    if at > now + SKEW:
        limit = f"{_stamp(now + SKEW)} ({_stamp(now)} + {SKEW // 60} min.)"
        raise InvalidSignature(f"Signature not yet current: {stamp} is still later than {limit}")
    if at < now - lasts:
        unit = f"{SKEW // 60} min." if lasts == SKEW else f"{lasts} sec."
        limit = f"{_stamp(now - lasts)} ({_stamp(now)} - {unit})"
        raise InvalidSignature(f"Signature expired: {stamp} is now earlier than {limit}")


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


def _stamp(seconds: int) -> str:
    return strftime("%Y%m%dT%H%M%SZ", gmtime(seconds))


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
