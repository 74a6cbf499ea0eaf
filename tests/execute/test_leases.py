"""Leases of tokens: few calls, exact totals, nothing kept for long."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.execute.limits.leases import LIFE, WAITING, Leases
from gatewright.execute.limits.throttle import Limit
from gatewright.execute.shared import Ask, Grant, SharedLost
from gatewright.values.pending import Drive, Pending

A, B = Limit("a", 10.0, 20), Limit("b", 10.0, 4)


class Server:
    """Buckets as the shared server has them, at a time that the test moves. It answers at once unless `is_slow`."""

    def __init__(self, *, is_slow: bool = False) -> None:
        self.now = 100.0
        self.is_slow = is_slow
        self.is_lost = False
        self.calls: list[list[tuple[str, Ask]]] = []
        self.unanswered: list[Callable[[], None]] = []
        self._buckets: dict[str, tuple[float, float]] = {}

    def ask(self, asks: Sequence[tuple[Limit, Ask]]) -> Awaitable[Sequence[Grant]]:
        pending: Pending[Sequence[Grant]] = Pending()
        self.calls.append([(limit.name, ask) for limit, ask in asks])
        if self.is_lost:
            pending.fail(SharedLost())
        elif self.is_slow:
            self.unanswered.append(lambda: pending.complete([self._grant(*one) for one in asks]))
        else:
            pending.complete([self._grant(*one) for one in asks])
        return pending

    def answer(self) -> None:
        self.unanswered.pop(0)()

    def _grant(self, limit: Limit, ask: Ask) -> Grant:
        tokens, at = self._buckets.get(limit.name, (float(limit.burst), self.now))
        tokens = min(tokens + ask.back + (self.now - at) * limit.rate, limit.burst)
        granted = min(ask.need, int(tokens))
        granted += min(ask.more, int((tokens - granted) / 4))
        self._buckets.pop(limit.name, None)
        if tokens - granted < limit.burst:  # a full bucket is none
            self._buckets[limit.name] = tokens - granted, self.now
        return Grant(granted, max(0.0, (1 - (tokens - granted)) / limit.rate))


@pytest.fixture
def server() -> Server:
    return Server()


def leases_of(server: Server) -> Leases[Limit]:
    return Leases(server.ask, lambda: server.now)


def take(leases: Leases[Limit], *limits: Limit) -> list[Any]:
    """The result when it is there: the exhausted limit, None, or SharedLost."""
    results: list[Any] = []
    Drive(leases.take(limits), lambda result, error: results.append(error or result)).step()
    return results


def test_tokens_in_hand_need_no_call(server: Server) -> None:
    leases = leases_of(server)
    assert [take(leases, A) for _ in range(10)] == [[None]] * 10
    # One, and then more each time: 1 + 1 ahead, 1 + 3 ahead, 1 + 3 ahead as a quarter of what is left.
    assert server.calls == [[("a", Ask(0, 1, 0))], [("a", Ask(0, 1, 1))], [("a", Ask(0, 1, 3))], [("a", Ask(0, 1, 7))]]
    assert leases.in_hand == leases.granted - 10


def test_those_who_wait_go_with_one_call() -> None:
    server = Server(is_slow=True)
    leases = leases_of(server)
    waiting = [take(leases, A) for _ in range(30)]
    assert waiting == [[]] * 30
    server.answer()
    server.answer()
    assert [[(name, ask.need) for name, ask in call] for call in server.calls] == [[("a", 1)], [("a", 29)]]
    assert waiting == [[None]] * 20 + [[A]] * 10


def test_a_refusal_is_remembered_until_the_next_token(server: Server) -> None:
    leases = leases_of(server)
    passed = [take(leases, B) for _ in range(10)].count([None])
    assert passed == 4
    calls = len(server.calls)
    server.now += 0.09
    assert take(leases, B) == [B]
    assert len(server.calls) == calls
    server.now += 0.02
    assert [take(leases, B) for _ in range(3)] == [[None], [B], [B]]
    assert len(server.calls) == calls + 2


def test_all_tokens_or_none(server: Server) -> None:
    leases = leases_of(server)
    assert [take(leases, A, B) for _ in range(4)] == [[None]] * 4
    in_hand = leases.in_hand
    assert take(leases, A, B) == [B]
    assert take(leases, B, A) == [B]
    assert take(leases, A) == [None]
    assert leases.in_hand <= in_hand


def test_what_is_not_used_is_given_back(server: Server) -> None:
    leases = leases_of(server)
    assert [take(leases, A) for _ in range(4)] == [[None]] * 4
    in_hand = leases.in_hand
    assert in_hand > 0
    leases.age(server.now + LIFE / 2)
    assert leases.in_hand == in_hand
    server.now += LIFE
    leases.age(server.now)
    assert server.calls[-1] == [("a", Ask(in_hand, 0, 0))]
    assert (leases.in_hand, leases.returned) == (0, in_hand)
    server.now += 10.0
    leases.age(server.now)
    assert vars(leases)["_leases"] == {}  # it grows with what is in use only


def test_less_is_leased_ahead_after_some_was_left(server: Server) -> None:
    leases = leases_of(server)
    large = Limit("large", 1000.0, 100_000)
    assert [take(leases, large) for _ in range(100)] == [[None]] * 100
    ahead = []
    for _ in range(7):
        server.now += LIFE
        leases.age(server.now)
        assert take(leases, large) == [None]
        ahead.append(server.calls[-1][0][1].more)
    assert ahead == [31, 15, 7, 3, 1, 0, 0]


def test_a_lost_server(server: Server) -> None:
    leases = leases_of(server)
    assert take(leases, B) == [None]
    server.is_lost = True
    (error,) = take(leases, A, B)
    assert isinstance(error, SharedLost)
    server.is_lost = False
    assert [take(leases, B) for _ in range(4)] == [[None]] * 3 + [[B]]


def test_a_server_lost_while_callers_wait() -> None:
    server = Server(is_slow=True)
    leases = leases_of(server)
    first, second = take(leases, A), take(leases, A)
    server.is_lost = True
    server.answer()
    assert first == [None]
    assert [type(error) for error in second] == [SharedLost]


def test_a_refusal_is_not_remembered_for_long(server: Server) -> None:
    leases = leases_of(server)
    slow = Limit("slow", 0.01, 1)
    assert [take(leases, slow) for _ in range(3)] == [[None], [slow], [slow]]
    server.ask([(slow, Ask(1, 0, 0))])  # another node gives one back
    server.now += LIFE
    assert take(leases, slow) == [None]


def test_a_changed_limit_is_asked_for_anew(server: Server) -> None:
    leases = leases_of(server)
    assert [take(leases, A) for _ in range(4)] == [[None]] * 4
    in_hand, none_of_a = leases.in_hand, A._replace(burst=0)
    assert in_hand > 0
    assert take(leases, none_of_a) == [none_of_a]
    ((_, ask),) = server.calls[-1]
    assert (ask.back, ask.need, leases.in_hand) == (in_hand, 1, 0)
    none = Limit("b", 1.0, 0)
    assert take(leases, none) == [none]
    assert take(leases, B) == [None]


def test_no_more_than_so_many_wait() -> None:
    server = Server(is_slow=True)
    leases = leases_of(server)
    waiting = [take(leases, A) for _ in range(WAITING + 2)]
    assert waiting[-2:] == [[], [A]]


def test_a_token_that_was_not_used(server: Server) -> None:
    leases = leases_of(server)
    assert take(leases, B) == [None]
    leases.put_back(B)
    assert take(leases, B) == [None]
    assert len(server.calls) == 1
    leases.put_back(B)
    leases.age(server.now + LIFE)
    assert server.calls[-1] == [("b", Ask(1, 0, 0))]


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 12), st.sampled_from([0.0, 0.01, 0.1, 0.3, 2.0]), st.booleans()),
        max_size=60,
    )
)
def test_no_more_passes_than_the_bucket_has(steps: list[tuple[int, int, float, bool]]) -> None:
    """Three nodes, whose calls are lost now and then: at no time more than the burst and what came since."""
    server = Server()
    nodes = [leases_of(server) for _ in range(3)]
    passed = 0
    for node, requests, seconds, is_lost in steps:
        server.now += seconds
        server.is_lost = is_lost
        for leases in nodes:
            leases.age(server.now)
        passed += sum(take(nodes[node], A, B) == [None] for _ in range(requests))
        assert passed + sum(leases.in_hand for leases in nodes) <= 24 + 20 * (server.now - 100.0) + 1e-6
        assert passed <= B.burst + B.rate * (server.now - 100.0) + 1e-6
