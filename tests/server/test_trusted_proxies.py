"""Whose address a request has, by what proxies say of it."""

import pytest

from gatewright.server.trusted_proxies import TrustedProxies
from gatewright.values.ip import read_network
from gatewright.values.pending import Drive
from gatewright.values.request import Request
from gatewright.values.response import AnyResponse, Response
from tests.execute.stage import request

NETWORKS = [read_network(text) for text in ("10.0.0.0/24", "192.0.2.7", "2001:db8::/64")]


async def front(received: Request) -> AnyResponse:
    """Tells the address it is given, and that nothing else is changed."""
    assert received.target == "/a" and [line.lower for line in received.headers][:1] == ["host"]
    return Response(200, [], received.source_ip.encode())


def answer(peer: str, *forwarded: str) -> tuple[int, bytes]:
    lines = ("Host: x", *(f"X-Forwarded-For: {value}" for value in forwarded))
    found: list[AnyResponse | None] = []
    received = request("GET", "/a", *lines)._replace(source_ip=peer)
    Drive(TrustedProxies(front, NETWORKS)(received), lambda response, error: found.append(response)).step()
    (response,) = found
    assert isinstance(response, Response)
    return response.status, response.body


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.7", ["203.0.113.9"], "203.0.113.9"),
        ("192.0.2.8", ["203.0.113.9"], "192.0.2.8"),  # no proxy of ours
        ("192.0.2.7", [], "192.0.2.7"),
        ("192.0.2.7", [""], "192.0.2.7"),
        ("192.0.2.7", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),  # the first one is the client's own word
        ("192.0.2.7", ["1.1.1.1", "203.0.113.9,"], "203.0.113.9"),
        ("192.0.2.7", ["1.1.1.1, 203.0.113.9 ,10.0.0.4,10.0.0.5"], "203.0.113.9"),
        ("192.0.2.7", ["nobody, 203.0.113.9, 10.0.0.4"], "203.0.113.9"),
        ("192.0.2.7", ["10.0.0.4, 10.0.0.5"], "10.0.0.4"),  # one of ours calls itself
        ("192.0.2.7", ["1.1.1.1, 10.0.1.4, 10.0.0.5"], "10.0.1.4"),
        ("192.0.2.7", ["203.0.113.9:4711"], "203.0.113.9"),
        ("192.0.2.7", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("192.0.2.7", ["203.0.113.9, ::ffff:10.0.0.5"], "203.0.113.9"),
        ("2001:db8::1", ["[2001:DB8:1::9]:4711, [2001:db8::2]"], "2001:db8:1::9"),
        ("2001:db8::1%eth0", ["2001:db8:1::9"], "2001:db8:1::9"),
    ],
)
def test_the_clients_address(peer: str, forwarded: list[str], client: str) -> None:
    assert answer(peer, *forwarded) == (200, client.encode())


@pytest.mark.parametrize(
    "last", ["nobody", "unknown", "10.0.0", "010.0.0.1", "1.1.1.1:x", "\xa01.1.1.1", "[::1", "1.1.1.1 2", "::1%a"]
)
def test_a_trusted_proxy_that_tells_no_address(last: str) -> None:
    message = b'{"message":"X-Forwarded-For of a trusted proxy does not end in an address"}'
    assert answer("192.0.2.7", f"203.0.113.9, {last}") == (400, message)
    assert answer("192.0.2.8", f"203.0.113.9, {last}") == (200, b"192.0.2.8")


@pytest.mark.parametrize("text", ["", "x", "10.0.0.1/24", "0.0.0.0/0", "::/0", "::ffff:10.0.0.0/104", "10.0.0.0/33"])
def test_what_is_no_network_of_proxies(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_network(text)


def test_who_sends_too_large_a_body() -> None:
    asked: list[Request] = []
    refusing = TrustedProxies(front, NETWORKS).refusing(asked.append)  # type: ignore[func-returns-value]
    for forwarded in ("203.0.113.9", "nobody"):
        refusing(request("PUT", "/a", f"X-Forwarded-For: {forwarded}")._replace(source_ip="192.0.2.7"))
    assert [each.source_ip for each in asked] == ["203.0.113.9", "192.0.2.7"]
