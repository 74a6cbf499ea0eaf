"""Java's regular expressions: what Python writes differently, and which patterns cost too much."""

import re

import pytest

from gatewright.languages.java_regex import RegexError, compile_regex, matches, replaced, split


def free(_steps: int) -> None:
    """Charges nothing."""


MATCHES = [
    (r"\p{Alpha}+", "abc", True),
    (r"\p{Lu}\p{Ll}*", "Abc", True),
    (r"\P{Digit}+", "a1", False),
    (r"[\p{Digit}.]+", "1.5", True),
    (r"\d+", "٣", False),
    (r"\w+", "é", False),
    (r".", "\u2028", False),
    (r"a.b", "a\nb", False),
    (r"(?s)a.b", "a\nb", True),
    (r"\Qa.b\E+", "a.bb", True),
    (r"\Q[", "[", True),
    (r"(?<year>\d{4})-\k<year>", "2024-2024", True),
    (r"a++b", "aaab", True),
    (r"(?>a|ab)c", "abc", False),
    (r"(?i)ABC", "abc", True),
    (r"\h+\R", " \t\r\n", True),
    (r"[&|~]+", "&|~", True),
    (r"a\z", "a", True),
    (r"a$\R", "a\r\n", True),
    ("[a-c&&[^b]]+[x[yz]]", "acz", True),
    (r"\p{Lu}\pL\p{Nd}", "Éé٣", True),
    (r"(?i)(a)[^b]\1", "acA", True),
    (r"(?i)a[^b]", "aB", False),
    ("(?-i:a)(?i:b)c", "aBc", True),
    ("(?x) a b # ab\nc", "abc", True),
    ("(?m)a$\n^b", "a\nb", True),
    (r".*(?<=a)b(?!c)d", "abd", True),
    ("()" * 9 + r"(x)\10\111", "xx1", False),
    ("()" * 9 + r"(x)\101", "xx1", True),
]


@pytest.mark.parametrize(("pattern", "text", "whole"), MATCHES)
def test_matches(pattern: str, text: str, whole: bool):
    assert matches(free, text, pattern) is whole


def test_replacements():
    assert replaced(free, "a-b", r"(\w)-(\w)", "$2_$1") == "b_a"
    assert replaced(free, "ab", "(?<x>a)", "${x}$0") == "aab"
    assert replaced(free, "a.b.c", r"\.", r"\$") == "a$b$c"
    assert replaced(free, "a.b.c", r"\.", "", count=1) == "ab.c"
    assert replaced(free, "abc", "", "-") == "-a-b-c-"
    for replacement in ("$", "a\\", "$2", "${y}"):
        with pytest.raises(RegexError):
            replaced(free, "a", "(a)", replacement)


def test_split_drops_what_is_empty_at_the_end():
    assert split(free, "a,b,,c,,", ",") == ["a", "b", "", "c"]
    assert split(free, "a,b,,c,,", ",", -1) == ["a", "b", "", "c", "", ""]
    assert split(free, "a,b,,c,,", ",", 2) == ["a", "b,,c,,"]
    assert split(free, ",a", ",") == ["", "a"]
    assert (split(free, "", ","), split(free, ",", ","), split(free, "abc", "")) == ([""], [], ["a", "b", "c"])


@pytest.mark.parametrize("pattern", ["(", r"\p{InGreek}", r"\pL" * 300, "a{2,1}", "*", "a" * 1001, "(" * 500])
def test_refused(pattern: str):
    with pytest.raises(RegexError):
        compile_regex(pattern)


CHEAP = [r"\s+", r"[^a-z]+", r"\d{4}-\d{2}-\d{2}", "a|b|c", r"^https?://", r"\"", "(a|b)+", r"(?:\d{1,3}\.){3}\d{1,3}"]
DEAR = [
    "(a+)+b",
    "(a|a)*b",
    "(a|ab)*c",
    "a*a*a*a*b",
    "(a?){30}a{30}",
    "a?" * 40,
    r"(.*)\1(.*)\2x",
    "(a|aa)*b",
    "(a{1,20})*b",
]


@pytest.mark.parametrize("pattern", CHEAP)
def test_cost_of_what_is_in_use(pattern: str):
    assert compile_regex(pattern).cost.steps(10_000) < 100_000


@pytest.mark.parametrize("pattern", DEAR)
def test_cost_of_what_runs_away(pattern: str):
    assert compile_regex(pattern).cost.steps(10_000) > 3_000_000


def test_the_cost_is_no_less_than_the_work():
    """Patterns that are charged little end at once, on the texts they like least."""
    for pattern in CHEAP:
        for text in ("a" * 10_000, " " * 10_000, "1." * 5000, "ab" * 5000 + "!"):
            assert re.compile(pattern) and matches(free, text, pattern) in {True, False}
