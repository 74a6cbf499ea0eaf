"""What is wrong with a template is told with line and column, in its text and while it is rendered."""

import pytest

from gatewright.languages.vtl import OverrideMap, TemplateError, TemplateSyntaxError, parse
from tests.languages.vtl.cases import gateway_roots

SYNTAX = [
    ("a\n #if($x)b", "2:2 #if is not ended by #end"),
    ("#foreach($x in $l)\n", "1:1 #foreach is not ended by #end"),
    ("#macro(m)\n#if(true)#end", "1:1 #macro is not ended by #end"),
    ("a\r\nb#end", "2:2 #end without a directive that it could end"),
    ("#else", "1:1 #else without a directive that it could end"),
    ("#if(true)#else#else#end", "1:15 #else cannot stand here"),
    ("#foreach($x in $l)#else#end", "1:19 #else cannot stand here"),
    ("#if true", "1:4 expected '(' after #if, found ' true'"),
    ("#if()x#end", "1:5 expected a value, found ')x#end'"),
    ("#set($x = )", "1:11 expected a value, found ')'"),
    ("#set($x 5)", "1:9 expected '=', found '5)'"),
    ("#set(x = 5)", "1:6 expected a reference, found 'x = 5)'"),
    ("#set($x = 5 6)", "1:13 expected ')', found '6)'"),
    ("#set($x = 5-1)", "1:12 expected ')', found '-1)'"),
    ('#set($x = "a\\"b")', "1:15 expected ')', found 'b\")'"),
    ('#set($x = "abc)', "1:11 expected a value, found '\"abc)'"),
    ("#set($x = [1, 2)", "1:16 expected ',' or ']', found ')'"),
    ("#set($x = {1 2})", "1:14 expected ':', found '2})'"),
    ("#set($x = [1..2.5])", "1:11 a range goes from a whole number to a whole number"),
    ("#set($x.y() = 1)", "1:6 a method cannot be assigned to"),
    ("#set($x = $y.z(1 + 1))", "1:18 expected ',' or ')', found '+ 1))'"),
    ("${name", "1:7 expected '}', found the end of the text"),
    ("$list[a]", "1:7 expected a value, found 'a]'"),
    ("$list[0", "1:8 expected ']', found the end of the text"),
    ("#[[ abc", "1:1 #[[ is not ended by ]]#"),
    ("#macro()#end", "1:8 expected the name of a macro, found ')#end'"),
    ("#foreach($x $y)#end", "1:13 expected 'in', found '$y)#end'"),
    ("#foreach($x.y in $z)#end", "1:1 the variable of #foreach is a plain name"),
    ('#include("a.vm")', "1:1 #include is not available"),
    ('x #parse("a.vm")', "1:3 #parse is not available"),
    ('#set($x = "\n  #if($y)")', "2:3 #if is not ended by #end"),
    ("#set($x = " + "9" * 1001 + ")", "1:1012 a number has more than 1000 digits"),
    ("#set($x = 1e999)", "1:16 a number is too large"),
    ("x" * (300 * 1024 + 1), "1:1 a template has at most 307200 bytes"),
]

FAILURES = [
    ("#set($l = [1])\n$l[3]", "2:3 index 3 is out of range for a list of 1"),
    ("#set($l = [1]) $l.get(1)", "1:19 get(): index 1 is out of range for a list of 1"),
    ('#set($s = "abc")$s.substring(2, 1)', "1:20 substring(): index out of range: 2 to 1 of 3"),
    ('#set($s = "abc")$s.contains($none)', "1:20 contains(): an argument is null"),
    ('#set($s = "abc")$s.matches("(")', "1:20 matches(): not a regular expression: "),
    ('#set($i = 0)$i.parseInt("x")', "1:16 parseInt(): not a whole number: 'x'"),
    ("$util.parseJson('{')", "1:7 parseJson(): not a JSON text"),
    ('$util.base64Decode("!")', "1:7 base64Decode(): not base64"),
    ('$input.json("$.[")', "1:8 json(): not a JSONPath: expected "),
    ("#set($m = {[1]: 2})", "1:11 a list or map is no key"),
    ("#evaluate('#if')", "1:1 in the text of #evaluate: expected '(' after #if, found the end of the text"),
    ("#set($context.responseOverride.status = 1)\n#set($context.responseOverride.status = 2)", "2:6 status is "),
    ("#macro(m)\n $input.json('$[')#end#m()", "2:9 json(): not a JSONPath: "),
]


@pytest.mark.parametrize(("template", "told"), SYNTAX, ids=[told for _, told in SYNTAX])
def test_syntax(template: str, told: str):
    with pytest.raises(TemplateSyntaxError) as caught:
        parse(template)
    assert f"{caught.value.line}:{caught.value.column} {caught.value.message}" == told


@pytest.mark.parametrize(("template", "told"), FAILURES, ids=[told for _, told in FAILURES])
def test_failure(template: str, told: str):
    parsed = parse(template)
    with pytest.raises(TemplateError) as caught:
        parsed.render(gateway_roots())
    assert f"{caught.value.line}:{caught.value.column} {caught.value.message}".startswith(told)


def test_overrides_are_assigned_once():
    overrides = OverrideMap(header=OverrideMap())
    template = parse('#set($o.header.a = "1")#set($o["header"]["b"] = ["x", "y"])#set($o.status = 201)')
    assert template.render({"o": overrides}) == ""
    assert overrides == {"header": {"a": "1", "b": ["x", "y"]}, "status": 201}
    with pytest.raises(TemplateError, match="a is assigned twice"):
        template.render({"o": overrides})


def test_a_rendering_leaves_no_trace():
    template = parse("$!x#set($x = 1)$x#macro(m)#set($y = 2)#end#m()$y")
    roots: dict[str, object] = {}
    assert [template.render(roots) for _ in range(2)] == ["12", "12"]
    assert roots == {}
