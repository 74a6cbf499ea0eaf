"""A signed request of which one bit was changed on the way lets nobody in, wherever the bit is."""

from collections.abc import Iterator

import pytest

from gatewright.values.headers import header_line
from gatewright.values.request import Request
from tests.signatures.signer import presigned, refusal, signed

TOKEN = "IQoJb3JpZ2luX2VjE+/=="
TARGET = "/prod/orders/a%20b%2Fc~d/?b=2&a=1&a=x%2Fy~&empty=&name"
HEADERS = (("Content-Type", "application/json; charset=utf-8"), ("X-Twice", "a b"), ("X-Twice", "c"))


def flipped(text: str) -> Iterator[str]:
    for at, character in enumerate(text):
        for bit in range(8):
            yield f"{text[:at]}{chr(ord(character) ^ 1 << bit)}{text[at + 1 :]}"


def changes(request: Request) -> Iterator[Request]:
    yield from (request._replace(method=text) for text in flipped(request.method))
    yield from (request._replace(path=text) for text in flipped(request.path))
    yield from (request._replace(query=text) for text in flipped(request.query))
    for body in flipped(request.body.decode("latin-1")):
        yield request._replace(body=body.encode("latin-1"))
    for at, line in enumerate(request.headers):
        if line.lower == "accept":  # the only one that is not signed
            continue
        others = list(request.headers)
        for name in flipped(line.name):
            if name.lower() != line.lower:  # a name's case means nothing
                others[at] = header_line(name, line.value)
                yield request._replace(headers=tuple(others))
        for value in flipped(line.value):
            others[at] = header_line(line.name, value)
            yield request._replace(headers=tuple(others))


@pytest.mark.parametrize("token", ["", TOKEN], ids=["key", "session"])
@pytest.mark.parametrize("form", ["header", "query"])
def test_one_bit(form: str, token: str) -> None:
    if form == "header":
        request = signed(TARGET, method="POST", headers=HEADERS, body=b'{"a": 1}', token=token)
    else:
        request = presigned(TARGET, headers=HEADERS, token=token)
    assert refusal(request, token=token) == ""
    tried = 0
    for changed in changes(request):
        assert changed != request
        assert refusal(changed, token=token) != "", changed
        tried += 1
    assert tried > 3000
