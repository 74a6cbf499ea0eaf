"""What an import finds fault with but goes on without: AWS's `warnings`, in its words where they are known.

A definition is somebody's text, so every value is asked for by the type that it should have; another type is a parse
issue, as AWS's parser words it, and counts as absent.
"""

import re
from typing import Any

from gatewright.management.openapi.document import INVALID, Unreadable

_WHOLE = re.compile(r"-?[0-9]{1,9}")
_MOST = 1 << 31  # AWS's integers are of 32 bits
MOST_READ = 2_000_000  # members of objects and lists; a definition of 6 MB that shares little has a tenth of that
MOST = 1000  # warnings kept: an answer does not grow without bound


class Findings:
    """The warnings of one import, in order; besides them AWS's `importInfo`, and what the import is refused for."""

    __slots__ = ("_read", "errors", "info", "warnings")

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.info: list[str] = []
        self.errors: list[str] = []
        self._read = 0

    def tell(self, warning: str) -> None:
        """One more warning."""
        _add(self.warnings, warning)

    def inform(self, info: str) -> None:
        """One more of what is well said, and nothing to this kind of API."""
        _add(self.info, info)

    def refuse(self, error: str) -> None:
        """One more of what cannot be left out without harm."""
        _add(self.errors, error)

    def mapping(self, value: Any, where: str) -> dict[str, Any]:
        """`value` if it is an object, an empty one otherwise."""
        if isinstance(value, dict):
            self._look_at(len(value))
            return value
        self._misplaced(value, where, "object")
        return {}

    def array(self, value: Any, where: str) -> list[Any]:
        """`value` if it is a list, an empty one otherwise."""
        if isinstance(value, list):
            self._look_at(len(value))
            return value
        self._misplaced(value, where, "array")
        return []

    def text(self, value: Any, where: str) -> str:
        """`value` as text, numbers and booleans as JSON writes them; empty text when it is neither."""
        if isinstance(value, str):
            return value
        if isinstance(value, bool | int | float):
            return json_text(value)
        self._misplaced(value, where, "string")
        return ""

    def boolean(self, value: Any, where: str) -> bool:
        """`value` if it is true or false, also as text; false otherwise."""
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        self._misplaced(value, where, "boolean")
        return False

    def whole(self, value: Any, where: str) -> int | None:
        """`value` if it is a whole number, also as text; None otherwise."""
        number = float(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else value
        if isinstance(number, int | float) and not isinstance(number, bool) and abs(number) < _MOST and number % 1 == 0:
            return int(number)
        self._misplaced(value, where, "integer")
        return None

    def _look_at(self, members: int) -> None:
        """What many operations share is looked at for each, so that it is not only size that has to be bounded."""
        self._read += members
        if self._read > MOST_READ:
            raise Unreadable(INVALID)

    def _misplaced(self, value: Any, where: str, wanted: str) -> None:
        if value is not None:
            self.tell(f"Parse issue: attribute {where} is not of type `{wanted}`")


def _add(texts: list[str], text: str) -> None:
    if len(texts) < MOST:
        texts.append(text)


def json_text(value: Any) -> str:
    """A scalar as AWS prints it: `true`, not `True`."""
    return str(value).lower() if isinstance(value, bool) else str(value)
