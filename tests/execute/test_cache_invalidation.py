"""`Cache-Control: max-age=0`: who may have a cached response replaced, and what those get who may not."""

import json
from typing import Any

import pytest

from gatewright.execute.caching.cache_invalidation import compile_invalidation
from gatewright.execute.caller import Caller, Principal
from gatewright.execute.rest import begin
from gatewright.languages.policy import Policy, compile_policy
from tests.execute.cache import PROXY, SETTING, Crowd, bodies, caching, returned
from tests.execute.stage import CHOSEN_ID, Scene, request, shown
from tests.execute.test_iam_authorizer import signed

AGAIN = "Cache-Control: max-age=0"
NEEDED = SETTING | {"requireAuthorizationForCacheControl": True}
WARNING = b"Warning: 199 Permission denied to refresh cached response\r\n"
FORBIDDEN = (
    403,
    [b"x-amzn-ErrorType: ForbiddenException\r\n", b"Content-Type: application/json\r\n"],
    b'{"message":"Forbidden"}',
)
ARN = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/prod/GET/"


@pytest.mark.parametrize(
    ("line", "is_new"),
    [
        (AGAIN, True),
        ("cache-control: no-cache, Max-Age=0", True),
        ('Cache-Control: max-age="0"', True),
        ("Cache-Control: no-cache", False),
        ("Cache-Control: no-store", False),
        ("Cache-Control: max-age=1", False),
        ("Cache-Control: max-age=00", False),
        ("Cache-Control: s-maxage=0", False),
        ("Pragma: no-cache", False),
    ],
)
def test_how_a_client_asks_for_a_new_response(line: str, is_new: bool) -> None:
    scene = Scene(returned("a"), returned("b"))
    seen = bodies(scene, caching(PROXY), request(), request("GET", "/", line), request())
    assert seen == (["a", "b", "b"] if is_new else ["a", "a", "a"])


def test_a_new_response_counts_as_a_miss_and_lives_anew() -> None:
    scene, stage = Scene(returned("a"), returned("b")), caching(PROXY)
    seen = bodies(scene, stage, request())
    scene.clock += 299
    seen += bodies(scene, stage, request("GET", "/", AGAIN))
    scene.clock += 299
    seen += bodies(scene, stage, request())
    assert seen == ["a", "b", "b"]
    assert (stage.counters.cache_hits, stage.counters.cache_misses) == (1, 2)


def test_a_new_response_that_is_not_cached_leaves_none() -> None:
    scene = Scene(returned("a"), returned("gone", 404), returned("b"))
    assert bodies(scene, caching(PROXY), request(), request("GET", "/", AGAIN), request()) == ["a", "gone", "b"]


def test_a_backend_that_fails_leaves_what_is_cached() -> None:
    scene, stage = Scene(returned("a")), caching(PROXY)
    answers = [scene.serve(stage, one) for one in (request(), request("GET", "/", AGAIN), request())]
    assert [answer.status for answer in answers] == [200, 504, 200]


def test_nobody_waits_for_a_call_that_began_before_a_new_response_was_asked_for() -> None:
    crowd, stage = Crowd(), caching(PROXY)
    crowd.ask(stage, request(), request("GET", "/", AGAIN))
    crowd.backend.asked[1].complete(returned("new"))
    crowd.backend.asked[0].complete(returned("old"))
    crowd.ask(stage, request())
    assert [response.body for response in crowd.responses] == [b"new", b"old", b"new"]


@pytest.mark.parametrize(
    ("strategy", "status", "warned"),
    [
        ("FAIL_WITH_403", 403, False),
        ("SUCCEED_WITH_RESPONSE_HEADER", 200, True),
        ("SUCCEED_WITHOUT_RESPONSE_HEADER", 200, False),
        (None, 403, False),
    ],
)
def test_what_a_client_gets_that_may_not(strategy: str | None, status: int, warned: bool) -> None:
    setting = NEEDED | {"unauthorizedCacheControlHeaderStrategy": strategy}
    scene, stage = Scene(returned("a"), returned("b")), caching(PROXY, methodSettings={"*/*": setting})
    cached = (200, [WARNING] if warned else [], b"a")
    refused = shown(scene.serve(stage, request("GET", "/", CHOSEN_ID, AGAIN)))
    assert refused == (FORBIDDEN if status == 403 else cached)
    assert shown(scene.serve(stage, request())) == (200, [], b"a")
    assert shown(scene.serve(stage, request("GET", "/", AGAIN))) == (FORBIDDEN if status == 403 else cached)
    assert shown(scene.serve(stage, request())) == (200, [], b"a")
    assert len(scene.backend.sent) == 1


def test_a_principal_whose_policies_allow_it() -> None:
    invokes, renews = (
        Principal(
            *("123456789012", f"arn:aws:iam::123456789012:user/{key}", "AIDA", key, "secret"),
            policies=(identity("Allow", action),),
        )
        for key, action in (("AKIAINVOKES", "execute-api:Invoke"), ("AKIARENEWS", "execute-api:*"))
    )
    scene = Scene(returned("a"), returned("b"))
    scene.principals.by_key |= {principal.access_key: principal for principal in (invokes, renews)}
    stage = caching(PROXY, of_method={"authorizationType": "AWS_IAM"}, methodSettings={"*/*": NEEDED})
    asked = [signed(invokes), signed(invokes, "/prod/", AGAIN), signed(renews, "/prod/", AGAIN), signed(invokes)]
    responses = [shown(scene.serve(stage, one, "/")) for one in (*asked, request("GET", "/prod/"))]
    assert responses[:-1] == [(200, [], b"a"), (200, [WARNING], b"a"), (200, [], b"b"), (200, [], b"b")]
    assert responses[-1][0] == 403  # a cached response is nobody's who may not call


def policy(effect: str = "Allow", action: str = "execute-api:InvalidateCache", **statement: Any) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": effect, "Action": action, "Resource": ARN + "*", **statement}],
    }


def identity(*args: str, **statement: Any) -> Policy:
    return compile_policy(policy(*args, **statement), kind="identity")


ANYBODY = {"Principal": "*"}
ALLOWED, DENIED, INVOKES = identity(), identity("Deny"), identity("Allow", "execute-api:Invoke")


@pytest.mark.parametrize(
    ("account", "policies", "bounds", "api", "expected"),
    [
        ("123456789012", (ALLOWED,), (), None, True),
        ("123456789012", (INVOKES,), (), None, False),
        ("123456789012", (identity("Allow", "execute-api:*"),), (), None, True),
        ("123456789012", (identity("Allow", Resource=ARN + "other"),), (), None, False),
        ("123456789012", (ALLOWED, DENIED), (), None, False),
        ("123456789012", (ALLOWED,), ((INVOKES,),), None, False),
        ("123456789012", (ALLOWED,), (), policy("Deny", **ANYBODY), False),
        ("123456789012", (INVOKES,), (), policy(**ANYBODY), True),
        ("123456789012", (INVOKES,), ((INVOKES,),), policy(**ANYBODY), False),
        ("210987654321", (ALLOWED,), (), policy(**ANYBODY), False),
        (None, (), (), policy(**ANYBODY), False),
        (None, (), (), None, False),
    ],
)
def test_who_may(
    account: str | None,
    policies: tuple[Policy, ...],
    bounds: tuple[tuple[Policy, ...], ...],
    api: dict[str, Any] | None,
    expected: bool,
) -> None:
    context = begin(caching(PROXY), request(), "/")
    if account is not None:
        arn = f"arn:aws:iam::{account}:user/eve"
        context.caller = Caller(
            principal=Principal(account, arn, "AIDA", "AKIA", "secret", policies=policies, bounds=bounds)
        )
    own = None if api is None else compile_policy(json.dumps(api), kind="resource")
    assert compile_invalidation(NEEDED, own).is_allowed(context) is expected
    assert compile_invalidation(SETTING, own).is_allowed(context)
    assert compile_invalidation({}, own).is_allowed(context) is expected
