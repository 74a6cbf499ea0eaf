"""What a signature was made for, wherever it is."""

import pytest

from gatewright.signatures.scope import Scope, account_of, scope_of
from gatewright.values.headers import header_line
from gatewright.values.request import Request

V4, V4A = "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"
REST = "SignedHeaders=host;x-amz-date, Signature=00"


def signed(authorization: str, query: str = "", regions: str = "") -> Scope | None:
    headers = [header_line("Authorization", authorization)] if authorization else []
    headers += [header_line("X-Amz-Region-Set", regions)] if regions else []
    return scope_of(Request("GET", "/", "/", query, headers, b"", "127.0.0.1", "http", 0.0))


@pytest.mark.parametrize(
    ("authorization", "scope"),
    [
        (f"{V4} Credential=AKID/20260101/eu-west-1/lambda/aws4_request, {REST}", Scope("AKID", "eu-west-1", "lambda")),
        (f"{V4} Credential=a/b/20260101/eu-west-1/s3/aws4_request,{REST}", Scope("a/b", "eu-west-1", "s3")),
        (f"{V4} {REST}, Credential=AKID/20260101/eu-west-1/s3/aws4_request", Scope("AKID", "eu-west-1", "s3")),
        (f"{V4} Credential=AKID/20260101/eu-west-1/aws4_request, {REST}", None),
        (f"{V4} Credential=AKID/2026/eu-west-1/s3/aws4_request, {REST}", None),
        (f"{V4} Credential=/20260101/eu-west-1/s3/aws4_request, {REST}", None),
        (f"{V4} {REST}", None),
        ("Basic dXNlcjpwYXNz", None),
        ("Bearer Credential=AKID/20260101/eu-west-1/lambda/aws4_request", None),
        ("", None),
    ],
)
def test_header(authorization: str, scope: Scope | None) -> None:
    assert signed(authorization) == scope


def test_presigned() -> None:
    query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&x=1"
    assert signed("", query) == Scope("AKID", "us-east-1", "s3")
    assert signed("Bearer token", query) == Scope("AKID", "us-east-1", "s3")
    assert signed("", "My-X-Amz-Credential=a%2F20260101%2Fb%2Fc%2Faws4_request") is None


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("AWSAccessKeyId=AKID&Signature=a%3D&x-amz-security-token=t&Expires=1", "AKID"),
        ("Expires=1&Signature=a&AWSAccessKeyId=a%2Fb", "a/b"),
        ("AWSAccessKeyId=AKID&Signature=a", None),
        ("AWSAccessKeyId=AKID&Expires=1&MySignature=a", None),
        ("AWSAccessKeyId=&Signature=a&Expires=1", None),
    ],
)
def test_presigned_by_version_2(query: str, key: str | None) -> None:
    assert signed("", query) == (Scope(key, "us-east-1", "s3") if key else None)


@pytest.mark.parametrize(
    ("regions", "region"), [("eu-west-1,eu-west-2", "eu-west-1"), ("*", "us-east-1"), ("eu-*", "us-east-1")]
)
def test_a_signature_for_many_regions(regions: str, region: str) -> None:
    sent = f"{V4A} Credential=AKID/20260101/execute-api/aws4_request, {REST}"
    assert signed(sent, regions=regions) == Scope("AKID", region, "execute-api")


def test_a_key_of_twelve_digits_is_an_account() -> None:
    assert account_of(Scope("123456789012", "r", "s")) == "123456789012"
    assert account_of(Scope("AKIAIOSFODNN7EXAMPLE", "r", "s")) == "000000000000"
    assert account_of(Scope("1234567890123", "r", "s")) == "000000000000"
    assert account_of(Scope("\u0661" * 12, "r", "s")) == "000000000000"
