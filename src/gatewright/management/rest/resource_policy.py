"""Resource policies, of private domain names and of APIs: JSON text, kept without its white space.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html
"""

import re

import msgspec

from gatewright.aws.errors import ServiceError
from gatewright.execute.resource_policy import compile_resource_policy, expanded
from gatewright.languages.policy import PolicyError, read_policy
from gatewright.management.patch import refused
from gatewright.management.values import read_json

LONGEST = 8192  # characters


def policy_text(policy: str) -> str:
    """A policy without its white space. Raises BadRequestException for what is no JSON object, or too long."""
    parsed = read_json(policy, dict)
    if parsed is None:
        raise _invalid()
    kept = msgspec.json.encode(parsed).decode()
    if len(kept) > LONGEST:
        raise refused(f"Invalid policy document. A policy has at most {LONGEST} characters")
    return kept


def api_policy_text(policy: str, arn: str) -> str:
    """The policy of the API with that ARN, with `execute-api:/...` written out, as AWS keeps it.

    Raises BadRequestException, also for a policy that could not be evaluated."""
    policy_text(policy)
    try:
        compile_resource_policy(policy, arn)
        return msgspec.json.encode(expanded(read_policy(policy), arn)).decode()
    except PolicyError:
        raise _invalid() from None


def moved_policy(policy: str, source: str, clone: str) -> str:
    """The policy of an API as its clone has it: what it says of the one, it says of the other."""
    return re.sub(rf'(:execute-api:[^:"]*:[^:"]*:){re.escape(source)}(?=[/*"])', rf"\g<1>{clone}", policy)


def _invalid() -> ServiceError:
    return refused("Invalid policy document. Please check the policy syntax and ensure that Principals are valid.")
