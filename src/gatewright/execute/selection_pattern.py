"""`selectionPattern`: a Java regular expression that must match all of a status code or error message."""

import re
from collections.abc import Callable


def compile_selection_pattern(pattern: str) -> Callable[[str], bool]:
    """The test of a pattern. Raises ValueError for one that cannot be compiled."""
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None
