"""The default store: one SQLite file in WAL mode, used from the event loop's thread.

A write is acknowledged after its commit is in the write-ahead log, which outlives the process however it ends. See
docs/decisions/sqlite-on-the-loop.md.
"""

import contextlib
import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from gatewright.values.records import Change, Document, FeedGone, Key, Listener

_log = logging.getLogger(__name__)

VERSION = 1
PATIENCE = 5.0  # seconds that a change waits for another process that is writing
FEED_LENGTH = 10_000  # changes kept for readers that were away

_SCHEMA = """
CREATE TABLE record (
    account TEXT NOT NULL, region TEXT NOT NULL, kind TEXT NOT NULL, parent TEXT NOT NULL, id TEXT NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (account, region, kind, parent, id)
) WITHOUT ROWID;
CREATE INDEX record_by_id ON record (kind, id);
CREATE TABLE change (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL, region TEXT NOT NULL, kind TEXT NOT NULL, parent TEXT NOT NULL, id TEXT NOT NULL,
    deleted INTEGER NOT NULL
);
"""
_ONE = "account = ? AND region = ? AND kind = ? AND parent = ? AND id = ?"
_SIBLINGS = "account = ? AND region = ? AND kind = ? AND parent = ?"
_FIELDS = "account, region, kind, parent, id"
_PUT = f"INSERT OR REPLACE INTO record ({_FIELDS}, document) VALUES (?, ?, ?, ?, ?, ?)"


class StoreError(Exception):
    """The file cannot be used; the text says why and what to do."""


class SqliteStore:
    """Implements `records.Store`. Use it from one thread; close it at the end."""

    def __init__(self, path: Path) -> None:
        """Open or create the file. Raises StoreError."""
        try:
            with contextlib.ExitStack() as on_failure:
                self._connection = sqlite3.connect(path, isolation_level=None, timeout=PATIENCE)
                on_failure.callback(self._connection.close)
                self._prepare(path)
                on_failure.pop_all()
        except sqlite3.Error as error:
            raise StoreError(f"{path} cannot be used as the store: {error}") from error
        self._listeners: list[Listener] = []
        self._open = False

    def _prepare(self, path: Path) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            self._connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
        elif version != VERSION:
            raise StoreError(f"{path} was written by another version of Gatewright (schema {version}, not {VERSION})")

    @contextlib.contextmanager
    def transaction(self) -> Iterator["SqliteTransaction"]:
        """See `records.Store`. Transactions do not nest."""
        with self._begun("BEGIN IMMEDIATE"):
            transaction = SqliteTransaction(self._connection, writes=True)
            yield transaction
            changes = self._announce(transaction.touched)
        if changes:
            self._tell(changes)

    @contextlib.contextmanager
    def read(self) -> Iterator["SqliteTransaction"]:
        """See `records.Store`."""
        with self._begun("BEGIN"):
            yield SqliteTransaction(self._connection, writes=False)

    def note(self, documents: Mapping[Key, Document], *, patience: float) -> None:
        """See `records.Store`."""
        rows = [(*key, msgspec.json.encode(document)) for key, document in documents.items()]
        self._connection.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
        try:
            with self._begun("BEGIN IMMEDIATE"):
                self._connection.executemany(_PUT, rows)
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")

    def changes(self, after: int) -> Sequence[Change]:
        """See `records.Store`."""
        (oldest,) = self._connection.execute("SELECT min(seq) FROM change").fetchone()
        if oldest is not None and after < oldest - 1:
            raise FeedGone(f"changes before {oldest} are gone")
        found = self._connection.execute(
            f"SELECT seq, {_FIELDS}, deleted FROM change WHERE seq > ? ORDER BY seq", (after,)
        )
        return [Change(row[0], Key(*row[1:6]), bool(row[6])) for row in found]

    def subscribe(self, listener: Listener) -> None:
        """See `records.Store`."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Fold the log into the file and close it."""
        self._connection.close()

    @contextlib.contextmanager
    def _begun(self, begin: str) -> Iterator[None]:
        if self._open:
            raise RuntimeError("transactions do not nest: pass the open one on")
        self._connection.execute(begin)
        self._open = True
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        finally:
            self._open = False

    def _announce(self, touched: dict[Key, bool]) -> list[Change]:
        if not touched:
            return []
        insert = f"INSERT INTO change ({_FIELDS}, deleted) VALUES (?, ?, ?, ?, ?, ?)"
        rows = [(*key, int(deleted)) for key, deleted in touched.items()]
        first = self._connection.execute(insert, rows[0]).lastrowid or 0
        self._connection.executemany(insert, rows[1:])  # nobody else writes: their numbers follow
        changes = [Change(seq, key, deleted) for seq, (key, deleted) in enumerate(touched.items(), first)]
        if changes[-1].seq // 100 > (changes[0].seq - 1) // 100:  # a hundred is full
            self._connection.execute("DELETE FROM change WHERE seq <= ?", (changes[-1].seq - FEED_LENGTH,))
        return changes

    def _tell(self, changes: Sequence[Change]) -> None:
        for listener in self._listeners:
            try:
                listener(changes)
            except Exception:  # the write stands: one listener's failure is neither the caller's nor the others'
                _log.exception("a listener of the feed of changes failed")


class SqliteTransaction:
    """Implements `records.Transaction`. `touched` holds the keys written, in order, and whether they are gone."""

    __slots__ = ("_connection", "_writes", "touched")

    def __init__(self, connection: sqlite3.Connection, *, writes: bool) -> None:
        self._connection = connection
        self._writes = writes
        self.touched: dict[Key, bool] = {}

    def get(self, key: Key) -> Document | None:
        """See `records.Transaction`."""
        row = self._connection.execute(f"SELECT document FROM record WHERE {_ONE}", key).fetchone()
        return None if row is None else msgspec.json.decode(row[0])

    def put(self, key: Key, document: Document) -> None:
        """See `records.Transaction`."""
        self._touch(key, deleted=False)
        self._connection.execute(_PUT, (*key, msgspec.json.encode(document)))

    def delete(self, key: Key) -> bool:
        """See `records.Transaction`."""
        gone = self._connection.execute(f"DELETE FROM record WHERE {_ONE}", key).rowcount > 0
        if gone:
            self._touch(key, deleted=True)
        return gone

    def list(self, key: Key, *, after: str = "", limit: int | None = None) -> list[tuple[str, Document]]:
        """See `records.Transaction`."""
        found = self._connection.execute(
            f"SELECT id, document FROM record WHERE {_SIBLINGS} AND id > ? ORDER BY id LIMIT ?",
            (*key[:4], after, -1 if limit is None else limit),
        )
        return [(id, msgspec.json.decode(document)) for id, document in found]

    def delete_all(self, key: Key) -> int:
        """See `records.Transaction`."""
        ids = [row[0] for row in self._connection.execute(f"SELECT id FROM record WHERE {_SIBLINGS}", key[:4])]
        for id in ids:
            self.delete(key._replace(id=id))
        return len(ids)

    def find(self, kind: str, id: str) -> Sequence[Key]:
        """See `records.Transaction`."""
        found = self._connection.execute(f"SELECT {_FIELDS} FROM record WHERE kind = ? AND id = ?", (kind, id))
        return [Key(*row) for row in found]

    def keys(self, kind: str) -> Sequence[Key]:
        """See `records.Transaction`."""
        return [Key(*row) for row in self._connection.execute(f"SELECT {_FIELDS} FROM record WHERE kind = ?", (kind,))]

    def _touch(self, key: Key, *, deleted: bool) -> None:
        if not self._writes:
            raise RuntimeError("this view is for reading")
        self.touched.pop(key, None)
        self.touched[key] = deleted
