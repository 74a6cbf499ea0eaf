"""What is remembered, and what is forgotten first."""

from functools import partial

from gatewright.values.least_recent import LeastRecent


def known(memory: LeastRecent[str, int]) -> str:
    """The keys that are known, which makes each the last to be forgotten in turn."""
    return "".join(key for key in "abcdefghijkl" if memory.get(key) is not None)


def test_the_least_recently_used_goes_first() -> None:
    memory: LeastRecent[str, int] = LeastRecent(80)
    for number, key in enumerate("abcdefgh"):
        memory.put(key, number, 10)
    assert (known(memory), len(memory)) == ("abcdefgh", 8)
    memory.get("a")
    memory.put("i", 9, 10)
    assert known(memory) == "acdefghi"


def test_what_is_put_again_counts_once() -> None:
    memory: LeastRecent[str, int] = LeastRecent(80)
    for number in range(20):
        memory.put("a", number, 10)
    memory.put("b", 1, 10)
    assert (memory.get("a"), known(memory)) == (19, "ab")


def test_one_that_is_too_large_takes_the_place_of_none() -> None:
    memory: LeastRecent[str, int] = LeastRecent(80)
    memory.put("a", 1, 10)
    memory.put("b", 1, 11)
    assert known(memory) == "a"
    memory.put("a", 2, 11)
    assert (known(memory), len(memory)) == ("", 0)


def test_what_is_dropped_makes_room() -> None:
    memory: LeastRecent[str, int] = LeastRecent(80)
    for key in "abcdefgh":
        memory.put(key, 1, 10)
    memory.drop("none")
    memory.drop_those(lambda key: key in "abcd")
    for key in "ijkl":
        memory.put(key, 1, 10)
    assert known(memory) == "efghijkl"


def test_one_that_is_not_known_is_made_and_a_look_keeps_nothing() -> None:
    memory: LeastRecent[str, int] = LeastRecent(8)
    for number, key in enumerate("abcdefgh"):
        assert memory.get_or_put(key, partial(int, number)) == number
    assert (memory.get_or_put("a", lambda: 9), memory.peek("b"), memory.peek("z")) == (0, 1, None)
    memory.get_or_put("i", lambda: 8)
    assert known(memory) == "acdefghi"
