"""Who may invoke a function: its resource-based policy, as statements and compiled for the data plane.

https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from gatewright.aws.errors import ServiceError
from gatewright.languages.policy import PolicyError, arn_like
from gatewright.values.records import Document

GATEWAY = "apigateway.amazonaws.com"

_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")
_ACCOUNT = re.compile(r"\d{12}")
_IDENTITY = re.compile(r"arn:aws[a-zA-Z-]*:(iam|sts)::\d{12}:.+")

# AddPermission's member -> the condition operator and key that AWS writes. API reference, AddPermission.
_CONDITIONS: Mapping[str, tuple[str, str]] = {
    "SourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
    "SourceArn": ("ArnLike", "AWS:SourceArn"),
}


def statement(input: Mapping[str, Any], resource: str) -> Document:
    """The policy statement of an AddPermission input on the ARN `resource`. Raises ServiceError."""
    made: Document = {
        "Sid": input["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(input["Principal"]),
        "Action": input["Action"],
        "Resource": resource,
    }
    condition: dict[str, dict[str, str]] = {}
    for member, (operator, key) in _CONDITIONS.items():
        if member in input:
            value = input[member]
            condition.setdefault(operator, {})[key] = str(value).lower() if isinstance(value, bool) else value
    return made | {"Condition": condition} if condition else made


def _principal(given: str) -> str | dict[str, str]:
    if given == "*":
        return given
    if _SERVICE.fullmatch(given):
        return {"Service": given}
    if _ACCOUNT.fullmatch(given):
        return {"AWS": f"arn:aws:iam::{given}:root"}
    if _IDENTITY.fullmatch(given):
        return {"AWS": given}
    raise ServiceError(
        "InvalidParameterValueException",
        "The provided principal was invalid. Please check the principal and try again.",
    )


class Grant(NamedTuple):
    """One statement that lets API Gateway in: conditions on what calls, None for no condition."""

    source_arn: Callable[[str], bool] | None
    source_account: str | None


def gateway_grants(statements: Sequence[Document]) -> tuple[Grant, ...]:
    """The statements that let API Gateway invoke; those with conditions it can never meet are left out."""
    return tuple(grant for grant in map(_grant, statements) if grant is not None)


def permits(grants: Sequence[Grant], source_arn: str) -> bool:
    """True when one of the grants covers a call from `source_arn` (the API's method, stage or authorizer)."""
    account = source_arn.split(":", 5)[4] if source_arn.count(":") >= 5 else ""
    return any(
        (grant.source_arn is None or grant.source_arn(source_arn)) and grant.source_account in (None, account)
        for grant in grants
    )


def _grant(made: Document) -> Grant | None:
    if made["Principal"] not in ("*", {"Service": GATEWAY}):
        return None
    if made["Action"] not in ("lambda:InvokeFunction", "lambda:*", "*"):
        return None
    arn: Callable[[str], bool] | None = None
    account: str | None = None
    for operator, conditions in made.get("Condition", {}).items():
        for key, value in conditions.items():
            if (operator, key) == _CONDITIONS["SourceArn"]:
                try:
                    arn = arn_like(value)
                except PolicyError:
                    return None
            elif (operator, key) == _CONDITIONS["SourceAccount"]:
                account = value
            else:
                return None  # tokens, organizations and function URLs: API Gateway's calls carry none of these
    return Grant(arn, account)
