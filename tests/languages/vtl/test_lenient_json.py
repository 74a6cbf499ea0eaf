"""Text that is not quite JSON: what json-smart makes of each, compared with json-smart itself."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.languages.vtl.lenient_json import read_lenient

READ = {
    "a=1&b=2\n": "a=1&b=2",
    " hello  world ": "hello  world",
    "<a b='c'/>": "<a b='c'/>",
    "{a:b c, 'd':'e', f: 1 }": {"a": "b c", "d": "e", "f": 1},
    '{"a":1,}': {"a": 1},
    "{,}": {},
    '{"a":[1,,2,],"b":{}} and more': {"a": [1, 2], "b": {}},
    "[a,b c,null,nullx,true,-1.5,1.0.0]": ["a", "b c", None, "nullx", True, -1.5, "1.0.0"],
    "{a b:it's}": {"a b": "it's"},
    '{"a":"x\ny"}': {"a": "x\ny"},
    '{"a":"\\q\\u00e9\\x41\\\'"}': {"a": "éA'"},
    "'abc'": "abc",
    '"abc" d': "abc",
    "{a:01}": {"a": 1},
}
REFUSED = ['{"a"', '{"a":', '{"a":}', "{", "[1,2", '"abc', "{:1}", "{a:]}", "[" * 200, "[" * 300_000, "{a:b" * 100_000]


@pytest.mark.parametrize(("text", "value"), READ.items())
def test_read(text: str, value: object):
    assert read_lenient(text) == value


@pytest.mark.parametrize("text", REFUSED, ids=[text[:8] for text in REFUSED])
def test_refused(text: str):
    began = time.process_time()
    with pytest.raises(ValueError):
        read_lenient(text)
    assert time.process_time() - began < 1


@given(st.text(st.sampled_from("{}[],:\"'\\ab1 \n"), max_size=20))
def test_any_text(text: str):
    with contextlib.suppress(ValueError):
        read_lenient(text)
