"""Certificates both ways: what a backend sees of ours, and what is still wrong with its own without an authority."""

import asyncio
import ssl
from pathlib import Path

import pytest

from gatewright.execute.world import Certificate, Origin
from gatewright.server.sweep import Sweep
from gatewright.server.upstream import Upstream
from gatewright.values.faults import NetworkFault
from tests.server.certificate import context_of, self_signed, server_context
from tests.server.sockets import LOOPS, Client, Scripted, backend, run
from tests.server.test_upstream import HEAD, HI, HI_SENT, asked, keeping

PEERS = {
    "localhost": (self_signed("localhost", alternative="localhost"), None),
    "the common name, without others": (self_signed("LOCALHOST"), None),
    "a wildcard": (self_signed("x", alternative="*.localhost"), "the backend's certificate is not for localhost"),
    "another name": (
        *(self_signed("localhost", alternative="other.test"), "the backend's certificate is not for localhost"),
    ),
    "expired": (self_signed("localhost", ends=-0.5), "the backend's certificate is not valid now"),
}


@pytest.mark.parametrize("loop", LOOPS)
def test_a_backend_sees_the_client_certificate(loop: str, tmp_path: Path) -> None:
    certificate, key = self_signed("ApiGateway")
    seen: list[object] = []
    server = server_context(tmp_path)
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_verify_locations(cadata=certificate)

    async def script(scripted: Scripted, client: Client, number: int) -> None:
        seen.append(client.writer.get_extra_info("peercert")["subject"])
        await keeping(HI_SENT)(scripted, client, number)

    async def conversation() -> None:
        upstream = Upstream(Sweep())
        async with backend(script, tls=server) as scripted:
            to = Origin("localhost", scripted.port, True, False, "", Certificate(certificate, key))
            assert await asked(upstream, to, HEAD % 1) == HI
            assert seen == [((("commonName", "ApiGateway"),),)]
            with pytest.raises(NetworkFault):  # one that is none: the backend is not called without
                await asked(upstream, to._replace(certificate=Certificate("", key)), HEAD % 1)
            with pytest.raises(NetworkFault):  # and who shows none is not served
                await asked(upstream, to._replace(certificate=None), HEAD % 1)
            upstream.close()

    run(loop, conversation)


@pytest.mark.parametrize("peer", PEERS)
def test_without_an_authority_dates_and_names_still_count(peer: str, tmp_path: Path) -> None:
    pair, problem = PEERS[peer]

    async def conversation() -> None:
        upstream = Upstream(Sweep())
        async with backend(keeping(HI_SENT), tls=context_of(tmp_path, pair)) as scripted:
            to = Origin("localhost", scripted.port, True, False)
            if problem is None:
                assert await asked(upstream, to, HEAD % 1) == HI
            else:
                with pytest.raises(NetworkFault, match=problem) as caught:
                    await asked(upstream, to, HEAD % 1)
                assert caught.value.kind == "tls"
                await asyncio.sleep(0.02)
                assert not any(scripted.heard)  # nothing is told to the wrong peer
            upstream.close()

    run("uvloop", conversation)


def test_a_link_s_target_answers_for_the_name_of_the_uri(tmp_path: Path) -> None:
    async def conversation() -> None:
        upstream = Upstream(Sweep())
        inside = context_of(tmp_path, self_signed("x", alternative="*.inside.test"))
        async with backend(keeping(HI_SENT), tls=inside) as scripted:
            to = Origin("127.0.0.1", scripted.port, True, False, "orders.inside.test")
            assert await asked(upstream, to, HEAD % 1) == HI
            upstream.close()

    run("uvloop", conversation)
