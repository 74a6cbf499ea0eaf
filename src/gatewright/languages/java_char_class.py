"""Which characters a part of a Java pattern stands for: `[a-z&&[^b]]`, `\\d`, `\\p{Alpha}`, `.`.

A class is a set of characters as ranges of code points, worked out when the pattern is read. Java's own rules hold
where they differ from Python's: the predefined classes are ASCII, a dot stops at all of Java's line terminators, and
classes have unions and intersections. Java SE API: class java.util.regex.Pattern.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache

Ranges = tuple[tuple[int, int], ...]  # in order, both ends included, with a gap between any two

LINE_ENDS = "\n\r\u0085\u2028\u2029"
_LAST = 0x10FFFF
_LAST_LETTER = 0x323AF  # what follows is for private use, or no letter and no digit
_CASE = ord("a") - ord("A")


def one_of(characters: str) -> Ranges:
    """These characters."""
    return union(*(((ord(one), ord(one)),) for one in characters))


def between(low: str, high: str) -> Ranges:
    """A range, both ends included."""
    return ((ord(low), ord(high)),)


def union(*classes: Ranges) -> Ranges:
    """What is in any of them."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(pair for ranges in classes for pair in ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(high, merged[-1][1])
        else:
            merged.append((low, high))
    return tuple(merged)


@lru_cache(maxsize=256)
def none_of(ranges: Ranges) -> Ranges:
    """The complement."""
    lows = [0, *(high + 1 for _, high in ranges)]
    highs = [*(low - 1 for low, _ in ranges), _LAST]
    return tuple((low, high) for low, high in zip(lows, highs, strict=True) if low <= high)


@lru_cache(maxsize=256)
def intersection(one: Ranges, other: Ranges) -> Ranges:
    """What is in both."""
    return none_of(union(none_of(one), none_of(other)))


@lru_cache(maxsize=256)
def ignoring_case(ranges: Ranges) -> Ranges:
    """With the other case of its letters, which is of ASCII letters only unless Java is told otherwise."""
    lower, upper = intersection(ranges, _LOWER), intersection(ranges, _UPPER)
    others = [tuple((low + by, high + by) for low, high in part) for part, by in ((lower, -_CASE), (upper, _CASE))]
    return union(ranges, *others)


def holds(ranges: Ranges, character: str) -> bool:
    """Whether the character is in the class."""
    code = ord(character)
    at = bisect_right(ranges, (code, _LAST)) - 1
    return at >= 0 and code <= ranges[at][1]


@lru_cache(maxsize=256)
def python_source(ranges: Ranges) -> str:
    """A pattern of Python's `re` for one character of the class."""
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return re.escape(chr(ranges[0][0]))
    if not ranges or ranges == EVERY:
        return r"[^\s\S]" if not ranges else r"[\s\S]"
    inside, outside = _listed(ranges), _listed(none_of(ranges))
    return f"[{inside}]" if len(inside) <= len(outside) else f"[^{outside}]"


def named_class(name: str) -> Ranges | None:
    """The class `\\p{name}`, None when it is not known: POSIX's, Unicode's categories, some by Java's names."""
    if name in _POSIX:
        return _POSIX[name]
    category = _CATEGORIES.get(name, name.removeprefix("Is"))
    return _category(category) if category in _GENERAL else None


@lru_cache(maxsize=16)
def _category(name: str) -> Ranges:
    codes = [code for code in range(_LAST_LETTER + 1) if unicodedata.category(chr(code)).startswith(name)]
    ranges: list[tuple[int, int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1] = ranges[-1][0], code
        else:
            ranges.append((code, code))
    return tuple(ranges)


def _listed(ranges: Ranges) -> str:
    return "".join(
        _listed_one(low) if low == high else f"{_listed_one(low)}-{_listed_one(high)}" for low, high in ranges
    )


def _listed_one(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x80 else chr(code)  # of ASCII some have a meaning in brackets


EVERY: Ranges = ((0, _LAST),)
_LOWER, _UPPER, _DIGIT = between("a", "z"), between("A", "Z"), between("0", "9")
_ALPHA = union(_LOWER, _UPPER)
_ALNUM = union(_ALPHA, _DIGIT)
_PUNCTUATION = one_of("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_SPACE = one_of(" \t\n\x0b\f\r")
WORD = union(_ALNUM, one_of("_"))
_BLANKS = union(one_of(" \t\u00a0\u1680\u180e\u202f\u205f\u3000"), between("\u2000", "\u200a"))
_CLASSES = {"d": _DIGIT, "w": WORD, "s": _SPACE, "h": _BLANKS, "v": one_of("\x0b\f" + LINE_ENDS)}
PREDEFINED: Mapping[str, Ranges] = _CLASSES | {name.upper(): none_of(one) for name, one in _CLASSES.items()}
_POSIX: Mapping[str, Ranges] = {
    "Alpha": _ALPHA,
    "Digit": _DIGIT,
    "Alnum": _ALNUM,
    "Upper": _UPPER,
    "Lower": _LOWER,
    "Punct": _PUNCTUATION,
    "Graph": between("!", "~"),
    "Print": between(" ", "~"),
    "Blank": one_of(" \t"),
    "Space": _SPACE,
    "Cntrl": union(between("\0", "\x1f"), one_of("\x7f")),
    "XDigit": union(_DIGIT, between("a", "f"), between("A", "F")),
    "ASCII": between("\0", "\x7f"),
}
_CATEGORIES = {
    "IsAlphabetic": "L",
    "IsLetter": "L",
    "IsDigit": "Nd",
    "IsPunctuation": "P",
    "IsUppercase": "Lu",
    "IsLowercase": "Ll",
    "javaUpperCase": "Lu",
    "javaLowerCase": "Ll",
}
_GENERAL = {
    *("L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No"),
    *("P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp"),
}
