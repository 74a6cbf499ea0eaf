"""`selectionPattern`: a Java regular expression that must match all of a status code or error message."""

from gatewright.languages.full_match import compile_full_match as compile_selection_pattern

__all__ = ["compile_selection_pattern"]
