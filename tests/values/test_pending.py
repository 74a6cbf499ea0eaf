"""A hand-driven coroutine goes on when its answer is there, and ends with its result or its error."""

from typing import Any

from gatewright.values.pending import Drive, Pending


def drive(coroutine: Any) -> list[Any]:
    ended: list[Any] = []
    Drive(coroutine, lambda answer, error: ended.append((answer, error))).step()
    return ended


def test_an_answer_resumes_the_coroutine() -> None:
    later: Pending[int] = Pending()

    async def work() -> int:
        return await later + 1

    ended = drive(work())
    assert ended == []
    later.complete(41)
    assert ended == [(42, None)]


def test_an_answer_that_is_already_there_does_not_suspend() -> None:
    ready: Pending[str] = Pending()
    ready.complete("now")

    async def work() -> str:
        return await ready

    assert drive(work()) == [("now", None)]


def test_a_failure_is_raised_where_the_answer_is_awaited() -> None:
    later: Pending[int] = Pending()

    async def work() -> str:
        try:
            await later
        except ConnectionError as error:
            return f"caught {error}"
        return "not reached"

    ended = drive(work())
    later.fail(ConnectionError("gone"))
    later.complete(1)  # too late: ignored
    assert ended == [("caught gone", None)]


def test_an_uncaught_error_ends_the_drive() -> None:
    async def work() -> None:
        raise ValueError("broken")

    [(answer, error)] = drive(work())
    assert answer is None
    assert str(error) == "broken"


def test_several_answers_in_turn() -> None:
    answers: list[Pending[int]] = [Pending() for _ in range(3)]

    async def work() -> int:
        return sum([await answer for answer in answers])

    ended = drive(work())
    for number, answer in enumerate(answers):
        assert ended == []
        answer.complete(number)
    assert ended == [(3, None)]
