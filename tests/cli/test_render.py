"""`gatewright render`: what it prints, what it exits with, and how it tells what is wrong."""

import json
import subprocess
from pathlib import Path

from tests.node import GATEWRIGHT

TEMPLATE = """\
#set($context.responseOverride.status = 404)
#set($context.requestOverride.header['x-a'] = "b")
#foreach($pet in $input.path("$.pets"))
{"name": "$util.escapeJavaScript($pet.name)"}#if($foreach.hasNext),#end

#end
$input.params("h") $stageVariables.s $context.stage $input.params("n")
"""
REQUEST = {
    "body": {"pets": [{"name": "Bo"}, {"name": 'Al "x"'}]},
    "headers": {"h": "v"},
    "querystring": {"n": 1},
    "context": {"stage": "prod"},
    "stageVariables": {"s": "t"},
}
OUTPUT = '{"name": "Bo"},\n{"name": "Al \\"x\\""}\nv t prod 1\n'


def render(folder: Path, template: str, request: object = None, *options: str) -> tuple[int, str, str]:
    (folder / "a.vtl").write_text(template)
    arguments = ["a.vtl"]
    if request is not None:
        (folder / "r.json").write_text(request if isinstance(request, str) else json.dumps(request))
        arguments.append("r.json")
    return run(folder, *arguments, *options)


def run(folder: Path, *arguments: str, given: str = "") -> tuple[int, str, str]:
    done = subprocess.run(
        [*GATEWRIGHT, "render", *arguments],
        input=given,
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def test_output_and_overrides(tmp_path: Path):
    assert render(tmp_path, TEMPLATE, REQUEST) == (0, OUTPUT, "")
    status, printed, _ = render(tmp_path, TEMPLATE, REQUEST, "--json")
    assert (status, json.loads(printed)) == (
        0,
        {
            "output": OUTPUT,
            "overrides": {
                "requestOverride": {"path": {}, "header": {"x-a": "b"}, "querystring": {}},
                "responseOverride": {"header": {}, "status": 404},
            },
        },
    )


def test_bodies(tmp_path: Path):
    assert (
        render(tmp_path, "[$input.body] [$input.json('$')] [$input.json('$.a')]", {"body": "plain"})[1]
        == '[plain] ["plain"] [""]'
    )
    assert render(tmp_path, "[$input.body] [$input.params('x')]")[1] == "[{}] []"


def test_errors_tell_the_place(tmp_path: Path):
    assert render(tmp_path, "a\n  #if($x) b") == (
        1,
        "",
        "a.vtl:2:3: #if is not ended by #end\n  #if($x) b\n  ^\n",
    )
    assert render(tmp_path, "\t#set($l=[1])$l[3]\n") == (
        1,
        "",
        "a.vtl:1:16: index 3 is out of range for a list of 1\n\t#set($l=[1])$l[3]\n\t              ^\n",
    )


def test_files_that_cannot_be_used(tmp_path: Path):
    for request, told in (
        ("{", "is not JSON"),
        ("[]", "r.json must be a JSON object with the members body, headers"),
        ({"bdy": 1}, '"bdy" in r.json is none of the members body, headers'),
        ({"headers": []}, '"headers" in r.json must be a JSON object'),
    ):
        status, printed, said = render(tmp_path, "a", request)
        assert (status, printed) == (2, "")
        assert told in " ".join(said.split())
    for argument, told in (
        ("none.vtl", "none.vtl cannot be read: No such file or directory"),
        (".", ". cannot be read: Is a directory"),
    ):
        status, printed, said = run(tmp_path, argument)
        assert (status, printed) == (2, "")
        assert told in " ".join(said.split())


def test_standard_input(tmp_path: Path):
    (tmp_path / "r.json").write_text('{"body": {"price": 1.50}}')
    assert run(tmp_path, "-", "r.json", given="$input.json('$')") == (0, '{"price":1.50}', "")
    (tmp_path / "a.vtl").write_text("$input.body")
    assert run(tmp_path, "a.vtl", "-", given='{"body": "x"}') == (0, "x", "")
    assert run(tmp_path, "-", given="a\n#end")[2] == "-:2:1: #end without a directive that it could end\n#end\n^\n"
    assert run(tmp_path, "-", "-")[0] == 2
