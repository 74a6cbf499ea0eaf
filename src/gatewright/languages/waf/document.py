"""Reading AWS WAF's documents strictly: a member that nobody reads would be a rule that is quietly not kept."""

from collections.abc import Mapping
from typing import Any

Document = Mapping[str, Any]


class WebAclError(ValueError):
    """Why a web ACL cannot be evaluated."""


def only(document: Any, *names: str, of: str) -> dict[str, Any]:
    """The members of `document` that are set, all of which are among `names`. Raises WebAclError."""
    if not isinstance(document, Mapping):
        raise WebAclError(f"{of} is no object")
    found = {name: value for name, value in document.items() if value is not None}
    unknown = sorted(set(found).difference(names))
    if unknown:
        raise WebAclError(f"{unknown[0]} of {of} is not supported")
    return found


def one_of(document: Any, of: str) -> tuple[str, Any]:
    """The one member that is set of a union, with its value. Raises WebAclError."""
    found = {name: value for name, value in document.items() if value is not None} if document else {}
    if len(found) != 1:
        raise WebAclError(f"{of} has {len(found) or 'no'} members, and must have one")
    return next(iter(found.items()))


def word(document: Mapping[str, Any], name: str, *words: str, default: str | None = None) -> str:
    """A member that is one of `words`. Raises WebAclError."""
    value = document.get(name, default)
    if value not in words:
        raise WebAclError(f"{name} is {value!r}, not one of {', '.join(words)}")
    return str(value)


def text(document: Mapping[str, Any], name: str) -> str:
    """A member that is text. Raises WebAclError."""
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise WebAclError(f"{name} is {'no text' if name in document else 'missing'}")
    return value


def number(document: Mapping[str, Any], name: str, least: int, most: int) -> int:
    """A member that is a whole number. Raises WebAclError."""
    value = document.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise WebAclError(f"{name} is not a number from {least} to {most}")
    return value


def entries(document: Mapping[str, Any], name: str) -> list[Any]:
    """A member that is a list; [] when it is not there. Raises WebAclError."""
    value = document.get(name, [])
    if not isinstance(value, list):
        raise WebAclError(f"{name} is no list")
    return value
