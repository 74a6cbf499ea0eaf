"""Maps that an update adds to: what it gives is laid over what is there, and an empty value takes one away."""

from collections.abc import Callable
from typing import Any

from gatewright.management.noun import Change


def merged(change: Change, member: str, is_removed: Callable[[Any], bool]) -> None:
    """Lay the given entries of a map over those that are there; an empty map takes all away."""
    given = change.call.input.get(member)
    entries = {**((change.old or {}).get(member) or {}), **given} if given else (change.new.get(member) or {})
    change.new[member] = {name: value for name, value in entries.items() if not is_removed(value)}
    if not change.new[member]:
        del change.new[member]
