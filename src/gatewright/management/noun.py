"""A noun of AWS's management API, declared once: what it is, where it lives, and what it must obey.

A declaration is data and small rules; the verbs that read it (`verbs.py`) are shared by every noun of every service.
Most nouns are records of the store. A few are parts of another noun's record, as an integration is of its method.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.execute.unserved import Unserved
from gatewright.execute.unserved import refused as why_refused
from gatewright.management.ids import unused_beside
from gatewright.management.paging import POSITION, Paging
from gatewright.management.patch import Patch, refused
from gatewright.values.records import Document, Key, Transaction


class Change(NamedTuple):
    """A document on its way into the store. A rule checks `new`, completes it in place, or raises ServiceError.

    `old` is None when the noun is created, also by a PUT that replaces one. `call.input` holds every id of the path.
    """

    tx: Transaction
    call: Call
    old: Document | None
    new: Document


Rule = Callable[[Change], None]
Refuse = Callable[[Call], ServiceError]
Wanted = Callable[[Document], bool]
Show = Callable[[Transaction, Call, Document], Document]


def as_stored(tx: Transaction, call: Call, document: Document) -> Document:
    """Show a document as it is."""
    return document


def as_called(call: Call) -> Call:
    """A call whose path names records by their own ids."""
    return call


def all_of_them(tx: Transaction, call: Call) -> Wanted:
    """A list that has no filters."""
    return lambda document: True


def nothing_there(call: Call) -> Document | None:
    """A noun that does not exist until it is created."""
    return None


def all_served(document: Document) -> Iterable[Unserved]:
    """Nothing about this noun waits for the data plane."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """One noun. `name` is AWS's word, the ending of its operations' names and the kind of its records.

    `path` names the input members that lead to one of it, outermost first, its own id last; empty for a noun of
    which an account has exactly one.
    """

    name: str
    path: tuple[str, ...]
    missing: Refuse
    inside: "Noun | None" = None
    asks_inside: bool = False  # AWS tells of a missing parent before it tells of a missing child
    kind: str = ""  # of its records, where another noun has the name, too
    part: str = ""  # the member of `inside`'s document that holds it; empty: a record of its own
    id: str = ""  # the member of its document that repeats its id
    new_id: Callable[[Change], str] | int = 0  # for ids that creation does not find in its path; a length: by chance
    creating: str = "Create"  # the verb of its creation: Create, Put, Generate; empty: it has a function of its own
    taken: Refuse | None = None  # creating it twice; None: the second replaces the first
    absent: Callable[[Call], Document | None] = nothing_there
    led: Callable[[Call], Call] = as_called  # the call with the ids of records, where AWS's path has something else
    plural: str = ""  # the ending of its list operation's name, if it has one
    listing: str = "Get"  # the verb of that operation
    listed: Callable[[Transaction, Call], Wanted] = all_of_them  # which documents a call to list asks for
    paging: Paging = POSITION
    defaults: Mapping[str, Any] = field(default_factory=dict)
    optional: tuple[str, ...] = ()  # members of its document for which an empty value is none
    renamed: Mapping[str, str] = field(default_factory=dict)  # input members that the document calls otherwise
    patch: Patch | None = None  # None: an update gives whole members
    rules: tuple[Rule, ...] = ()
    deleting: tuple[Rule, ...] = ()
    settled: tuple[Rule, ...] = ()  # what follows once a change is written, deletion included (`new` is empty then)
    unserved: Callable[[Document], Iterable[Unserved]] = all_served  # what the data plane does not serve
    show: Show = as_stored
    arn: str = ""  # the resource part of its ARN with {input members}; empty: it carries no tags


def quiet(noun: Noun) -> Noun:
    """The same noun, whose changes nothing follows: what follows a call of many parts follows all of it, once."""
    return replace(noun, settled=())


def key_of(noun: Noun, call: Call) -> Key:
    """The store's key of the noun that `call` leads to (of the enclosing record for a part)."""
    if noun.part and noun.inside is not None:
        return key_of(noun.inside, call)
    ids = [call.input[member] for member in noun.path] or [noun.name.lower()]
    return Key(call.account, call.region, noun.kind or noun.name, "/".join(ids[:-1]), ids[-1])


def find(tx: Transaction, call: Call, noun: Noun) -> Document | None:
    """The document that `call` leads to, or None."""
    if not noun.part or noun.inside is None:
        return tx.get(key_of(noun, call)) or noun.absent(call)
    held: Document | None = require(tx, call, noun.inside).get(noun.part)
    if held is not None and noun.id:
        held = held.get(call.input[noun.path[-1]])
    return held


def require(tx: Transaction, call: Call, noun: Noun) -> Document:
    """The document that `call` leads to. Raises what AWS answers when it, or the parent AWS asks for, is missing."""
    if noun.asks_inside and noun.inside is not None:
        require(tx, call, noun.inside)
    found = find(tx, call, noun)
    if found is None:
        raise noun.missing(call)
    return found


def keep(tx: Transaction, call: Call, noun: Noun, document: Document) -> None:
    """Write a document where it lives."""
    if not noun.part or noun.inside is None:
        tx.put(key_of(noun, call), document)
        return
    owner = require(tx, call, noun.inside)
    if noun.id:
        owner.setdefault(noun.part, {})[call.input[noun.path[-1]]] = document
    else:
        owner[noun.part] = document
    keep(tx, call, noun.inside, owner)


def drop(tx: Transaction, call: Call, noun: Noun) -> None:
    """Remove the document that `call` leads to; it must be there."""
    if not noun.part or noun.inside is None:
        tx.delete(key_of(noun, call))
        return
    owner = require(tx, call, noun.inside)
    if noun.id:
        del owner[noun.part][call.input[noun.path[-1]]]
    if not noun.id or not owner[noun.part]:
        del owner[noun.part]
    keep(tx, call, noun.inside, owner)


def given(noun: Noun, call: Call) -> Document:
    """The members of a new document: the noun's defaults, overlaid by what the caller gave."""
    return deepcopy(dict(noun.defaults)) | told(noun, call)


def told(noun: Noun, call: Call) -> Document:
    """The members that the caller gave."""
    members = {name: value for name, value in call.input.items() if name not in noun.path}
    return {noun.renamed.get(name, name): value for name, value in members.items()}


def identified(noun: Noun, call: Call, id: str) -> Call:
    """The same call leading to the noun of that id."""
    return call._replace(input=call.input | {noun.path[-1]: id})


def fresh_id(noun: Noun, change: Change) -> str | None:
    """The id of a new one, where its creation does not find it in its path."""
    if isinstance(noun.new_id, int):
        siblings = key_of(noun, identified(noun, change.call, ""))
        return unused_beside(change.tx, siblings, noun.new_id) if noun.new_id else None
    return noun.new_id(change)


def settle(noun: Noun, change: Change) -> None:
    """Hold a new document against the noun's rules, then against what the data plane serves, and write it.

    What follows from the change comes last, in the same transaction."""
    for name in noun.optional:
        if not change.new.get(name):
            change.new.pop(name, None)
    for rule in noun.rules:
        rule(change)
    why = why_refused(noun.unserved(change.new))
    if why:
        raise refused(why)
    keep(change.tx, change.call, noun, change.new)
    for rule in noun.settled:
        rule(change)
