"""Signatures of version 4A: made by AWS's own library (awscrt 0.38), verified here; keys as published."""

from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gatewright.signatures.claim import InvalidSignature, read_claim
from gatewright.signatures.sigv4 import check_scope
from gatewright.signatures.sigv4a import private_value
from gatewright.values.headers import header_line
from gatewright.values.request import Request
from tests.signatures.signer import HOST, KEY, NOW, SECRET, STAMP, received, refusal, with_header, without
from tests.signatures.test_sigv4_changed import TOKEN, changes


class Signed(NamedTuple):
    form: str
    token: str
    regions: str
    method: str
    target: str
    body: bytes
    signature: str


SIGNED = [
    Signed("header", "", "eu-west-1", "GET", "/prod/orders/a%20b/?b=2&a=1%2F", b"",
           "3045022100eeca6b14d00a9d2a6672aea94ba9e7c5b4b6f5f4af84073a7fbfa4e7aca80ff902200ff239a56d2e117526015618fad76ca7"
           "2a03203a223ba711a8aae75de361cbb1"),
    Signed("header", TOKEN, "us-*,eu-west-1", "POST", "/prod/orders?x=%7Ey&z=1:2&name", b'{"a":1}',
           "3046022100d475942342ca980ce17be8f2c1c3acd3ffa11b10227a9015721ed8e4c0d931ba022100d2ce22b1ef10818a9dde8c698aa8fc"
           "1cda21d8bc4cd0fb1e3112bc0cd1030194"),
    Signed("query", "", "eu-west-1", "GET", "/prod/orders/a%20b/?b=2&a=1%2F", b"",
           "304602210090ac08e49f0e7793bad3896d8a82fb76cc453e7f884d265ddf0eaf6288ca4991022100d33e4c38c5e0f2ebb00ea6146ca315"
           "0ecd01fbf6eb33dede02387bfec555cb18"),
    Signed("query", TOKEN, "us-*,eu-west-1", "POST", "/prod/orders?x=%7Ey&z=1:2&name=", b'{"a":1}',
           "3046022100c5e7d9ce9e7fa944ad27c2839818c78f022dea55193b09857793fb23e9bba8220221009fc3c69be29c065f75d9e7a91d22d2"
           "a66d9451fcce5a5a3c907cabbe19724861"),
]  # fmt: skip
FORMS = ["header", "header-session", "query", "query-session"]


def as_sent(row: Signed) -> Request:
    form, token, regions, method, target, body, signature = row
    headers = [("Host", HOST), ("Content-Type", "application/json")]
    path, _, query = target.partition("?")
    if form == "header":
        headers += [("X-Amz-Date", STAMP), ("X-Amz-Region-Set", regions)]
        headers += [("X-Amz-Security-Token", token)] if token else []
        names = ";".join(sorted(name.lower() for name, _ in headers))
        scope = f"{KEY}/20260921/execute-api/aws4_request"
        authorization = f"AWS4-ECDSA-P256-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signature}"
        headers.append(("Authorization", authorization))
    else:
        query += (
            f"&X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Credential={KEY}%2F20260921%2Fexecute-api%2Faws4_request"
            f"&X-Amz-Date={STAMP}&X-Amz-SignedHeaders=content-type%3Bhost&X-Amz-Expires=600"
        )
        query += f"&X-Amz-Security-Token={token.translate({43: '%2B', 47: '%2F', 61: '%3D'})}" if token else ""
        regions = regions.replace("*", "%2A").replace(",", "%2C")
        query += f"&X-Amz-Region-Set={regions}&X-Amz-Signature={signature}"
    return received(method, f"{path}?{query}", tuple(header_line(*line) for line in headers), body)


@pytest.mark.parametrize("row", SIGNED, ids=FORMS)
def test_what_awss_library_signs_is_good(row: Signed) -> None:
    assert refusal(as_sent(row), token=row.token) == ""


@pytest.mark.parametrize("row", SIGNED, ids=FORMS)
def test_one_bit(row: Signed) -> None:
    accepted = [changed for changed in changes(as_sent(row)) if not refusal(changed, token=row.token)]
    assert accepted == []


@pytest.mark.parametrize(
    ("access_key", "secret_key", "x", "y"),
    [
        # From aws-c-auth: tests/key_derivation_tests.c and tests/aws-signing-test-suite/v4a.
        (
            "AKISORANDOMAASORANDOM",
            "q+jcrXGc+0zWN6uzclKVhvMmUsIfRPa4rlRandom",
            0x15D242CEEBF8D8169FD6A8B5A746C41140414C3B07579038DA06AF89190FFFCB,
            0x0515242CEDD82E94799482E4C0514B505AFCCF2C0C98D6A553BF539F424C5EC0,
        ),
        (
            KEY,
            SECRET,
            0xB6618F6A65740A99E650B33B6B4B5BD0D43B176D721A3EDFEA7E7D2D56D936B1,
            0x865ED22A7EADC9C5CB9D2CBACA1B3699139FEDC5043DC6661864218330C8E518,
        ),
    ],
)
def test_keys(access_key: str, secret_key: str, x: int, y: int) -> None:
    numbers = ec.derive_private_key(private_value(access_key, secret_key), ec.SECP256R1()).public_key().public_numbers()
    assert (numbers.x, numbers.y) == (x, y)


@pytest.mark.parametrize(
    ("regions", "region", "covers"),
    [
        ("*", "eu-west-1", True),
        ("eu-*", "eu-west-1", True),
        ("eu-*-1", "eu-west-1", True),
        ("us-east-1, eu-west-1", "eu-west-1", True),
        ("eu-west-1*eu-west-1", "eu-west-1", False),
        ("us-*", "eu-west-1", False),
        ("EU-WEST-1", "eu-west-1", False),
        ("eu-west", "eu-west-1", False),
        ("", "eu-west-1", False),
        (",", "eu-west-1", False),
    ],
)
def test_its_regions(regions: str, region: str, covers: bool) -> None:
    for row in (SIGNED[0], SIGNED[2]):
        claim = read_claim(as_sent(row._replace(regions=regions)), NOW)
        assert claim is not None
        if covers:
            check_scope(claim, "execute-api", region)
            continue
        with pytest.raises(InvalidSignature) as refused:
            check_scope(claim, "execute-api", region)
        assert str(refused.value) == "Credential should be scoped to a valid region. "


def test_its_regions_must_be_signed() -> None:
    request = as_sent(SIGNED[0])
    [line] = [line for line in request.headers if line.lower == "authorization"]
    other = line.value.replace(";x-amz-region-set", "")
    assert refusal(with_header(without(request, "authorization"), "Authorization", other)) == (
        "InvalidSignature: Credential should be scoped to a valid region. "
    )


@pytest.mark.parametrize("signature", ["", "00", "3045", "é" * 64, "0" * 64, "3006020101020101", "f" * 100_000])
def test_what_is_no_signature(signature: str) -> None:
    assert refusal(as_sent(SIGNED[0]._replace(signature=signature))) != ""
