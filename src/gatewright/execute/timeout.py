"""How long an integration may take: `timeoutInMillis`. Developer guide: "Amazon API Gateway quotas".

50 to 29,000 unless the account, here the node's settings, allows more; a streamed response may take 15 minutes.
"""

from collections.abc import Mapping
from typing import Any

DEFAULT_MILLIS = 29_000
SHORTEST_MILLIS = 50
LONGEST_MILLIS = 300_000
"""What the settings may raise the limit to."""
LONGEST_STREAM_MILLIS = 900_000


def integration_timeout(integration: Mapping[str, Any]) -> float:
    """An integration's time limit in seconds. What is out of its bounds was refused when it was configured."""
    millis = int(integration.get("timeoutInMillis") or DEFAULT_MILLIS)
    longest = LONGEST_STREAM_MILLIS if integration.get("responseTransferMode") == "STREAM" else LONGEST_MILLIS
    return min(max(millis, SHORTEST_MILLIS), longest) / 1000
