"""Settings and throttles of methods, and of routes, that a stage does not serve: for the doctor.

AWS keeps them when a method goes, and so they are kept here, without effect. Whoever misspells a method believes that
it is limited.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from gatewright.execute.method_setting import ALL, method_of
from gatewright.execute.unserved import STORED_ONLY, Document, Unserved

_WORDS = "there is no such method"
_OF_ALL = (ALL, "ANY")  # verbs that stand for whichever verbs a resource has


class Served:
    """The methods of what a stage and its canary serve."""

    def __init__(self, snapshots: Iterable[Document]) -> None:
        """`snapshots` as management stores them for deployments."""
        self._verbs: dict[str, set[str]] = {}
        for snapshot in snapshots:
            for resource in snapshot["resources"]:
                verbs: Iterable[str] = resource.get("resourceMethods") or ()
                self._verbs.setdefault(resource["path"].strip("/"), set()).update(verbs)

    def has(self, key: str) -> bool:
        """Whether the key of a method setting names one of them."""
        path, verb = method_of(key)
        return _serve(self._verbs.get(path, set()), verb)

    def has_any(self, key: str) -> bool:
        """Whether that of a plan's throttle does, whose path may be `*`."""
        path, verb = method_of(key)
        return self.has(key) or (path == ALL and any(_serve(verbs, verb) for verbs in self._verbs.values()))


def _serve(verbs: set[str], verb: str) -> bool:
    return bool(verbs) and (verb in _OF_ALL or not verbs.isdisjoint((verb, "ANY")))


def in_settings(stage: Document, served: Served) -> dict[str, Unserved]:
    """The method settings of a stage that have no effect, by their keys."""
    rows = stage.get("methodSettings") or {}
    return {
        key: Unserved(f"methodSettings {key}", _WORDS, STORED_ONLY)
        for key in rows
        if key != f"{ALL}/{ALL}" and not served.has(key)
    }


def in_plan(api_stage: Document, served: Served) -> Iterator[Unserved]:
    """Those of the throttles that a usage plan has for a stage. `api_stage` is one of its `apiStages`."""
    throttles: dict[str, Any] = api_stage.get("throttle") or {}
    for key in throttles:
        if not served.has_any(key):
            yield Unserved(f"throttle {key}", _WORDS, STORED_ONLY)


def in_route_settings(stage: Document, snapshot: Document | None) -> dict[str, Unserved]:
    """The route settings of a stage that have no effect, by their keys. `snapshot` is what it serves, if anything."""
    served = {route["routeKey"] for route in (snapshot or {}).get("routes", ())}
    return {
        key: Unserved(f"routeSettings {key}", "there is no such route", STORED_ONLY)
        for key in stage.get("routeSettings") or {}
        if key not in served
    }
