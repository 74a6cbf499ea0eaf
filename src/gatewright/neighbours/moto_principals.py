"""Whose an access key is, by what moto holds now: the gateway asks for it by one path that its secret opens.

Part of the embedded moto server's child process. The answer is one JSON document: see `Known`. What cannot be found any
more, such as the role of a session, makes the key nobody's; a boundary or session policy that is gone allows nothing.
"""

import functools
import json
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.models import iam_backends
from moto.sts.responses import TokenResponse

from gatewright.neighbours.moto_control import SESSION_NAME
from gatewright.neighbours.moto_sts import Session, backends, session_keys, session_of, user_of

ATTEMPTS = 3  # other threads may change what is read

Known = dict[str, Any]  # the members of execute.caller.Principal, its policies and bounds as text


def install() -> None:
    """Let the server tell each caller who it is, before its first request."""
    telling = _telling_callers(TokenResponse.get_caller_identity)
    TokenResponse.get_caller_identity = telling  # type: ignore[assignment, method-assign]


def _telling_callers(operation: Callable[[TokenResponse], Any]) -> Callable[[TokenResponse], Any]:
    """GetCallerIdentity; who has no key is told what moto says."""

    @functools.wraps(operation)
    def get_caller_identity(response: Any) -> Any:
        session = response.headers.get(SESSION_NAME)
        caller = known_role(*session.split("/", 1)) if session else known(response.get_access_key())
        if caller is None:
            return operation(response)
        return ActionResult({"UserId": caller["user_id"], "Account": caller["account"], "Arn": caller["arn"]})

    return get_caller_identity


def known(access_key: str) -> Known | None:
    """The principal of an access key, None for nobody's."""
    for attempt in range(ATTEMPTS):
        try:
            return _known(access_key)
        except RuntimeError:  # "dictionary changed size during iteration"
            if attempt == ATTEMPTS - 1:
                raise
    return None


def keys() -> list[str]:
    """All access keys that are somebody's, or were."""
    for attempt in range(ATTEMPTS):
        try:
            users = [user for _, _, backend in backends(iam_backends) for user in list(backend.users.values())]
            return [*(key.access_key_id for user in users for key in list(user.access_keys)), *session_keys()]
        except RuntimeError:
            if attempt == ATTEMPTS - 1:
                raise
    return []


def known_role(session_name: str, role_arn: str) -> Known | None:
    """A session of that role which the gateway itself gives out, without its keys; None where there is no role."""
    session = {"name": session_name, "tags": {}, "source": "", "policy": "", "policyArns": []}
    for _, partition, backend in backends(iam_backends):
        if role_arn.startswith(f"arn:{partition}:iam::{backend.account_id}:"):
            role = _role(backend, role_arn)
            return _with_organization(_of_role(backend, role, session)) if role is not None else None
    return None


def _known(access_key: str) -> Known | None:
    user = user_of(access_key)
    if user is not None:
        secret = next(key.secret_access_key for key in user.access_keys if key.access_key_id == access_key)
        return _with_organization(_of_user(user) | {"access_key": access_key, "secret_key": secret})
    found = session_of(access_key)
    if found is None:
        return None
    account, partition, session = found
    backend = iam_backends[account][partition]
    principal = _of_role_session(backend, session) if "role" in session else _of_user_session(backend, session)
    if principal is None:
        return None
    keys = principal["keys"] | {"aws:tokenissuetime": _time(session["issued"]), "aws:multifactorauthpresent": "false"}
    return _with_organization(
        principal
        | {
            "access_key": access_key,
            "secret_key": session["secret"],
            "session_token": session["token"],
            "until": session["until"],
            "keys": keys,
        }
    )


def _of_user(user: Any) -> Known:
    backend = iam_backends[user.account_id][_partition(user.arn)]
    policies = _policies(user)
    for group in backend.get_groups_for_user(user.name):
        policies += _policies(group)
    boundary = (vars(user).get("permissions_boundary") or {}).get("PermissionsBoundaryArn")
    return {
        "account": user.account_id,
        "arn": user.arn,
        "user_id": user.id,
        "policies": policies,
        "bounds": [_managed(backend, [boundary])] if boundary else [],
        "keys": _tags({tag["Key"]: tag["Value"] for tag in user.tags or ()}),
    }


def _role(backend: Any, arn: str) -> Any:
    return next((each for each in list(backend.roles.values()) if each.arn == arn), None)


def _of_role_session(backend: Any, session: Session) -> Known | None:
    """Another role that has got the name meanwhile is not the session's."""
    role = _role(backend, session["role"])
    return _of_role(backend, role, session) if role is not None and role.id == session.get("role_id") else None


def _of_role(backend: Any, role: Any, session: Session) -> Known:
    tags = {tag["Key"]: tag["Value"] for tag in role.tags or ()} | session["tags"]
    bounds = [_managed(backend, [role.permissions_boundary_arn])] if role.permissions_boundary_arn else []
    asked = _session_policies(backend, session)
    return {
        "account": role.account_id,
        "arn": f"arn:{_partition(role.arn)}:sts::{role.account_id}:assumed-role/{role.name}/{session['name']}",
        "user_id": f"{role.id}:{session['name']}",
        "role_arn": role.arn,
        "policies": _policies(role),
        "bounds": [*bounds, asked] if asked else bounds,
        "keys": _tags(tags) | ({"aws:sourceidentity": session["source"]} if session["source"] else {}),
    }


def _of_user_session(backend: Any, session: Session) -> Known | None:
    user = next((each for each in list(backend.users.values()) if each.id == session["user"]), None)
    if user is None:
        return None
    principal = _of_user(user)
    if session["kind"] == "user":
        return principal
    # What a federated user may do, its session policies must allow: without them it may do nothing.
    return principal | {
        "arn": f"arn:{_partition(user.arn)}:sts::{user.account_id}:federated-user/{session['name']}",
        "user_id": f"{user.account_id}:{session['name']}",
        "bounds": [*principal["bounds"], _session_policies(backend, session)],
        "keys": principal["keys"] | _tags(session["tags"]),
    }


def _session_policies(backend: Any, session: Session) -> list[str]:
    """A session's policies as text; "" for one that is gone, which is no policy and so allows nothing."""
    return [*filter(None, [session["policy"]]), *_managed(backend, session["policyArns"])]


def _policies(holder: Any) -> list[str]:
    """The policies of a user, group or role, those in it and those attached to it."""
    inline = [text if isinstance(text, str) else json.dumps(text) for text in list(holder.policies.values())]
    return [*inline, *map(_document, list(holder.managed_policies.values()))]


def _managed(backend: Any, arns: Iterable[str]) -> list[str]:
    documents = []
    for arn in arns:
        try:
            documents.append(_document(backend.get_policy(arn)))
        except Exception:
            documents.append("")
    return documents


def _document(policy: Any) -> str:
    version = next((each for each in policy.versions if each.version_id == policy.default_version_id), None)
    return version.document if version is not None else ""


def _tags(tags: dict[str, str]) -> dict[str, str]:
    return {f"aws:principaltag/{name.lower()}": value for name, value in tags.items()}


def _with_organization(principal: Known) -> Known:
    models = sys.modules.get("moto.organizations.models")
    if models is not None:
        for _, _, backend in backends(models.organizations_backends):
            if backend.org and any(each.id == principal["account"] for each in backend.accounts):
                return principal | {"organization": backend.org.id}
    return principal


def _partition(arn: str) -> str:
    return arn.split(":", 2)[1]


def _time(epoch: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))
