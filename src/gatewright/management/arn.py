"""ARNs in calls: each is held against the form that it must have there, and an ARN of another form is refused alike.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

import re

from gatewright.management.patch import refused

ROLE = re.compile(r"arn:aws[a-z-]*:iam::\S+")


def arn_parts(form: re.Pattern[str], arn: str) -> re.Match[str]:
    """The groups of `form` in an ARN. Raises BadRequestException when the ARN is not of that form."""
    parts = form.fullmatch(arn)
    if parts is None:
        raise refused("Invalid ARN specified in the request")
    return parts
