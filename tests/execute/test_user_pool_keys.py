"""The keys of user pools: how often they are asked for, for whom, and what becomes of a pool that does not answer."""

import json
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from gatewright.execute.authorizers.openid_issuer import OpenIdIssuers
from gatewright.execute.authorizers.user_pool import UserPool
from gatewright.execute.authorizers.user_pool_keys import (
    AGAIN_SECONDS,
    KEPT_SECONDS,
    MOST_POOLS,
    PATIENCE,
    PoolUnreachable,
    UserPoolKeys,
)
from gatewright.execute.world import Returned, ServiceCall
from gatewright.values.faults import NetworkFault
from gatewright.values.pending import Drive, Pending
from tests.execute.stage import Backend

POOL = UserPool("123456789012", "eu-west-1", "eu-west-1_AbCdEfGhI")
PUBLIC = RSAKey.generate_key(2048).as_dict(private=False)


def answer(*ids: str, status: int = 200) -> Returned:
    return Returned(status, (), json.dumps({"keys": [PUBLIC | {"kid": id} for id in ids]}).encode())


@dataclass
class Endpoint:
    """The cognito-idp endpoint, which answers when told to; and a clock that the test sets."""

    now: float = 1_000.0
    calls: list[ServiceCall] = field(default_factory=list)
    waiting: list[Pending[Returned]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = UserPoolKeys(self, lambda: self.now, OpenIdIssuers(Backend(), {}))

    def call(self, call: ServiceCall, *, timeout: float) -> Awaitable[Returned]:
        assert timeout == PATIENCE
        self.calls.append(call)
        self.waiting.append(Pending())
        return self.waiting[-1]

    def ask(self, key_id: str, pool: UserPool = POOL) -> list[Any]:
        """The ids of the keys, or the error, once there is an answer."""
        ends: list[Any] = []
        Drive(self.keys.of(pool, key_id), lambda keys, error: ends.append(sorted(keys) if keys else repr(error))).step()
        return ends

    def asked(self, key_id: str, *answers: Returned | Exception, pool: UserPool = POOL) -> Any:
        """The same when the endpoint gives these answers, all of which it is asked for."""
        before = len(self.calls)
        ends = self.ask(key_id, pool)
        assert len(self.calls) - before == len(answers)
        for one in answers:
            pending = self.waiting.pop()
            if isinstance(one, Exception):
                pending.fail(one)
            else:
                pending.complete(one)
        [end] = ends
        return end


def test_they_are_asked_for_once() -> None:
    endpoint = Endpoint()
    assert endpoint.asked("one", answer("one", "two")) == ["one", "two"]
    assert endpoint.asked("two") == ["one", "two"]
    endpoint.now += KEPT_SECONDS / 2 - 1
    assert endpoint.asked("one") == ["one", "two"]
    endpoint.now += KEPT_SECONDS / 2 + 1
    assert endpoint.asked("one", answer("one")) == ["one"]
    assert endpoint.calls[0] == ServiceCall(
        "cognito-idp",
        "eu-west-1",
        "123456789012",
        "",
        "GET",
        "cognito-idp.eu-west-1.amazonaws.com",
        "/eu-west-1_AbCdEfGhI/.well-known/jwks.json",
        (("Accept", "application/json"),),
        b"",
        anonymous=True,
    )


def test_nobody_waits_for_keys_to_be_renewed() -> None:
    endpoint = Endpoint()
    assert endpoint.asked("one", answer("one")) == ["one"]
    endpoint.now += KEPT_SECONDS / 2
    for _ in range(2):
        assert [endpoint.ask("one"), sorted(endpoint.keys.current(POOL) or ())] == [[["one"]], ["one"]]
        [asked] = endpoint.waiting
        endpoint.waiting.clear()
        asked.fail(NetworkFault("connect", "nothing listens"))
        assert (endpoint.ask("one"), endpoint.waiting) == ([["one"]], [])  # not asked again at once
        endpoint.now += AGAIN_SECONDS
    assert sorted(endpoint.keys.current(POOL) or ()) == ["one"]  # verified tokens make it ask, too
    endpoint.waiting.pop().complete(answer("one", "two"))
    endpoint.now += KEPT_SECONDS / 2 - 1
    assert (endpoint.ask("two"), len(endpoint.calls)) == ([["one", "two"]], 4)


def test_a_clock_that_is_set_back_makes_no_keys_last() -> None:
    endpoint = Endpoint()
    assert endpoint.asked("one", answer("one")) == ["one"]
    endpoint.now -= 1
    assert endpoint.keys.current(POOL) is None
    assert endpoint.asked("one", answer("two")) == ["two"]


def test_a_key_that_is_not_known_yet() -> None:
    endpoint = Endpoint()
    assert endpoint.asked("one", answer("one")) == ["one"]
    assert endpoint.asked("two") == ["one"]  # asked a moment ago
    endpoint.now += AGAIN_SECONDS
    assert endpoint.asked("two", answer("one", "two")) == ["one", "two"]
    endpoint.now += AGAIN_SECONDS
    assert endpoint.asked("made up", answer("one", "two")) == ["one", "two"]
    assert [endpoint.asked(f"made up {number}") for number in range(9)] == [["one", "two"]] * 9


def test_all_that_wait_share_a_question() -> None:
    endpoint = Endpoint()
    ends = [endpoint.ask("one"), endpoint.ask("two"), endpoint.ask("one")]
    assert (ends, len(endpoint.calls)) == ([[], [], []], 1)
    endpoint.waiting.pop().complete(answer("one"))
    assert ends == [[["one"]]] * 3


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (NetworkFault("connect", "nothing listens"), "its keys cannot be fetched: nothing listens"),
        (answer(status=404), "its keys cannot be fetched: the answer is 404"),
        (answer("one", status=302), "its keys cannot be fetched: the answer is 302"),
        (Returned(200, (), b"<html>"), "its keys cannot be used: not a JSON Web Key Set"),
        (answer(), "its keys cannot be used: there are none"),
    ],
    ids=["unreachable", "unknown", "elsewhere", "no JSON", "none"],
)
def test_a_pool_that_does_not_give_them(given: Returned | Exception, why: str) -> None:
    endpoint = Endpoint()
    error = repr(PoolUnreachable(why))
    assert endpoint.asked("one", given) == error
    assert endpoint.asked("one") == error  # not asked again at once
    endpoint.now -= 60  # the clock was set back
    assert endpoint.asked("one", given) == error
    endpoint.now += AGAIN_SECONDS
    assert endpoint.asked("one", answer("one")) == ["one"]
    endpoint.now += AGAIN_SECONDS
    assert endpoint.asked("two", given) == ["one"]  # those that are still good stay
    endpoint.now += KEPT_SECONDS
    assert endpoint.asked("one", given) == error


def test_our_own_faults_are_not_taken_for_the_pools() -> None:
    endpoint = Endpoint()
    assert endpoint.asked("one", KeyError("bug")) == "KeyError('bug')"


def test_pools_do_not_pile_up() -> None:
    endpoint = Endpoint()
    for number in range(MOST_POOLS + 1):
        assert endpoint.asked("one", answer("one"), pool=POOL._replace(id=f"eu-west-1_{number}")) == ["one"]
        assert endpoint.asked("one", *([answer("one")] if number == 0 else []), pool=POOL) == ["one"]
    assert endpoint.asked("one", answer("one"), pool=POOL._replace(id="eu-west-1_0")) == ["one"]
    assert endpoint.asked("one", pool=POOL) == ["one"]


def test_issuers() -> None:
    assert POOL.issuer == "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI"
    assert POOL._replace(region="cn-north-1").issuer.startswith("https://cognito-idp.cn-north-1.amazonaws.com.cn/")
