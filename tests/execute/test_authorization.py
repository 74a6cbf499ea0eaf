"""Who may call a method, by the API's policy and the caller's own: every row of AWS's tables, with the whole answer."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from gatewright.execute.authorizers.openid_issuer import OpenIdIssuers
from gatewright.execute.authorizers.user_pool_keys import UserPoolKeys
from gatewright.execute.caller import Principal
from gatewright.execute.plan import RestPlan
from gatewright.execute.rest_stage import compile_rest_stage
from gatewright.languages.policy import Policy, compile_policy
from gatewright.values.invocation import InvocationResponse
from tests.execute.stage import CHOSEN_ID, MOCK, Scene, compiled, method, request, shown, snapshot
from tests.execute.test_iam_authorizer import signed
from tests.execute.test_user_pool_authorizer import ANSWER, Cognito, token

HEADERS = [b"x-amzn-ErrorType: AccessDeniedException\r\n", b"Content-Type: application/json\r\n"]
HERE = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234"
MASKED = "arn:aws:execute-api:eu-west-1:********9012:abcdef1234"
URI = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f"
EXPLICIT = " with an explicit deny"
ALLOWED = (200, [b"Content-Type: application/json\r\n"], b"")
NONE: Mapping[str, Any] = {"authorizationType": "NONE"}
CUSTOM: Mapping[str, Any] = {"authorizationType": "CUSTOM", "authorizerId": "a"}
LAMBDA = {
    "id": "a",
    "type": "REQUEST",
    "authorizerUri": URI + "/invocations",
    "identitySource": "method.request.header.X-Token",
}


def policy(*effects: str, **members: Any) -> str:
    """Each effect for anyone and everything of the API; `silent` speaks of another one."""
    statements = []
    for effect in effects:
        resource = "arn:aws:execute-api:eu-west-1:123456789012:other/*" if effect == "silent" else "execute-api:/*"
        statements.append(
            {"Effect": "Allow" if effect == "silent" else effect, "Principal": "*"}
            | {"Action": "execute-api:Invoke", "Resource": resource}
            | members
        )
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def stage(text: str | None, authorizer: Mapping[str, Any] = NONE, **api: Any) -> RestPlan:
    """GET / and GET /pets/{id} with such an authorization, of an API with that policy."""
    methods = {"GET": method(MOCK, **authorizer)}
    given = {} if text is None else {"policy": text}
    document = snapshot({"/": methods, "/pets/{id}": methods, "/files/{path+}": methods}, **given, **api)
    return compiled(document | {"authorizers": [LAMBDA]})


def denied(message: str, arn: str = f"{MASKED}/prod/GET/", user: str = "anonymous") -> tuple[int, list[bytes], bytes]:
    """The answer to `user`, who is told no more than that; `message` is the end."""
    text = f"User: {user} is not authorized to perform: execute-api:Invoke on resource: {arn}{message}"
    return 403, HEADERS, json.dumps({"Message": text}, separators=(",", ":"), ensure_ascii=False).encode()


class Authorizes:
    """A Lambda authorizer that says the same to everyone."""

    def __init__(self, effect: str) -> None:
        said = {"Effect": "Allow" if effect == "silent" else effect, "Action": "execute-api:Invoke"}
        said["Resource"] = "arn:aws:execute-api:*:*:other/*" if effect == "silent" else f"{HERE}/*"
        self.answer = {"principalId": "ann", "policyDocument": {"Version": "2012-10-17", "Statement": [said]}}
        self.asked = 0

    async def invoke(self, function_arn: str, event: bytes, **rest: Any) -> InvocationResponse:
        self.asked += 1
        return InvocationResponse(json.dumps(self.answer).encode(), "", "$LATEST", "r1")


def answer(
    plan: RestPlan, target: str = "/", *lines: str, scene: Scene | None = None
) -> tuple[int, list[bytes], bytes]:
    return shown((scene or Scene()).serve(plan, request("GET", target, CHOSEN_ID, *lines)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ALLOWED),
        (policy("Allow"), ALLOWED),
        (policy("silent"), denied("")),
        (policy(), denied("")),
        (policy("Deny"), denied(EXPLICIT)),
        (policy("Allow", "Deny"), denied(EXPLICIT)),
        (policy("Allow", Principal={"AWS": "123456789012"}), denied("")),
    ],
)
def test_anyone(text: str | None, expected: object) -> None:
    assert answer(stage(text)) == expected


def of_lambda(end: str) -> tuple[int, list[bytes], bytes]:
    return 403, HEADERS, f'{{"Message":"User is not authorized to access this resource{end}"}}'.encode()


@pytest.mark.parametrize(
    ("function", "text", "expected", "asked"),
    [
        ("Allow", None, ALLOWED, 1),
        ("silent", None, of_lambda(""), 1),
        ("Deny", None, of_lambda(EXPLICIT), 1),
        ("Allow", policy("Allow"), ALLOWED, 1),
        ("Allow", policy("silent"), ALLOWED, 1),
        ("Allow", policy("Deny"), denied(EXPLICIT), 0),
        ("silent", policy("Allow"), ALLOWED, 1),
        ("silent", policy("silent"), of_lambda(""), 1),
        ("silent", policy("Deny"), denied(EXPLICIT), 0),
        ("Deny", policy("Allow"), of_lambda(EXPLICIT), 1),
        ("Deny", policy("silent"), of_lambda(EXPLICIT), 1),
        ("Deny", policy("Deny"), denied(EXPLICIT), 0),
    ],
)
def test_lambda_authorizers(function: str, text: str | None, expected: object, asked: int) -> None:
    scene, functions = Scene(), Authorizes(function)
    scene.world = replace(scene.world, functions=functions)  # type: ignore[arg-type]
    assert answer(stage(text, CUSTOM), "/", "X-Token: t", scene=scene) == expected
    assert functions.asked == asked


def identity(effect: str) -> tuple[Policy, ...]:
    """What a principal's own policies say: `effect`, of this API."""
    if effect == "silent":
        return ()
    said = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": f"{HERE}/*"}
    return (compile_policy({"Version": "2012-10-17", "Statement": said}, kind="identity"),)


def by_principal(text: str | None, principal: Principal) -> tuple[int, list[bytes], bytes]:
    """The answer to a request that `principal` signed."""
    scene = Scene()
    scene.principals.by_key[principal.access_key] = principal
    return shown(scene.serve(stage(text, {"authorizationType": "AWS_IAM"}), signed(principal), "/"))


def user(account: str, effect: str, **members: Any) -> Principal:
    return Principal(
        *(account, f"arn:aws:iam::{account}:user/ann", "AIDAAAAAAAAAAAAAAAAA", "AKIAEXAMPLE", "secret"),
        policies=identity(effect),
        **members,
    )


def refused_user(account: str, end: str) -> tuple[int, list[bytes], bytes]:
    return denied(end, user=f"arn:aws:iam::{account}:user/ann")


OURS, THEIRS = "123456789012", "999999999999"
NO, NEVER = "", EXPLICIT


@pytest.mark.parametrize(
    ("account", "own", "api", "end"),
    [
        (OURS, "Allow", "Allow", None),
        (OURS, "Allow", "silent", None),
        (OURS, "Allow", "Deny", NEVER),
        (OURS, "silent", "Allow", None),
        (OURS, "silent", "silent", NO),
        (OURS, "silent", "Deny", NEVER),
        (OURS, "Deny", "Allow", NEVER),
        (OURS, "Deny", "silent", NEVER),
        (OURS, "Deny", "Deny", NEVER),
        (THEIRS, "Allow", "Allow", None),
        (THEIRS, "Allow", "silent", NO),
        (THEIRS, "Allow", "Deny", NEVER),
        (THEIRS, "silent", "Allow", NO),
        (THEIRS, "silent", "silent", NO),
        (THEIRS, "silent", "Deny", NEVER),
        (THEIRS, "Deny", "Allow", NEVER),
        (THEIRS, "Deny", "silent", NEVER),
        (THEIRS, "Deny", "Deny", NEVER),
    ],
)
def test_principals_of_the_same_and_of_other_accounts(account: str, own: str, api: str, end: str | None) -> None:
    expected = ALLOWED if end is None else refused_user(account, end)
    assert by_principal(policy(api), user(account, own)) == expected


@pytest.mark.parametrize(
    ("account", "own", "end"),
    [
        (OURS, "Allow", None),
        (OURS, "silent", NO),
        (OURS, "Deny", NEVER),
        (THEIRS, "Allow", NO),
        (THEIRS, "Deny", NEVER),
    ],
)
def test_principals_where_the_api_has_no_policy(account: str, own: str, end: str | None) -> None:
    expected = ALLOWED if end is None else refused_user(account, end)
    assert by_principal(None, user(account, own)) == expected


def test_an_account_that_is_allowed_passes_it_on_itself() -> None:
    for account in (OURS, THEIRS):
        text = policy("Allow", Principal={"AWS": account})
        assert by_principal(text, user(account, "Allow")) == ALLOWED
        assert by_principal(text, user(account, "silent")) == refused_user(account, NO)
    assert by_principal(policy("Allow", Principal={"AWS": OURS}), user(THEIRS, "Allow")) == refused_user(THEIRS, NO)


def test_what_bounds_a_principal_bounds_what_the_api_allows() -> None:
    assert by_principal(policy("Allow"), user(OURS, "silent", bounds=(identity("Allow"),))) == ALLOWED
    assert by_principal(policy("Allow"), user(OURS, "silent", bounds=(identity("silent"),))) == refused_user(OURS, NO)
    assert by_principal(policy("Allow"), user(OURS, "Allow", bounds=(identity("silent"),))) == refused_user(OURS, NO)
    assert by_principal(policy("Allow"), user(OURS, "Allow", bounds=(identity("Deny"),))) == refused_user(OURS, NEVER)


POOL = {
    "id": "a",
    "type": "COGNITO_USER_POOLS",
    "providerARNs": ["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Ab"],
    "identitySource": "method.request.header.X-Token",
}
UNAUTHORIZED = (
    401,
    [b"x-amzn-ErrorType: UnauthorizedException\r\n", b"Content-Type: application/json\r\n"],
    b'{"message":"Unauthorized"}',
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ALLOWED),
        (policy("Allow"), ALLOWED),
        (policy("silent"), denied("")),
        (policy("Deny"), denied(EXPLICIT)),
    ],
)
def test_user_pools(text: str | None, expected: object) -> None:
    methods = {"GET": method(MOCK, authorizationType="COGNITO_USER_POOLS", authorizerId="a")}
    api = {} if text is None else {"policy": text}
    plan = compiled(snapshot({"/": methods}, **api) | {"authorizers": [POOL]})
    scene = Scene()
    keys = UserPoolKeys(Cognito(ANSWER), scene.now, OpenIdIssuers(scene.backend, {}))
    scene.world = replace(scene.world, user_pools=keys)
    assert answer(plan, "/", f"X-Token: {token()}", scene=scene) == expected
    assert answer(plan, "/", "X-Token: none", scene=scene) == UNAUTHORIZED  # the token comes first


def test_a_method_is_told_by_its_arn() -> None:
    plan = stage(policy("Allow", Resource=["execute-api:/prod/GET/pets/*", "execute-api:/test/*"]))
    assert answer(plan, "/pets/1") == ALLOWED
    assert answer(plan) == denied("")
    assert answer(stage(policy("Allow", Resource="execute-api:/*/POST/*")), "/pets/1") == (
        denied("", f"{MASKED}/prod/GET/pets/1")
    )


@pytest.mark.parametrize("target", ["/pets/1", "/pets/1/", "//pets/1", "/pets/%31"])
def test_no_spelling_of_a_path_evades_a_denial(target: str) -> None:
    plan = stage(
        json.dumps(
            {
                "Statement": [
                    *json.loads(policy("Allow"))["Statement"],
                    *json.loads(policy("Deny", Resource="execute-api:/*/GET/pets/1"))["Statement"],
                ]
            }
        )
    )
    arn = f"{MASKED}/prod/GET/{target.strip('/')}"
    assert answer(plan, target) == denied(EXPLICIT, arn)


@pytest.mark.parametrize(
    "path", ["a/./b", "a//b", "c/../a/b", "a/%2e/b", "%61/b", "%2F/a/b", "é/%2e%2e/a/b", "a;v=1/b;", "a%5Cb", "a\\b"]
)
def test_what_a_backend_may_take_for_a_path_is_denied_with_it(path: str) -> None:
    statements = [json.loads(policy("Allow")), json.loads(policy("Deny", Resource="execute-api:/*/GET/files/a/b"))]
    plan = stage(json.dumps({"Statement": [each for one in statements for each in one["Statement"]]}))
    assert answer(plan, f"/files/{path}") == denied(EXPLICIT, f"{MASKED}/prod/GET/files/{path}")
    assert answer(plan, f"/files/{path}/c") == ALLOWED


@pytest.mark.parametrize(
    "path", ["a/../../pets/1", "a/%2e%2e/../pets/1", "%2e%2E%2f%2E./pets/1", "..;/pets/1", "..%5cpets/1"]
)
def test_a_path_that_goes_up_must_be_allowed_where_it_leads(path: str) -> None:
    arn = f"{MASKED}/prod/GET/files/{path}"
    plan = stage(policy("Allow", Resource="execute-api:/*/GET/files/*"))
    assert answer(plan, f"/files/{path}") == denied("", arn)
    assert answer(plan, "/files/a/b/../c") == answer(plan, "/files/a/..b/%2e%2e./c") == ALLOWED


def test_an_arn_that_is_too_long() -> None:
    longest = 1600 - len(f"{HERE}/prod/GET/files/")
    too_long = (
        414,
        [b"x-amzn-ErrorType: BadRequestException\r\n", b"Content-Type: application/json\r\n"],
        b'{"message": "Request URI too long"}',
    )
    for plan in (stage(policy("Allow")), stage(None, CUSTOM)):
        assert answer(plan, f"/files/{'x' * (longest + 1)}", "X-Token: t") == too_long
    assert answer(stage(policy("Allow")), f"/files/{'x' * longest}") == ALLOWED
    assert answer(stage(None), f"/files/{'x' * (longest + 1)}") == ALLOWED


@pytest.mark.parametrize(
    "api",
    [
        {"policy": "{}"},
        {"policy": policy("Allow", Condition={"StringIs": {"aws:UserAgent": "x"}})},
        {"policy": "[]"},
    ],
)
def test_a_policy_that_cannot_be_evaluated_lets_nobody_in(api: dict[str, Any]) -> None:
    assert answer(compiled(snapshot({"/": {"GET": method(MOCK)}}, **api))) == (
        500,
        [b"x-amzn-ErrorType: InternalServerErrorException\r\n", b"Content-Type: application/json\r\n"],
        b'{"message": "Internal server error"}',
    )


def test_a_canary_has_the_policy_of_its_own_deployment() -> None:
    allows, denies = (snapshot({"/": {"GET": method(MOCK)}}, policy=policy(effect)) for effect in ("Allow", "Deny"))
    settings = {"stageName": "prod", "deploymentId": "d", "canarySettings": {"deploymentId": "c", "percentTraffic": 50}}
    plan = compile_rest_stage(allows, settings, denies, account="123456789012", region="eu-west-1")
    for chance, expected in ((0.4, denied(EXPLICIT)), (0.6, ALLOWED)):
        scene = Scene()
        scene.chance = chance
        assert answer(plan, scene=scene) == expected


def test_the_policy_is_the_deployments_and_not_the_stages_alone() -> None:
    plan = compiled(snapshot({"/": {"GET": method(MOCK)}}, policy=policy("Allow", Resource="execute-api:/prod/*")))
    assert answer(plan) == ALLOWED
    other = snapshot({"/": {"GET": method(MOCK)}}, policy=policy("Allow", Resource="execute-api:/test/*"))
    assert answer(compiled(other)) == denied("")
    assert answer(compiled(other, stageName="test")) == ALLOWED
