"""The stages' counters as Prometheus text: AWS's Count, 4XXError, 5XXError, Latency and IntegrationLatency, and of
those with a response cache CacheHitCount and CacheMissCount, of HTTP APIs DataProcessed.

Stages of WebSocket APIs count events. Methods with `metricsEnabled`, and routes with `detailedMetricsEnabled`, have
theirs besides, as by AWS's dimensions Resource and Method.
Developer guide: "Amazon API Gateway dimensions and metrics"; the format is Prometheus's text exposition format.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LABELS = ("api_id", "api_name", "stage")
_METHOD_LABELS = (*_LABELS, "resource", "method")


# Of WebSocket APIs, whose ClientError and IntegrationLatency are those of all.
_EVENTS: Mapping[str, str] = {
    "connects": "Handshakes (ConnectCount)",
    "messages": "Messages from and to clients (MessageCount)",
    "execution_errors": "Integrations that gave no answer (ExecutionError)",
    "integration_errors": "Integrations that answered with an error (IntegrationError)",
}


class Latency(Protocol):
    """A histogram: `buckets[i]` counts values up to the i-th bound, the last one all larger values."""

    @property
    def buckets(self) -> Sequence[int]: ...
    @property
    def sum_ms(self) -> float: ...


class Counted(Protocol):
    """What one stage, or one of its methods, has counted since the start."""

    @property
    def requests(self) -> int: ...
    @property
    def client_errors(self) -> int: ...
    @property
    def server_errors(self) -> int: ...
    @property
    def cache_hits(self) -> int: ...
    @property
    def cache_misses(self) -> int: ...
    @property
    def data_processed(self) -> int: ...
    @property
    def connects(self) -> int: ...
    @property
    def messages(self) -> int: ...
    @property
    def latency(self) -> Latency: ...
    @property
    def integration_latency(self) -> Latency: ...


class Counters(Counted, Protocol):
    """The same of a stage, with its methods that have metrics of their own, by resource path and verb."""

    @property
    def by_method(self) -> Mapping[tuple[str, str], Counted]: ...


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


class Collector(Protocol):
    """Whatever else is counted, as prometheus_client's collectors tell it."""

    def collect(self) -> "Iterator[Metric]": ...


def exposition(stages: Iterable[StageCounters], bounds_ms: Sequence[float], *others: Collector) -> bytes:
    """The counters of all stages, and of `others`, as text to be served as CONTENT_TYPE. `bounds_ms` are those of the
    histograms."""
    from prometheus_client.exposition import generate_latest  # noqa: PLC0415 - takes as long as the rest of a start

    return b"".join(generate_latest(one) for one in (_Collector(list(stages), bounds_ms), *others))


class _Collector:
    def __init__(self, stages: Sequence[StageCounters], bounds_ms: Sequence[float]) -> None:
        self._stages = [([one.api_id, one.api_name, one.stage], one.counters) for one in stages]
        self._bounds = [*(str(bound / 1000) for bound in bounds_ms), "+Inf"]

    def collect(self) -> "Iterator[CounterMetricFamily | HistogramMetricFamily]":
        yield from self._families("gatewright", _LABELS, self._stages)
        methods = [
            ([*labels, *method], counters)
            for labels, stage in self._stages
            for method, counters in stage.by_method.items()
        ]
        if methods:
            yield from self._families("gatewright_method", _METHOD_LABELS, methods)

    def _families(
        self, prefix: str, names: Sequence[str], counted: "Iterable[tuple[list[str], Counted]]"
    ) -> "Iterator[CounterMetricFamily | HistogramMetricFamily]":
        from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily  # noqa: PLC0415

        requests = CounterMetricFamily(f"{prefix}_requests", "Requests answered (Count)", labels=names)
        client = CounterMetricFamily(f"{prefix}_client_errors", "Answers of 4xx (4XXError)", labels=names)
        server = CounterMetricFamily(f"{prefix}_server_errors", "Answers of 5xx (5XXError)", labels=names)
        latency = HistogramMetricFamily(f"{prefix}_latency_seconds", "From request to response (Latency)", labels=names)
        integration = HistogramMetricFamily(
            f"{prefix}_integration_latency_seconds", "Spent in integrations (IntegrationLatency)", labels=names
        )
        hits = CounterMetricFamily(f"{prefix}_cache_hits", "Answered from the cache (CacheHitCount)", labels=names)
        misses = CounterMetricFamily(f"{prefix}_cache_misses", "Not in the cache (CacheMissCount)", labels=names)
        data = CounterMetricFamily(f"{prefix}_data_processed_bytes", "Of bodies (DataProcessed)", labels=names)
        events = {
            name: CounterMetricFamily(f"{prefix}_websocket_{name}", text, labels=names)
            for name, text in _EVENTS.items()
        }
        for labels, counters in counted:
            for name, family in events.items():
                if counters.connects or counters.messages:
                    family.add_metric(labels, getattr(counters, name))
            if counters.data_processed:
                data.add_metric(labels, counters.data_processed)
            if counters.cache_hits or counters.cache_misses:
                hits.add_metric(labels, counters.cache_hits)
                misses.add_metric(labels, counters.cache_misses)
            requests.add_metric(labels, counters.requests)
            client.add_metric(labels, counters.client_errors)
            server.add_metric(labels, counters.server_errors)
            self._add(latency, labels, counters.latency)
            self._add(integration, labels, counters.integration_latency)
        yield from (requests, client, server, latency, integration)
        yield from (family for family in (hits, misses, data, *events.values()) if family.samples)

    def _add(self, family: "HistogramMetricFamily", labels: list[str], histogram: Latency) -> None:
        buckets = list(zip(self._bounds, accumulate(histogram.buckets), strict=True))
        family.add_metric(labels, buckets, histogram.sum_ms / 1000)
