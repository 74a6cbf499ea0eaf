"""What moto's IAM leaves out and authorization depends on: part of the embedded moto server's child process.

A user's permissions boundary is kept, where moto drops it. AWS's own managed policies are there when they are first
named: all of them in each account would be saved with every change. Secret keys are of the system's own chance.
"""

import functools
import json
import secrets
import string
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.iam import models
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.responses import IamResponse

_SECRET = string.ascii_letters + string.digits + "+/"
_NAMING_A_POLICY = ("attach_group_policy", "attach_role_policy", "attach_user_policy", "get_policy")
_NOTHING = ActionResult({})


def install() -> None:
    """Let the server do so, before its first request."""
    if "random_alphanumeric" not in vars(models):
        raise AttributeError("this version of moto makes secret keys in another way: it cannot be used")
    vars(models)["random_alphanumeric"] = _secret
    for name in _NAMING_A_POLICY:
        setattr(models.IAMBackend, name, _with_managed_policy(getattr(models.IAMBackend, name)))
    create_user = _with_boundary(IamResponse.create_user)
    for operation in (create_user, put_user_permissions_boundary, delete_user_permissions_boundary):
        setattr(IamResponse, operation.__name__, operation)


def _secret(length: int) -> str:
    return "".join(secrets.choice(_SECRET) for _ in range(length))


def _with_managed_policy(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method that takes a policy's ARN first, and finds AWS's own as well."""

    @functools.wraps(method)
    def finding(backend: Any, policy_arn: str, *args: Any, **kwargs: Any) -> Any:
        if ":iam::aws:policy/" in (policy_arn or "") and policy_arn not in backend.managed_policies:
            name = policy_arn.rpartition("/")[2]
            data = json.loads(aws_managed_policies_data).get(name)
            policy = data and models.AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
            if policy and policy.arn == policy_arn:
                backend.managed_policies[policy_arn] = policy
        return method(backend, policy_arn, *args, **kwargs)

    return finding


def _with_boundary(create_user: Callable[[IamResponse], ActionResult]) -> Callable[[Any], ActionResult]:
    """CreateUser, which keeps the boundary that it is given."""

    @functools.wraps(create_user)
    def creating(response: Any) -> ActionResult:
        boundary = response._get_param("PermissionsBoundary")
        if boundary:
            response.backend.get_policy(boundary)  # raises the error of a policy that is not there
        created = create_user(response)
        if boundary:
            _bound(created.result["User"], boundary)  # type: ignore[index]
        return created

    return creating


def put_user_permissions_boundary(response: Any) -> ActionResult:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html"""
    user = response.backend.get_user(response._get_param("UserName"))
    response.backend.get_policy(response._get_param("PermissionsBoundary"))
    _bound(user, response._get_param("PermissionsBoundary"))
    return _NOTHING


def delete_user_permissions_boundary(response: Any) -> ActionResult:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html"""
    user = response.backend.get_user(response._get_param("UserName"))
    vars(user).pop("permissions_boundary", None)
    return _NOTHING


def _bound(user: Any, policy_arn: str) -> None:
    user.permissions_boundary = {
        "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
        "PermissionsBoundaryArn": policy_arn,
    }
