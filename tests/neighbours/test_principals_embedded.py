"""Whose an access key is by the embedded server's IAM and STS: a real child process, set up through boto3."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from gatewright.execute.caller import Principal
from gatewright.functions.function import Function
from gatewright.functions.role_session import RoleSessions
from gatewright.languages.policy import AccessRequest, Effect, PolicyPrincipal, decide_all
from gatewright.neighbours.embedded import EmbeddedMoto
from gatewright.neighbours.embedded_principals import EmbeddedPrincipals
from gatewright.neighbours.moto_control import PRINCIPALS
from gatewright.server.sweep import Sweep
from gatewright.server.upstream import Upstream
from gatewright.signatures.scope import Scope, account_of
from gatewright.values.faults import PrincipalsUnreachable
from tests.functions.sandboxes import python
from tests.neighbours.test_embedded import Clients, clients, let_in, started, with_child
from tests.neighbours.test_through_our_port import wait

ACCOUNT = "000000000000"
ASSUME = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
    }
)
APIS = "arn:aws:execute-api:*:*:*/prod/GET"
INVOKE_ALL = "arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess"


def policy(effect: str, resource: str = "*") -> str:
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def may(principal: Principal, path: str = "pets") -> Effect:
    """What the principal's own policies say of GET /{path}."""
    caller = PolicyPrincipal(principal.account, principal.arn, principal.user_id, principal.role_arn)
    arn = f"arn:aws:execute-api:eu-west-1:{ACCOUNT}:abcdef1234/prod/GET/{path}"
    return decide_all(
        principal.policies, principal.bounds, AccessRequest("execute-api:Invoke", arn, caller, principal.keys)
    )


class Lab:
    """The child with an IAM and an STS client, and what the gateway knows of its keys."""

    def __init__(self, moto: EmbeddedMoto, client: Clients, origin_port: int) -> None:
        self.moto, self.client = moto, client
        self.iam, self.sts = client("iam"), client("sts")
        self.port = origin_port
        self.now = 0.0
        self.sessions = RoleSessions()
        self.principals = EmbeddedPrincipals(moto, Upstream(Sweep()), lambda: self.now, self.sessions)

    def user(self, name: str, **options: Any) -> dict[str, str]:
        """A new user's access key."""
        self.iam.create_user(UserName=name, **options)
        key: dict[str, str] = self.iam.create_access_key(UserName=name)["AccessKey"]
        return key

    def as_user(self, key: dict[str, str]) -> Any:
        """STS as that key calls it."""
        client = boto3.client(
            "sts",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            aws_session_token=key.get("SessionToken"),
            config=Config(retries={"max_attempts": 0}),
        )
        return let_in(client, self.moto, ACCOUNT)

    async def of(self, access_key: str) -> Principal | None:
        """As it is now."""
        self.moto.called("iam")
        return await self.as_known(access_key)

    async def as_known(self, access_key: str) -> Principal | None:
        async def ask() -> Principal | None:
            return await self.principals.of(access_key)

        found: Principal | None = await wait(ask())
        return found

    async def sure(self, access_key: str) -> Principal:
        principal = await self.of(access_key)
        assert principal is not None
        return principal


async def lab(moto: EmbeddedMoto) -> Lab:
    origin = await started(moto)
    return Lab(moto, clients(moto, origin), origin.port)


async def users(here: Lab) -> None:
    """Policies of a user, its groups, attached ones; a boundary; keys that end."""
    key = here.user("ana", Path="/dev/", Tags=[{"Key": "Team", "Value": "blue"}])
    known = await here.sure(key["AccessKeyId"])
    assert (known.account, known.arn, known.access_key) == (
        ACCOUNT,
        f"arn:aws:iam::{ACCOUNT}:user/dev/ana",
        key["AccessKeyId"],
    )
    assert known.secret_key == key["SecretAccessKey"] and key["SecretAccessKey"] not in repr(known)
    assert known.user_id == here.iam.get_user(UserName="ana")["User"]["UserId"]
    assert known.keys == {"aws:principaltag/team": ("blue",)}
    assert (known.session_token, known.until, known.role_arn, known.bounds) == ("", None, "", ())
    assert may(known) is Effect.SILENT
    here.iam.create_group(GroupName="readers")
    here.iam.put_group_policy(GroupName="readers", PolicyName="read", PolicyDocument=policy("Allow", f"{APIS}/pets"))
    here.iam.add_user_to_group(GroupName="readers", UserName="ana")
    known = await here.sure(key["AccessKeyId"])
    assert (may(known), may(known, "orders")) == (Effect.ALLOW, Effect.SILENT)
    here.iam.attach_group_policy(GroupName="readers", PolicyArn=INVOKE_ALL)
    assert may(await here.sure(key["AccessKeyId"]), "orders") is Effect.ALLOW
    here.iam.put_user_policy(UserName="ana", PolicyName="not", PolicyDocument=policy("Deny", f"{APIS}/orders"))
    known = await here.sure(key["AccessKeyId"])
    assert (may(known), may(known, "orders")) == (Effect.ALLOW, Effect.DENY)
    bound = here.iam.create_policy(PolicyName="bound", PolicyDocument=policy("Allow", f"{APIS}/toys"))
    here.iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=bound["Policy"]["Arn"])
    known = await here.sure(key["AccessKeyId"])
    assert (may(known), may(known, "toys"), may(known, "orders")) == (Effect.SILENT, Effect.ALLOW, Effect.DENY)
    here.iam.update_access_key(UserName="ana", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert await here.of(key["AccessKeyId"]) is None
    here.iam.update_access_key(UserName="ana", AccessKeyId=key["AccessKeyId"], Status="Active")
    assert await here.of(key["AccessKeyId"]) is not None
    here.iam.delete_access_key(UserName="ana", AccessKeyId=key["AccessKeyId"])
    assert await here.of(key["AccessKeyId"]) is None


async def bounded_at_birth(here: Lab) -> None:
    with pytest.raises(here.iam.exceptions.NoSuchEntityException):
        here.iam.create_user(UserName="bob", PermissionsBoundary=f"arn:aws:iam::{ACCOUNT}:policy/none")
    key = here.user("bob", PermissionsBoundary=INVOKE_ALL)
    bounded = here.iam.get_user(UserName="bob")["User"]["PermissionsBoundary"]
    assert bounded["PermissionsBoundaryArn"] == INVOKE_ALL
    assert len((await here.sure(key["AccessKeyId"])).bounds) == 1
    here.iam.delete_user_permissions_boundary(UserName="bob")
    assert (await here.sure(key["AccessKeyId"])).bounds == ()


async def roles(here: Lab) -> None:
    role = here.iam.create_role(RoleName="caller", Path="/apps/", AssumeRolePolicyDocument=ASSUME)["Role"]
    here.iam.put_role_policy(RoleName="caller", PolicyName="all", PolicyDocument=policy("Allow"))
    session = here.sts.assume_role(
        RoleArn=role["Arn"], RoleSessionName="night", DurationSeconds=900, Tags=[{"Key": "Shift", "Value": "n"}]
    )["Credentials"]
    known = await here.sure(session["AccessKeyId"])
    assert known.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/caller/night"
    assert (known.role_arn, known.user_id) == (role["Arn"], f"{role['RoleId']}:night")
    assert (known.secret_key, known.session_token) == (session["SecretAccessKey"], session["SessionToken"])
    assert known.until is not None and abs(known.until - session["Expiration"].timestamp()) < 1
    assert known.keys["aws:principaltag/shift"] == ("n",)
    assert known.keys["aws:multifactorauthpresent"] == ("false",)
    assert may(known) is Effect.ALLOW
    bounds = {"Policy": policy("Allow", f"{APIS}/pets"), "PolicyArns": []}
    narrow = here.sts.assume_role(RoleArn=role["Arn"], RoleSessionName="me", **bounds)["Credentials"]
    known = await here.sure(narrow["AccessKeyId"])
    assert (may(known), may(known, "orders")) == (Effect.ALLOW, Effect.SILENT)
    gone = [{"arn": f"arn:aws:iam::{ACCOUNT}:policy/gone"}]
    nothing = here.sts.assume_role(RoleArn=role["Arn"], RoleSessionName="me", PolicyArns=gone)["Credentials"]
    assert may(await here.sure(nothing["AccessKeyId"])) is Effect.SILENT
    here.iam.delete_role_policy(RoleName="caller", PolicyName="all")
    here.iam.delete_role(RoleName="caller")
    assert await here.of(session["AccessKeyId"]) is None
    here.iam.create_role(RoleName="caller", Path="/apps/", AssumeRolePolicyDocument=ASSUME)
    assert await here.of(session["AccessKeyId"]) is None  # another role, though of the same name
    nobodys = here.sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/none", RoleSessionName="me")["Credentials"]
    assert await here.of(nobodys["AccessKeyId"]) is None


async def chained(here: Lab) -> None:
    """A session that assumes a role hands on its source identity and its transitive tags."""
    role = here.iam.create_role(RoleName="link", AssumeRolePolicyDocument=ASSUME)["Role"]
    tags = [{"Key": "Team", "Value": "blue"}, {"Key": "Shift", "Value": "n"}]
    asked = {"RoleArn": role["Arn"], "RoleSessionName": "one"}
    one = here.sts.assume_role(**asked, SourceIdentity="ann", Tags=tags, TransitiveTagKeys=["team"])["Credentials"]
    two = here.as_user(one).assume_role(**asked)["Credentials"]
    three = here.as_user(two).assume_role(**asked | {"Tags": [{"Key": "Shift", "Value": "d"}]})["Credentials"]
    known = [(await here.sure(session["AccessKeyId"])).keys for session in (one, two, three)]
    assert [keys["aws:sourceidentity"] for keys in known] == [("ann",)] * 3
    assert [keys["aws:principaltag/team"] for keys in known] == [("blue",)] * 3
    assert [keys.get("aws:principaltag/shift") for keys in known] == [("n",), None, ("d",)]


async def organizations(here: Lab) -> None:
    key = here.user("org")["AccessKeyId"]
    assert (await here.sure(key)).organization is None
    made = here.client("organizations").create_organization(FeatureSet="ALL")["Organization"]
    assert (await here.sure(key)).organization == made["Id"]


async def who_they_say_they_are(here: Lab) -> None:
    key = here.user("ida")
    session = here.as_user(key).get_session_token()["Credentials"]
    assert here.as_user(session).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/ida"
    guest = here.as_user(key).get_federation_token(Name="guest")["Credentials"]
    identity = here.as_user(guest).get_caller_identity()
    assert (identity["Arn"], identity["UserId"], identity["Account"]) == (
        f"arn:aws:sts::{ACCOUNT}:federated-user/guest",
        f"{ACCOUNT}:guest",
        ACCOUNT,
    )


async def sessions_of_users(here: Lab) -> None:
    key = here.user("eve")
    here.iam.put_user_policy(UserName="eve", PolicyName="all", PolicyDocument=policy("Allow"))
    sts = here.as_user(key)
    session = sts.get_session_token()["Credentials"]
    assert session["AccessKeyId"] != "AKIAIOSFODNN7EXAMPLE"
    known = await here.sure(session["AccessKeyId"])
    assert (known.arn, known.session_token) == (f"arn:aws:iam::{ACCOUNT}:user/eve", session["SessionToken"])
    assert may(known) is Effect.ALLOW
    plain = await here.sure(sts.get_federation_token(Name="guest")["Credentials"]["AccessKeyId"])
    assert (plain.arn, plain.user_id) == (f"arn:aws:sts::{ACCOUNT}:federated-user/guest", f"{ACCOUNT}:guest")
    assert may(plain) is Effect.SILENT
    asked = sts.get_federation_token(Name="guest", Policy=policy("Allow", f"{APIS}/pets"))["Credentials"]
    known = await here.sure(asked["AccessKeyId"])
    assert (may(known), may(known, "orders")) == (Effect.ALLOW, Effect.SILENT)
    assert await here.of(here.sts.get_session_token()["Credentials"]["AccessKeyId"]) is None  # asked for with no key


async def sandboxes(here: Lab, function: Function) -> None:
    """A function's sandbox has a session of the function's role, as long as it runs."""
    keys = here.sessions.begin(function)
    assert await here.of(keys.access_key) is None  # its role is not there
    here.iam.create_role(RoleName="worker", Path="/jobs/", AssumeRolePolicyDocument=ASSUME)
    here.iam.attach_role_policy(RoleName="worker", PolicyArn=INVOKE_ALL)
    known = await here.sure(keys.access_key)
    assert (known.arn, known.role_arn) == (f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/GetUser", function.role)
    assert (known.secret_key, known.session_token) == (keys.secret_key, keys.session_token)
    assert known.access_key == keys.access_key and keys.secret_key not in f"{keys!r}{known!r}"
    assert may(known) is Effect.ALLOW
    assert account_of(Scope(keys.access_key, "eu-west-1", "sqs")) == ACCOUNT
    here.sessions.end(keys)
    assert await here.as_known(keys.access_key) is None


async def public_words(here: Lab) -> None:
    for word in ("test", ACCOUNT, "AKIAIOSFODNN7EXAMPLE", "", "a/../b", "AKIA" * 40):
        assert await here.of(word) is None


async def strangers(here: Lab) -> None:
    """Neither a web page that found its port, nor another user, nor an integration that leads there is served."""
    for said in ("", "x-gatewright-door: guessed\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", here.port)
        writer.write(
            f"POST / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://pages.example\r\n{said}Content-Length: 35\r\n"
            "Authorization: AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/iam/aws4_request\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\nAction=CreateUser&UserName=stranger".encode()
        )
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        assert head.startswith(b"HTTP/1.1 501 ") and b"access-control" not in head.lower()
        assert b"serves its gateway only" in body
    with pytest.raises(here.iam.exceptions.NoSuchEntityException):
        here.iam.get_user(UserName="stranger")


async def made_up_keys(here: Lab) -> None:
    """However many keys clients make up, the child is asked but once which there are."""
    asked: list[str] = []
    ask = here.principals._asked

    async def noting(path: str, read: Any) -> Any:
        asked.append(path)
        return await ask(path, read)

    here.principals._asked = noting  # type: ignore[method-assign]
    key = here.user("lou")["AccessKeyId"]
    here.moto.called("iam")
    found = await asyncio.gather(*(here.as_known(f"AKIAMADEUP{number:06}") for number in range(200)))
    assert set(found) == {None} and asked == [PRINCIPALS]
    assert await here.as_known(key) is await here.as_known(key) is not None
    assert asked == [PRINCIPALS, PRINCIPALS + key]
    here.principals._asked = ask  # type: ignore[method-assign]


async def what_is_kept(here: Lab) -> None:
    key = here.user("kit")["AccessKeyId"]
    first = await here.sure(key)
    here.iam.delete_access_key(UserName="kit", AccessKeyId=key)
    assert await here.as_known(key) is first  # that call went past our port
    here.now += 5.0
    assert await here.as_known(key) is None


def test_principals_of_the_embedded_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")  # a session ends on time everywhere

    async def work(moto: EmbeddedMoto) -> None:
        here = await lab(moto)
        for story in (
            users,
            bounded_at_birth,
            roles,
            chained,
            sessions_of_users,
            who_they_say_they_are,
            organizations,
            public_words,
            strangers,
            made_up_keys,
            what_is_kept,
        ):
            await story(here)
        await sandboxes(here, replace(python(tmp_path, ""), role=f"arn:aws:iam::{ACCOUNT}:role/jobs/worker"))

    with_child(tmp_path, work)


def test_keys_outlive_a_restart_and_the_secret_is_the_gateways_alone(tmp_path: Path) -> None:
    kept: list[str] = []

    async def first(moto: EmbeddedMoto) -> None:
        here = await lab(moto)
        role = here.iam.create_role(RoleName="caller", AssumeRolePolicyDocument=ASSUME)["Role"]
        kept.append(here.sts.assume_role(RoleArn=role["Arn"], RoleSessionName="me")["Credentials"]["AccessKeyId"])
        kept.append(here.user("ann")["AccessKeyId"])

    async def second(moto: EmbeddedMoto) -> None:
        here = await lab(moto)
        assert (await here.sure(kept[0])).role_arn.endswith(":role/caller")
        assert (await here.sure(kept[1])).arn.endswith(":user/ann")
        moto._control = "guessed"
        with pytest.raises(PrincipalsUnreachable, match="answered 501"):
            await here.of(kept[0])

    with_child(tmp_path, first)
    with_child(tmp_path, second)


def test_a_server_that_does_not_start(tmp_path: Path) -> None:
    async def live() -> None:
        moto = EmbeddedMoto(tmp_path / "moto", tmp_path / "moto.log", "http://127.0.0.1:9")
        await moto.stop()
        principals = EmbeddedPrincipals(moto, Upstream(Sweep()), lambda: 0.0, RoleSessions())

        async def ask() -> None:
            await principals.of("AKIAAAAAAAAAAAAAAAAA")

        with pytest.raises(PrincipalsUnreachable, match="stopping"):
            await wait(ask())

    asyncio.run(live())
