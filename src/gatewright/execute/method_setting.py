"""Method settings of a stage: how single methods are counted, limited and cached.

A setting's key is the resource's path and a verb, `~1pets~1{id}/GET`, or `*/*` for every method that has no setting of
its own. API reference: MethodSetting.
"""

from collections.abc import Mapping
from typing import Any

ALL_METHODS = ("*", "*")
NO_SETTING: Mapping[str, Any] = {}


class MethodSettings:
    """A stage's `methodSettings`, by what their keys mean."""

    def __init__(self, settings: Mapping[str, Mapping[str, Any]]) -> None:
        self._settings = {_method(key): setting for key, setting in settings.items()}
        self._default = self._settings.get(ALL_METHODS, NO_SETTING)

    def of(self, path: str, verb: str) -> Mapping[str, Any]:
        """The MethodSetting of a method, given by resource path and verb as configured; empty when there is none."""
        return self._settings.get((path.strip("/"), verb), self._default)

    def own(self, path: str, verb: str) -> Mapping[str, Any] | None:
        """The same, but None when the method has no setting of its own."""
        return self._settings.get((path.strip("/"), verb))


def _method(key: str) -> tuple[str, str]:
    path, _, verb = key.rpartition("/")
    return path.replace("~1", "/").replace("~0", "~").strip("/"), verb
