"""A transaction before a transaction: what an operation of many parts writes is gathered here and handed on once.

An import settles thousands of parts, several of each resource's record. Here each step costs a look into a dict, and
each record is encoded and written once, at the end. No transaction is open before that, so that others can go on in the
middle of an import; whether they changed what it had read is told by the store's feed.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from gatewright.values.long_work import AtOnce, LongWork
from gatewright.values.records import Change, Document, Key, Store

T = TypeVar("T")

AT_ONCE = AtOnce()


class Drafts:
    """The drafts of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._under_way: list[Draft] = []
        store.subscribe(self._heard)

    async def written(self, write: Callable[["Draft", LongWork], Awaitable[T]], work: LongWork) -> T:
        """What `write` returns, after all that it wrote to its draft is in the store; nothing is when it raises.

        `write` takes turns with others. When they changed what it had read, it writes once more, at once.
        """
        for patience in (work, AT_ONCE):
            with self._draft() as draft:
                try:
                    done = await write(draft, patience)
                except Exception:
                    if not draft.is_stale:
                        raise
                if not draft.is_stale:
                    draft.hand_on()
                    return done
        raise AssertionError("nobody came between")

    @contextmanager
    def _draft(self) -> Iterator["Draft"]:
        draft = Draft(self._store)
        self._under_way.append(draft)
        try:
            yield draft
        finally:
            self._under_way.remove(draft)

    def _heard(self, changes: Sequence[Change]) -> None:
        for draft in self._under_way:
            draft.heard(changes)


class Draft:
    """Implements `records.Transaction` over a store.

    Unlike there, a document that was put is given back itself: who changes it keeps it, or gives up the whole draft.
    """

    __slots__ = ("_emptied", "_everywhere", "_kinds", "_named", "_places", "_seen", "_store", "_written", "is_stale")

    def __init__(self, store: Store) -> None:
        self._store = store
        self._written: dict[Key, Document | None] = {}  # None: deleted
        self._places: dict[Key, dict[str, Document | None]] = {}  # the same, by where they are
        self._named: dict[tuple[str, str], dict[Key, None]] = {}  # their keys, by kind and id
        self._seen: set[Key] = set()  # what was read of the store; with an empty id: all that is there
        self._everywhere: set[tuple[str, str]] = set()  # kinds and ids that were looked for everywhere
        self._emptied: set[Key] = set()  # where nothing of the store is left
        self._kinds: set[str] = set()  # kinds of which all keys were asked for
        self.is_stale = False

    def heard(self, changes: Sequence[Change]) -> None:
        """These records were changed by somebody else."""
        self.is_stale = self.is_stale or any(
            key in self._seen
            or key._replace(id="") in self._seen
            or (key.kind, key.id) in self._everywhere
            or key.kind in self._kinds
            for key in (change.key for change in changes)
        )

    def hand_on(self) -> None:
        """Write everything to the store, in one transaction."""
        with self._store.transaction() as tx:
            for key, document in self._written.items():
                if document is None:
                    tx.delete(key)
                else:
                    tx.put(key, document)

    def get(self, key: Key) -> Document | None:
        """See `records.Transaction`."""
        if key in self._written:
            return self._written[key]
        self._seen.add(key)
        with self._store.read() as tx:
            return tx.get(key)

    def put(self, key: Key, document: Document) -> None:
        """See `records.Transaction`."""
        self._write(key, document)

    def delete(self, key: Key) -> bool:
        """See `records.Transaction`."""
        there = self.get(key) is not None
        if there:
            self._write(key, None)
        return there

    def list(self, key: Key, *, after: str = "", limit: int | None = None) -> list[tuple[str, Document]]:
        """See `records.Transaction`."""
        place = key._replace(id="")
        here = self._places.get(place, {})
        self._seen.add(place)
        below = {}
        if place not in self._emptied:
            with self._store.read() as tx:
                below = {id: document for id, document in tx.list(key, after=after) if id not in here}
        changed = {id: document for id, document in here.items() if document is not None and id > after}
        # Bytewise, as ids are compared: Python compares code points, whose order is that of their UTF-8.
        return sorted((below | changed).items(), key=lambda found: found[0])[:limit]

    def delete_all(self, key: Key) -> int:
        """See `records.Transaction`."""
        ids = [id for id, _ in self.list(key)]
        for id in ids:
            self.delete(key._replace(id=id))
        self._emptied.add(key._replace(id=""))
        return len(ids)

    def find(self, kind: str, id: str) -> Sequence[Key]:
        """See `records.Transaction`."""
        self._everywhere.add((kind, id))
        with self._store.read() as tx:
            return self._there(tx.find(kind, id), self._named.get((kind, id), ()))

    def keys(self, kind: str) -> Sequence[Key]:
        """See `records.Transaction`."""
        self._kinds.add(kind)
        with self._store.read() as tx:
            return self._there(tx.keys(kind), [key for key in self._written if key.kind == kind])

    def _there(self, below: Sequence[Key], here: Iterable[Key]) -> Sequence[Key]:
        left = [key for key in below if key not in self._written]
        return left + [key for key in here if self._written[key] is not None]

    def _write(self, key: Key, document: Document | None) -> None:
        self._written[key] = document
        self._named.setdefault((key.kind, key.id), {})[key] = None
        self._places.setdefault(key._replace(id=""), {})[key.id] = document
