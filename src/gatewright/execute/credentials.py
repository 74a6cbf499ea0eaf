"""Whom an integration calls as: its `credentials`, with a stage's variables put in. A role, or the client that calls
the method, whose own access key then signs the integration's call.

API reference: Integration, `credentials`. Developer guide: "API Gateway permissions model for invoking an API".
"""

import re

from gatewright.execute.caller import Principal
from gatewright.execute.context import RequestContext
from gatewright.execute.endpoint import with_stage_variables
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE
from gatewright.execute.plan import Source
from gatewright.values.refusal import refuse

ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/\S+")
CALLER = re.compile(r"arn:aws[a-z-]*:iam::\*:user/\*")
BY_CALLER = "arn:aws:iam::*:user/*"  # what `compile_credentials` gives for it, in every partition


def compile_credentials(source: Source) -> str:
    """The role's ARN, BY_CALLER, or "" when the account itself calls.

    Raises ValueError for anything else, and for BY_CALLER where a method does not ask who calls."""
    role = with_stage_variables(source.integration.get("credentials") or "", source.variables)
    if CALLER.fullmatch(role):
        if source.method.get("authorizationType") != "AWS_IAM":
            raise ValueError("Invalid credentials: the caller's own are known to a method with AWS_IAM only")
        return BY_CALLER
    if role and not ROLE.fullmatch(role):
        raise ValueError(f"Invalid credentials: {role} is not the ARN of a role")
    return role


def caller_of(context: RequestContext) -> Principal:
    """Whose credentials BY_CALLER means. Raises Refusal for a test invocation, which nobody signed."""
    principal = context.caller.principal
    if principal is None:
        context.integration_error = f"{CONFIGURATION_FAILURE}Invalid credentials: nobody has signed the request"
        refuse(API_CONFIGURATION_ERROR, cause=context.integration_error)
    return principal
