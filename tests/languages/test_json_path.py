"""JSONPath: what each path finds in one document, compared with Jayway JsonPath 2.10 itself; and its bounds."""

import json
import time
from pathlib import Path

import pytest

from gatewright.languages.json_path import MISSING, JsonPathError, compile_path

FIRST, *LINES = (Path(__file__).parent / "json_paths.txt").read_text().splitlines()
DOCUMENT = json.loads(FIRST)


@pytest.mark.parametrize("line", LINES)
def test_finds(line: str):
    path, found = line.split("\t")
    if found == "refused":
        with pytest.raises(JsonPathError):
            compile_path(path)
    else:
        assert compile_path(path)(DOCUMENT) == (MISSING if found == "MISSING" else json.loads(found))


REFUSED = {
    "$.a[": "not a JSONPath: expected a name in quotes at position 5 of '$.a['",
    "$..": "not a JSONPath: expected a name at position 4 of '$..'",
    "$.a.size().b": "a function ends a JSONPath",
    "$.a.sized()": "a JSONPath has no function sized()",
    "$[?(@ =~ 5)]": "=~ takes a regular expression between slashes",
    "$[?(@ =~ /(/)]": "not a regular expression: a missing ) at 1 of the pattern",
    "$[?(" + "(" * 100: "a JSONPath is nested too deeply",
    "$" + ".a" * 3000: "a JSONPath has at most 4096 characters",
}


@pytest.mark.parametrize(("path", "told"), REFUSED.items(), ids=REFUSED.values())
def test_refusals_tell_where(path: str, told: str):
    with pytest.raises(JsonPathError) as caught:
        compile_path(path)
    assert str(caught.value) == told


@pytest.mark.parametrize("path", ["$" + "..*" * 12, "$..[?(@..* == @..*)]" + "..*" * 5, "$[?(@.t =~ /(a+)+\\1b/)]"])
def test_searches_end(path: str):
    nested: object = {"t": "a" * 60}
    for _ in range(40):
        nested = [nested, {"t": "a" * 60}]
    began = time.process_time()
    with pytest.raises(JsonPathError):
        compile_path(path)(nested)
    assert time.process_time() - began < 3
