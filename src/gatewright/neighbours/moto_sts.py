"""The sessions that moto's STS gives out, noted with all that decides what they may do: part of the embedded moto
server's child process.

moto gives one and the same published key to whoever asks for a session or federation token, and forgets of an assumed
role's session its policies' ARNs and its tags. A session is a dictionary of text beside moto's own state, and so saved
with it. Nobody's second factor is checked here, so no session has one.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html
"""

import functools
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import STSBackend, sts_backends
from moto.sts.responses import TokenResponse
from moto.sts.utils import random_session_token

Session = dict[str, Any]
_SESSIONS = "gatewright_sessions"
MOST_SESSIONS = 10_000  # of an account; the oldest end before their time


def install() -> None:
    """Let the server do so, before its first request."""
    for name in ("assume_role", "assume_role_with_web_identity", "assume_role_with_saml"):
        setattr(TokenResponse, name, _noting_role(getattr(TokenResponse, name)))
    for name, noting in (("get_session_token", _user_session), ("get_federation_token", _federation)):
        setattr(TokenResponse, name, noting(getattr(TokenResponse, name)))


def session_of(access_key: str) -> tuple[str, str, Session] | None:
    """Account, partition and session of a temporary key, None when there is none."""
    for account, partition, backend in backends(sts_backends):
        session = vars(backend).get(_SESSIONS, {}).get(access_key)
        if session is not None:
            return account, partition, session
    return None


def session_keys() -> list[str]:
    """The temporary keys of all sessions."""
    return [key for _, _, backend in backends(sts_backends) for key in list(vars(backend).get(_SESSIONS, ()))]


def user_of(access_key: str) -> Any:
    """The user whose active long-term key that is, or None."""
    for _, _, backend in backends(iam_backends):
        for user in list(backend.users.values()):
            for key in list(user.access_keys):
                if key.access_key_id == access_key:
                    return user if key.status == "Active" else None
    return None


def backends(of_service: Any) -> Iterator[tuple[str, str, Any]]:
    """Account, partition and backend of each; other threads may add some meanwhile."""
    for account, partitions in list(of_service.items()):
        for partition, backend in list(partitions.items()):
            yield account, partition, backend


def _noting_role(operation: Callable[[TokenResponse], Any]) -> Callable[[TokenResponse], Any]:
    @functools.wraps(operation)
    def noting(response: Any) -> Any:
        answer = operation(response)
        role = answer.result["Credentials"]
        session = {
            "role": role.role_arn,
            "role_id": next((each.id for each in _roles(role) if each.arn == role.role_arn), ""),
            "name": role.session_name,
            "secret": role.secret_access_key,
            "token": role.session_token,
            "until": _epoch(role.expiration),
            **_chained(_asked(response), response.get_access_key()),
        }
        _note(sts_backends[role.account_id][role.partition], role.access_key_id, session)
        return answer

    return noting


def _user_session(operation: Callable[[TokenResponse], Any]) -> Callable[[TokenResponse], Any]:
    @functools.wraps(operation)
    def noting(response: Any) -> Any:
        answer = operation(response)
        _own_credentials(response, answer, {"kind": "user"})
        return answer

    return noting


def _federation(operation: Callable[[TokenResponse], Any]) -> Callable[[TokenResponse], Any]:
    @functools.wraps(operation)
    def noting(response: Any) -> Any:
        answer = operation(response)
        _own_credentials(
            response, answer, {"kind": "federated", "name": response._get_param("Name"), **_asked(response)}
        )
        return answer

    return noting


def _own_credentials(response: Any, answer: Any, session: Session) -> None:
    """Put a key of its own in place of the published one; without a user that asks for it, nobody has that session."""
    user = user_of(response.get_access_key())
    account = user.account_id if user is not None else response.current_account
    partition = response.partition
    key = iam_backends[account][partition].create_temp_access_key()
    credentials = answer.result["Credentials"]
    credentials |= {
        "AccessKeyId": key.access_key_id,
        "SecretAccessKey": key.secret_access_key,
        "SessionToken": random_session_token(),
    }
    if user is None:
        return
    session |= {
        "user": user.id,
        "secret": key.secret_access_key,
        "token": credentials["SessionToken"],
        "until": _epoch(credentials["Expiration"]),
        "issued": time.time(),
    }
    _note(sts_backends[account][partition], key.access_key_id, session)


def _asked(response: Any) -> Session:
    """What the caller asked of the session."""
    return {
        "policy": _text(response._get_param("Policy")),
        "policyArns": [each["arn"] for each in response._get_param("PolicyArns") or ()],
        "tags": {each["Key"]: each["Value"] for each in response._get_param("Tags") or ()},
        "transitive": [key.lower() for key in response._get_param("TransitiveTagKeys") or ()],
        "source": response._get_param("SourceIdentity") or "",
        "issued": time.time(),
    }


def _chained(session: Session, caller: str) -> Session:
    """A role's session with what the session that asks for it hands on: its source identity and transitive tags."""
    found = session_of(caller)
    if found is None or "transitive" not in found[2]:
        return session
    before = found[2]
    handed = {key: tag for key, tag in before["tags"].items() if key.lower() in before["transitive"]}
    own = {key: tag for key, tag in session["tags"].items() if key.lower() not in before["transitive"]}
    return session | {
        "tags": own | handed,
        "transitive": [*session["transitive"], *(key.lower() for key in handed)],
        "source": before["source"] or session["source"],
    }


def _roles(session: Any) -> list[Any]:
    return list(iam_backends[session.account_id][session.partition].roles.values())


def _epoch(moment: datetime) -> float:
    """Of moto's moments, which are UTC and do not say so."""
    return moment.replace(tzinfo=UTC).timestamp()


def _text(policy: Any) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy) if policy else ""


def _note(backend: STSBackend, access_key: str, session: Session) -> None:
    sessions: dict[str, Session] = vars(backend).setdefault(_SESSIONS, {})
    now = time.time()
    for key, each in list(sessions.items()):
        if each["until"] < now - 3600:  # until then its end can be told
            sessions.pop(key, None)
    if len(sessions) >= MOST_SESSIONS:
        sessions.pop(next(iter(sessions)), None)
    sessions[access_key] = session
