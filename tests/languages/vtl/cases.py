"""Cases in files: templates and what they print, to the letter.

`template`, a line `----`, `what it prints`; a line `====` between cases. Neither has the line break before the mark.
Those in `in_use/` begin with the body of the request, and another line `----`.
"""

from pathlib import Path
from typing import Any, NamedTuple

from gatewright.languages.vtl import UTIL, Input, OverrideMap, SilentMap
from gatewright.languages.vtl.values import ArrayList

BODY = """
{"object": {"foo": "bar"}, "list": [{"foo": "bar"}], "nested": {"foo": [{"nested": "bar"}]},
 "two": {"a": "1", "b": "2"},
 "lists": [[1, 2], []], "empty": [], "null": null, "true": true, "text": "it's \\"text\\" / é", "blank": "",
 "control": "\\n\\t\\r\\b\\f\\u0001", "numbers": [1.0, 2.50, 1e5, 100000000000000000001, -0.5]}
"""


class Case(NamedTuple):
    template: str
    printed: str
    body: str = BODY


def cases(folder: str) -> list[tuple[str, int, Case]]:
    """Topic, number and case of all files in a folder."""
    return [
        (path.stem, number, _case(*part.split("\n----\n")))
        for path in sorted((Path(__file__).parent / folder).glob("*.txt"))
        for number, part in enumerate(path.read_bytes().decode().removesuffix("\n").split("\n====\n"))
    ]


def _case(*parts: str) -> Case:
    *body, template, printed = parts
    return Case(template, printed, *body)


def velocity_roots() -> dict[str, Any]:
    """Plain Java values under plain names, as a Velocity context would hold them."""
    held = {"a": 1, "b": "two", "list": ArrayList("xyz"), "n": None}
    lists = {"list": ArrayList("abc"), "nums": ArrayList([3, 1, 2]), "nulls": ArrayList(["a", None, "c"])}
    numbers = {"one": 1, "big": 5000000000, "dbl": 2.5}
    return {"map": held, "name": "World", "yes": True, "no": False, "empty": "", **lists, **numbers}


def gateway_roots(body: str = BODY) -> dict[str, Any]:
    """What API Gateway gives a template."""
    given = Input(
        body,
        {"id": "path-id", "both": "p"},
        {"q": "query", "both": "q"},
        {"X-Header": "header", "both": "h"},
    )
    context = {
        "requestId": "req",
        "identity": SilentMap(sourceIp="127.0.0.1", user=None),
        "requestOverride": OverrideMap(path=OverrideMap(), header=OverrideMap(), querystring=OverrideMap()),
        "responseOverride": OverrideMap(header=OverrideMap()),
    }
    return {"input": given, "util": UTIL, "context": context, "stageVariables": {"name": "prod"}}


def in_use_roots(body: str) -> dict[str, Any]:
    """A request of a signed-in user with parameters of all kinds."""
    given = Input(
        body,
        {"id": "17"},
        {"q": "a b", "page": "2", "limit": "10"},
        {
            "Accept-Language": "de-CH,de;q=0.9,en;q=0.8",
            "Origin": "https://b.example.com",
            "X-H": 'it\'s "q"',
        },
    )
    context = {
        "requestId": "rid",
        "httpMethod": "POST",
        "resourcePath": "/a/{id}",
        "stage": "prod",
        "identity": SilentMap(sourceIp="127.0.0.1", userAgent="curl"),
        "authorizer": {"principalId": "u1", "claims": {"sub": "s1", "custom:x": "cx", "email": "a@b.c"}},
        "requestOverride": OverrideMap(path=OverrideMap(), header=OverrideMap(), querystring=OverrideMap()),
        "responseOverride": OverrideMap(header=OverrideMap()),
    }
    return {"input": given, "util": UTIL, "context": context, "stageVariables": {"name": "prod", "url": "https://x/y"}}
