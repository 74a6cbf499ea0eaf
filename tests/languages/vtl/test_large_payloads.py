"""Work on a large payload is counted, whatever a template does with it again and again."""

import json
import time

import pytest

from gatewright.languages.vtl import TemplateError, parse
from tests.languages.vtl.cases import gateway_roots

PAYLOAD = json.dumps({"pets": [{"name": "x" * 20}] * 100_000})
PARSED = "#set($p = $input.path('$'))#set($q = $util.parseJson($input.body))"
AGAIN = "#foreach($i in [1..1000])"


@pytest.mark.parametrize(
    "template",
    [
        f"{PARSED}{AGAIN}#if($p == $q)#end#end",
        f"{PARSED}{AGAIN}#if($p.equals($q))#end#end",
        f"{PARSED}{AGAIN}#if($p.pets.contains($q))#end#end",
        f"{PARSED}{AGAIN}#if($p == 1)#end#end",
        f'{PARSED}{AGAIN}#set($x = "$p")#end',
    ],
)
def test_it_ends(template: str) -> None:
    parsed = parse(template)
    began = time.process_time()
    with pytest.raises(TemplateError):
        parsed.render(gateway_roots(PAYLOAD))
    assert time.process_time() - began < 3


def test_once_is_fine() -> None:
    assert parse(f"{PARSED}#if($p == $q)same#end").render(gateway_roots(PAYLOAD)) == "same"
    assert parse(f"{AGAIN}$input.path('$.pets[7].none')#end").render(gateway_roots(PAYLOAD)) == ""
    assert len(parse("$input.path('$')").render(gateway_roots(PAYLOAD))) > 2_000_000
