"""A draft reads as its transaction would after it; below, nothing is written before it is handed on, and then once."""

from pathlib import Path

from gatewright.management.draft import Draft
from gatewright.store.sqlite import SqliteStore
from gatewright.values.records import Key, Transaction


def key(id: str, kind: str = "Pet") -> Key:
    return Key("0", "r", kind, "zoo", id)


def seen(tx: Transaction) -> dict[str, object]:
    return {
        "all": tx.list(key("")),
        "after b": tx.list(key(""), after="b"),
        "first": tx.list(key(""), limit=1),
        "a, b, c": [tx.get(key(id)) for id in "abc"],
        "found": [sorted(tx.find("Pet", id)) for id in "abc"],
        "keys": sorted(tx.keys("Pet")),
    }


def test_a_draft_is_seen_at_once_and_kept_when_handed_on() -> None:
    store = SqliteStore(Path(":memory:"))
    told: list[str] = []
    with store.transaction() as tx:
        for id in "abde":
            tx.put(key(id), {"old": id})
        tx.put(key("x", "Toy"), {})
    store.subscribe(
        lambda changes: told.extend(f"{'-' if change.deleted else '+'}{change.key.id}" for change in changes)
    )
    with store.transaction() as tx:
        before, draft = seen(tx), Draft(tx)
        draft.put(key("c"), {"new": 0})
        draft.put(key("c"), {"new": 1})
        draft.put(key("ä"), {"new": 2})
        assert (draft.delete(key("a")), draft.delete(key("a")), draft.delete(key("z"))) == (True, False, False)
        assert draft.get(key("b")) == {"old": "b"}
        there = seen(draft)
        assert [id for id, _ in draft.list(key(""))] == ["b", "c", "d", "e", "ä"]
        assert seen(tx) == before
        draft.hand_on()
        assert seen(tx) == there
    assert told == ["+c", "+ä", "-a"]
    with store.transaction() as tx:
        draft = Draft(tx)
        assert draft.delete_all(key("")) == 5
        assert (draft.list(key("")), draft.keys("Pet"), len(draft.keys("Toy"))) == ([], [], 1)
    assert told == ["+c", "+ä", "-a"]
    store.close()
