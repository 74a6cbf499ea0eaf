"""Resource: the rules of the tree, moves, deletion of subtrees, embedded methods."""

from typing import Any

import pytest

from tests.management.gateway import Gateway, bad, missing, operation, replace

PART = bad(
    "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning "
    "and the end."
)


class Tree:
    """The resources of the API `pets`, by path."""

    def __init__(self, gateway: Gateway, root: str) -> None:
        self.gateway = gateway
        self.ids = {"/": root}

    def add(self, path: str) -> dict[str, Any]:
        parent, _, part = path.rpartition("/")
        where = {"restApiId": "pets", "parentId": self.ids[parent or "/"]}
        made: dict[str, Any] = self.gateway.call("create_resource", **where, pathPart=part)
        self.ids[path] = made["id"]
        return made

    def refused(self, parent: str, part: str) -> tuple[str, str]:
        return self.gateway.refusal("create_resource", restApiId="pets", parentId=self.ids[parent], pathPart=part)

    def paths(self) -> dict[str, str]:
        found = self.gateway.call("get_resources", restApiId="pets", limit=500)["items"]
        return {resource["path"]: resource["id"] for resource in found}


@pytest.fixture
def tree(gateway: Gateway, root: str) -> Tree:
    return Tree(gateway, root)


def test_a_resource(gateway: Gateway, tree: Tree) -> None:
    made = tree.add("/pets")
    assert made == {"id": made["id"], "parentId": tree.ids["/"], "pathPart": "pets", "path": "/pets"}
    assert len(made["id"]) == 6
    below = tree.add("/pets/{id}")
    assert (below["path"], below["parentId"]) == ("/pets/{id}", made["id"])
    assert gateway.call("get_resource", restApiId="pets", resourceId=made["id"]) == made


@pytest.mark.parametrize("part", ["a", "A.b_c-d:e,f", "{id}", "{proxy+}"])
def test_path_parts(tree: Tree, part: str) -> None:
    assert tree.add(f"/{part}")["path"] == f"/{part}"


@pytest.mark.parametrize(
    "part", ["", "a b", "a/b", "{id", "id}", "{}", "{+}", "pre{id}", "{id}post", "{id+}+", "é", "a\n"]
)
def test_path_parts_that_are_none(tree: Tree, part: str) -> None:
    assert tree.refused("/", part) == PART


def test_siblings(tree: Tree) -> None:
    for path in ("/a", "/{id}", "/a/{proxy+}"):
        tree.add(path)
    conflict = "Another resource with the same parent already has this name: "
    assert tree.refused("/", "a") == ("ConflictException", conflict + "a")
    assert tree.refused("/", "{id}") == ("ConflictException", conflict + "{id}")
    second = "A sibling ({id}) of this resource already has a variable path part -- only one is allowed"
    assert tree.refused("/", "{other}") == tree.refused("/", "{proxy+}") == bad(second)
    below = bad("Cannot create a child of a resource with a greedy path variable: {proxy+}")
    assert tree.refused("/a/{proxy+}", "b") == below


def test_a_name_that_was_left_is_free_again(gateway: Gateway, tree: Tree) -> None:
    for path in ("/a", "/a/b", "/{id}", "/x"):
        tree.add(path)
    for path, operations in (
        ("/a", replace("/pathPart", "z")),
        ("/{id}", replace("/pathPart", "{name}")),
        ("/x", replace("/parentId", tree.ids["/a"])),
    ):
        where = {"restApiId": "pets", "resourceId": tree.ids[path]}
        gateway.call("update_resource", **where, patchOperations=operations)
    assert set(tree.paths()) == {"/", "/z", "/z/b", "/{name}", "/z/x"}
    assert (tree.add("/a")["path"], tree.add("/x")["path"]) == ("/a", "/x")
    assert tree.refused("/", "{name}")[0] == tree.refused("/", "z")[0] == "ConflictException"
    assert tree.refused("/", "{id}") == bad(
        "A sibling ({name}) of this resource already has a variable path part -- only one is allowed"
    )
    gateway.call("delete_resource", restApiId="pets", resourceId=tree.paths()["/z"])
    gateway.call("delete_resource", restApiId="pets", resourceId=tree.paths()["/{name}"])
    for path in ("/z", "/z/b", "/z/b/{id}", "/{id}"):
        tree.add(path)
    assert set(tree.paths()) == {"/", "/a", "/x", "/z", "/z/b", "/z/b/{id}", "/{id}"}


def test_unknown_ids(gateway: Gateway, tree: Tree) -> None:
    unknown = missing("Invalid Resource identifier specified")
    for operation_name, given in (
        ("get_resource", {"resourceId": "none"}),
        ("delete_resource", {"resourceId": "none"}),
        ("update_resource", {"resourceId": "none", "patchOperations": []}),
        ("create_resource", {"parentId": "none", "pathPart": "a"}),
    ):
        assert gateway.refusal(operation_name, restApiId="pets", **given) == unknown
    api = missing("Invalid API identifier specified 000000000000:none")
    assert gateway.refusal("get_resource", restApiId="none", resourceId=tree.ids["/"]) == unknown
    assert gateway.refusal("get_resources", restApiId="none") == api


def test_a_move_takes_the_subtree_along(gateway: Gateway, tree: Tree) -> None:
    for path in ("/a", "/a/b", "/a/b/c", "/x"):
        tree.add(path)
    renamed = gateway.call(
        "update_resource", restApiId="pets", resourceId=tree.ids["/a"], patchOperations=replace("/pathPart", "z")
    )
    assert renamed == {"id": tree.ids["/a"], "parentId": tree.ids["/"], "pathPart": "z", "path": "/z"}
    gateway.call(
        "update_resource",
        restApiId="pets",
        resourceId=tree.ids["/a/b"],
        patchOperations=replace("/parentId", tree.ids["/x"]) + replace("/pathPart", "y"),
    )
    assert tree.paths() == {
        "/": tree.ids["/"],
        "/z": tree.ids["/a"],
        "/x": tree.ids["/x"],
        "/x/y": tree.ids["/a/b"],
        "/x/y/c": tree.ids["/a/b/c"],
    }


def test_moves_that_are_refused(gateway: Gateway, tree: Tree) -> None:
    for path in ("/a", "/a/b", "/a/b/c", "/{id}", "/x", "/x/{proxy+}"):
        tree.add(path)
    choose = "Must be one of: [/parentId, /pathPart]"
    for path, operations, message in (
        ("/", replace("/pathPart", "a"), "Root resource cannot update its pathPart."),
        ("/", replace("/parentId", tree.ids["/a"]), "Root resource cannot update its parentId."),
        ("/a", replace("/parentId", tree.ids["/a/b/c"]), "Resources cannot be cyclical."),
        ("/a", replace("/parentId", tree.ids["/a"]), "Resources cannot be cyclical."),
        ("/a", replace("/pathPart", "{a+}"), "A sibling ({id}) of this resource already has a variable path part"),
        ("/a/b", replace("/pathPart", "{b+}"), "Cannot create a child of a resource with a greedy path variable: {b+}"),
        ("/a", replace("/parentId", tree.ids["/x/{proxy+}"]), "Cannot create a child of a resource with a greedy path"),
        ("/a", replace("/path", "x"), f"Invalid patch path  '/path' specified for op 'replace'. {choose}"),
        (
            "/a",
            operation("add", "/pathPart", "x"),
            "Invalid patch path  '/pathPart' specified for op 'add'. Please choose supported operations",
        ),
    ):
        given = {"restApiId": "pets", "resourceId": tree.ids[path], "patchOperations": operations}
        code, told = gateway.refusal("update_resource", **given)
        assert (code, told[: len(message)]) == bad(message)
    taken = {"restApiId": "pets", "resourceId": tree.ids["/a"], "patchOperations": replace("/pathPart", "x")}
    assert gateway.refusal("update_resource", **taken)[0] == "ConflictException"
    assert tree.paths() == tree.ids


def test_deletion_takes_the_subtree_along(gateway: Gateway, tree: Tree) -> None:
    for path in ("/a", "/a/b", "/a/b/c", "/x"):
        tree.add(path)
    gateway.call("delete_resource", restApiId="pets", resourceId=tree.ids["/a"])
    assert tree.paths() == {"/": tree.ids["/"], "/x": tree.ids["/x"]}
    root = {"restApiId": "pets", "resourceId": tree.ids["/"]}
    assert gateway.refusal("delete_resource", **root) == bad("Root resource cannot be deleted.")


def test_methods_are_named_and_told_when_embedded(gateway: Gateway, tree: Tree, method: dict[str, str]) -> None:
    bare = {"id": tree.ids["/"], "path": "/", "resourceMethods": {"GET": {}}}
    where = {"restApiId": "pets", "resourceId": tree.ids["/"]}
    assert gateway.call("get_resource", **where) == bare
    get = {"httpMethod": "GET", "authorizationType": "NONE", "apiKeyRequired": False}
    whole = bare | {"resourceMethods": {"GET": get}}
    assert gateway.call("get_resource", **where, embed=["methods"]) == whole
    assert gateway.call("get_resources", restApiId="pets") == {"items": [bare]}
    assert gateway.call("get_resources", restApiId="pets", embed=["methods"]) == {"items": [whole]}
