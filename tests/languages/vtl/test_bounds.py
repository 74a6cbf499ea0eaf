"""Templates that would never end, or outgrow the machine, end in an error; the rest of a text is read in one pass."""

import time

import pytest

from gatewright.languages.vtl import Bounds, TemplateError, TemplateSyntaxError, parse
from tests.languages.vtl.cases import gateway_roots

LOOP = "#foreach($i in [1..1000])"
LISTS = "#set($l = [1])#set($m = [1])#foreach($i in [1..200])#set($l = [$l, $l])#set($m = [$m, $m])#end"
RUNAWAYS = {
    "three loops": f"{LOOP}{LOOP}{LOOP}$i#end#end#end",
    "doubled text": f"#set($s = 'x'){LOOP}#set($s = \"$s$s\")#end",
    "added text": f"#set($s = 'x'){LOOP}#set($s = $s + $s)#end",
    "replaced text": f"#set($s = 'x'){LOOP}#set($s = $s.replace('x', 'xx'))#end",
    "replaced expression": f"#set($s = 'x'){LOOP}#set($s = $s.replaceAll('x', '$0$0'))#end",
    "repeated text": "#set($s = 'x')$s.repeat(2000000000)",
    "wide format": f"#set($s = ''){LOOP}{LOOP}#set($x = $s.format('%9999d', 1))#end#end",
    "doubled list": f"#set($l = [1]){LOOP}$!l.addAll($l)#end",
    "list of lists": f"{LISTS}$l",
    "lists compared": f"{LISTS}#if($l == $m)x#end",
    "list in itself": "#set($l = [])$l.add($l)$l",
    "map in itself": "#set($m = {})#set($m.m = $m)$m",
    "payload in itself": "#set($p = $input.path('$'))#set($p.p = $p)$input.json('$..x')",
    "large numbers": f"#set($n = 9)#foreach($i in [1..12])#set($n = $n * $n)#end{LOOP}{LOOP}#set($x = $n * $n)#end#end",
    "endless macro": "#macro(m)#m()#end#m()",
    "macro in loops": f"#macro(m){LOOP}#m()#end#end#m()",
    "arguments of arguments": "".join(f'#macro(m{n} $a)#m{n + 1}("$a$a")#end' for n in range(19))
    + "#macro(m19 $a)$a$a$a$a#end#m0('')",
    "block in itself": "#define($d)$d$d#end$d",
    "evaluate in itself": "#set($e = '#evaluate($e)')#evaluate($e)",
    "long range": "#set($r = [1..1000000000])",
    "long output": f"{LOOP}{LOOP}{'x' * 200}#end#end",
    "nested loops of an expression": "$long.replaceAll('(a+)+b', '')",
    "many loops of an expression": "$long.replaceAll('a*a*a*a*b', '')",
    "choices of an expression": "$long.replaceAll('(a|aa)*b', '')",
    "optional parts of an expression": "$long.replaceAll('" + "a?" * 30 + "a" * 30 + "', '')",
    "counted loops of an expression": "$long.replaceAll('((a{1,9}){1,9}){1,9}b', '')",
    "long matches of an expression": "$long.replaceAll('[ab]*a[ab]{280}', '')",
    "group matched again": "$long.matches('(a+)+\\1b')",
    "many expressions": f'{LOOP}{LOOP}#set($x = $long.matches("a$i$foreach.parent.index"))#end#end',
    "many paths": f'{LOOP}{LOOP}#set($x = $input.path("$.a$i$foreach.parent.index"))#end#end',
    "payloads": f"#set($l = []){LOOP}{LOOP}#set($x = $l.add($util.parseJson('[{'{},' * 200}1]')))#end#end",
    "ranges kept": f"#set($l = []){LOOP}{LOOP}#set($x = $l.add([1..1000]))#end#end",
    "texts joined": "#set($l = [1..20000])$long.join($long, $l)",
    "split": "$long.split('(a+)+$')",
    "path multiplied": "$input.json('$.deep..*..*..*..*..*..*')",
    "path in loops": f"{LOOP}{LOOP}#set($x = $input.json('$..*'))#end#end",
    "expression in a path": "$input.json(\"$.list[?('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' =~ /(a+)+\\1b/)]\")",
    "long text sought": f"{LOOP}{LOOP}#if($long.contains('b'))#end#end#end",
    "long list sought": f"#set($l = [1..1000]){LOOP}{LOOP}#if($l.contains('b'))#end#end#end",
    "text encoded": f"{LOOP}{LOOP}#set($x = $util.urlEncode($long))#end#end",
}
DEEP = f'{{"list": [{{}}], "deep": {"[" * 60}{"]" * 60}}}'
LONG_TEXTS = {
    "dollars": "$" * 100_000,
    "hashes and stars": "#*" * 50_000,
    "slashes": "\\" * 100_000,
    "escaped": "\\$a" * 10_000,
    "braces": "${" * 50_000,
    "unended text": '#set($x = "' + "a" * 100_000,
    "unended set": "#set(" * 20_000,
    "blanks": (" " * 999 + "#") * 100,
    "name": "$" + "a" * 100_000,
    "properties": "$a" + ".a" * 100_000,
    "calls": "$a" + ".a()" * 20_000,
    "parentheses": "#set($x = " + "(" * 100_000,
    "brackets": "#set($x = " + "[" * 100_000,
    "arguments": "$a" + ".a($a" * 50_000,
    "negations": "#if(" + "!" * 100_000 + "$x)#end",
    "sum": "#set($x = 1" + "+1" * 100_000 + ")",
    "ifs": "#if(true)" * 10_000,
    "elseifs": "#if($a)" + "#elseif($b)" * 20_000 + "#end",
    "quotes in quotes": "#set($x = " + '"#if(true)' * 20 + "x",
    "sets": "#set($x=1)" * 10_000,
}


@pytest.mark.parametrize("template", RUNAWAYS.values(), ids=RUNAWAYS)
def test_runaways_end(template: str):
    parsed = parse(template)
    began = time.process_time()
    with pytest.raises(TemplateError):
        parsed.render({**gateway_roots(DEEP), "long": "a" * 20_000})
    assert time.process_time() - began < 3


@pytest.mark.parametrize("text", LONG_TEXTS.values(), ids=LONG_TEXTS)
def test_long_texts_are_read_at_once(text: str):
    began = time.process_time()
    try:
        parse(text).render({})
    except (TemplateSyntaxError, TemplateError) as error:
        assert error.line == 1
    assert time.process_time() - began < 3


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", ".*a.*a.*a.*b", "^(?!.*b)(a|aa)*$"])
def test_whole_texts_are_matched_in_one_pass(pattern: str):
    began = time.process_time()
    template = parse(f"$long.matches('{pattern}') $input.path(\"$[?(@ =~ /{pattern}/)]\").size()")
    assert template.render({**gateway_roots(f'["{"a" * 5000}"]'), "long": "a" * 20_000}) in {"false 0", "true 1"}
    assert time.process_time() - began < 1


def test_bounds_can_be_narrower():
    template = parse("#foreach($i in [1..10])$i #end")
    assert template.render({}, Bounds(iterations=3)) == "1 2 3 "
    with pytest.raises(TemplateError, match="too much work"):
        template.render({}, Bounds(steps=10))
    with pytest.raises(TemplateError, match="beyond 5 characters"):
        template.render({}, Bounds(text=5))


def test_ten_megabytes_pass():
    text = "x" * (10 * 1024 * 1024)
    roots = gateway_roots(f'{{"a":"{text}"}}')
    assert len(parse("$input.json('$.a')").render(roots)) == len(text) + 2
    assert len(parse('{"a": "$util.escapeJavaScript($input.path("$.a"))"}').render(roots)) == len(text) + 9


def test_a_thousand_rows_pass():
    rows = ",".join(f'{{"id":{number},"name":"name {number}"}}' for number in range(1000))
    template = parse(
        "#foreach($r in $input.path('$'))#foreach($f in $r.entrySet())"
        '"$f.key": "$util.escapeJavaScript($f.value)", #end#end'
    )
    assert len(template.render(gateway_roots(f"[{rows}]"))) == 32_780


def test_deep_payloads_do_not_run_over():
    deep = "[" * 200_000 + "]" * 200_000
    assert parse("$input.json('$') [$input.path('$')]").render(gateway_roots(deep)) == '"" []'
