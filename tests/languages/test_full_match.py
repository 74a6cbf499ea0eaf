"""Java patterns: what they match, what is refused, and that none runs away."""

import contextlib
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.languages.full_match import LONGEST_TEXT, compile_full_match
from gatewright.languages.java_pattern import PatternError
from gatewright.languages.java_regex import RegexError, compile_regex


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("", "", "a"),
        ("200", "200", "2000"),
        (r"4\d{2}", "404", "4044"),
        ("[45]..", "503", "200"),
        ("5.*|.*x", "yx", "y"),
        (".*", "", "a\nb"),
        ("(?s).*", "a\nb", None),
        (r"(\n|.)+", "a\nb", ""),
        (r"(.|\n)*Malformed(.|\n)*", "x\nMalformed y", "Malform"),
        (r"\[BadRequest\].*", "[BadRequest] no", "BadRequest"),
        ("^Error$", "Error", "Error\n"),
        (r"\AError\z", "Error", "an Error"),
        ("(?i)bad.*", "BAD thing", "a bad thing"),
        ("a(?i:b)c", "aBc", "aBC"),
        ("(?:a|b)(?<name>c)", "bc", "cc"),
        ("^(?!200).*", "404", "200"),
        ("(?=4)(?!..4).*", "400", "404"),
        ("a{2,3}?", "aaa", "aaaa"),
        ("a{2,}", "aaaa", "a"),
        ("a?|b", "", "ab"),
        ("(){9999}a", "a", ""),
        (r"\Qa.b\E.*", "a.b!", "acb"),
        (r"\Qa|b", "a|b", "a"),
        (r"\Qab\E+", "abb", "abab"),
        (r"(?i)[^b]\p{Lower}", "aB", "Bb"),
        ("[a-c&&[^b]]+", "ac", "ab"),
        ("[]a]+", "]a", "["),
        (r"[^\d\s]", "x", "1"),
        (r"[\w-]+", "a-b_1", "é"),
        (r"[a-]", "-", "b"),
        (r"[[0-9]x]+", "1x", "y"),
        (r"[\u0041-\x43\]]+", "AC]", "D"),
        (r"\p{Alpha}\P{Alpha}\pL", "a1é", "aaa"),
        (r"\h\v\R\R\D", "\t\n\r\n\nx", "\t\n\r\n\n1"),
        (r".*\bfoo\b.*", "a foo b", "afoo b"),
        (r"o\Bo", "oo", "o o"),
        (r"\011\t\.", "\t\t.", "\t\tx"),
    ],
)
def test_what_matches(pattern: str, yes: str, no: str | None):
    matches = compile_full_match(pattern)
    assert matches(yes)
    assert no is None or not matches(no)


@pytest.mark.parametrize(
    "pattern",
    [
        *("((", "a)", "*", "a{3,2}", "[a", "[b-a]", "a\\", r"\k<x>", r"\1", "(?<=a)b", "(?>a)", "a*+", "a**"),
        *(r"(a)\1", r"(?<x>a)\k<x>"),
        *(
            r"x(?=a)a",
            "(?m)^a",
            r"\p{Nonsense}",
            "((a{100}){100}){100}",
            "a" * 5000,
            "(" * 100,
            "[" * 100,
            r"\x{110000}",
        ),
    ],
)
def test_what_is_refused(pattern: str):
    with pytest.raises(PatternError):
        compile_full_match(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(a|b)*a(a|b){20}b", ".*a.*a.*a.*a.*b", "(.*){9}b"])
def test_no_pattern_runs_away(pattern: str):
    matches = compile_full_match(pattern)
    began = time.monotonic()
    assert not matches("ab" * 10 + "a" * 100_000)
    assert time.monotonic() - began < 2


def test_of_a_long_text_the_first_characters_count():
    assert compile_full_match("a*")("a" * LONGEST_TEXT + "b")


_PATTERNS = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", ""]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,}", "*?"])).map(
            lambda two: f"(?:{two[0]}){two[1]}"
        ),
    ),
    max_leaves=6,
)


@given(_PATTERNS, st.text("ab1", max_size=6))
def test_it_agrees_with_another_matcher(pattern: str, text: str):
    """Python's own engine, and the same by way of the tree."""
    expected = bool(re.fullmatch(pattern, text))
    assert compile_full_match(pattern)(text) == expected
    assert bool(compile_regex(pattern).pattern.fullmatch(text)) == expected


@given(st.text("ab()[]{}|*+?\\^$.-,&1Qd:!=<", max_size=12), st.text("ab1\n", max_size=4))
def test_any_text_is_a_pattern_or_refused(pattern: str, text: str):
    with contextlib.suppress(PatternError):
        compile_full_match(pattern)(text)
    with contextlib.suppress(RegexError):
        compile_regex(pattern)
