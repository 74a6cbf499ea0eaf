"""A draft reads as the store would after it; nothing is written before it is handed on, and then once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gatewright.management.draft import Draft, Drafts
from gatewright.store.sqlite import SqliteStore
from gatewright.values.long_work import AtOnce, LongWork
from gatewright.values.pending import Drive, Pending
from gatewright.values.records import Key, Transaction


def key(id: str, kind: str = "Pet", parent: str = "zoo") -> Key:
    return Key("0", "r", kind, parent, id)


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    store = SqliteStore(Path(":memory:"))
    with store.transaction() as tx:
        for id in "abde":
            tx.put(key(id), {"old": id})
        tx.put(key("x", "Toy"), {})
    yield store
    store.close()


def seen(tx: Transaction) -> dict[str, object]:
    return {
        "all": tx.list(key("")),
        "after b": tx.list(key(""), after="b"),
        "first": tx.list(key(""), limit=1),
        "a, b, c": [tx.get(key(id)) for id in "abc"],
        "found": [sorted(tx.find("Pet", id)) for id in "abc"],
        "keys": sorted(tx.keys("Pet")),
    }


def seen_in(store: SqliteStore) -> dict[str, object]:
    with store.read() as tx:
        return seen(tx)


def test_a_draft_is_seen_at_once_and_kept_when_handed_on(store: SqliteStore) -> None:
    told: list[str] = []
    store.subscribe(
        lambda changes: told.extend(f"{'-' if change.deleted else '+'}{change.key.id}" for change in changes)
    )
    before, draft = seen_in(store), Draft(store)
    draft.put(key("c"), {"new": 0})
    draft.put(key("c"), {"new": 1})
    draft.put(key("ä"), {"new": 2})
    assert (draft.delete(key("a")), draft.delete(key("a")), draft.delete(key("z"))) == (True, False, False)
    assert draft.get(key("b")) == {"old": "b"}
    there = seen(draft)
    assert [id for id, _ in draft.list(key(""))] == ["b", "c", "d", "e", "ä"]
    assert seen_in(store) == before
    draft.hand_on()
    assert seen_in(store) == there
    assert told == ["+c", "+ä", "-a"]
    draft = Draft(store)
    assert draft.delete_all(key("")) == 5
    assert (draft.list(key("")), draft.keys("Pet"), len(draft.keys("Toy"))) == ([], [], 1)
    draft.put(key("b"), {"new": 3})
    assert draft.list(key("")) == [("b", {"new": 3})]
    assert told == ["+c", "+ä", "-a"]


class Meanwhile(AtOnce):
    """Others write something at the first turn."""

    def __init__(self, store: SqliteStore, place: Key) -> None:
        self.store = store
        self.place = place

    async def turn(self) -> None:
        with self.store.transaction() as tx:
            tx.put(self.place, {"theirs": 1})


MINE = key("mine", parent="home")
READS: list[tuple[Callable[[Transaction], object], Key, int]] = [
    (lambda tx: tx.get(key("a")), key("a"), 2),
    (lambda tx: tx.get(key("a")), key("b"), 1),
    (lambda tx: tx.list(key("")), key("z"), 2),
    (lambda tx: tx.list(key("")), key("z", parent="farm"), 1),
    (lambda tx: tx.find("Pet", "z"), key("z", parent="farm"), 2),
    (lambda tx: tx.find("Pet", "q"), key("z", parent="farm"), 1),
    (lambda tx: tx.keys("Toy"), key("z"), 1),
]


@pytest.mark.parametrize(("read", "written", "times"), READS)
@pytest.mark.parametrize("fails", [False, True])
def test_what_others_change_meanwhile_is_read_again(
    store: SqliteStore, read: Callable[[Transaction], object], written: Key, times: int, fails: bool
) -> None:
    reads = []

    async def write(draft: Draft, work: LongWork) -> object:
        reads.append(read(draft))
        await work.turn()
        if fails and len(reads) == 1:
            raise ValueError
        draft.put(MINE, {"times": len(reads)})
        return reads[-1]

    ended: list[tuple[object, object]] = []
    Drive(Drafts(store).written(write, Meanwhile(store, written)), lambda *end: ended.append(end)).step()
    with store.read() as tx:
        assert tx.get(written) == {"theirs": 1}
        if fails and times == 1:
            assert (isinstance(ended[0][1], ValueError), tx.get(MINE)) == (True, None)
        else:
            assert (len(reads), ended) == (times, [(read(tx) if times == 2 else reads[0], None)])
            assert tx.get(MINE) == {"times": times}


class Never(AtOnce):
    """A turn that does not come back: the node stops meanwhile."""

    def turn(self) -> Pending[None]:
        return Pending()


def test_what_is_ended_in_the_middle_has_written_nothing(store: SqliteStore) -> None:
    before = seen_in(store)

    async def write(draft: Draft, work: LongWork) -> None:
        draft.put(MINE, {})
        draft.delete(key("a"))
        await work.turn()

    running = Drafts(store).written(write, Never())
    running.send(None)
    running.close()
    assert seen_in(store) == before
