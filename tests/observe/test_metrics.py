"""Metrics: what Prometheus's own parser reads from the text."""

from prometheus_client.parser import text_string_to_metric_families

from gatewright.execute.counters import BOUNDS_MS, Counters
from gatewright.execute.registry import StageCounters
from gatewright.execute.websocket.counters import WebSocketCounters
from gatewright.observe.metrics import exposition


def test_two_stages():
    busy, idle = Counters(), Counters()
    for status, latency, integration in ((200, 3.2, 2.1), (404, 0.2, None), (502, 70_000.0, 60_000.0)):
        busy.add(status, latency, integration)
    stages = [StageCounters("abc", 'my "api"', "prod", busy), StageCounters("abc", 'my "api"', "test", idle)]
    text = exposition(stages, BOUNDS_MS).decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    values = {
        (sample.name.removeprefix("gatewright_"), sample.labels["stage"], sample.labels.get("le")): sample.value
        for sample in samples
    }
    assert {tuple(sample.labels[name] for name in ("api_id", "api_name")) for sample in samples} == {
        ("abc", 'my "api"')
    }
    assert {key: value for key, value in values.items() if key[1] == "prod" and key[2] in {None, "0.0025", "+Inf"}} == {
        ("requests_total", "prod", None): 3,
        ("client_errors_total", "prod", None): 1,
        ("server_errors_total", "prod", None): 1,
        ("latency_seconds_bucket", "prod", "0.0025"): 1,
        ("latency_seconds_bucket", "prod", "+Inf"): 3,
        ("latency_seconds_count", "prod", None): 3,
        ("latency_seconds_sum", "prod", None): 70.0034,
        ("integration_latency_seconds_bucket", "prod", "0.0025"): 1,
        ("integration_latency_seconds_bucket", "prod", "+Inf"): 2,
        ("integration_latency_seconds_count", "prod", None): 2,
        ("integration_latency_seconds_sum", "prod", None): 60.0021,
    }
    assert {value for (_, stage, _), value in values.items() if stage == "test"} == {0}


def test_methods_with_metrics_of_their_own():
    counters = Counters()
    counters.of_method("/users/{id}", "GET").add(404, 1.0, None)
    lines = exposition([StageCounters("abc", "api", "prod", counters)], BOUNDS_MS).decode().splitlines()
    of_method = 'api_id="abc",api_name="api",method="GET",resource="/users/{id}",stage="prod"'
    assert f"gatewright_method_requests_total{{{of_method}}} 1.0" in lines
    assert f"gatewright_method_client_errors_total{{{of_method}}} 1.0" in lines
    assert 'gatewright_requests_total{api_id="abc",api_name="api",stage="prod"} 0.0' in lines


def test_stages_with_a_response_cache():
    counters = Counters()
    for hit in (False, True, True):
        counters.add_cached(hit=hit)
    lines = exposition([StageCounters("abc", "api", "prod", counters)], BOUNDS_MS).decode().splitlines()
    assert 'gatewright_cache_hits_total{api_id="abc",api_name="api",stage="prod"} 2.0' in lines
    assert 'gatewright_cache_misses_total{api_id="abc",api_name="api",stage="prod"} 1.0' in lines


def test_events_of_websockets():
    counters = WebSocketCounters()
    counters.connects, counters.messages, counters.execution_errors, counters.integration_errors = 1, 2, 3, 4
    lines = exposition([StageCounters("abc", "api", "prod", counters)], BOUNDS_MS).decode().splitlines()
    assert [line for line in lines if line.startswith("gatewright_websocket_") and "_created" not in line] == [
        f'gatewright_websocket_{name}_total{{api_id="abc",api_name="api",stage="prod"}} {count}.0'
        for count, name in enumerate(("connects", "messages", "execution_errors", "integration_errors"), 1)
    ]


def test_nothing_served_yet():
    assert b"# TYPE gatewright_requests_total counter" in exposition([], BOUNDS_MS)
