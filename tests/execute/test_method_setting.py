"""Method settings: which methods are counted by themselves, and under which names."""

import pytest

from gatewright.execute.method_setting import MethodSettings
from tests.execute.stage import MOCK, Scene, method, plan, request

ON, OFF = {"metricsEnabled": True}, {"metricsEnabled": False}


@pytest.mark.parametrize(
    ("settings", "enabled"),
    [
        ({}, False),
        ({"*/*": OFF}, False),
        ({"*/*": ON}, True),
        ({"~1pets~1{id}/GET": ON}, True),
        ({"pets/{id}/GET": ON}, True),
        ({"~1pets~1{id}/ANY": ON}, True),
        ({"~1pets~1{id}/ANY": ON, "~1pets~1{id}/GET": OFF}, False),
        ({"~1pets~1{id}/POST": ON}, False),
        ({"*/*": ON, "~1pets~1{id}/GET": OFF}, False),
        ({"~1/GET": ON}, False),
    ],
)
def test_a_methods_own_setting_comes_before_that_of_all(settings: dict[str, dict[str, bool]], enabled: bool):
    assert MethodSettings(settings).of("/pets/{id}", "GET").values.get("metricsEnabled", False) is enabled


def test_the_root():
    assert MethodSettings({"~1/GET": ON}).of("/", "GET") == ("GET", ON)


def test_methods_are_counted_as_configured():
    resources = {"/a": {"ANY": method(MOCK)}, "/b": {"GET": method(MOCK)}}
    stage = plan(resources, methodSettings={"~1a/ANY": ON, "~1a/POST": OFF})
    for verb, path in (("GET", "/a"), ("PUT", "/a"), ("POST", "/a"), ("GET", "/b"), ("GET", "/c")):
        Scene().serve(stage, request(verb, path))
    assert {key: counters.requests for key, counters in stage.counters.by_method.items()} == {("/a", "ANY"): 2}
    assert (stage.counters.requests, stage.counters.client_errors) == (5, 1)
