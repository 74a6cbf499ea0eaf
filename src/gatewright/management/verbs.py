"""The verbs that all nouns share: create (or put), get, list, update, delete. One transaction per operation."""

from collections.abc import Callable, Collection
from copy import deepcopy
from functools import partial
from typing import Any

from gatewright.aws.call import Call, Handler
from gatewright.management.noun import (
    Change,
    Noun,
    drop,
    find,
    fresh_id,
    given,
    identified,
    key_of,
    require,
    settle,
    told,
)
from gatewright.management.patch import apply
from gatewright.values.records import Document, Store, Transaction


def verbs(noun: Noun, store: Store, operations: Collection[str]) -> dict[str, Handler]:
    """The handlers of a noun's ordinary operations, by AWS's operation name: those that are among `operations`."""
    ordinary = {
        f"{noun.creating}{noun.name}": create,
        f"Get{noun.name}": get,
        f"{noun.listing}{noun.plural}": page,
        f"Update{noun.name}": update,
        f"Delete{noun.name}": delete,
    }
    return {name: partial(verb, noun, store) for name, verb in ordinary.items() if name in operations}


def create(noun: Noun, store: Store, call: Call) -> Document:
    """Make one of the noun, or replace it where AWS's operation is a PUT that may."""
    with store.transaction() as tx:
        there, new = make(noun, tx, noun.led(call))
        return noun.show(tx, there, new)


def make(noun: Noun, tx: Transaction, call: Call) -> tuple[Call, Document]:
    """The same inside an open transaction: the call that leads to the new one, and its document."""
    if noun.inside is not None:
        require(tx, call, noun.inside)
    new = given(noun, call)
    id = fresh_id(noun, Change(tx, call, None, new))
    if id is not None:
        call = identified(noun, call, id)
    if noun.taken is not None and find(tx, call, noun) is not None:
        raise noun.taken(call)
    if noun.id:
        new[noun.id] = call.input[noun.path[-1]]
    settle(noun, Change(tx, call, None, new))
    return call, new


def get(noun: Noun, store: Store, call: Call) -> Document:
    """One of the noun."""
    call = noun.led(call)
    with store.read() as tx:
        return noun.show(tx, call, require(tx, call, noun))


def page(noun: Noun, store: Store, call: Call) -> Document:
    """One page of the noun's list."""
    call = noun.led(call)
    with store.read() as tx:
        if noun.inside is not None:
            require(tx, call, noun.inside)
        key = key_of(noun, identified(noun, call, ""))
        listed: dict[str, Any] = noun.paging.page(tx, key, call, noun.listed(tx, call))
        shown = [noun.show(tx, identified(noun, call, id), document) for id, document in listed.pop("found")]
        return {noun.paging.items: shown, **listed}


def update(noun: Noun, store: Store, call: Call) -> Document:
    """Change one of the noun: all patch operations or none."""
    call = noun.led(call)
    with store.transaction() as tx:
        return noun.show(tx, call, alter(noun, tx, call))


def alter(noun: Noun, tx: Transaction, call: Call) -> Document:
    """The same inside an open transaction: the document as it is now."""
    old = require(tx, call, noun)
    new = deepcopy(old)
    if noun.patch is None:
        new |= told(noun, call)
    else:
        apply(noun.patch, new, call.input.get("patchOperations") or [])
    settle(noun, Change(tx, call, old, new))
    return new


def take_from(noun: Noun, left: Callable[[Document, Call], Document], store: Store, call: Call) -> Document:
    """Take something away from one of the noun: `left` is the document without it, or raises ServiceError."""
    with store.transaction() as tx:
        old = require(tx, call, noun)
        settle(noun, Change(tx, call, old, deepcopy(left(old, call))))
        return {}


def delete(noun: Noun, store: Store, call: Call) -> Document:
    """Remove one of the noun and what hangs on it."""
    call = noun.led(call)
    with store.transaction() as tx:
        old = require(tx, call, noun)
        change = Change(tx, call, old, {})
        for rule in noun.deleting:
            rule(change)
        drop(tx, call, noun)
        for rule in noun.settled:
            rule(change)
        return {}
