"""A bounded memory: what was used least recently is forgotten first.

Each value has a cost, in bytes or whatever `most` counts, so that nothing a client can send makes the memory grow
without end. It knows no time: who keeps values that grow old, keeps their time with them.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LeastRecent(Generic[K, V]):
    """Values by key, whose costs together are never more than `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._total = 0
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def peek(self, key: K) -> V | None:
        """The value, when it will be forgotten left as it is."""
        found = self._values.get(key)
        return None if found is None else found[0]

    def get(self, key: K) -> V | None:
        """The value, now the last to be forgotten; None when it is not known."""
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def get_or_put(self, key: K, make: Callable[[], V]) -> V:
        """The value, made if it is not known; its cost is 1."""
        found = self._values.get(key)
        if found is not None:
            self._values.move_to_end(key)
            return found[0]
        value = make()
        self.put(key, value, 1)
        return value

    def put(self, key: K, value: V, cost: int) -> None:
        """Remember `value` in place of what was there. One that would take an eighth of all room is not remembered."""
        self.drop(key)
        if cost > self._most // 8:
            return
        self._values[key] = value, cost
        self._total += cost
        while self._total > self._most:
            _, (_, freed) = self._values.popitem(last=False)
            self._total -= freed

    def drop(self, key: K) -> None:
        """Forget one value, known or not."""
        found = self._values.pop(key, None)
        if found is not None:
            self._total -= found[1]

    def drop_those(self, chosen: Callable[[K], bool]) -> None:
        """Forget the values of all keys that are `chosen`."""
        for key in [key for key in self._values if chosen(key)]:
            self.drop(key)
