"""The memory of heads: by identity, bounded, and never wrong about a tuple that came later."""

from gatewright.execute.headers_memo import REMEMBERED, HeadersMemo
from gatewright.values.headers import Headers
from tests.execute.stage import headers


def test_each_tuple_is_read_once_while_it_is_remembered():
    asked: list[Headers] = []

    def read(lines: Headers) -> str:
        asked.append(lines)
        return lines[0].value

    memo = HeadersMemo(read)
    first, equal = headers("A: 1"), headers("A: 1")
    assert [memo.of(first), memo.of(first), memo.of(equal)] == ["1", "1", "1"]
    assert len(asked) == 2


def test_it_is_bounded_and_tuples_that_come_and_go_are_told_apart():
    memo = HeadersMemo(lambda lines: lines[0].value)
    for number in range(REMEMBERED * 4):
        assert memo.of(headers(f"A: {number}")) == str(number)
        assert len(memo._recent) <= REMEMBERED
