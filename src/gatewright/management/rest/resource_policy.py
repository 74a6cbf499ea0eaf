"""Resource policies, of private domain names and of APIs: JSON text, kept without its white space.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html
"""

import msgspec

from gatewright.management.patch import refused
from gatewright.management.values import read_json

LONGEST = 8192  # characters


def policy_text(policy: str) -> str:
    """A policy without its white space. Raises BadRequestException for what is no JSON object, or too long."""
    parsed = read_json(policy, dict)
    if parsed is None:
        raise refused("Invalid policy document. Please check the policy syntax and ensure that Principals are valid.")
    kept = msgspec.json.encode(parsed).decode()
    if len(kept) > LONGEST:
        raise refused(f"Invalid policy document. A policy has at most {LONGEST} characters")
    return kept
