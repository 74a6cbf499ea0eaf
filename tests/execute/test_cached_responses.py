"""Where cached responses are kept: bounds in bytes, encryption, and the server that nodes share."""

from collections.abc import Awaitable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from gatewright.execute.caching.cached_responses import Answer, FlushFailed, LocalResponses, Place, packed, unpacked
from gatewright.execute.caching.seal import Seal
from gatewright.execute.caching.shared_responses import SharedResponses
from gatewright.execute.shared import SharedLost
from gatewright.values.response import Response
from tests.execute.cache import PROXY, SETTING, bodies, caching, returned
from tests.execute.stage import ARRIVED, Scene, request

T = TypeVar("T")
SEAL = Seal(bytes(32))
PLAIN = Place("api", "prod", 2**29, 300, False)
ENCRYPTED = PLAIN._replace(encrypted=True)
ENTRY = 512 + 48  # bytes beside those of a response with one header


def run(coroutine: Awaitable[T]) -> T:
    """What a coroutine that waits for nothing returns."""
    assert isinstance(coroutine, Coroutine)
    with pytest.raises(StopIteration) as ended:
        coroutine.send(None)
    value: T = ended.value.value
    return value


def answer(body: bytes = b"secret", asked: float = 0.0) -> Answer:
    return Answer(Response(200, (b"a: b\r\n",), body), -1, asked)


def put(responses: LocalResponses, name: str, length: int, place: Place = PLAIN) -> None:
    """An entry that takes so many bytes."""
    run(responses.put(place, name.encode(), answer(b"x" * (length - ENTRY - 6)), 0, 0.0))


def held(responses: LocalResponses, names: str, place: Place = PLAIN) -> str:
    return "".join(name for name in names if run(responses.get(place, name.encode(), 0)) is not None)


def test_the_least_recently_used_goes_first() -> None:
    responses = LocalResponses(3000, SEAL)
    for name in "abc":
        put(responses, name, 1000)
    assert held(responses, "a") == "a"  # used again
    put(responses, "d", 1000)
    assert held(responses, "abcd") == "acd" and responses.used == 3000
    put(responses, "e", 3000)
    assert held(responses, "abcde") == "e" and responses.used == 3000
    put(responses, "f", 3001)
    assert held(responses, "ef") == "e"


def test_the_stage_that_was_idle_longest_gives_way() -> None:
    responses, other = LocalResponses(3000, SEAL), PLAIN._replace(stage="test")
    put(responses, "a", 1000, other)
    put(responses, "b", 1000)
    put(responses, "c", 1000, other)
    put(responses, "d", 1000, other)
    assert (held(responses, "b"), held(responses, "acd", other)) == ("", "acd")
    run(responses.flush("api", "test"))
    assert (held(responses, "acd", other), responses.used) == ("", 0)


def test_a_stage_has_no_more_than_its_own_size() -> None:
    responses, small = LocalResponses(10**9, SEAL), PLAIN._replace(size=2000)
    for name in "abc":
        put(responses, name, 1000, small)
    assert held(responses, "abc", small) == "bc" and responses.used == 2000


def test_what_is_replaced_dropped_and_over_takes_no_room() -> None:
    responses = LocalResponses(10**9, SEAL)
    put(responses, "a", 1000)
    put(responses, "a", 2000)
    assert responses.used == 2000
    assert run(responses.get(PLAIN, b"a", 300.0)) is None and responses.used == 0
    put(responses, "b", 1000)
    run(responses.drop(PLAIN, b"b"))
    run(responses.drop(PLAIN, b"b"))
    run(responses.drop(PLAIN._replace(stage="none"), b"b"))
    assert responses.used == 0


def test_what_was_asked_for_before_another_takes_no_ones_place() -> None:
    responses = LocalResponses(10**6, SEAL)
    for place in (PLAIN, ENCRYPTED):
        for asked, body in ((2.0, b"b"), (1.0, b"a"), (3.0, b"c"), (2.5, b"d")):
            run(responses.put(place, b"k", answer(body, asked), 0, 3.0))
        found = run(responses.get(place, b"k", 10.0))
        assert found is not None and (found.asked, found.response.body) == (3.0, b"c")
        assert run(responses.get(place, b"k", 3.0 - 300.0)) is None  # the clock was set back


def test_a_clock_that_was_set_back_keeps_no_old_response_in_place() -> None:
    scene, stage = Scene(*(returned(letter) for letter in "ab")), caching(PROXY)
    seen = bodies(scene, stage, request())
    scene.clock -= 100
    again = request("GET", "/", "Cache-Control: max-age=0")
    assert seen + bodies(scene, stage, request(), again, request()) == ["a", "a", "b", "b"]


def test_a_cache_without_room_keeps_nothing() -> None:
    responses = LocalResponses(0, SEAL)
    put(responses, "a", 1000)
    assert held(responses, "a") == "" and responses.used == 0


def test_what_is_encrypted_opens_under_its_own_name_only() -> None:
    closed = SEAL.closed(packed(answer()), b"k")
    assert b"secret" not in closed and closed != SEAL.closed(packed(answer()), b"k")
    assert unpacked(SEAL.opened(closed, b"k")) == Answer(Response(200, [b"a: b\r\n"], b"secret"), -1, 0.0)
    other = Seal(b"1" * 32)
    for seal, data, name in ((SEAL, closed, b"l"), (other, closed, b"k"), (SEAL, closed[:-1], b"k"), (SEAL, b"", b"k")):
        with pytest.raises(ValueError):
            seal.opened(data, name)


def test_no_memory_has_what_is_encrypted_in_plain() -> None:
    scene = Scene(returned("secret"))
    stage = caching(PROXY, methodSettings={"*/*": SETTING | {"cacheDataEncrypted": True}})
    assert bodies(scene, stage, request(), request()) == ["secret", "secret"]
    assert isinstance(scene.world.responses, LocalResponses)
    ((entry, *_),) = scene.world.responses._stages["abcdef1234", "prod"].entries.values()
    assert isinstance(entry, bytes) and b"secret" not in entry


class Server:
    """A server of cached answers that can be lost. Its limits and quotas are not asked for."""

    losses = 0

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], tuple[bytes, float]] = {}
        self.ages: list[float] = []
        self.is_lost = False

    async def get(self, space: str, key: str) -> bytes | None:
        self._ask()
        return self.kept.get((space, key), (None, 0))[0]

    async def set(self, space: str, key: str, answer: bytes, seconds: float, age: float) -> None:
        self._ask()
        self.kept[space, key] = answer, seconds
        self.ages.append(round(age, 3))

    async def delete(self, space: str, key: str) -> None:
        self._ask()
        self.kept.pop((space, key), None)

    async def flush(self, space: str) -> None:
        self._ask()
        self.kept = {name: value for name, value in self.kept.items() if name[0] != space}

    def _ask(self) -> None:
        if self.is_lost:
            raise SharedLost("it is lost")


def sharing(server: Any, *answers: Any) -> Scene:
    """A node's world with that server."""
    scene = Scene(*answers)
    scene.world = replace(scene.world, responses=SharedResponses(server, SEAL))
    return scene


@pytest.mark.parametrize("encrypted", [False, True])
def test_nodes_share_what_is_cached(encrypted: bool) -> None:
    server = Server()
    one, two = sharing(server, returned("secret"), returned("b")), sharing(server, returned("c"))
    stage = caching(PROXY, methodSettings={"*/*": SETTING | {"cacheDataEncrypted": encrypted}})
    again = request("GET", "/", "Cache-Control: max-age=0")
    assert bodies(one, stage, request()) + bodies(two, stage, request()) == ["secret", "secret"]
    (((space, key), (data, seconds)),) = server.kept.items()
    assert (space, len(key), seconds, b"secret" in data) == ("abcdef1234/prod", 64, 300, not encrypted)
    assert bodies(one, stage, again) + bodies(two, stage, request()) == ["b", "b"]
    assert server.ages == [0.009, 0.009]  # three looks at the clock: what is older than a flush is not kept
    run(two.world.responses.flush("abcdef1234", "prod"))
    assert bodies(two, stage, request()) + bodies(one, stage, request()) == ["c", "c"]


def test_a_lost_server_is_a_miss_and_never_a_failure() -> None:
    server = Server()
    scene, stage = sharing(server, *(returned(letter) for letter in "abcd")), caching(PROXY)
    seen = bodies(scene, stage, request())
    server.is_lost = True
    seen += bodies(scene, stage, request(), request("GET", "/", "Cache-Control: max-age=0"))
    with pytest.raises(FlushFailed):
        scene.world.responses.flush("abcdef1234", "prod").send(None)
    server.is_lost = False
    assert seen + bodies(scene, stage, request()) == ["a", "b", "c", "a"]


@pytest.mark.parametrize(
    "data", [b"", b"\xc0", packed(answer(asked=ARRIVED - 301)), packed(answer(asked=ARRIVED + 301))]
)
def test_what_cannot_be_read_or_is_over_is_a_miss(data: bytes) -> None:
    server = Server()
    scene, stage = sharing(server, returned("a"), returned("b")), caching(PROXY)
    bodies(scene, stage, request())
    server.kept = dict.fromkeys(server.kept, (data, 300.0))
    assert bodies(scene, stage, request(), request()) == ["b", "b"]


def test_nodes_with_other_keys_cannot_read_what_is_encrypted() -> None:
    server = Server()
    one, two = sharing(server, returned("a")), sharing(server, returned("b"))
    two.world = replace(two.world, responses=SharedResponses(server, Seal(b"1" * 32)))
    stage = caching(PROXY, methodSettings={"*/*": SETTING | {"cacheDataEncrypted": True}})
    assert bodies(one, stage, request()) + bodies(two, stage, request()) == ["a", "b"]


def test_what_is_larger_than_a_megabyte_is_not_shared() -> None:
    server = Server()
    scene = sharing(server, *[returned("x" * 1_048_576)] * 2)
    assert len(bodies(scene, caching(PROXY), request(), request())) == 2
    assert not server.kept and len(scene.backend.sent) == 2
