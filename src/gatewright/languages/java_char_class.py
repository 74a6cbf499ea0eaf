"""Which characters a part of a Java pattern stands for: `[a-z&&[^b]]`, `\\d`, `\\p{Alpha}`, `.`.

Java's own rules where they differ from Python's: the predefined classes are ASCII, a dot stops at all of Java's line
terminators, and classes have unions and intersections. Java SE API: class java.util.regex.Pattern.
"""

from collections.abc import Callable, Mapping

Matches = Callable[[str], bool]

LINE_ENDS = "\n\r\u0085\u2028\u2029"
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = "0123456789"
_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_SPACES = " \t\n\x0b\f\r"


def one_of(characters: str) -> Matches:
    """The class of these characters."""
    return frozenset(characters).__contains__


def none_of(matches: Matches) -> Matches:
    """The complement."""
    return lambda character: not matches(character)


def any_of(classes: list[Matches]) -> Matches:
    """The union."""
    return lambda character: any(matches(character) for matches in classes)


def all_of(classes: list[Matches]) -> Matches:
    """The intersection."""
    return lambda character: all(matches(character) for matches in classes)


def between(low: str, high: str) -> Matches:
    """A range, both ends included."""
    return lambda character: low <= character <= high


def ignoring_case(matches: Matches) -> Matches:
    """As Java's flag `i` has it, but for all letters."""
    return lambda character: matches(character) or matches(character.lower()) or matches(character.upper())


is_word = one_of(_LETTERS + _DIGITS + "_")
_digit, _space = one_of(_DIGITS), one_of(_SPACES)
_blank = one_of(
    " \t\u00a0\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
_vertical = one_of("\n\x0b\f\r\u0085\u2028\u2029")

_CLASSES = {"d": _digit, "w": is_word, "s": _space, "h": _blank, "v": _vertical}
PREDEFINED: Mapping[str, Matches] = _CLASSES | {name.upper(): none_of(one) for name, one in _CLASSES.items()}
_letter = str.isalpha
NAMED: Mapping[str, Matches] = {
    "Alpha": one_of(_LETTERS),
    "Digit": _digit,
    "Alnum": one_of(_LETTERS + _DIGITS),
    "Upper": one_of(_LETTERS[26:]),
    "Lower": one_of(_LETTERS[:26]),
    "Punct": one_of(_PUNCTUATION),
    "Graph": one_of(_LETTERS + _DIGITS + _PUNCTUATION),
    "Print": one_of(_LETTERS + _DIGITS + _PUNCTUATION + " "),
    "Blank": one_of(" \t"),
    "Space": _space,
    "Cntrl": lambda character: character < " " or character == "\x7f",
    "XDigit": one_of(_DIGITS + "abcdefABCDEF"),
    "ASCII": str.isascii,
    **dict.fromkeys(("L", "IsL", "IsAlphabetic"), _letter),
    **dict.fromkeys(("Lu", "IsLu", "IsUppercase", "javaUpperCase"), str.isupper),
    **dict.fromkeys(("Ll", "IsLl", "IsLowercase", "javaLowerCase"), str.islower),
    **dict.fromkeys(("N", "Nd", "IsDigit"), str.isdecimal),
}
