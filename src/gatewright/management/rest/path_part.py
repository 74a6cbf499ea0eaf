"""Path parts: what stands below each resource, by name, so that none is made or deleted by reading all of its API.

Each resource but the root has such a record beside its own, under its parent's id, with its path part as id.
"""

from gatewright.values.records import Document, Key, Transaction


def parts_below(tree: Key, parent: str) -> Key:
    """Where the path parts below the resource `parent` are. `tree` is where the resources of the API are."""
    return tree._replace(kind="PathPart", parent=f"{tree.parent}/{parent}")


def put_part(tx: Transaction, tree: Key, document: Document) -> None:
    """Note the name and the parent of a resource that is not the root."""
    tx.put(_part(tree, document), {"id": document["id"]})


def drop_part(tx: Transaction, tree: Key, document: Document) -> None:
    """Its parent has no resource of that name any more."""
    tx.delete(_part(tree, document))


def sibling_in_the_way(tx: Transaction, tree: Key, document: Document) -> str | None:
    """The path part of another resource that forbids this one: the same, or another variable beside a variable."""
    siblings, part = parts_below(tree, document["parentId"]), document["pathPart"]
    same = tx.get(siblings._replace(id=part))
    # "{" comes after everything else that a path part may hold: what follows it is the variables, of which one may
    # be the resource itself under its old name.
    beside = [(part, same)] if same else tx.list(siblings, after="{") if part.startswith("{") else []
    return next((name for name, other in beside if other["id"] != document["id"]), None)


def children(tx: Transaction, tree: Key, parent: str) -> list[Document]:
    """The resources right below `parent`."""
    found = (tx.get(tree._replace(id=part["id"])) for _, part in tx.list(parts_below(tree, parent)))
    return [document for document in found if document is not None]


def _part(tree: Key, document: Document) -> Key:
    return parts_below(tree, document["parentId"])._replace(id=document["pathPart"])
