"""What a JSONPath consists of: steps, and the conditions of its filters."""

from typing import Any, NamedTuple, TypeAlias


class JsonPathError(ValueError):
    """The text is no path, or the path finds more than a search may visit."""


class Key(NamedTuple):
    """`.name` or `['name']`."""

    name: str


class Keys(NamedTuple):
    """`['a','b']`: a map of those that are there, or each of them when the path goes on."""

    names: tuple[str, ...]


class Item(NamedTuple):
    """`[n]`, counted from the end when negative."""

    number: int


class Items(NamedTuple):
    """`[0,2]`."""

    numbers: tuple[int, ...]


class Slice(NamedTuple):
    first: int | None
    last: int | None


class Every(NamedTuple):
    """`*`."""


class Deep(NamedTuple):
    """`..`: the step that follows, on every value below and itself."""


class Function(NamedTuple):
    name: str


class Comparison(NamedTuple):
    operator: str
    left: "Operand"
    right: "Operand"


class Exists(NamedTuple):
    operand: "Operand"


class Both(NamedTuple):
    left: "Condition"
    right: "Condition"


class Either(NamedTuple):
    left: "Condition"
    right: "Condition"


class Negated(NamedTuple):
    condition: "Condition"


Condition: TypeAlias = Comparison | Exists | Both | Either | Negated


class Filter(NamedTuple):
    condition: Condition


Step: TypeAlias = Key | Keys | Item | Items | Slice | Every | Deep | Function | Filter


class Path(NamedTuple):
    """`from_root`: begins with a `$` inside a filter, and so at the root whatever is asked."""

    steps: tuple[Step, ...]
    from_root: bool


class Literal(NamedTuple):
    value: Any


class Regex(NamedTuple):
    pattern: str
    flags: str


Operand: TypeAlias = Path | Literal | Regex
