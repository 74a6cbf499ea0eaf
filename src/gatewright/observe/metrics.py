"""The stages' counters as Prometheus text: AWS's Count, 4XXError, 5XXError, Latency and IntegrationLatency.

Developer guide: "Amazon API Gateway dimensions and metrics"; the format is Prometheus's text exposition format.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LABELS = ("api_id", "api_name", "stage")


class Latency(Protocol):
    """A histogram: `buckets[i]` counts values up to the i-th bound, the last one all larger values."""

    @property
    def buckets(self) -> Sequence[int]: ...
    @property
    def sum_ms(self) -> float: ...


class Counters(Protocol):
    """What one stage has counted since the start."""

    @property
    def requests(self) -> int: ...
    @property
    def client_errors(self) -> int: ...
    @property
    def server_errors(self) -> int: ...
    @property
    def latency(self) -> Latency: ...
    @property
    def integration_latency(self) -> Latency: ...


class StageCounters(Protocol):
    """A stage and its counters."""

    @property
    def api_id(self) -> str: ...
    @property
    def api_name(self) -> str: ...
    @property
    def stage(self) -> str: ...
    @property
    def counters(self) -> Counters: ...


def exposition(stages: Iterable[StageCounters], bounds_ms: Sequence[float]) -> bytes:
    """The counters of all stages as text, to be served as CONTENT_TYPE. `bounds_ms` are those of the histograms."""
    from prometheus_client.exposition import generate_latest  # noqa: PLC0415 - takes as long as the rest of a start

    return generate_latest(_Collector(list(stages), bounds_ms))


class _Collector:
    def __init__(self, stages: Sequence[StageCounters], bounds_ms: Sequence[float]) -> None:
        self._stages = stages
        self._bounds = [*(str(bound / 1000) for bound in bounds_ms), "+Inf"]

    def collect(self) -> "Iterator[CounterMetricFamily | HistogramMetricFamily]":
        from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily  # noqa: PLC0415

        requests = CounterMetricFamily("gatewright_requests", "Requests answered (Count)", labels=_LABELS)
        client = CounterMetricFamily("gatewright_client_errors", "Answers of 4xx (4XXError)", labels=_LABELS)
        server = CounterMetricFamily("gatewright_server_errors", "Answers of 5xx (5XXError)", labels=_LABELS)
        latency = HistogramMetricFamily(
            "gatewright_latency_seconds", "From request to response (Latency)", labels=_LABELS
        )
        integration = HistogramMetricFamily(
            "gatewright_integration_latency_seconds", "Spent in integrations (IntegrationLatency)", labels=_LABELS
        )
        for stage in self._stages:
            labels = [stage.api_id, stage.api_name, stage.stage]
            counters = stage.counters
            requests.add_metric(labels, counters.requests)
            client.add_metric(labels, counters.client_errors)
            server.add_metric(labels, counters.server_errors)
            self._add(latency, labels, counters.latency)
            self._add(integration, labels, counters.integration_latency)
        yield from (requests, client, server, latency, integration)

    def _add(self, family: "HistogramMetricFamily", labels: list[str], histogram: Latency) -> None:
        buckets = list(zip(self._bounds, accumulate(histogram.buckets), strict=True))
        family.add_metric(labels, buckets, histogram.sum_ms / 1000)
