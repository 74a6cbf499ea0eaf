"""Resource: a node of an API's tree of paths.

https://docs.aws.amazon.com/apigateway/latest/api/API_Resource.html
"""

import re
from collections.abc import Iterator

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.ids import INNER
from gatewright.management.noun import Change, Noun
from gatewright.management.patch import Patch, member, refused, tell_paths
from gatewright.management.rest.inside import key_inside
from gatewright.management.rest.path_part import children, drop_part, put_part, sibling_in_the_way
from gatewright.management.rest.rest_api import REST_API
from gatewright.management.values import text
from gatewright.values.records import Document, Key, Transaction

_SEGMENT = "[a-zA-Z0-9._,:-]+"
_PATH_PART = re.compile(rf"{_SEGMENT}|\{{{_SEGMENT}\+?\}}")


def missing(call: Call) -> ServiceError:
    """There is no such resource."""
    return ServiceError("NotFoundException", "Invalid Resource identifier specified")


def tree_of(change: Change) -> Key:
    """Where the resources of the API are."""
    return key_inside(change.call, "Resource")


def root_stays(change: Change) -> None:
    """The root has neither a name nor a parent."""
    if change.old is None or "parentId" in change.old:
        return
    for member_name in ("pathPart", "parentId"):
        if member_name in change.new:
            raise refused(f"Root resource cannot update its {member_name}.")


def path_part_is_well_formed(change: Change) -> None:
    """Words, or one variable that is the whole segment."""
    part = change.new.get("pathPart")
    if part is not None and not _PATH_PART.fullmatch(part):
        raise refused(
            "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the "
            "beginning and the end."
        )


def fits_the_tree(change: Change) -> None:
    """A parent that may have children, and no sibling that stands in the way. Completes `path`, also of descendants."""
    old, new, tx = change.old, change.new, change.tx
    if old is not None and _place(old) == _place(new):
        return
    tree = tree_of(change)
    parent = tx.get(tree._replace(id=new["parentId"]))
    if parent is None:
        raise missing(change.call)
    if old is not None and new["id"] in (parent["id"], *_ancestors(tx, tree, parent)):
        raise refused("Resources cannot be cyclical.")
    if _is_greedy(parent):
        raise refused(f"Cannot create a child of a resource with a greedy path variable: {parent['pathPart']}")
    _check_siblings(tx, tree, new)
    if old is not None and _is_greedy(new) and children(tx, tree, new["id"]):
        raise refused(f"Cannot create a child of a resource with a greedy path variable: {new['pathPart']}")
    new["path"] = _path(parent, new)
    if old is not None:
        drop_part(tx, tree, old)
        _rename_below(tx, tree, new)
    put_part(tx, tree, new)


def _place(document: Document) -> tuple[str | None, str | None]:
    return document.get("parentId"), document.get("pathPart")


def _ancestors(tx: Transaction, tree: Key, document: Document) -> Iterator[str]:
    above: Document | None = document
    while above is not None and "parentId" in above:
        yield above["parentId"]
        above = tx.get(tree._replace(id=above["parentId"]))


def _is_greedy(document: Document) -> bool:
    return bool(document.get("pathPart", "").endswith("+}"))


def _check_siblings(tx: Transaction, tree: Key, new: Document) -> None:
    part, sibling = new["pathPart"], sibling_in_the_way(tx, tree, new)
    if sibling == part:
        raise ServiceError("ConflictException", f"Another resource with the same parent already has this name: {part}")
    if sibling is not None:
        raise refused(f"A sibling ({sibling}) of this resource already has a variable path part -- only one is allowed")


def _path(parent: Document, child: Document) -> str:
    return f"{parent['path'].rstrip('/')}/{child['pathPart']}"


def _rename_below(tx: Transaction, tree: Key, top: Document) -> None:
    renamed = [top]
    for parent in renamed:
        for child in children(tx, tree, parent["id"]):
            child["path"] = _path(parent, child)
            tx.put(tree._replace(id=child["id"]), child)
            renamed.append(child)


def root_is_kept(change: Change) -> None:
    """The root goes only with its API."""
    if change.old is not None and "parentId" not in change.old:
        raise refused("Root resource cannot be deleted.")


def subtree_goes(change: Change) -> None:
    """A resource takes along everything below it."""
    assert change.old is not None
    tree, leaving = tree_of(change), [change.old]
    for document in leaving:
        leaving += children(change.tx, tree, document["id"])
        drop_part(change.tx, tree, document)
        change.tx.delete(tree._replace(id=document["id"]))


def shown(tx: Transaction, call: Call, document: Document) -> Document:
    """AWS names the methods of a resource always, and tells what they are when asked to `embed` them."""
    methods = document.get("resourceMethods")
    if methods and "methods" not in embedded(call):
        document = document | {"resourceMethods": {verb: {} for verb in methods}}
    return document


def embedded(call: Call) -> set[str]:
    """What the call asks to embed: one value with commas, or several."""
    return {word.strip().lower() for value in call.input.get("embed") or () for word in value.split(",")}


RESOURCE = Noun(
    name="Resource",
    path=("restApiId", "resourceId"),
    missing=missing,
    inside=REST_API,
    id="id",
    new_id=INNER,
    plural="Resources",
    patch=Patch({"/parentId": member("parentId", text), "/pathPart": member("pathPart", text)}, tell_paths),
    rules=(root_stays, path_part_is_well_formed, fits_the_tree),
    deleting=(root_is_kept, subtree_goes),
    show=shown,
)
