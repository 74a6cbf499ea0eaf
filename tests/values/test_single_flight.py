"""Those that ask while a question is under way get its answer, or its error."""

from collections.abc import Coroutine
from typing import Any

import pytest

from gatewright.values.pending import Drive, Pending
from gatewright.values.single_flight import SingleFlight


class Asked:
    """Counts how often it is asked; each answer comes when the test completes its pending."""

    def __init__(self) -> None:
        self.questions: list[Pending[str]] = []

    async def __call__(self) -> str:
        self.questions.append(Pending())
        return await self.questions[-1]


def drive(awaited: Pending[str], ended: list[Any]) -> None:
    async def work() -> str:
        return await awaited

    Drive(work(), lambda answer, error: ended.append(error or answer)).step()


def test_all_that_wait_share_one_question_and_the_next_asks_again() -> None:
    asked, flight, ended = Asked(), SingleFlight[str](), list[Any]()
    assert not flight
    for _ in range(3):
        drive(flight.ask(asked), ended)
    assert (bool(flight), len(asked.questions), ended) == (True, 1, [])
    asked.questions[0].complete("here")
    assert (bool(flight), ended) == (False, ["here"] * 3)
    drive(flight.ask(asked), ended)
    assert len(asked.questions) == 2


def test_an_error_is_everybodys_and_does_not_grow() -> None:
    asked, flight, ended = Asked(), SingleFlight[str](), list[Any]()
    for _ in range(20):
        drive(flight.ask(asked), ended)
    error = ConnectionError("gone")
    asked.questions[0].fail(error)
    assert ended == [error] * 20
    depth, traceback = 0, error.__traceback__
    while traceback is not None:
        depth, traceback = depth + 1, traceback.tb_next
    assert depth < 10


def test_who_waited_may_ask_again_at_once() -> None:
    asked, flight, ended = Asked(), SingleFlight[str](), list[Any]()

    async def twice() -> str:
        return await flight.ask(asked) + await flight.ask(asked)

    both: list[Coroutine[Any, Any, str]] = [twice(), twice()]
    for one in both:
        Drive(one, lambda answer, error: ended.append(error or answer)).step()
    asked.questions[0].complete("a")
    assert len(asked.questions) == 2
    asked.questions[1].complete("b")
    assert ended == ["ab", "ab"]


def test_an_answer_that_is_there_waits_for_nobody() -> None:
    async def now() -> str:
        return "now"

    ended: list[Any] = []
    flight = SingleFlight[str]()
    drive(flight.ask(now), ended)
    assert (bool(flight), ended) == (False, ["now"])


@pytest.mark.parametrize("error", [KeyError("bug"), TimeoutError()])
def test_a_question_that_failed_is_asked_anew(error: Exception) -> None:
    asked, flight, ended = Asked(), SingleFlight[str](), list[Any]()
    drive(flight.ask(asked), ended)
    asked.questions[0].fail(error)
    drive(flight.ask(asked), ended)
    asked.questions[1].complete("here")
    assert ended == [error, "here"]
