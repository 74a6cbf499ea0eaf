"""Resource policies, of private domain names and of APIs: JSON text, kept without its white space.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html
"""

import logging
import re
from typing import Any

import msgspec

from gatewright.aws.errors import ServiceError
from gatewright.execute.resource_policy import compile_resource_policy, expanded
from gatewright.languages.policy import PolicyError, read_policy
from gatewright.management.patch import refused
from gatewright.management.values import read_json

LONGEST = 8192  # characters

log = logging.getLogger(__name__)


def policy_text(policy: str) -> str:
    """A policy without its white space. Raises BadRequestException for what is no JSON object, or too long."""
    return _bounded(msgspec.json.encode(_parsed(policy)).decode())


def api_policy_text(policy: str, arn: str) -> str:
    """The policy of the API with that ARN, with `execute-api:/...` written out, as AWS keeps it. It is as long as it is
    with the API's ARN left out, so that what is given back can be given again.

    Raises BadRequestException, also for a policy that could not be evaluated. AWS's message is one for all mistakes;
    the node's log has the reason."""
    kept = msgspec.json.encode(expanded(_parsed(policy), arn)).decode()
    _bounded(kept.replace(f'"{arn}/', '"execute-api:/'))
    try:
        read_policy(policy)
        compile_resource_policy(kept, arn)
    except PolicyError as error:
        log.info("a policy for %s is refused: %s", arn, error)
        raise _invalid() from None
    return kept


def _parsed(policy: str) -> dict[str, Any]:
    parsed: dict[str, Any] | None = read_json(policy, dict)
    if parsed is None:
        raise _invalid()
    return parsed


def _bounded(text: str) -> str:
    if len(text) > LONGEST:
        raise refused(f"Invalid policy document. A policy has at most {LONGEST} characters")
    return text


def moved_policy(policy: str, source: str, clone: str) -> str:
    """The policy of an API as its clone has it: what it says of the one, it says of the other."""
    return re.sub(rf'(:execute-api:[^:"]*:[^:"]*:){re.escape(source)}(?=[/*"])', rf"\g<1>{clone}", policy)


def _invalid() -> ServiceError:
    return refused("Invalid policy document. Please check the policy syntax and ensure that Principals are valid.")
