"""Method settings of a stage: which methods have metrics of their own.

A setting's key is the resource's path and a verb, `~1pets~1{id}/GET`, or `*/*` for every method that has no setting of
its own. API reference: MethodSetting.
"""

from collections.abc import Callable, Mapping
from typing import Any

ALL_METHODS = ("*", "*")


def compile_metrics_enabled(settings: Mapping[str, Mapping[str, Any]]) -> Callable[[str, str], bool]:
    """A stage's `methodSettings` to whether a method, given by resource path and verb, is counted by itself."""
    enabled = {_method(key): bool(setting.get("metricsEnabled")) for key, setting in settings.items()}
    default = enabled.get(ALL_METHODS, False)
    return lambda path, verb: enabled.get((path.strip("/"), verb), default)


def _method(key: str) -> tuple[str, str]:
    path, _, verb = key.rpartition("/")
    return path.replace("~1", "/").replace("~0", "~").strip("/"), verb
