"""The server that nodes share as Prometheus text: whether it is there, and how this node's leases go.

What holds while it is not there: docs/decisions/shared-limits.md.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily


class Server(Protocol):
    """The shared server as this node sees it."""

    @property
    def is_there(self) -> bool: ...
    @property
    def losses(self) -> int: ...


class Leases(Protocol):
    """Tokens or requests, leased by this node since its start."""

    @property
    def calls(self) -> int: ...
    @property
    def granted(self) -> int: ...
    @property
    def returned(self) -> int: ...
    @property
    def in_hand(self) -> int: ...


class Limits(Protocol):
    """Limits of one kind. `fallbacks` counts the requests that were decided without the server."""

    @property
    def leases(self) -> Leases: ...
    @property
    def fallbacks(self) -> int: ...


class SharedCollector:
    """A collector for `metrics.exposition`. `limits` by their kind: `throttle`, `quota`."""

    def __init__(self, server: Server, limits: Mapping[str, Limits]) -> None:
        self._server = server
        self._limits = limits

    def collect(self) -> "Iterator[CounterMetricFamily | GaugeMetricFamily]":
        """See prometheus_client's Collector."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415

        up = GaugeMetricFamily(
            "gatewright_shared_up", "Whether the shared server can be reached", self._server.is_there
        )
        losses = CounterMetricFamily(
            "gatewright_shared_losses", "How often the shared server was lost", self._server.losses
        )
        kind = ["limits"]
        fallbacks = CounterMetricFamily(
            "gatewright_shared_fallbacks", "Requests decided without the lost server", labels=kind
        )
        calls = CounterMetricFamily("gatewright_shared_lease_calls", "Calls of the server for leases", labels=kind)
        granted = CounterMetricFamily("gatewright_shared_leased", "Tokens or requests leased", labels=kind)
        returned = CounterMetricFamily("gatewright_shared_returned", "Of those given back", labels=kind)
        in_hand = GaugeMetricFamily("gatewright_shared_in_hand", "Tokens or requests leased and unused", labels=kind)
        for name, limits in self._limits.items():
            fallbacks.add_metric([name], limits.fallbacks)
            calls.add_metric([name], limits.leases.calls)
            granted.add_metric([name], limits.leases.granted)
            returned.add_metric([name], limits.leases.returned)
            in_hand.add_metric([name], limits.leases.in_hand)
        yield from (up, losses, fallbacks, calls, granted, returned, in_hand)
