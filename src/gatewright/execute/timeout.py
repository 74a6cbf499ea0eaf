"""How long an integration may take: `timeoutInMillis`, 50 to 29,000. Developer guide: "Amazon API Gateway quotas"."""

from collections.abc import Mapping
from typing import Any

DEFAULT_MILLIS = 29_000
SHORTEST_MILLIS = 50


def integration_timeout(integration: Mapping[str, Any]) -> float:
    """An integration's time limit in seconds. What is out of AWS's bounds was refused when it was configured."""
    millis = integration.get("timeoutInMillis") or DEFAULT_MILLIS
    return min(max(int(millis), SHORTEST_MILLIS), DEFAULT_MILLIS) / 1000
