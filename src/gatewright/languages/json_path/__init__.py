"""JSONPath as the common Java implementation (Jayway) reads it: text in, a path that finds values out.

A path that can only point to one value gives that value or MISSING; any other gives a list of what it finds. How much a
search may visit is bounded, for `..` and wildcards in a row multiply.
Developer guide: "$input variables"; Jayway JsonPath, "Operators", "Functions", "Filter Operators".
"""

from functools import lru_cache
from typing import Any

from gatewright.languages.json_path.conditions import MISSING, Search, Spend
from gatewright.languages.json_path.parser import parse_path
from gatewright.languages.json_path.search import compile_search
from gatewright.languages.json_path.steps import JsonPathError

MAX_LENGTH = 4096
_MAX_VISITS = 1_000_000


class JsonPath:
    """A path. Call it with a document for what it finds there; `find` also tells how much it visits."""

    __slots__ = ("_search",)

    def __init__(self, search: Search) -> None:
        self._search = search

    def __call__(self, document: Any) -> Any:
        """The value, a list of values, or MISSING. Raises JsonPathError when the search visits too much."""
        return self._search(document, document, _limit())

    def find(self, document: Any, spend: Spend) -> Any:
        """The same; `spend` is told how many values are visited, and may raise."""
        return self._search(document, document, spend)


def _limit() -> Spend:
    left = _MAX_VISITS

    def spend(visits: int) -> None:
        nonlocal left
        left -= visits
        if left < 0:
            raise JsonPathError("a JSONPath visits too many values")

    return spend


@lru_cache(maxsize=1024)
def compile_path(text: str) -> JsonPath:
    """The path that the text tells; raises JsonPathError."""
    if len(text) > MAX_LENGTH:
        raise JsonPathError(f"a JSONPath has at most {MAX_LENGTH} characters")
    return JsonPath(compile_search(parse_path(text)))


__all__ = ["MISSING", "JsonPath", "JsonPathError", "compile_path"]
