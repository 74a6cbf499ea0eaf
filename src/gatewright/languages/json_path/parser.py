"""The text of a JSONPath to its steps, and the text of a filter to its conditions."""

import re
from typing import Any, NoReturn

from gatewright.languages.json_path.steps import (
    Both,
    Comparison,
    Condition,
    Deep,
    Either,
    Every,
    Exists,
    Filter,
    Function,
    Item,
    Items,
    JsonPathError,
    Key,
    Keys,
    Literal,
    Negated,
    Operand,
    Path,
    Regex,
    Slice,
    Step,
)

MAX_NESTING = 20

_NAME = re.compile(r"[^.\[\]()\s'\"]+")
_BLANK = re.compile(r"\s*")
_FUNCTION = re.compile(r"([A-Za-z]+)\(\s*\)")
_QUOTED = re.compile(r"'((?:\\.|[^'\\])*)'|\"((?:\\.|[^\"\\])*)\"", re.DOTALL)
_INDICES = re.compile(r"\s*-?\d{1,10}\s*(?:,\s*-?\d{1,10}\s*)*(?=\])", re.ASCII)
_SLICE = re.compile(r"\s*(-?\d{1,10})?\s*:\s*(-?\d{1,10})?\s*(?=\])", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,100}(\.\d{1,100})?([eE][+-]?\d{1,3})?", re.ASCII)
_WORD = re.compile(r"(true|false|null)\b")
_REGEX = re.compile(r"/((?:\\.|[^/\\])*)/([a-zA-Z]*)", re.DOTALL)
_COMPARISON = re.compile(
    r"===?|!==?|<=|>=|<|>|=~|(?:in|nin|contains|size|empty|anyof|noneof|subsetof|all|type)\b", re.IGNORECASE
)
_ESCAPED = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_SHORT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.offset = 0
        self.depth = 0

    def fail(self, expected: str) -> NoReturn:
        raise JsonPathError(f"not a JSONPath: expected {expected} at position {self.offset + 1} of {self.text!r}")

    def matches(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.offset)
        if match:
            self.offset = match.end()
        return match

    def takes(self, mark: str) -> bool:
        if not self.text.startswith(mark, self.offset):
            return False
        self.offset += len(mark)
        return True

    def needs(self, mark: str) -> None:
        self.matches(_BLANK)
        if not self.takes(mark):
            self.fail(repr(mark))

    def steps(self) -> tuple[Step, ...]:
        found: list[Step] = []
        while True:
            if self.takes(".."):
                found.append(Deep())
                found.append(self._bracket() if self.takes("[") else self._name())
            elif self.takes("."):
                found.append(self._bracket() if self.takes("[") else self._name())
            elif self.takes("["):
                found.append(self._bracket())
            else:
                return tuple(found)

    def _name(self) -> Step:
        if self.takes("*"):
            return Every()
        if match := self.matches(_FUNCTION):
            return Function(match[1])
        if match := self.matches(_NAME):
            return Key(match[0])
        return self.fail("a name")

    def _bracket(self) -> Step:
        self.matches(_BLANK)
        if self.takes("?"):
            return self._filter()
        if self.takes("*"):
            step: Step = Every()
        elif match := self.matches(_SLICE):
            step = Slice(*(int(end) if end else None for end in match.groups()))
        elif match := self.matches(_INDICES):
            indices = tuple(int(index) for index in match[0].split(","))
            step = Item(indices[0]) if len(indices) == 1 else Items(indices)
        else:
            names = self._quoted_names()
            step = Key(names[0]) if len(names) == 1 else Keys(names)
        self.needs("]")
        return step

    def _quoted_names(self) -> tuple[str, ...]:
        names = []
        while True:
            self.matches(_BLANK)
            match = self.matches(_QUOTED)
            if not match:
                self.fail("a name in quotes")
            names.append(_unquoted(match))
            self.matches(_BLANK)
            if not self.takes(","):
                return tuple(names)

    def _filter(self) -> Step:
        self.needs("(")
        condition = self._either()
        self.needs(")")
        self.needs("]")
        return Filter(condition)

    def _either(self) -> Condition:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise JsonPathError("a JSONPath is nested too deeply")
        left = self._both()
        while self._sees("||"):
            left = Either(left, self._both())
        self.depth -= 1
        return left

    def _both(self) -> Condition:
        left = self._condition()
        while self._sees("&&"):
            left = Both(left, self._condition())
        return left

    def _sees(self, mark: str) -> bool:
        self.matches(_BLANK)
        return self.takes(mark)

    def _condition(self) -> Condition:
        if self._sees("!"):
            self.depth += 1
            if self.depth > MAX_NESTING:
                raise JsonPathError("a JSONPath is nested too deeply")
            negated = Negated(self._condition())
            self.depth -= 1
            return negated
        if self._sees("("):
            inner = self._either()
            self.needs(")")
            return inner
        left = self._operand()
        self.matches(_BLANK)
        operator = self.matches(_COMPARISON)
        if not operator:
            return Exists(left)
        return Comparison(operator[0].lower(), left, self._operand())

    def _operand(self) -> Operand:
        self.matches(_BLANK)
        for mark, from_root in (("@", False), ("$", True)):
            if self.takes(mark):
                self.depth += 1
                if self.depth > MAX_NESTING:
                    raise JsonPathError("a JSONPath is nested too deeply")
                path = Path(self.steps(), from_root)
                self.depth -= 1
                return path
        if match := self.matches(_REGEX):
            return Regex(match[1], match[2])
        return Literal(self._literal())

    def _literal(self) -> Any:
        self.matches(_BLANK)
        if match := self.matches(_QUOTED):
            return _unquoted(match)
        if match := self.matches(_NUMBER):
            return float(match[0]) if match[1] or match[2] else int(match[0])
        if match := self.matches(_WORD):
            return {"true": True, "false": False, "null": None}[match[1]]
        if self.takes("["):
            return self._literal_list()
        return self.fail("a value")

    def _literal_list(self) -> list[Any]:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise JsonPathError("a JSONPath is nested too deeply")
        items: list[Any] = []
        while not self._sees("]"):
            if items:
                self.needs(",")
            items.append(self._literal())
        self.depth -= 1
        return items


def _unquoted(match: re.Match[str]) -> str:
    quoted = match[1] if match[1] is not None else match[2]
    return _ESCAPED.sub(_character, quoted)


def _character(match: re.Match[str]) -> str:
    escaped = match[1]
    return chr(int(escaped[1:], 16)) if len(escaped) == 5 else _SHORT.get(escaped, escaped)


def parse_path(text: str) -> Path:
    """Steps of a path from where it is asked. `$.` may be left out. Raises JsonPathError."""
    parser = _Parser(text.strip())
    if not parser.takes("$") and not parser.takes("@"):
        parser = _Parser("$." + text.strip())
        parser.takes("$")
    steps = parser.steps()
    if parser.offset < len(parser.text):
        parser.fail("'.' or '['")
    return Path(steps, from_root=False)
