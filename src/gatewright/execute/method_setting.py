"""Method settings of a stage: how single methods are counted, limited and cached.

A setting's key is the resource's path and a verb, `~1pets~1{id}/GET`, or `*/*` for every method. The verb is the
request's, also where the method is for ANY: those who set up limits of such a method on AWS set one for each verb
(serverless-api-gateway-throttling). ANY stands for the verbs without a setting of their own. API reference:
MethodSetting.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

ALL = "*"


class MethodSetting(NamedTuple):
    """The setting that counts for requests with a verb; `verb` is the one in its key: that verb, ANY or `*`."""

    verb: str
    values: Mapping[str, Any]


NO_SETTING = MethodSetting(ALL, {})


class MethodSettings:
    """A stage's `methodSettings`, by what their keys mean."""

    def __init__(self, settings: Mapping[str, Mapping[str, Any]]) -> None:
        self._settings = {
            method: MethodSetting(method[1], values)
            for method, values in ((method_of(key), values) for key, values in settings.items())
        }
        self._default = self._settings.get((ALL, ALL), NO_SETTING)

    def of(self, path: str, verb: str) -> MethodSetting:
        """The setting for requests with `verb` to the resource of that path."""
        return self.own(path, verb) or self.own(path, "ANY") or self._default

    def own(self, path: str, verb: str) -> MethodSetting | None:
        """The one with that verb in its key, None when there is none."""
        return self._settings.get((path.strip("/"), verb))


def method_of(key: str) -> tuple[str, str]:
    """The resource's path, without its outer slashes, and the verb that a key names; either may be `*`."""
    path, _, verb = key.rpartition("/")
    return path.replace("~1", "/").replace("~0", "~").strip("/"), verb
