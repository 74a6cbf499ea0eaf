"""Any text parses or is refused with its place; any template that parses renders, or fails with its place."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.languages.json_path import JsonPathError, compile_path
from gatewright.languages.vtl import UTIL, Bounds, TemplateError, TemplateSyntaxError, parse
from gatewright.languages.vtl.java_methods import methods_of
from gatewright.languages.vtl.values import Entry, Loop
from tests.languages.vtl.cases import gateway_roots, velocity_roots

MARKS = "$ ! { } ( ) [ ] # \\ \" ' . .. , = == + - * / % < > && || 0 1 2.5 true false in and not a b \n \t é 😀"
REFERENCES = (
    "$name|$map.a|$list|$list[0]|$map.list.get(1)|$name.length()|$name.substring(1,3)|$name.replaceAll('o','$0')|$undef"
    "|$!undef|${name}|$foreach.index|$input.json('$.list')|$input.path('$..foo')|$util.escapeJavaScript($x)|$context|$d"
)
DIRECTIVES = (
    "#if($yes)|#if(|#elseif($no)|#else|#end|#{end}|#set($x=1)|#set($x=$x+1)|#set($list[0]=$list)|#set(|#stop|#break"
    "|#foreach($i in $list)|#foreach(|#macro(m $p)|#m($x)|#m()|#@m()|#define($d)|#evaluate($name)|#evaluate(|##|#*|*#"
    "|#[[|]]#| "
)
PIECES = st.sampled_from([*MARKS.split(" "), *REFERENCES.split("|"), *DIRECTIVES.split("|")])
SMALL = Bounds(steps=20_000, text=100_000)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60))
def test_any_text(text: str):
    lines = text.count("\n") + text.count("\r") + 1
    try:
        template = parse(text)
    except TemplateSyntaxError as error:
        assert 1 <= error.line <= lines
        assert 1 <= error.column <= len(text) + 1
        return
    try:
        assert isinstance(template.render({**velocity_roots(), **gateway_roots()}, SMALL), str)
    except TemplateError as error:
        assert 1 <= error.line <= lines


METHODS = sorted(
    {
        name
        for value in ("", [], {}, Entry("", "", {}), 0, True, Loop(0, None), gateway_roots()["input"], UTIL)
        for name in methods_of(value)
    }
)
PLAIN = (
    "1|-1|0|10|99999999999999999999|2.5|-0.0|1e300|true|'a'|''|'[a'|'%s%d%c%x%5s%-5d%,d%05.2f%n%%'|'$1'|'\\\\'|'é😀'"
    "|$undef|[1,'a']|[]|{}|{'a':1}|[1..3]"
)
HELD = (
    '$name|"$name"|$list|$map|$map.entrySet()|$e|$context|$input|$util|$foreach|$input.path("$")'
    '|$input.path("$.numbers")|$input.path("$.numbers[2]")|$input.params()|$d|$e.value'
)
VALUES = st.sampled_from([*PLAIN.split("|"), *HELD.split("|")])


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(METHODS), VALUES, st.lists(VALUES, min_size=8, max_size=8), st.sampled_from("+-*/%"))
def test_any_method_on_any_value(method: str, value: str, others: list[str], operator: str):
    name, count = method.split("/")
    text = (
        f"#define($d)$name#end#foreach($e in $map.entrySet())#set($v = {value})"
        f"$v.{name}({','.join(others[: int(count)])})#set($w = $v {operator} {others[0]})$w"
        f"#if($v == {others[1]} && $v < {others[2]})#end#set($v[$k] = {others[3]})$v"
        f"#set($k = {others[4]})$v[$k]#set($v.a = $v)$v#end"
    )
    with suppress(TemplateError, TemplateSyntaxError):
        parse(text).render({**velocity_roots(), **gateway_roots()}, SMALL)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_characters="$#\\", exclude_categories=["Cs"])))
def test_plain_text_is_itself(text: str):
    assert parse(text).render({}) == text


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("$@.[]*?()'\"a1-:,=<>~/!&|\\ 0"), max_size=30))
def test_any_path(text: str):
    with suppress(JsonPathError):
        compile_path(text)({"a": [{"a": 1}, "a", [1, 2]]})
