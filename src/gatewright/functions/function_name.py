"""How callers name a function: its name, a partial ARN or an ARN, each with or without a qualifier.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestSyntax (FunctionName, Qualifier)
"""

import re
from typing import NamedTuple

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError

LATEST = "$LATEST"

_FORMS = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:)?(?:(?P<region>[a-z]{2,4}(?:-[a-z]+)+-\d):)?(?:(?P<account>\d{12}):)?"
    r"(?:function:)?(?P<name>[a-zA-Z0-9_-]+)(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9_-]+))?"
)


class Reference(NamedTuple):
    """A function as named: `qualifier` is a version, an alias or "" when none was given."""

    account: str
    region: str
    name: str
    qualifier: str

    @property
    def arn(self) -> str:
        """The ARN, with its qualifier if it has one."""
        return f"{self.function_arn}:{self.qualifier}" if self.qualifier else self.function_arn

    @property
    def function_arn(self) -> str:
        """The unqualified ARN."""
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.name}"

    @property
    def unqualified(self) -> "Reference":
        """The function itself."""
        return self._replace(qualifier="")

    def qualified(self, qualifier: str) -> "Reference":
        """The same function's version or alias."""
        return self._replace(qualifier=qualifier)


def parse_arn(arn: str) -> Reference | None:
    """The function of a whole ARN; None when it is not one."""
    found = _FORMS.fullmatch(arn) if arn.startswith("arn:") else None
    if found is None or not found["region"] or not found["account"]:
        return None
    return Reference(found["account"], found["region"], found["name"], found["qualifier"] or "")


def reference(call: Call) -> Reference:
    """The function that a call's FunctionName and Qualifier mean. Raises AWS's errors for one not the caller's."""
    given = call.input["FunctionName"]
    found = _FORMS.fullmatch(given)
    if found is None:
        raise ServiceError("InvalidParameterValueException", f"Invalid FunctionName: {given}")
    check_place(call, found["account"] or call.account, found["region"] or call.region, given)
    if len(found["name"]) > 64:
        raise ServiceError(
            "ValidationException",
            f"1 validation error detected: Value '{found['name']}' at 'functionName' failed to satisfy constraint: "
            "Member must have length less than or equal to 64",
        )
    return Reference(call.account, call.region, found["name"], _qualifier(call, found["qualifier"] or ""))


def check_place(call: Call, account: str, region: str, resource: str) -> None:
    """Raise unless a resource of `account` and `region` is one that the caller's endpoint and account may touch."""
    if region != call.region:
        raise ServiceError(
            "ResourceNotFoundException",
            f"Functions from '{region}' are not reachable in this region ('{call.region}')",
        )
    if account != call.account:
        action = f"lambda:{'InvokeFunction' if call.operation == 'Invoke' else call.operation}"
        raise ServiceError(
            "AccessDeniedException",
            f"User: arn:aws:iam::{call.account}:root is not authorized to perform: {action} on resource: {resource} "
            f"because no resource-based policy allows the {action} action",
        )


def _qualifier(call: Call, derived: str) -> str:
    given: str = call.input.get("Qualifier", "")
    if given.endswith(".PUBLISHED"):
        raise ServiceError("InvalidParameterValueException", f"Qualifier {given} is not supported by this function.")
    if derived and given and derived != given:
        raise ServiceError(
            "InvalidParameterValueException",
            "The derived qualifier from the function name does not match the specified qualifier.",
        )
    return given or derived


def is_version(qualifier: str) -> bool:
    """True for "", "$LATEST" and numbers; everything else names an alias."""
    return qualifier in ("", LATEST) or (qualifier.isascii() and qualifier.isdigit())
