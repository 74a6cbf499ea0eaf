"""Signatures of version 4: botocore signs, we verify; AWS's own figures; what a refused caller is told."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.signatures.claim import InvalidSignature, read_claim
from gatewright.signatures.sigv4 import verify
from gatewright.values.headers import header_line
from gatewright.values.request import Request
from tests.signatures.signer import (
    HOST,
    KEY,
    NOW,
    SECRET,
    STAMP,
    Pairs,
    presigned,
    received,
    refusal,
    signed,
    with_header,
    without,
)

# The SigV4 test suite as botocore's source distribution has it (tests/unit/auth/aws4_testsuite): name, method, target,
# headers besides Host and X-Amz-Date, body, signed headers, digest of the canonical request, signature.
VECTORS = json.loads(Path(__file__).with_name("sigv4_vectors.json").read_text())
MISMATCH = (
    "InvalidSignature: The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details.\n"
)


SIGNED_AT = 1_440_938_160.0  # 20150830T123600Z


def vector(row: list[Any]) -> Request:
    _, method, target, headers, body, signed_headers, _, signature = row
    scope = f"{KEY}/20150830/us-east-1/service/aws4_request"
    authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={signed_headers}, Signature={signature}"
    fixed = (("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z"), ("Authorization", authorization))
    lines = tuple(header_line(name, value.strip(" ")) for name, value in (*headers, *fixed))
    return received(method, target, lines, body.encode())


def test_all_vectors_are_here() -> None:
    assert len(VECTORS) == len({row[0] for row in VECTORS}) == 34


@pytest.mark.parametrize("row", VECTORS, ids=[row[0] for row in VECTORS])
def test_vectors(row: list[Any]) -> None:
    request = vector(row)
    claim = read_claim(request, SIGNED_AT)
    assert claim is not None
    verify(request, claim, SECRET)
    with pytest.raises(InvalidSignature) as refused:
        verify(request, claim, SECRET[:-1])
    assert str(refused.value).endswith(
        f"'AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\n{row[6]}'\n"
    )


IN_PATH = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="?#"), max_size=8)
PATHS = st.lists(IN_PATH | st.sampled_from(["", ".", "..", "%2F", "%2f", "a%20b", "%", "%C3%A9"]), max_size=6)
PARAMETERS = st.lists(st.tuples(st.text(max_size=6), st.text(max_size=6)), max_size=5)
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
NAMES = st.sampled_from(["Content-Type", "x-a", "X-A", "X-Amz-Meta-B", "Accept-Language", "Cookie"])


@settings(max_examples=150, deadline=None)
@given(
    path=PATHS,
    query=PARAMETERS,
    headers=st.lists(st.tuples(NAMES, VALUES), max_size=4),
    body=st.binary(max_size=40),
    token=st.sampled_from(["", "to/k+en=="]),
)
def test_whatever_botocore_signs_is_good(
    path: list[str], query: list[tuple[str, str]], headers: list[tuple[str, str]], body: bytes, token: str
) -> None:
    text = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in query)
    target = f"/prod/{'/'.join(path)}{'?' + text if text else ''}"
    request = signed(target, method="POST", headers=tuple(headers), body=body, token=token)
    assert refusal(request, token=token) == ""
    kept = tuple((name, value) for name, value in headers if name != "Content-Type")
    assert refusal(presigned(target, headers=kept, token=token), token=token) == ""


@pytest.mark.parametrize(
    ("sent", "means"),
    [
        ("t=12:30", "t=12%3A30"),
        ("t=a+b", "t=a%20b"),
        ("t=a=b", "t=a%3Db"),
        ("t=%7Ea%2D", "t=~a-"),
        ("t", "t="),
        ("b&a=2&a=1&&", "=&=&a=1&a=2&b="),
        ("t='()*!$,;/?@", "t=%27%28%29%2A%21%24%2C%3B%2F%3F%40"),
    ],
)
def test_a_query_is_signed_as_it_should_have_been_sent(sent: str, means: str) -> None:
    assert refusal(signed(f"/prod?{means}")._replace(query=sent)) == ""


def test_an_escape_in_lower_case_is_signed_as_it_is() -> None:
    assert refusal(signed("/prod?t=%2f")) == ""
    assert refusal(signed("/prod?t=%2F")._replace(query="t=%2f")).startswith(MISMATCH)


def test_a_wrong_signature_is_told_what_was_to_be_signed() -> None:
    request = signed("/prod/a%20b//./c?b=2&a=1", method="POST", body=b"{}", headers=(("X-A", "1  2"),), secret="other")
    digest = sha256(b"{}").hexdigest()
    canonical = (
        f"POST\n/prod/a%2520b/c\na=1&b=2\nhost:{HOST}\nx-a:1 2\nx-amz-date:{STAMP}\n\nhost;x-a;x-amz-date\n{digest}"
    )
    assert refusal(request) == (
        f"{MISMATCH}\nThe Canonical String for this request should have been\n'{canonical}'\n\n"
        "The String-to-Sign should have been\n"
        f"'AWS4-HMAC-SHA256\n{STAMP}\n20260921/eu-west-1/execute-api/aws4_request\n"
        f"{sha256(canonical.encode()).hexdigest()}'\n"
    )


def test_without_a_signature() -> None:
    request = signed()
    assert read_claim(without(request, "authorization"), NOW) is None
    assert read_claim(with_header(without(request, "authorization"), "Authorization", ""), NOW) is None
    assert read_claim(presigned()._replace(query="a=1"), NOW) is None
    assert read_claim(presigned()._replace(query=presigned().query.replace("Algorithm", "algorithm")), NOW) is None


@pytest.mark.parametrize(
    ("late", "why"),
    [
        (300, ""),
        (-300, ""),
        (
            301,
            "InvalidSignature: Signature expired: 20260921T141320Z is now earlier than 20260921T141321Z "
            "(20260921T141821Z - 5 min.)",
        ),
        (
            -301,
            "InvalidSignature: Signature not yet current: 20260921T141320Z is still later than 20260921T141319Z "
            "(20260921T140819Z + 5 min.)",
        ),
        (86_400 * 365, "InvalidSignature: Signature expired: 20260921T141320Z is now earlier than 20270921T140820Z "
         "(20270921T141320Z - 5 min.)"),
    ],
)  # fmt: skip
def test_its_time(late: int, why: str) -> None:
    assert refusal(signed(), NOW + late) == why


@pytest.mark.parametrize(
    ("expires", "lasts", "limit"),
    [
        (1, 1, "20260921T141321Z (20260921T141322Z - 1 sec.)"),
        (60, 60, "20260921T141321Z (20260921T141421Z - 60 sec.)"),
        (300, 300, "20260921T141321Z (20260921T141821Z - 5 min.)"),
        (604_800, 300, "20260921T141321Z (20260921T141821Z - 5 min.)"),
    ],
)
def test_how_long_a_presigned_one_lasts(expires: int, lasts: int, limit: str) -> None:
    request = presigned(expires=expires)
    assert refusal(request, NOW + lasts) == ""
    assert refusal(request, NOW - 300) == ""
    expired = f"InvalidSignature: Signature expired: 20260921T141320Z is now earlier than {limit}"
    assert refusal(request, NOW + lasts + 1) == expired
    assert refusal(request, NOW - 301).startswith("InvalidSignature: Signature not yet current: 20260921T141320Z")


def test_a_presigned_one_that_does_not_say_how_long_lasts_as_long_as_any() -> None:
    request = presigned()._replace(query=presigned().query.replace("X-Amz-Expires=600&", ""))
    assert refusal(request, NOW + 300).startswith(MISMATCH)
    assert refusal(request, NOW + 301).startswith("InvalidSignature: Signature expired")


def test_how_long_it_lasts_cannot_be_hidden_by_an_escape() -> None:
    request = presigned(expires=60)
    hidden = request._replace(query=request.query.replace("X-Amz-Expires", "X-Amz-Expire%73"))
    assert refusal(hidden) == ""
    assert refusal(hidden, NOW + 61).startswith("InvalidSignature: Signature expired")


@pytest.mark.parametrize("expires", ["0", "060", "9" * 10, "9" * 5000, "-1", "1.5", "", "%D9%A1"])
def test_what_is_no_time_to_last(expires: str) -> None:
    request = presigned()
    assert refusal(request._replace(query=request.query.replace("Expires=600", f"Expires={expires}"))) == (
        "IncompleteSignature: X-Amz-Expires should be a number"
    )


@pytest.mark.parametrize(
    ("service", "region", "why"),
    [
        ("execute-api", "us-east-1", "InvalidSignature: Credential should be scoped to a valid region. "),
        ("lambda", "eu-west-1", "InvalidSignature: Credential should be scoped to correct service: 'execute-api'. "),
        (
            "s3",
            "us-east-1",
            "InvalidSignature: Credential should be scoped to a valid region. "
            "Credential should be scoped to correct service: 'execute-api'. ",
        ),
    ],
)
def test_its_scope(service: str, region: str, why: str) -> None:
    assert refusal(signed(service=service, region=region)) == why


def changed(old: str, new: str) -> Request:
    """A signed request with another Authorization header."""
    request = signed()
    [line] = [line for line in request.headers if line.lower == "authorization"]
    assert old in line.value
    return with_header(without(request, "authorization"), "Authorization", line.value.replace(old, new))


def bare(authorization: str, *headers: tuple[str, str]) -> Request:
    lines = (("Host", HOST), *headers, ("Authorization", authorization))
    return received("GET", "/prod", tuple(header_line(*line) for line in lines))


HASHED = "(Hashed with SHA-256 and encoded with Base64) Authorization="
MISSING = "Authorization header requires '{}' parameter. "
NO_DATE = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
NO_PAIR = (
    "Invalid key=value pair (missing equal-sign) in Authorization header "
    "(hashed with SHA-256 and encoded with Base64): '{}'."
)
ALL = "".join(MISSING.format(name) for name in ("Credential", "Signature", "SignedHeaders"))
DATED = ("X-Amz-Date", STAMP)


@pytest.mark.parametrize(
    ("authorization", "headers", "why"),
    [
        # The digests: printf ... | openssl dgst -sha256 -binary | base64
        ("Basic dXNlcjpwYXNz=", (), f"{ALL}{NO_DATE}{HASHED}I1N0vsibpuzBhZSBqbVdFN3W8Clpm14WJlz9BnRwTI4="),
        ("Basic dXNlcjpwYXNz=", (DATED,), f"{ALL}{HASHED}I1N0vsibpuzBhZSBqbVdFN3W8Clpm14WJlz9BnRwTI4="),
        ("Bearer abc.def", (), NO_PAIR.format("31xUL9zZyAlSdEwUtwhnc4s/kOVbd/iPF7n4gXswkoE=")),
    ],
)
def test_another_authorization(authorization: str, headers: Pairs, why: str) -> None:
    assert refusal(bare(authorization, *headers)) == f"IncompleteSignature: {why}"


CREDENTIAL = f"{KEY}/20260921/eu-west-1/execute-api/aws4_request"
FIVE = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got"
BAD_DATE = "Date must be in ISO-8601 'basic format'. Got '{}'. See http://en.wikipedia.org/wiki/ISO_8601"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("Credential=", "credential=", MISSING.format("Credential")),
        ("Credential=", "Credential= ", "Invalid key=value pair"),
        ("SignedHeaders=host;x-amz-date, ", "", MISSING.format("SignedHeaders")),
        (", Signature=", "Signature=", MISSING.format("Signature")),
        (CREDENTIAL, "", f"{FIVE} ''"),
        ("AWS4-HMAC-SHA256 ", "", "Authorization header must begin with the algorithm name, which cannot include an"),
        (f"Credential={CREDENTIAL}, ", "", MISSING.format("Credential")),
        ("Signature=", "Signature", "Invalid key=value pair (missing equal-sign) in Authorization header"),
        ("Credential=", "Signature=a, Credential=", "Invalid key=value pair"),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512", "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'."),
        ("AWS4-HMAC-SHA256", "aws4-hmac-sha256", "Unsupported AWS 'algorithm': 'aws4-hmac-sha256'."),
        (CREDENTIAL, KEY, f"{FIVE} '{KEY}'"),
        (CREDENTIAL, f"a/{CREDENTIAL}", f"{FIVE} 'a/{CREDENTIAL}'"),
        (CREDENTIAL, f"{CREDENTIAL}/", f"{FIVE} '{CREDENTIAL}/'"),
        ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256",
         f"Credential must have exactly 4 slash-delimited elements, e.g. keyid/date/service/term, got '{CREDENTIAL}'"),
    ],
)  # fmt: skip
def test_a_malformed_one(old: str, new: str, why: str) -> None:
    assert refusal(changed(old, new)).startswith(f"IncompleteSignature: {why}")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("aws4_request", "aws5_request", "Credential should be scoped with a valid terminator: 'aws4_request'. "),
        (
            "/20260921/",
            "/20260922/",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            "'20260922' != '20260921', from '20260921T141320Z'. ",
        ),
        ("=host;", "=", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."),
        ("host;x-amz-date", "", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."),
        ("=host;", "=Host;", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."),
    ],
)
def test_a_wrong_one(old: str, new: str, why: str) -> None:
    assert refusal(changed(old, new)) == f"InvalidSignature: {why}"


@pytest.mark.parametrize(
    "stamp",
    [
        "20260921",
        "Mon, 21 Sep 2026 14:13:20 GMT",
        "20260921T141320",
        "20260921T141320Z ",
        "20261321T141320Z",
        "\xb2" * 8,
    ],
)
def test_a_malformed_date(stamp: str) -> None:
    request = with_header(without(signed(), "x-amz-date"), "X-Amz-Date", stamp)
    assert refusal(request) == f"IncompleteSignature: {BAD_DATE.format(stamp)}"
    query = presigned().query.replace(STAMP, quote(stamp, encoding="latin-1"))
    assert refusal(presigned()._replace(query=query)) == f"IncompleteSignature: {BAD_DATE.format(stamp)}"


def test_a_header_that_is_there_twice() -> None:
    request = signed(token="token")
    for name, value, why in (
        ("X-Amz-Date", STAMP, f"IncompleteSignature: {BAD_DATE.format(STAMP + ',' + STAMP)}"),
        ("X-Amz-Security-Token", "token", "The security token included in the request is invalid."),
        ("Authorization", "AWS4-HMAC-SHA256 Credential=a", "IncompleteSignature: Invalid key=value pair"),
        ("Host", "elsewhere", MISMATCH),
    ):
        assert refusal(with_header(request, name, value), token="token").startswith(why)


@pytest.mark.parametrize("between", [",", " ", ",  "])
def test_what_stands_between_its_parts(between: str) -> None:
    assert refusal(changed(", ", between)) == ""


def test_a_date_header_will_do() -> None:
    def only_date(request: Request) -> Request:
        lines = [("Date" if line.lower == "x-amz-date" else line.name, line.value) for line in request.headers]
        return request._replace(headers=tuple(header_line(*line) for line in lines))

    claim, request = read_claim(only_date(signed()), NOW), signed()
    assert claim == read_claim(request, NOW)
    assert refusal(with_header(request, "Date", "Mon, 21 Sep 2026 14:13:20 GMT")) == ""  # X-Amz-Date goes first


def test_what_stands_where_the_signature_is_not_does_not_count() -> None:
    for name, value in (("X-Amz-Date", "20200101T000000Z"), ("X-Amz-Security-Token", "another")):
        assert refusal(with_header(presigned(token="token"), name, value), token="token") == ""
    assert refusal(signed("/prod?X-Amz-Date=20200101T000000Z&X-Amz-Expires=1&X-Amz-Security-Token=another")) == ""


def test_faults_are_told_in_awss_order() -> None:
    """Its time, the host, the algorithm, the credential, the scope; of the scope all at once."""
    faults = [
        ("X-Amz-Date: 20260921T141320Z", "X-Amz-Date: 2026", "IncompleteSignature: Date must be"),
        ("X-Amz-Date: 20260921T141320Z", "X-Amz-Date: 20260921T101320Z", "InvalidSignature: Signature expired"),
        ("=host;", "=", "InvalidSignature: 'Host'"),
        ("HMAC-SHA256", "HMAC-SHA1", "IncompleteSignature: Unsupported AWS"),
        ("/aws4_request", "", "IncompleteSignature: Credential must have"),
        (
            "20260921/eu-west-1/execute-api/aws4_request",
            "20260920/eu-west-2/s3/aws3",
            "InvalidSignature: Credential should be scoped to a valid region. Credential should be scoped to correct "
            "service: 'execute-api'. Credential should be scoped with a valid terminator: 'aws4_request'. Date in",
        ),
    ]
    for at, (_, _, first) in enumerate(faults):
        lines = [f"{line.name}: {line.value}" for line in signed().headers]
        for old, new, _ in faults[at:]:
            lines = [line.replace(old, new) for line in lines]
        sent = received("GET", "/prod", tuple(header_line(*line.split(": ", 1)) for line in lines))
        assert refusal(sent).startswith(first)


@pytest.mark.parametrize(
    ("gone", "why"),
    [
        (("Credential",), "AWS query-string parameters must include 'X-Amz-Credential'. "),
        (
            ("Credential", "Signature", "SignedHeaders", "Date"),
            "AWS query-string parameters must include 'X-Amz-Credential'. "
            "AWS query-string parameters must include 'X-Amz-Signature'. "
            "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
            "AWS query-string parameters must include 'X-Amz-Date'. ",
        ),
    ],
)
def test_a_presigned_one_that_lacks_something(gone: tuple[str, ...], why: str) -> None:
    parts = presigned().query.split("&")
    query = "&".join(part for part in parts if part.partition("=")[0].removeprefix("X-Amz-") not in gone)
    assert refusal(presigned()._replace(query=query)) == (
        f"IncompleteSignature: {why}Re-examine the query-string parameters."
    )


@pytest.mark.parametrize(
    "name", ["Algorithm", "Credential", "Signature", "SignedHeaders", "Date", "Expires", "Security-Token"]
)
def test_a_presigned_one_that_says_something_twice(name: str) -> None:
    request = presigned(token="token")
    [part] = [part for part in request.query.split("&") if part.startswith(f"X-Amz-{name}=")]
    twice = request._replace(query=f"{request.query}&{part}")
    assert refusal(twice, token="token") == "IncompleteSignature: Re-examine the query-string parameters."


def test_signed_in_both_places() -> None:
    request = presigned()
    [line] = [line for line in signed().headers if line.lower == "authorization"]
    assert refusal(with_header(request, "Authorization", line.value)) == (
        "InvalidSignature: Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
    )


def test_the_host_must_be_signed() -> None:
    request = presigned()
    query = request.query.replace("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=accept")
    assert refusal(request._replace(query=query)) == (
        "InvalidSignature: 'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    )


def test_a_signed_header_must_be_there() -> None:
    request = signed(headers=(("X-A", "1"),))
    assert refusal(request) == ""
    assert refusal(without(request, "x-a")).startswith(MISMATCH)
    assert refusal(without(signed(headers=(("X-A", ""),)), "x-a")).startswith(MISMATCH)


@pytest.mark.parametrize("said", ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "e" * 64])
def test_the_body_is_always_signed(said: str) -> None:
    # botocore signs what this header says; only S3 takes its word.
    assert refusal(signed(method="PUT", body=b"1", headers=(("X-Amz-Content-SHA256", said),))).startswith(MISMATCH)
    right = sha256(b"1").hexdigest()
    assert refusal(signed(method="PUT", body=b"1", headers=(("X-Amz-Content-SHA256", right),))) == ""


def test_a_session_token_may_stand_beside_the_signature() -> None:
    request = with_header(signed(), "X-Amz-Security-Token", "token")
    assert refusal(request, token="token") == ""


def test_whatever_is_sent_is_answered() -> None:
    lines = (("X-Amz-Date", STAMP), ("X-Amz-Security-Token", "\xff" * 9000))
    huge = "host;" * 100_000
    for authorization in (
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 " + "," * 100_000,
        f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders={huge}, Signature=\xe9",
        f"AWS4-HMAC-SHA256 Credential={'/' * 100_000}, SignedHeaders=host, Signature=a",
    ):
        assert refusal(bare(authorization, *lines), token="\xff" * 9000) != ""
    query = presigned().query
    for odd in (query.replace("AKID", "%FF%"), query.replace("host", "%E9"), query + "%" * 1000, "&" * 9000 + query):
        assert refusal(presigned()._replace(query=odd)) != ""


SENT = st.text(st.characters(max_codepoint=255), max_size=60)


@settings(max_examples=200, deadline=None)
@given(
    rest=SENT, fields=st.lists(st.sampled_from(["Credential", "SignedHeaders", "Signature", "X"]) | SENT), values=SENT
)
def test_anything_else_is_refused(rest: str, fields: list[str], values: str) -> None:
    said = ", ".join(f"{name}={values}" for name in fields)
    assert refusal(bare(f"AWS4-HMAC-SHA256 {said}{rest}", DATED)) != ""
    assert refusal(bare(rest, ("Date", values))) != ""
    query = "".join(f"&X-Amz-{name}={values}" for name in fields)
    assert refusal(received("GET", f"/?X-Amz-Algorithm=AWS4-HMAC-SHA256{query}{rest}", ())) != ""


def test_a_parameter_of_a_name_like_that_is_no_signature() -> None:
    assert refusal(signed("/prod?My-X-Amz-Algorithm=1")) == ""


def test_secrets_are_not_shown() -> None:
    claim = read_claim(signed(token="secret token"), NOW)
    assert repr(claim) == f"Claim(access_key='{KEY}', scope='20260921/eu-west-1/execute-api/aws4_request')"
