"""The PATCH machine by itself: templates, escapes, and what each kind of path does to a document."""

from typing import Any

import pytest

from gatewright.aws.errors import ServiceError
from gatewright.management.patch import Patch, apply, element, entry, match, member, tell_operations, tell_paths
from gatewright.management.values import boolean, decimal, optional, text, whole
from gatewright.values.records import Document

TABLE = {
    "/name": member("name", text),
    "/note": member("note", optional, ("add", "replace", "remove")),
    "/tls/insecure": member("tls.insecure", boolean),
    "/tls/depth": member("tls.depth", whole, ("replace", "remove")),
    "/templates/{type}": entry("templates", optional, "no such template"),
    "/scopes": element("scopes", "no such scope"),
    "/types/{type}": element("types", "no such type", ("add", "replace", "remove")),
}
PLAIN, LISTED = Patch(TABLE, tell_operations), Patch(TABLE, tell_paths)


def change(op: str, path: str, value: str | None = None) -> dict[str, Any]:
    return {"op": op, "path": path, "value": value}


@pytest.mark.parametrize(
    ("template", "path", "names"),
    [
        ("/a", "/a", ()),
        ("/a", "/b", None),
        ("/a/{x}", "/a/b~1c~0d", ("b/c~d",)),
        ("/a/{x}", "/a/~01", ("~1",)),
        ("/a/{x}", "/a/", None),
        ("/a/{x}", "/a/b/c", None),
        ("/a/{x}/{y}", "/a/b/c", ("b", "c")),
        ("/a", "a", None),
    ],
)
def test_templates(template: str, path: str, names: tuple[str, ...] | None) -> None:
    assert match(template, path) == names


@pytest.mark.parametrize(
    ("before", "operations", "after"),
    [
        ({}, [change("replace", "/name", "a")], {"name": "a"}),
        ({"name": "a"}, [change("replace", "/name")], {"name": ""}),
        ({"note": "a"}, [change("replace", "/note", "")], {}),
        ({"note": "a"}, [change("remove", "/note")], {}),
        ({}, [change("remove", "/note")], {}),
        ({}, [change("replace", "/tls/insecure", "TRUE")], {"tls": {"insecure": True}}),
        ({"tls": {"depth": 1}}, [change("remove", "/tls/depth")], {}),
        ({"tls": {"depth": 1, "insecure": True}}, [change("remove", "/tls/depth")], {"tls": {"insecure": True}}),
        ({}, [change("add", "/templates/a~1b", "x")], {"templates": {"a/b": "x"}}),
        ({}, [change("add", "/templates/a~1b", "")], {"templates": {"a/b": None}}),
        ({"templates": {"a": "1", "b": "2"}}, [change("remove", "/templates/a")], {"templates": {"b": "2"}}),
        ({"templates": {"a": "1"}}, [change("remove", "/templates/a")], {}),
        ({}, [change("add", "/scopes", "a"), change("add", "/scopes", "a")], {"scopes": ["a"]}),
        ({"scopes": ["a", "b"]}, [change("remove", "/scopes", "a")], {"scopes": ["b"]}),
        ({"types": ["a", "b"]}, [change("replace", "/types/a", "c")], {"types": ["b", "c"]}),
        ({}, [change("replace", "/name", "a"), change("replace", "/name", "b")], {"name": "b"}),
    ],
)
def test_operations(before: Document, operations: list[dict[str, Any]], after: Document) -> None:
    apply(PLAIN, before, operations)
    assert before == after


@pytest.mark.parametrize(
    ("patch", "operation", "code", "message"),
    [
        (PLAIN, {"op": "add"}, "BadRequestException", "Invalid patch path null"),
        (PLAIN, change("replace", "/x"), "BadRequestException", "Invalid patch path /x"),
        (
            PLAIN,
            change("move", "/templates/a"),
            "BadRequestException",
            "Invalid patch operation specified. Must be one of: [add, replace, remove]",
        ),
        (
            PLAIN,
            {"path": "/name"},
            "BadRequestException",
            "Invalid patch operation specified. Must be one of: [replace]",
        ),
        (
            LISTED,
            change("add", "/name"),
            "BadRequestException",
            "Invalid patch path  '/name' specified for op 'add'. Must be one of: [/note, /templates/{type}, /scopes, "
            "/types/{type}]",
        ),
        (
            LISTED,
            change("copy", "/name"),
            "BadRequestException",
            "Invalid patch path  '/name' specified for op 'copy'. Please choose supported operations",
        ),
        (PLAIN, change("remove", "/templates/a"), "NotFoundException", "no such template"),
        (PLAIN, change("remove", "/scopes", "a"), "NotFoundException", "no such scope"),
        (PLAIN, change("add", "/scopes"), "BadRequestException", "Invalid patch value specified for path /scopes"),
    ],
)
def test_refusals(patch: Patch, operation: dict[str, Any], code: str, message: str) -> None:
    with pytest.raises(ServiceError) as refused:
        apply(patch, {}, [operation])
    assert (refused.value.code, refused.value.message) == (code, message)


@pytest.mark.parametrize("value", ["", "x", "1.5", "٣", "1" * 19, "1_0", " 1", "0x1"])
def test_what_is_no_whole_number(value: str) -> None:
    with pytest.raises(ServiceError):
        whole(value)


@pytest.mark.parametrize("value", ["", "nan", "inf", "1e999", "٣", "1_0", "."])
def test_what_is_no_number(value: str) -> None:
    with pytest.raises(ServiceError):
        decimal(value)


def test_numbers() -> None:
    assert [whole("-5"), whole("+5"), decimal("1e3"), decimal("-1"), decimal("0.5")] == [-5, 5, 1000.0, -1.0, 0.5]


def test_a_list_and_the_operations_on_it_have_an_end() -> None:
    document: Document = {"scopes": [str(number) for number in range(999)]}
    apply(PLAIN, document, [change("add", "/scopes", "a"), change("add", "/scopes", "a")])
    with pytest.raises(ServiceError, match="scopes can have at most 1000 elements") as one_more:
        apply(PLAIN, document, [change("add", "/scopes", "b")])
    assert one_more.value.code == "LimitExceededException"
    assert document["scopes"][999:] == ["a"]
    with pytest.raises(ServiceError, match="at most 5000 are applied at once"):
        apply(PLAIN, document, [change("replace", "/name", "a")] * 5001)
    assert "name" not in document
