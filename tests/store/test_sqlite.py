"""The store on a real file: documents, transactions, the feed, and what a killed writer leaves behind."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gatewright.store.sqlite import FEED_LENGTH, SqliteStore, StoreError
from gatewright.values.records import Change, Document, FeedGone, Key

API = Key("000000000000", "us-east-1", "RestApi", "", "abc")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with contextlib.closing(SqliteStore(tmp_path / "gatewright.db")) as opened:
        yield opened


def test_documents_are_copies_and_survive_reopening(tmp_path: Path) -> None:
    path = tmp_path / "gatewright.db"
    store = SqliteStore(path)
    document = {"name": "é", "tags": {}, "n": 1.5, "none": None}
    with store.transaction() as tx:
        tx.put(API, document)
        held = tx.get(API)
        assert held == document
        assert held is not None
        held["name"] = "changed by the reader"
    store.close()
    with contextlib.closing(SqliteStore(path)) as again, again.read() as tx:
        assert tx.get(API) == document


def test_an_exception_rolls_everything_back_and_tells_nobody(store: SqliteStore) -> None:
    heard: list[Change] = []
    store.subscribe(heard.extend)
    with pytest.raises(ValueError, match="stop"), store.transaction() as tx:
        tx.put(API, {})
        raise ValueError("stop")
    with store.read() as tx:
        assert tx.get(API) is None
    assert heard == []


def test_lists_are_by_id_and_only_of_one_parent(store: SqliteStore) -> None:
    resource = API._replace(kind="Resource", parent="abc")
    with store.transaction() as tx:
        for id in ("b", "a", "B", "c"):
            tx.put(resource._replace(id=id), {"id": id})
        tx.put(resource._replace(parent="other", id="d"), {"id": "d"})
        tx.put(resource._replace(region="eu-west-1", id="e"), {"id": "e"})
        assert [id for id, _ in tx.list(resource)] == ["B", "a", "b", "c"]
        assert tx.list(resource, after="a", limit=1) == [("b", {"id": "b"})]
        assert tx.delete_all(resource) == 4
        assert tx.list(resource) == []
    with store.read() as tx:
        assert tx.find("Resource", "e") == [resource._replace(region="eu-west-1", id="e")]
        assert tx.keys("Resource") == [resource._replace(parent="other", id="d"), tx.find("Resource", "e")[0]]
        assert tx.keys("Stage") == []
        with pytest.raises(RuntimeError, match="reading"):
            tx.put(API, {})


def test_the_feed_tells_each_commit_once_and_in_order(store: SqliteStore) -> None:
    heard: list[Sequence[Change]] = []
    store.subscribe(heard.append)
    store.subscribe(lambda changes: 1 / 0)  # a failing listener spoils nothing
    store.subscribe(heard.append)
    other = API._replace(id="xyz")
    with store.transaction() as tx:
        tx.put(API, {})
        tx.put(other, {})
        tx.put(API, {"again": True})
    with store.transaction() as tx:
        assert tx.delete(API)
        assert not tx.delete(API)
    first = [Change(1, other, False), Change(2, API, False)]
    assert heard == [first, first, [Change(3, API, True)], [Change(3, API, True)]]
    assert store.changes(1) == [Change(2, API, False), Change(3, API, True)]


def test_a_feed_that_was_cut_says_so(store: SqliteStore) -> None:
    for part in range(FEED_LENGTH // 1000 + 2):
        with store.transaction() as tx:
            for number in range(1000):
                tx.put(API._replace(id=f"{part}-{number}"), {})
    with pytest.raises(FeedGone):
        store.changes(0)
    assert len(store.changes(FEED_LENGTH + 1900)) == 100


def test_what_is_noted_is_kept_and_told_to_nobody(store: SqliteStore) -> None:
    told: list[Change] = []
    store.subscribe(told.extend)
    key = Key("1", "r", "Usage", "plan", "key")
    store.note({key: {"used": 1}, key._replace(id="other"): {"used": 2}}, patience=0)
    store.note({key: {"used": 3}}, patience=0)
    with store.read() as tx:
        assert tx.list(key) == [("key", {"used": 3}), ("other", {"used": 2})]
    assert (told, store.changes(0)) == ([], [])


def test_transactions_do_not_nest(store: SqliteStore) -> None:
    with store.transaction(), pytest.raises(RuntimeError, match="nest"), store.read():
        pass


def test_a_file_that_is_no_store_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database, but long enough to be looked at as one" * 20)
    with pytest.raises(StoreError, match=r"text cannot be used as the store: file is not a database"):
        SqliteStore(tmp_path / "text")
    newer = sqlite3.connect(tmp_path / "newer")
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(StoreError, match="another version"):
        SqliteStore(tmp_path / "newer")


WRITER = """
import sys
from pathlib import Path
from gatewright.values.records import Key
from gatewright.store.sqlite import SqliteStore
store = SqliteStore(Path(sys.argv[1]))
n = int(sys.argv[2])
while True:
    with store.transaction() as tx:
        tx.put(Key("a", "r", "k", "", f"{n:06}"), {"n": n})
        tx.put(Key("a", "r", "twin", "", f"{n:06}"), {"n": n})
    print(n, flush=True)
    n += 1
"""


def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    path, number = tmp_path / "db", 0
    for kept in (1, 40, 7):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(number)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        for _ in range(kept):
            number = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        number = max([number, *[int(line) for line in writer.stdout.read().split("\n")[:-1]]])
        writer.wait()
        writer.stdout.close()
        store = SqliteStore(path)
        with store.read() as tx:
            ones = [id for id, _ in tx.list(Key("a", "r", "k", "", ""))]
            twins = [id for id, _ in tx.list(Key("a", "r", "twin", "", ""))]
        store.close()
        assert ones == twins
        assert [int(id) for id in ones][: number + 1] == list(range(number + 1))
        number = len(ones)


class AgainstADict(RuleBasedStateMachine):
    """Whatever is written and deleted, the store holds what a plain dict would."""

    def __init__(self) -> None:
        super().__init__()
        self.store = SqliteStore(Path(":memory:"))
        self.model: dict[Key, Document] = {}

    keys = st.builds(
        Key,
        st.just("a"),
        st.sampled_from(["r", "s"]),
        st.just("k"),
        st.sampled_from(["", "p"]),
        st.text(max_size=2).filter(bool),
    )

    @rule(key=keys, value=st.integers(), fails=st.booleans())
    def put(self, key: Key, value: int, fails: bool) -> None:
        try:
            with self.store.transaction() as tx:
                tx.put(key, {"value": value})
                if fails:
                    raise KeyError
            self.model[key] = {"value": value}
        except KeyError:
            pass

    @rule(key=keys)
    def delete(self, key: Key) -> None:
        with self.store.transaction() as tx:
            assert tx.delete(key) == (self.model.pop(key, None) is not None)

    @invariant()
    def same(self) -> None:
        with self.store.read() as tx:
            for region in ("r", "s"):
                for parent in ("", "p"):
                    key = Key("a", region, "k", parent, "")
                    expected = {k.id: document for k, document in self.model.items() if k[:4] == key[:4]}
                    assert tx.list(key) == sorted(expected.items(), key=lambda item: item[0].encode())

    def teardown(self) -> None:
        self.store.close()


TestAgainstADict = AgainstADict.TestCase
TestAgainstADict.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)


@given(
    st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5))
)
@settings(max_examples=50, deadline=None)
def test_any_json_document_comes_back_as_it_was(document: Document) -> None:
    store = SqliteStore(Path(":memory:"))
    with store.transaction() as tx:
        tx.put(API, document)
        assert tx.get(API) == document
    store.close()
