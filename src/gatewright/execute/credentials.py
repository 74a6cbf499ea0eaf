"""Whom an integration calls as: its `credentials`, with a stage's variables put in.

API reference: Integration, `credentials`.
"""

import re

from gatewright.execute.endpoint import with_stage_variables
from gatewright.execute.plan import Source

ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/\S+")
CALLER = re.compile(r"arn:aws[a-z-]*:iam::\*:user/\*")


def compile_role(source: Source) -> str:
    """The role's ARN, "" when the account itself calls. Raises ValueError for what is no role: the caller's own
    credentials are not served."""
    role = with_stage_variables(source.integration.get("credentials") or "", source.variables)
    if role and not ROLE.fullmatch(role):
        raise ValueError(f"Invalid credentials: {role} is not the ARN of a role")
    return role
