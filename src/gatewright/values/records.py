"""What every store offers: documents by key, one transaction per operation, and a feed of what changed."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

Document = dict[str, Any]


class Key(NamedTuple):
    """Where a record lives. `kind` is AWS's word for it, `parent` the id of the record it belongs to ("" for none)."""

    account: str
    region: str
    kind: str
    parent: str
    id: str


class Change(NamedTuple):
    """One record written or deleted; `seq` grows by one with each."""

    seq: int
    key: Key
    deleted: bool


Listener = Callable[[Sequence[Change]], None]


class Transaction(Protocol):
    """Reads see what the transaction wrote. Documents are the caller's own copies. Ids are compared bytewise."""

    def get(self, key: Key) -> Document | None:
        """The document, or None."""
        ...

    def put(self, key: Key, document: Document) -> None:
        """Write the whole document; what was there is replaced."""
        ...

    def delete(self, key: Key) -> bool:
        """Remove a record; False when there was none."""
        ...

    def list(self, key: Key, *, after: str = "", limit: int | None = None) -> list[tuple[str, Document]]:
        """Ids and documents of everything with `key`'s account, region, kind and parent, by id; its id is not used."""
        ...

    def delete_all(self, key: Key) -> int:
        """Remove everything that `list` would give; how many that were."""
        ...

    def find(self, kind: str, id: str) -> Sequence[Key]:
        """The keys of that kind and id in any account, region and parent."""
        ...

    def keys(self, kind: str) -> Sequence[Key]:
        """All keys of that kind, in any account, region and parent."""
        ...


class Store(Protocol):
    """One node's configuration."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """All or nothing: an exception inside rolls back. Listeners hear of the changes after the commit."""
        ...

    def read(self) -> AbstractContextManager[Transaction]:
        """One consistent view; writing in it raises."""
        ...

    def note(self, documents: Mapping[Key, Document], *, patience: float) -> None:
        """Write what a node counts by itself, all or nothing: neither listeners nor the feed of changes hear of it.

        It waits `patience` seconds for another process that is writing, and raises then."""
        ...

    def changes(self, after: int) -> Sequence[Change]:
        """What changed since `after`, oldest first. Raises FeedGone when the feed no longer reaches so far back."""
        ...

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` with the changes of every commit from now on."""
        ...


class FeedGone(LookupError):
    """The feed of changes no longer reaches back to where the caller stood: read everything anew."""
