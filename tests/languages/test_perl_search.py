"""Patterns as AWS WAF has them: what they find, what is refused, and that no text makes them run away."""

import random
import re
import time

import pytest

from gatewright.languages.java_pattern import PatternError
from gatewright.languages.perl_search import _Finder, _PerlReader, compile_search

# Each with the pattern of Python's that means the same.
SAME = {
    "abc": "abc",
    "^abc": "^abc",
    "abc$": "abc$",
    "a.c": "a.c",
    "(?s)a.c": "(?s)a.c",
    "(?i)AbC": "(?i)AbC",
    "[[:alpha:]]+\\d{2,3}": "[A-Za-z]+\\d{2,3}",
    "[^[:space:]x]b": "[^\\sx]b",
    "^(?!ab)a": "^(?!ab)a",
    "^(?=.*x)(?!.*y)": "^(?=.*x)(?!.*y)",
    "a|b$": "a|b$",
    "\\bfoo\\b": "\\bfoo\\b",
    "o\\B": "o\\B",
    "[^a-c]": "[^a-c]",
    "^$": "^$",
    "a$\\n": "a$\\n",
    "(a|b)*c$": "(a|b)*c$",
    "[]a]": "[]a]",
    "[a-]b": "[a-]b",
    "[a&&b]": "[a&b]",
    "[[a]": "[\\[a]",
    "a{2}|b{1,}": "a{2}|b{1,}",
    "(foo|x)+?\\s": "(foo|x)+?\\s",
    "b\\Z": "b$",
    "a\\z": "a\\Z",
    "\\Q.\\E": "\\.",
    "\\x41": "A",
}


def spend(_: int) -> None:
    """Any effort is allowed."""


@pytest.mark.parametrize("pattern", SAME)
def test_a_pattern_finds_what_perl_finds(pattern: str):
    finds, other = compile_search(pattern), re.compile(SAME[pattern], re.ASCII)
    made = random.Random(pattern)
    for _ in range(300):
        text = "".join(made.choices("abcABxy1 \n.fo]-[&\xe9", k=made.randrange(9)))
        assert finds(text, spend) == bool(other.search(text)), text


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            "(a)\\1",
            "(?<=a)b",
            "a++",
            "(?>a)",
            "a(?=b)",
            "(?=a)b",
            "\\pL",
            "\\R",
            "\\X",
            "\\K",
            "\\Ca",
            "\\012",
            "\\u0041",
        ),
        *("(?m)^a", "a{300}", "a{1,256}", "a{99999}", "a{,3}", "[z", "(a", "a)", "\\x{100}", "(?P<a>b)", "(?(1)a)"),
        *("(?|a)", "(?R)", "[[:odd:]]", "[b-a]", "*a", "[a\\Qb]", "((a{200}){2})"),
    ],
)
def test_what_waf_or_a_linear_search_does_not_have_is_refused(pattern: str):
    with pytest.raises(PatternError):
        compile_search(pattern)


def test_no_text_makes_a_search_run_away():
    began = time.process_time()
    for pattern in ("(a+)+$", "(a|aa)+$", "(.*a){12}b", "^(([a-z])+.)+[A-Z]([a-z])+$"):
        assert not compile_search(pattern)("a" * 16_384 + "!", spend)
    assert time.process_time() - began < 5


def test_what_is_remembered_is_bounded():
    finder, made = _Finder.of(_PerlReader("a(a|b){5}").choice(), anchored=False), random.Random(3)
    for _ in range(20_000):
        finder.finds("".join(made.choices("ab", k=6)) + chr(made.randrange(256)), spend)
    assert len(finder.known) <= 2_000


def test_letters_beyond_ascii_are_bytes():
    assert compile_search("é.\\Z")("né!".encode().decode("latin-1"), spend)
