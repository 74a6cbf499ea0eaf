"""Metrics of the shared server: what Prometheus's own parser reads from the text."""

from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from gatewright.observe.metrics import exposition
from gatewright.observe.shared_metrics import SharedCollector


@dataclass
class Server:
    is_there: bool
    losses: int


@dataclass
class Leases:
    calls: int = 1
    granted: int = 2
    returned: int = 3
    in_hand: int = 4


@dataclass
class Limits:
    leases: Leases
    fallbacks: int


def test_a_server_and_its_leases() -> None:
    collector = SharedCollector(Server(False, 2), {"throttle": Limits(Leases(), 5), "quota": Limits(Leases(6), 0)})
    text = exposition([], (), collector).decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    shared = {
        (sample.name.removeprefix("gatewright_shared_"), sample.labels.get("limits")): sample.value
        for sample in samples
        if sample.name.startswith("gatewright_shared_")
    }
    assert shared == {
        ("up", None): 0,
        ("losses_total", None): 2,
        ("fallbacks_total", "throttle"): 5,
        ("fallbacks_total", "quota"): 0,
        ("lease_calls_total", "throttle"): 1,
        ("lease_calls_total", "quota"): 6,
        ("leased_total", "throttle"): 2,
        ("leased_total", "quota"): 2,
        ("returned_total", "throttle"): 3,
        ("returned_total", "quota"): 3,
        ("in_hand", "throttle"): 4,
        ("in_hand", "quota"): 4,
    }
