"""Route settings of a stage: how single routes are counted and limited.

A route's own settings take the place of the stage's default ones, member by member. API reference (v2): RouteSettings.
"""

from collections.abc import Mapping
from typing import Any

Setting = Mapping[str, Any]


def route_setting(stage: Mapping[str, Any], key: str) -> Setting:
    """What counts for the route of that key. `stage` as GetStage gives it."""
    own = (stage.get("routeSettings") or {}).get(key) or {}
    default = stage.get("defaultRouteSettings") or {}
    return {**default, **{name: value for name, value in own.items() if value is not None}}
