"""Methods of Java's lists, maps and map entries that templates may call, by name and number of arguments."""

from collections.abc import Callable, Mapping
from typing import Any

from gatewright.languages.vtl.errors import Fault, NoSuchMethodError
from gatewright.languages.vtl.frame import CONTAINERS, Frame
from gatewright.languages.vtl.java_numbers import same
from gatewright.languages.vtl.java_strings import whole_argument
from gatewright.languages.vtl.values import ArrayList, Entry, Iterator, OverrideMap

# What Velocity takes a method for that returns nothing: not null.
_VOID = ""


def _at(items: list[Any], index: Any) -> int:
    position = whole_argument(index)
    if not 0 <= position < len(items):
        raise Fault(f"index {position} is out of range for a list of {len(items)}")
    return position


def _collection(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise NoSuchMethodError
    return value


def _find(frame: Frame, items: list[Any], sought: Any) -> int:
    if isinstance(sought, CONTAINERS):  # else no item is looked into
        frame.check(items)
    frame.meter.charge(len(items))
    return next((index for index, item in enumerate(items) if same(item, sought)), -1)


def _find_last(frame: Frame, items: list[Any], sought: Any) -> int:
    found = _find(frame, items[::-1], sought)
    return found if found < 0 else len(items) - 1 - found


def _add(frame: Frame, items: list[Any], value: Any) -> bool:
    frame.graft(value)
    items.append(value)
    return True


def _insert(frame: Frame, items: list[Any], index: Any, value: Any) -> str:
    frame.graft(value)
    frame.meter.charge(len(items) >> 5)
    items.insert(whole_argument(index) if index == len(items) else _at(items, index), value)
    return _VOID


def _add_all(frame: Frame, items: list[Any], more: Any) -> bool:
    added = list(_collection(more))
    frame.meter.charge(len(added))
    for value in added:
        frame.graft(value)
    items.extend(added)
    return bool(added)


def _set(frame: Frame, items: list[Any], index: Any, value: Any) -> Any:
    position = _at(items, index)
    frame.graft(value)
    before, items[position] = items[position], value
    return before


def _remove(frame: Frame, items: list[Any], which: Any) -> Any:
    """By index for a whole number, else the first that equals."""
    frame.meter.charge(len(items) >> 5)
    if type(which) is int:
        return items.pop(_at(items, which))
    found = _find(frame, items, which)
    if found >= 0:
        del items[found]
    return found >= 0


def _sub_list(frame: Frame, items: list[Any], first: Any, last: Any) -> ArrayList:
    begin, end = whole_argument(first), whole_argument(last)
    if not 0 <= begin <= end <= len(items):
        raise Fault(f"index out of range: {begin} to {end} of {len(items)}")
    frame.meter.charge((end - begin) >> 1)
    return ArrayList(items[begin:end])


def _filter(frame: Frame, items: list[Any], others: Any, *, kept: bool) -> bool:
    """removeAll and retainAll."""
    chosen = list(_collection(others))
    before = len(items)
    items[:] = [item for item in items if (_find(frame, chosen, item) >= 0) is kept]
    return len(items) != before


def _copied(frame: Frame, items: list[Any]) -> ArrayList:
    frame.meter.charge(len(items) >> 1)
    return ArrayList(items)


def _equal(frame: Frame, one: Any, other: Any) -> bool:
    frame.check(one)
    return bool(one == other)


def _clear(frame: Frame, value: Any) -> str:
    value.clear()
    return _VOID


LIST_METHODS: dict[str, Callable[..., Any]] = {
    "size/0": lambda frame, items: len(items),
    "length/0": lambda frame, items: len(items),
    "isEmpty/0": lambda frame, items: not items,
    "get/1": lambda frame, items, index: items[_at(items, index)],
    "set/2": _set,
    "add/1": _add,
    "add/2": _insert,
    "addAll/1": _add_all,
    "remove/1": _remove,
    "removeAll/1": lambda frame, items, others: _filter(frame, items, others, kept=False),
    "retainAll/1": lambda frame, items, others: _filter(frame, items, others, kept=True),
    "clear/0": _clear,
    "contains/1": lambda frame, items, sought: _find(frame, items, sought) >= 0,
    "containsAll/1": lambda frame, items, sought: all(_find(frame, items, each) >= 0 for each in _collection(sought)),
    "indexOf/1": _find,
    "lastIndexOf/1": _find_last,
    "subList/2": _sub_list,
    "toArray/0": _copied,
    "iterator/0": lambda frame, items: Iterator(_copied(frame, items)),
    "equals/1": _equal,
    "toString/0": lambda frame, items: frame.text(items),
    "toJSONString/0": lambda frame, items: frame.text(list(items)),
}


def _key(key: Any) -> Any:
    if isinstance(key, list | dict):
        raise Fault("a list or map is no key")
    return key


def _changeable(held: Any) -> dict[Any, Any]:
    if not isinstance(held, dict):
        raise Fault("this map cannot be changed")
    return held


def _put(frame: Frame, held: Any, key: Any, value: Any) -> Any:
    frame.graft(value)
    before = held.get(_key(key))
    if isinstance(held, OverrideMap):
        held.assign(key, value)
    else:
        _changeable(held)[key] = value
    return before


def _put_if_absent(frame: Frame, held: Any, key: Any, value: Any) -> Any:
    before = held.get(_key(key))
    return _put(frame, held, key, value) if before is None else before


def _put_all(frame: Frame, held: Any, more: Any) -> str:
    if not isinstance(more, Mapping):
        raise NoSuchMethodError
    frame.meter.charge(len(more) * 3)
    for key, value in list(more.items()):
        _put(frame, held, key, value)
    return _VOID


def _contains_value(frame: Frame, held: Mapping[Any, Any], sought: Any) -> bool:
    return _find(frame, list(held.values()), sought) >= 0


def _get_or_default(frame: Frame, held: Mapping[Any, Any], key: Any, default: Any) -> Any:
    return held.get(key) if _key(key) in held else default


def _entries(frame: Frame, held: Mapping[Any, Any]) -> ArrayList:
    frame.meter.charge(len(held) * 3)
    return ArrayList([Entry(key, value, held) for key, value in held.items()])


def _keys(frame: Frame, held: Mapping[Any, Any]) -> ArrayList:
    frame.meter.charge(len(held) >> 1)
    return ArrayList(held)


def _values(frame: Frame, held: Mapping[Any, Any]) -> ArrayList:
    frame.meter.charge(len(held) >> 1)
    return ArrayList(held.values())


MAP_METHODS: dict[str, Callable[..., Any]] = {
    "get/1": lambda frame, held, key: held.get(_key(key)),
    "getOrDefault/2": _get_or_default,
    "put/2": _put,
    "putIfAbsent/2": _put_if_absent,
    "putAll/1": _put_all,
    "remove/1": lambda frame, held, key: _changeable(held).pop(_key(key), None),
    "clear/0": lambda frame, held: _clear(frame, _changeable(held)),
    "size/0": lambda frame, held: len(held),
    "length/0": lambda frame, held: len(held),
    "isEmpty/0": lambda frame, held: not len(held),
    "containsKey/1": lambda frame, held, key: _key(key) in held,
    "containsValue/1": _contains_value,
    "keySet/0": _keys,
    "values/0": _values,
    "entrySet/0": _entries,
    "equals/1": _equal,
    "toString/0": lambda frame, held: frame.text(held),
}


def _set_value(frame: Frame, entry: Entry, value: Any) -> Any:
    before, entry.value = entry.value, value
    _put(frame, entry.of, entry.key, value)
    return before


ITERATOR_METHODS: dict[str, Callable[..., Any]] = {
    "hasNext/0": lambda frame, iterator: iterator.at < len(iterator.items),
    "next/0": lambda frame, iterator: iterator.next(),
}
ENTRY_METHODS: dict[str, Callable[..., Any]] = {
    "getKey/0": lambda frame, entry: entry.key,
    "getValue/0": lambda frame, entry: entry.value,
    "setValue/1": _set_value,
    "toString/0": lambda frame, entry: frame.text(entry),
}
