"""How long an integration may take: `timeoutInMillis`. Developer guide: "Amazon API Gateway quotas".

50 to 29,000 unless the account, here the node's settings, allows more, and 30,000 for HTTP APIs; a streamed response
may take 15 minutes.
"""

from collections.abc import Mapping
from typing import Any

DEFAULT_MILLIS = 29_000
HTTP_API_MILLIS = 30_000
SHORTEST_MILLIS = 50
LONGEST_MILLIS = 300_000
"""What the settings may raise the limit to."""
LONGEST_STREAM_MILLIS = 900_000


def integration_timeout(integration: Mapping[str, Any], default: int = DEFAULT_MILLIS) -> float:
    """An integration's time limit in seconds; `default` in milliseconds. What is out of its bounds was refused when it
    was configured."""
    millis = int(integration.get("timeoutInMillis") or default)
    longest = LONGEST_STREAM_MILLIS if integration.get("responseTransferMode") == "STREAM" else LONGEST_MILLIS
    return min(max(millis, SHORTEST_MILLIS), longest) / 1000
