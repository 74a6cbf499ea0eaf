"""Selection expressions: what is a variable and what is text, and that values are looked at once."""

from typing import NoReturn

import pytest

from gatewright.languages.selection_expression import (
    SelectionExpressionError,
    compile_selection_expression,
    parse_selection_expression,
)

VALUES = {"request.body.service": "chat", "request.body.action": "$default", "request.body.none": ""}


@pytest.mark.parametrize(
    ("text", "literals", "names"),
    [
        ("", ("",), ()),
        ("200", ("200",), ()),
        ("$request.body.action", ("", ""), ("request.body.action",)),
        ("${request.body.action}", ("", ""), ("request.body.action",)),
        ("${request.body.a}-beta", ("", "-beta"), ("request.body.a",)),
        ("$request.body.a-beta", ("", ""), ("request.body.a-beta",)),
        ("$request.header.x-api-key", ("", ""), ("request.header.x-api-key",)),
        ("$request.body.a.", ("", "."), ("request.body.a",)),
        ("$request.body.a[0].b/x", ("", "/x"), ("request.body.a[0].b",)),
        ("$request.body.a$request.body.b", ("", "", ""), ("request.body.a", "request.body.b")),
        ("${request.body.a['b c']}", ("", ""), ("request.body.a['b c']",)),
        (r"\$default", ("$default",), ()),
        (r"\$${request.body.a}", ("$", ""), ("request.body.a",)),
        (r"/2\d\d/", (r"/2\d\d/",), ()),
        ("{a}", ("{a}",), ()),
    ],
)
def test_parts(text: str, literals: tuple[str, ...], names: tuple[str, ...]):
    assert parse_selection_expression(text) == (literals, names)


@pytest.mark.parametrize("text", ["$", "a$", "$1", "${}", "${request.body.a", "x" * 2049])
def test_what_is_none(text: str):
    with pytest.raises(SelectionExpressionError):
        parse_selection_expression(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("static", "static"),
        ("$request.body.action", "$default"),  # what a variable is worth is text, whatever it looks like
        ("${request.body.service}/${request.body.action}", "chat/$default"),
        ("${request.body.service}-${request.body.none}", "chat-"),
    ],
)
def test_values(text: str, value: str):
    select = compile_selection_expression(text, lambda name: lambda scope: scope[name])
    assert select(VALUES) == value


def test_a_variable_that_nobody_knows():
    def unknown(name: str) -> NoReturn:
        raise SelectionExpressionError(name)

    with pytest.raises(SelectionExpressionError, match=r"request\.path"):
        compile_selection_expression("a $request.path", unknown)
