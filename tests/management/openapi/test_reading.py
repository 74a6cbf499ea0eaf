"""What is no definition, or one that is meant to hurt, is refused in AWS's words and leaves nothing behind."""

import json
import time
from typing import Any

import pytest

from gatewright.management.openapi.document import LARGEST, Unreadable, read_document
from gatewright.management.openapi.findings import Findings
from gatewright.management.openapi.reading import read_api
from gatewright.management.openapi.yaml_document import YamlError, read_yaml
from tests.management.gateway import Gateway, bad
from tests.management.openapi.test_import_rest_api import definition, operation
from tests.management.openapi.whole import as_bytes

UNBUILDABLE = "Unable to build importer with provided input."
INVALID = "Invalid OpenAPI input."


NAMES = [f"/b{n}" for n in range(300)]
REFERENCE = {"$ref": "#/paths/~1a"}


def schemas(**named: Any) -> dict[str, Any]:
    return {"components": {"schemas": named}}


def shared(
    many: int,
) -> dict[str, Any]:
    """Many operations, all of which have what the definition says only once."""
    content = {f"a/{n}": {"schema": {"$ref": "#/components/schemas/A"}} for n in range(many)}
    response = {"$ref": "#/components/responses/R"}
    return {
        "paths": {f"/{n}": {"get": {"responses": {"200": response}}} for n in range(many)},
        "components": {"schemas": {"A": {}}, "responses": {"R": {"content": content}}},
    }


def chain(links: int, *within: str) -> dict[str, Any]:
    """Schemas each of which has the next one's property `x` at each place in `within`, such as `a.b`."""
    named = {}
    for link in range(links):
        here: dict[str, Any] = {}
        for place in within:
            node = here
            for name in place.split("."):
                node = node.setdefault(name, {})
            node["$ref"] = f"#/components/schemas/A{link + 1}/properties/x"
        named[f"A{link}"] = {"properties": {"x": here}}
    return schemas(**named, **{f"A{links}": {"properties": {"x": {"type": "string"}}}})


REFUSED: list[tuple[Any, str]] = [
    (b"{", UNBUILDABLE),
    (b"[1, 2]", UNBUILDABLE),
    (b"just text", UNBUILDABLE),
    (b"\xff\xfe\x00", UNBUILDABLE),
    (b"a: [", UNBUILDABLE),
    (b"openapi: 3.0.1\nopenapi: 3.0.1", UNBUILDABLE),
    (b"a: 1\n---\nb: 2", UNBUILDABLE),
    (b"? [a]\n: 1", UNBUILDABLE),
    (b"a: &a [*a]", UNBUILDABLE),
    (b"a: &a " + b"x" * 5000 + b"\nb: &b [" + b"*a," * 1000 + b"]\nc: [*b,*b]", UNBUILDABLE),
    (b"a: " + b"[" * 2000 + b"]" * 2000, UNBUILDABLE),
    (b'{"a":' + b"[" * 200 + b"]" * 200 + b"}", UNBUILDABLE),
    (b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", UNBUILDABLE),
    ({"info": {}, "paths": {}}, UNBUILDABLE),
    (definition(openapi="3.1.0"), INVALID),
    (definition(openapi="3"), INVALID),
    ({"swagger": "1.2", "info": {}, "paths": {}}, INVALID),
    (definition(info=[]), INVALID),
    (definition(paths=None), INVALID),
    (definition(paths={"/" + "a/" * 500_000: {}}), INVALID),
    (definition(paths={f"/a{n}": {} for n in range(10_000)}), "A definition has at most 10000 resources"),
    (
        definition(**{"x-amazon-apigateway-request-validators": {f"v{n}": {} for n in range(501)}}),
        "A definition has at most 500 request validators",
    ),
    (b"a: [" + b"1," * 600_000 + b"1]", UNBUILDABLE),
    (definition(security="nobody"), INVALID),
    (definition(paths={"/": {"get": operation(security={"x": []})}}), INVALID),
    (definition(**chain(24, "properties.a", "properties.b")), INVALID),  # twice as many at each link
    (definition(**shared(1500)), INVALID),
    (definition(security=[{f"a{n}": []} for n in range(1500)], paths=shared(1500)["paths"]), INVALID),
    (definition(security=[{f"a{n}": [] for n in range(1500)}], paths=shared(1500)["paths"]), INVALID),
    (definition(paths={"/a": {"get": {"operationId": "x" * 99_999}}, **dict.fromkeys(NAMES, REFERENCE)}), INVALID),
    (definition(**chain(24, "items.items.items.items.items")), INVALID),
]


@pytest.mark.parametrize(("body", "message"), REFUSED, ids=lambda value: str(value)[:30])
def test_refused(gateway: Gateway, body: Any, message: str) -> None:
    assert gateway.refusal("import_rest_api", body=as_bytes(body)) == bad(message)
    assert gateway.call("get_rest_apis")["items"] == []


def test_a_long_base_path_costs_no_more_than_its_resources() -> None:
    body = definition(servers=[{"url": "/a" * 3000}], paths={f"/b{n}": {} for n in range(1000)})
    began = time.process_time()
    resources = read_api(as_bytes(body), "prepend").parts.resources
    assert (len(resources), list(resources)[:3]) == (4001, ["/", "/a", "/a/a"])
    assert time.process_time() - began < 2


def test_too_large(gateway: Gateway) -> None:
    code, _ = gateway.refusal("import_rest_api", body=b" " * LARGEST + b"{}")
    assert code == "RequestEntityTooLargeException"


def test_a_circle_of_references(gateway: Gateway) -> None:
    parameters = {"A": {"$ref": "#/components/parameters/B"}, "B": {"$ref": "#/components/parameters/A"}}
    body = definition(
        paths={"/a": {"get": operation(parameters=[{"$ref": "#/components/parameters/A"}])}},
        components={"parameters": parameters},
    )
    assert gateway.call("import_rest_api", body=as_bytes(body))["warnings"] == [
        "Parse issue: attribute paths.'/a'(get).parameters.#/components/parameters/A is missing"
    ]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("[1, -2, 1.5, 1e3, .5, '1', 0x1F, 1_000, 12:30]", [1, -2, 1.5, 1000.0, 0.5, "1", "0x1F", "1_000", "12:30"]),
        ("[true, False, yes, off, null, ~, 2020-01-01]", [True, False, "yes", "off", None, None, "2020-01-01"]),
        ("{200: a, true: b, null: c}", {"200": "a", "true": "b", "null": "c"}),
        ("{a: &x {p: 1, q: 2}, b: {<<: *x, q: 3}, c: [*x, *x]}", {
            "a": {"p": 1, "q": 2},
            "b": {"p": 1, "q": 3},
            "c": [{"p": 1, "q": 2}, {"p": 1, "q": 2}],
        }),
        ("a: |\n  two\n  lines\nb: >\n  one\n  line\n", {"a": "two\nlines\n", "b": "one line\n"}),
        ("!!str 5", "5"),
        ("", None),
    ],
)  # fmt: skip
def test_yaml_is_read_as_its_core_schema_says(text: str, meaning: Any) -> None:
    assert read_yaml(text.encode()) == meaning


@pytest.mark.parametrize("text", ["{a: 1, a: 2}", "*nobody", "<<: 1", "{<<: [1]}", "? {a: b}\n: c"])
def test_yaml_that_is_refused(text: str) -> None:
    with pytest.raises(YamlError):
        read_yaml(text.encode())


def test_json_says_what_it_says() -> None:
    assert read_document(b'{"a": 1, "a": 2}') == {"a": 2}  # the last one, as AWS's reader has it
    assert read_document(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
    with pytest.raises(Unreadable):
        read_document(json.dumps([{}]).encode())


def test_warnings_do_not_grow_without_bound() -> None:
    findings = Findings()
    for number in range(5000):
        findings.tell(str(number))
    assert len(findings.warnings) == 1000
