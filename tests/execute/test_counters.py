"""Counters: sums, classes of status, and the edges of the histogram."""

from gatewright.execute.counters import BOUNDS_MS, CAUSES_PER_SECOND, Counters, Latency
from tests.execute.stage import MOCK, Scene, one, request


def test_a_value_on_a_bound_is_in_its_bucket():
    latency = Latency()
    for value in (0.0, 1.0, 1.1, 30_000.0, 30_000.1):
        latency.add(value)
    assert latency.buckets == [2, 1, *[0] * (len(BOUNDS_MS) - 3), 1, 1]
    assert (latency.count, latency.sum_ms) == (5, 60_002.2)


def test_classes_of_status():
    counters = Counters()
    for status in (200, 301, 400, 499, 500, 504):
        counters.add(status, 1.0, None)
    assert (counters.requests, counters.client_errors, counters.server_errors) == (6, 2, 2)
    assert counters.integration_latency.count == 0


def test_a_second_has_room_for_so_many_causes():
    counters = Counters()
    assert [counters.may_tell(1.5) for _ in range(CAUSES_PER_SECOND + 2)] == [True] * CAUSES_PER_SECOND + [False] * 2
    assert counters.may_tell(2.0)


def test_serve_counts_every_request():
    stage = one(MOCK)
    for path in ("/", "/absent"):
        Scene().serve(stage, request("GET", path))
    counters = stage.counters
    assert (counters.requests, counters.client_errors, counters.latency.count) == (2, 1, 2)
    assert counters.latency.sum_ms > 0
