"""Methods of java.lang.String that templates may call, by name and number of arguments."""

import re
from collections.abc import Callable
from typing import Any

from gatewright.languages import java_regex
from gatewright.languages.vtl.errors import Fault, NoSuchMethodError
from gatewright.languages.vtl.frame import Frame
from gatewright.languages.vtl.values import ArrayList

# What Java's trim() takes for blank: everything up to the space.
_BLANK = "".join(map(chr, range(33)))
_FORMAT = re.compile(r"%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])")


def text_argument(value: Any) -> str:
    """A parameter of type String: null is an error there, and anything else is no such method."""
    if type(value) is str:
        return value
    if value is None:
        raise Fault("an argument is null")
    raise NoSuchMethodError


def whole_argument(value: Any) -> int:
    """A parameter of type int, which has 32 bits and is never null."""
    if type(value) is int and value.bit_length() < 32:
        return value
    raise NoSuchMethodError


def _part(text: str, first: Any, last: Any) -> str:
    begin, end = whole_argument(first), whole_argument(last)
    if not 0 <= begin <= end <= len(text):
        raise Fault(f"index out of range: {begin} to {end} of {len(text)}")
    return text[begin:end]


def _char_at(frame: Frame, text: str, index: Any) -> str:
    return _part(text, index, whole_argument(index) + 1)


def _sought(value: Any) -> str:
    """What indexOf looks for: a text or a character's number."""
    return chr(value) if type(value) is int and 0 <= value < 0x110000 else text_argument(value)


def _index_of(frame: Frame, text: str, sought: Any, start: Any = 0) -> int:
    begin = max(whole_argument(start), 0)
    return text.find(_sought(sought), min(begin, len(text)))


def _last_index_of(frame: Frame, text: str, sought: Any, start: Any = None) -> int:
    part = _sought(sought)
    if start is None:
        return text.rfind(part)
    last = whole_argument(start)
    return text.rfind(part, 0, last + len(part)) if last >= 0 else -1


def _replace(frame: Frame, text: str, old: Any, new: Any) -> str:
    before, after = text_argument(old), text_argument(new)
    times = text.count(before)
    frame.meter.length(len(text) + times * max(len(after) - len(before), 0))
    return text.replace(before, after)


def _concat(frame: Frame, text: str, other: Any) -> str:
    frame.meter.length(len(text) + len(text_argument(other)))
    return text + text_argument(other)


def _repeat(frame: Frame, text: str, count: Any) -> str:
    if whole_argument(count) < 0:
        raise Fault("count is negative")
    frame.meter.length(len(text) * count)
    return text * int(count)


def _compare(one: str, other: str) -> int:
    """Difference of the first characters that differ, else of the lengths."""
    for left, right in zip(one, other, strict=False):
        if left != right:
            return ord(left) - ord(right)
    return len(one) - len(other)


def _hash(text: str) -> int:
    """s[0]*31^(n-1) + ... in 32 bits, over UTF-16."""
    units = text.encode("utf-16-le", "surrogatepass")
    code = 0
    for index in range(0, len(units), 2):
        code = (code * 31 + units[index] + (units[index + 1] << 8)) & 0xFFFFFFFF
    return code - (1 << 32) if code >= 1 << 31 else code


def _counted_hash(frame: Frame, text: str) -> int:
    frame.meter.charge(len(text) * 2)
    return _hash(text)


def _counted_compare(frame: Frame, text: str, other: Any) -> int:
    frame.meter.charge(min(len(text), len(text_argument(other))) >> 1)
    return _compare(text, other)


def _pattern(frame: Frame, pattern: Any) -> str:
    source = text_argument(pattern)
    if source not in frame.meter.known:
        frame.meter.read(source, 500 + len(source) * 60)
    return source


def _split(frame: Frame, text: str, pattern: Any, limit: Any = 0) -> ArrayList:
    return ArrayList(java_regex.split(frame.meter.charge, text, _pattern(frame, pattern), whole_argument(limit)))


def _replace_matches(frame: Frame, text: str, pattern: Any, new: Any, count: int = 0) -> str:
    return java_regex.replaced(frame.meter.charge, text, _pattern(frame, pattern), text_argument(new), count=count)


def _chars(frame: Frame, text: str) -> ArrayList:
    frame.meter.charge(len(text) * 3)
    return ArrayList(text)


def _format(frame: Frame, text: str, *given: Any) -> str:
    """java.util.Formatter with the conversions %s %d %f %e %x %X %o %b %c %n %%."""
    values = given[0] if len(given) == 1 and isinstance(given[0], list) else given
    ordinary = iter(range(len(values)))

    def formatted(match: re.Match[str]) -> str:
        number, flags, width, precision, kind = match.groups()
        if kind in "n%":
            return "\n" if kind == "n" else "%"
        index = int(number) - 1 if number else next(ordinary, len(values))
        if index >= len(values) or len(width or "") > 4 or len(precision or "") > 4:
            raise Fault(f"no argument for {match[0]}")
        frame.meter.charge(1 + (int(width or 0) + int(precision or 0)) // 32)
        return (
            _converted(frame, kind, flags, precision, values[index])
            .rjust(int(width or 0) if "-" not in flags else 0, "0" if "0" in flags else " ")
            .ljust(int(width or 0))
        )

    return _FORMAT.sub(formatted, text)


def _converted(frame: Frame, kind: str, flags: str, precision: str | None, value: Any) -> str:
    if value is None or kind in "sSbB":
        if kind in "bB":
            return "false" if value is None or value is False else "true"
        text = ("null" if value is None else frame.text(value))[: int(precision) if precision else None]
        return text.upper() if kind == "S" else text
    if kind == "c" and (type(value) is str or type(value) is int):
        return _sought(value)[:1]
    comma = "," if "," in flags else ""
    plus = "+" if "+" in flags else ""
    if type(value) is int and kind in "dxXo":
        return format(value, f"{plus}{comma if kind == 'd' else ''}{kind}")
    if isinstance(value, float) and kind in "feE":
        return format(value, f"{plus}{comma}.{precision or 6}{kind}")
    raise Fault(f"%{kind} cannot print {frame.text(value)}")


def _join(frame: Frame, text: str, between: Any, items: Any) -> str:
    """String.join is static: what it is called on does not matter."""
    mark, texts = text_argument(between), _texts(frame, items)
    frame.meter.length(sum(map(len, texts)) + len(mark) * len(texts))
    return mark.join(texts)


def _texts(frame: Frame, items: Any) -> list[str]:
    if not isinstance(items, list):
        raise NoSuchMethodError
    frame.meter.charge(4 * len(items))
    return ["null" if item is None else frame.text(item) for item in items]


def _static_format(frame: Frame, text: str, pattern: Any, *given: Any) -> str:
    """String.format is static: what it is called on does not matter."""
    return _format(frame, text_argument(pattern), *given)


STRING_METHODS: dict[str, Callable[..., Any]] = {
    "length/0": lambda frame, text: len(text),
    "isEmpty/0": lambda frame, text: not text,
    "isBlank/0": lambda frame, text: not text.strip(),
    "charAt/1": _char_at,
    "codePointAt/1": lambda frame, text, index: ord(_char_at(frame, text, index)),
    "substring/1": lambda frame, text, first: _part(text, first, len(text)),
    "substring/2": lambda frame, text, first, last: _part(text, first, last),
    "subSequence/2": lambda frame, text, first, last: _part(text, first, last),
    "contains/1": lambda frame, text, part: text_argument(part) in text,
    "startsWith/1": lambda frame, text, part: text.startswith(text_argument(part)),
    "startsWith/2": lambda frame, text, part, at: (
        0 <= whole_argument(at) <= len(text) and text.startswith(text_argument(part), at)
    ),
    "endsWith/1": lambda frame, text, part: text.endswith(text_argument(part)),
    "indexOf/1": _index_of,
    "indexOf/2": _index_of,
    "lastIndexOf/1": _last_index_of,
    "lastIndexOf/2": _last_index_of,
    "toUpperCase/0": lambda frame, text: text.upper(),
    "toLowerCase/0": lambda frame, text: text.lower(),
    "trim/0": lambda frame, text: text.strip(_BLANK),
    "strip/0": lambda frame, text: text.strip(),
    "stripLeading/0": lambda frame, text: text.lstrip(),
    "stripTrailing/0": lambda frame, text: text.rstrip(),
    "concat/1": _concat,
    "repeat/1": _repeat,
    "replace/2": _replace,
    "replaceAll/2": _replace_matches,
    "replaceFirst/2": lambda frame, text, pattern, new: _replace_matches(frame, text, pattern, new, 1),
    "matches/1": lambda frame, text, pattern: java_regex.matches(frame.meter.charge, text, _pattern(frame, pattern)),
    "split/1": _split,
    "split/2": _split,
    "equals/1": lambda frame, text, other: type(other) is str and text == other,
    "contentEquals/1": lambda frame, text, other: text == text_argument(other),
    "equalsIgnoreCase/1": lambda frame, text, other: type(other) is str and text.lower() == other.lower(),
    "compareTo/1": _counted_compare,
    "compareToIgnoreCase/1": lambda frame, text, other: _counted_compare(
        frame, text.lower(), text_argument(other).lower()
    ),
    "hashCode/0": _counted_hash,
    "toString/0": lambda frame, text: text,
    "intern/0": lambda frame, text: text,
    "toCharArray/0": _chars,
    "valueOf/1": lambda frame, text, value: "null" if value is None else frame.text(value),
    "join/2": _join,
    **dict.fromkeys([f"format/{count}" for count in range(1, 9)], _static_format),
}
