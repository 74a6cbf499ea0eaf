"""A transaction before a transaction: what an operation of many parts writes is gathered here and handed on once.

An import settles thousands of parts, several of each resource's record. Here each step costs a look into a dict, and
each record is encoded and written once, at the end.
"""

from collections.abc import Callable, Sequence

from gatewright.values.records import Document, Key, Transaction


class Draft:
    """Implements `records.Transaction` over another.

    Unlike there, a document that was put is given back itself: who changes it keeps it, or gives up the whole draft.
    """

    __slots__ = ("_places", "_tx", "_written")

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._written: dict[Key, Document | None] = {}  # None: deleted
        self._places: dict[Key, dict[str, Document | None]] = {}  # the same, by where they are

    def hand_on(self) -> None:
        """Write everything to the transaction below."""
        for key, document in self._written.items():
            if document is None:
                self._tx.delete(key)
            else:
                self._tx.put(key, document)

    def get(self, key: Key) -> Document | None:
        """See `records.Transaction`."""
        return self._written[key] if key in self._written else self._tx.get(key)

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
        here = self._places.get(key._replace(id=""), {})
        below = {id: document for id, document in self._tx.list(key, after=after) if id not in here}
        changed = {id: document for id, document in here.items() if document is not None and id > after}
        # Bytewise, as ids are compared: Python compares code points, whose order is that of their UTF-8.
        return sorted((below | changed).items(), key=lambda found: found[0])[:limit]

    def delete_all(self, key: Key) -> int:
        """See `records.Transaction`."""
        ids = [id for id, _ in self.list(key)]
        for id in ids:
            self.delete(key._replace(id=id))
        return len(ids)

    def find(self, kind: str, id: str) -> Sequence[Key]:
        """See `records.Transaction`."""
        return self._there(kind, self._tx.find(kind, id), lambda key: key.id == id)

    def keys(self, kind: str) -> Sequence[Key]:
        """See `records.Transaction`."""
        return self._there(kind, self._tx.keys(kind), lambda key: True)

    def _there(self, kind: str, below: Sequence[Key], wanted: Callable[[Key], bool]) -> Sequence[Key]:
        here = {key: document for key, document in self._written.items() if key.kind == kind and wanted(key)}
        return [key for key in below if key not in here] + [key for key in here if here[key] is not None]

    def _write(self, key: Key, document: Document | None) -> None:
        self._written[key] = document
        self._places.setdefault(key._replace(id=""), {})[key.id] = document
