"""API keys, usage plans and throttles in front of a method: whole responses, and who takes what of which bucket."""

from typing import Any

import pytest

from gatewright.execute.caller import Caller
from gatewright.execute.context import RequestContext
from gatewright.execute.limits.api_key import HOLDERS_KEPT, StoredApiKeys, digest_of, find_value
from gatewright.execute.limits.throttle import Rates
from gatewright.execute.network import Network
from gatewright.execute.plan import RestPlan
from gatewright.execute.rest_stage import compile_rest_stage
from gatewright.values.records import Key
from gatewright.values.refusal import Refusal
from tests.execute.stage import (
    ARRIVED,
    CHOSEN_ID,
    MOCK,
    Scene,
    compiled,
    method,
    plan,
    request,
    shown,
    snapshot,
)

VALUE = "0123456789abcdefghijABCDEFGHIJ"
OTHER = "another-key-of-thirty-letters-"
HERE = Key("123456789012", "eu-west-1", "ApiKey", "", "key1")
STAGE = {"apiId": "abcdef1234", "stage": "prod"}
CLOSED = {"rateLimit": 0.0, "burstLimit": 0}
JSON = b"Content-Type: application/json\r\n"
OK = (200, [JSON], b"")
FORBIDDEN = (403, [b"x-amzn-ErrorType: ForbiddenException\r\n", JSON], b'{"message":"Forbidden"}')
TOO_MANY = (429, [b"x-amzn-ErrorType: TooManyRequestsException\r\n", JSON], b'{"message":"Too Many Requests"}')
EXCEEDED = (429, [b"x-amzn-ErrorType: LimitExceededException\r\n", JSON], b'{"message":"Limit Exceeded"}')
Shown = tuple[int, list[bytes], bytes]


def put(scene: Scene, key: Key, document: dict[str, Any] | None) -> None:
    """As management commits it, and as the node hears of it; None removes it."""
    with scene.store.transaction() as tx:
        if document is None:
            tx.delete(key)
        else:
            tx.put(key, document)


def put_key(scene: Scene, place: Key = HERE, value: str = VALUE, **rest: Any) -> None:
    put(scene, place, {"id": place.id, "name": "mine", "value": value, "enabled": True, **rest})
    put(scene, place._replace(kind="ApiKeyValue", id=digest_of(value)), {"id": place.id})


def put_plan(scene: Scene, place: Key = HERE, id: str = "plan1", **rest: Any) -> None:
    put(scene, place._replace(kind="UsagePlan", id=id), {"id": id, "apiStages": [STAGE], **rest})
    put(scene, place._replace(kind="UsagePlanKey", parent=id), {"id": place.id, "type": "API_KEY"})


@pytest.fixture
def scene() -> Scene:
    """A world with one key, in one plan with the stage `prod`, that limits nothing."""
    made = Scene()
    assert isinstance(made.world.api_keys, StoredApiKeys)
    made.store.subscribe(made.world.api_keys.drop_changed)
    put_key(made)
    put_plan(made)
    return made


def stage(path: str = "/", verb: str = "GET", **settings: Any) -> RestPlan:
    return plan({path: {verb: method(MOCK, apiKeyRequired=True)}}, **settings)


def ask(scene: Scene, served: RestPlan, *lines: str, at: float = 0.0, path: str = "/", verb: str = "GET") -> Shown:
    """The answer to a request that arrives `at` seconds after the others."""
    lines = lines or (f"x-api-key: {VALUE}",)
    return shown(scene.serve(served, request(verb, path, CHOSEN_ID, *lines)._replace(arrived=ARRIVED + at)))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((f"x-api-key: {VALUE}",), OK),
        ((f"X-API-Key:{VALUE}",), OK),
        (("x-api-key: wrong", f"x-api-key: {VALUE}"), OK),  # of repeated headers the last counts
        ((f"x-api-key: {VALUE}", "x-api-key: wrong"), FORBIDDEN),
        (("Accept: */*",), FORBIDDEN),
        (("x-api-key:",), FORBIDDEN),
        ((f"x-api-key: {VALUE}x",), FORBIDDEN),
        ((f"x-api-key: {VALUE[:-1]}",), FORBIDDEN),
        ((f"x-api-key: {VALUE.upper()}",), FORBIDDEN),
        (("x-api-key: key1",), FORBIDDEN),
        (("x-api-key: é\xff",), FORBIDDEN),
        ((f"x-api-key: {'k' * 5000}",), FORBIDDEN),
        ((f"Authorization: {VALUE}",), FORBIDDEN),
        ((f"x-api-keys: {VALUE}",), FORBIDDEN),
    ],
)
def test_a_method_that_asks_for_a_key(scene: Scene, lines: tuple[str, ...], expected: Shown) -> None:
    served = stage()
    for _ in range(2):  # what was found is remembered, and must not answer for another value
        assert ask(scene, served) == OK
        assert ask(scene, served, *lines) == expected


def test_a_method_that_asks_for_none_takes_any(scene: Scene) -> None:
    put_plan(scene, throttle=CLOSED, quota={"limit": 1, "period": "DAY"})
    served = plan({"/": {"GET": method(MOCK)}})
    assert [ask(scene, served, *lines) for lines in ((), ("x-api-key: wrong",), (f"x-api-key: {VALUE}",))] == [OK] * 3


@pytest.mark.parametrize("change", ["disabled", "removed", "value", "in no plan", "no stage", "another stage"])
def test_changes_of_keys_and_plans_count_at_once(scene: Scene, change: str) -> None:
    served = stage()
    assert ask(scene, served) == OK
    if change == "disabled":
        put_key(scene, enabled=False)
    elif change == "removed":
        put(scene, HERE, None)
    elif change == "value":
        put(scene, HERE._replace(kind="ApiKeyValue", id=digest_of(VALUE)), None)
        put_key(scene, value=OTHER)
    elif change == "in no plan":
        put(scene, HERE._replace(kind="UsagePlanKey", parent="plan1"), None)
    else:
        stages = [] if change == "no stage" else [STAGE | {"stage": "other"}, STAGE | {"apiId": "other"}]
        put_plan(scene, apiStages=stages)
    assert ask(scene, served) == FORBIDDEN
    put_key(scene)
    put_plan(scene)
    assert ask(scene, served) == OK


@pytest.mark.parametrize("place", [HERE._replace(account="999999999999"), HERE._replace(region="us-east-1")])
def test_keys_of_other_accounts_and_regions_are_none(place: Key) -> None:
    scene = Scene()
    put_key(scene, place)
    put_plan(scene, place)
    assert ask(scene, stage()) == FORBIDDEN
    put_key(scene)  # now there is one of that id and value, in a plan of elsewhere alone
    assert ask(scene, stage()) == FORBIDDEN


def test_of_several_plans_the_one_with_the_stage_counts(scene: Scene) -> None:
    put_plan(scene, id="plan0", apiStages=[STAGE | {"stage": "test"}], throttle=CLOSED)
    assert ask(scene, stage()) == OK
    assert ask(scene, stage(stageName="test")) == TOO_MANY


def test_a_key_that_an_authorizer_names(scene: Scene) -> None:
    served = compiled(snapshot({"/": {"GET": method(MOCK, apiKeyRequired=True)}}, apiKeySource="AUTHORIZER"))
    assert ask(scene, served) == FORBIDDEN  # the header is no source then
    step = served.resources.find("GET", "/").plan.require_key
    assert step is not None
    context = RequestContext(served, request(), "/", ARRIVED)
    for wrong in (None, "", "wrong", "\ud800" * 20):
        context.caller = Caller(usage_identifier_key=wrong)
        with pytest.raises(Refusal) as refusal:
            step(context, scene.world)
        assert refusal.value.row.response_type == "INVALID_API_KEY"
    context.caller = Caller(usage_identifier_key=VALUE)
    step(context, scene.world)
    assert context.key is not None and (context.key.id, context.key.name, context.key.plan_id) == (
        "key1",
        "mine",
        "plan1",
    )
    assert VALUE not in repr(context.key)


def test_a_source_of_keys_that_there_is_not_closes_methods_with_keys(scene: Scene) -> None:
    methods = {"GET": method(MOCK, apiKeyRequired=True), "POST": method(MOCK)}
    served = compiled(snapshot({"/": methods}, apiKeySource="COOKIE"))
    assert [ask(scene, served, verb=verb)[0] for verb in ("GET", "POST")] == [500, 200]


def test_a_key_is_found_by_its_digest_alone(scene: Scene) -> None:
    with scene.store.read() as tx:
        assert [find_value(tx, HERE, value) for value in (VALUE, OTHER, "")] == ["key1", None, None]
    put(scene, HERE._replace(kind="ApiKeyValue", id=digest_of(OTHER)), {"id": "key1"})  # of a value it has not
    assert ask(scene, stage(), f"x-api-key: {OTHER}") == FORBIDDEN


def test_what_is_remembered_has_its_bound(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = scene.world.api_keys
    assert isinstance(keys, StoredApiKeys) and HOLDERS_KEPT == 10_000
    monkeypatch.setattr("gatewright.execute.limits.api_key.HOLDERS_KEPT", 2)
    for number in range(5):
        ask(scene, stage(), f"x-api-key: wrong{number}")
    assert len(keys._holders) == 0
    for number in range(5):
        put_key(scene, HERE._replace(id=f"k{number}"), f"{OTHER}{number}")
        put_plan(scene, HERE._replace(id=f"k{number}"))
    for number in range(5):
        assert ask(scene, stage(), f"x-api-key: {OTHER}{number}") == OK
        assert len(keys._holders) <= 2


# Limits.


@pytest.mark.parametrize(
    ("plan_has", "settings"),
    [
        ({"throttle": {"rateLimit": 1.0, "burstLimit": 2}}, {}),
        ({"throttle": {"burstLimit": 2}}, {}),
        ({"apiStages": [STAGE | {"throttle": {"/GET": {"rateLimit": 1.0, "burstLimit": 2}}}]}, {}),
        ({"apiStages": [STAGE | {"throttle": {"/*": {"rateLimit": 1.0, "burstLimit": 2}}}]}, {}),
        ({"apiStages": [STAGE | {"throttle": {"/*/*": {"rateLimit": 1.0, "burstLimit": 2}}}]}, {}),
        ({}, {"methodSettings": {"*/*": {"throttlingRateLimit": 1.0, "throttlingBurstLimit": 2}}}),
        ({}, {"methodSettings": {"~1/GET": {"throttlingRateLimit": -1, "throttlingBurstLimit": 2}}}),
    ],
)
def test_each_limit_lets_so_many_through(scene: Scene, plan_has: dict[str, Any], settings: dict[str, Any]) -> None:
    put_plan(scene, **plan_has)
    served = stage(**settings)
    assert [ask(scene, served) for _ in range(4)] == [OK, OK, TOO_MANY, TOO_MANY]
    assert ask(scene, served, at=1.0) == OK


@pytest.mark.parametrize(
    ("plan_has", "settings"),
    [
        ({"throttle": {"rateLimit": 0.0, "burstLimit": 5}}, {}),
        ({"throttle": {"rateLimit": 5.0, "burstLimit": 0}}, {}),
        ({}, {"methodSettings": {"*/*": {"throttlingRateLimit": 0.0}}}),
        ({}, {"methodSettings": {"*/*": {"throttlingBurstLimit": 0}}}),
    ],
)
def test_zero_lets_nothing_through(scene: Scene, plan_has: dict[str, Any], settings: dict[str, Any]) -> None:
    put_plan(scene, **plan_has)
    assert [ask(scene, stage(**settings), at=at) for at in (0.0, 1e6)] == [TOO_MANY, TOO_MANY]


def test_a_methods_own_limit_goes_before_one_for_all(scene: Scene) -> None:
    open_ones = {"rateLimit": 10_000.0, "burstLimit": 5_000}
    put_plan(scene, apiStages=[STAGE | {"throttle": {"/pets/GET": open_ones, "/pets/*": CLOSED, "/*/*": CLOSED}}])
    methods = {"GET": method(MOCK, apiKeyRequired=True), "POST": method(MOCK, apiKeyRequired=True)}
    settings = {"~1pets/GET": {"throttlingRateLimit": 9.0, "throttlingBurstLimit": 1}, "*/*": {}}
    served = plan({"/pets": methods}, methodSettings=settings)
    assert [ask(scene, served, path="/pets", verb=verb) for verb in ("POST", "GET", "GET")] == [TOO_MANY, OK, TOO_MANY]


FEW = {"throttlingRateLimit": 1.0, "throttlingBurstLimit": 1}
MANY = {"throttlingRateLimit": 9.0, "throttlingBurstLimit": 9}


@pytest.mark.parametrize(
    ("keys", "stopped"),
    [
        (("/pets/GET",), [1]),  # each request but the first of its verb: GET, GET, PUT, PUT, HEAD
        (("/pets/GET", "/pets/PUT"), [1, 3]),
        (("/pets/ANY",), [1, 2, 3, 4]),
        (("/pets/GET", "/pets/ANY"), [1, 3, 4]),
        (("/pets/*",), [1, 2, 3, 4]),
        (("/*/*",), [1, 2, 3, 4]),
        (("/pets/POST", "/pet/*"), []),
    ],
)
@pytest.mark.parametrize("where", ["plan", "stage"])
def test_a_method_for_any_verb_is_limited_by_the_requests_verb(
    scene: Scene, where: str, keys: tuple[str, ...], stopped: list[int]
) -> None:
    settings = {}
    if where == "plan":
        put_plan(scene, apiStages=[STAGE | {"throttle": {key: {"rateLimit": 1.0, "burstLimit": 1} for key in keys}}])
    else:
        # A stage has no setting for all methods of one resource.
        settings = {key.replace("/pets/*", "*/*").strip("/"): FEW for key in keys}
    served = stage("/pets", "ANY", methodSettings=settings)
    answers = [ask(scene, served, path="/pets", verb=verb) for verb in ("GET", "GET", "PUT", "PUT", "HEAD")]
    assert [number for number, answer in enumerate(answers) if answer == TOO_MANY] == stopped
    assert answers.count(OK) == 5 - len(stopped)


def test_a_methods_setting_for_any_verb_is_of_those_without_their_own(scene: Scene) -> None:
    methods = {verb: method(MOCK) for verb in ("GET", "ANY")}
    served = plan({"/": methods}, methodSettings={"~1/ANY": FEW, "~1/PUT": MANY, "*/*": MANY})
    answers = [ask(scene, served, verb=verb) for verb in ("GET", "POST", "PUT", "PUT")]
    assert answers == [OK, TOO_MANY, OK, OK]


def test_the_limit_for_all_methods_is_each_methods_own() -> None:
    scene = Scene()
    methods = {"GET": method(MOCK), "POST": method(MOCK)}
    settings = {"*/*": {"throttlingRateLimit": 1.0, "throttlingBurstLimit": 1}}
    served = plan({"/": methods}, methodSettings=settings)
    assert [ask(scene, served, verb=verb) for verb in ("GET", "POST", "GET")] == [OK, OK, TOO_MANY]


def test_a_plans_throttle_is_each_keys_and_over_all_its_stages(scene: Scene) -> None:
    limits = {"throttle": {"rateLimit": 1.0, "burstLimit": 2}}
    put_plan(scene, apiStages=[STAGE, STAGE | {"stage": "test"}], **limits)
    put_key(scene, HERE._replace(id="key2"), OTHER)
    put(scene, HERE._replace(kind="UsagePlanKey", parent="plan1", id="key2"), {"id": "key2", "type": "API_KEY"})
    prod, test = stage(), stage(stageName="test")
    assert [ask(scene, each) for each in (prod, test, prod, test)] == [OK, OK, TOO_MANY, TOO_MANY]
    assert ask(scene, prod, f"x-api-key: {OTHER}") == OK


def account_stage(rates: Rates, api: str, region: str = "eu-west-1") -> RestPlan:
    document = snapshot({"/": {"GET": method(MOCK)}}, id=api)
    settings = {"stageName": "prod", "deploymentId": "d"}
    return compile_rest_stage(document, settings, account=HERE.account, region=region, network=Network(account=rates))


def test_the_accounts_limit_is_shared_by_all_its_apis_of_a_region() -> None:
    scene, rates = Scene(), Rates(1.0, 2)
    one, two, far = (account_stage(rates, *each) for each in (("one",), ("two",), ("one", "us-east-1")))
    assert [ask(scene, each) for each in (one, two, one, two, far)] == [OK, OK, TOO_MANY, TOO_MANY, OK]


class Recorded:
    """Throttles that note the names of buckets, in the order in which they are asked."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def take(self, limits: Any, now: float) -> None:
        self.names = [limit.name for limit in limits]


def test_the_four_limits_are_in_awss_order(scene: Scene) -> None:
    limits = {"rateLimit": 1.0, "burstLimit": 1}
    put_plan(scene, throttle=limits, apiStages=[STAGE | {"throttle": {"/pets/{id}/ANY": limits}}])
    settings = {"*/*": {"throttlingRateLimit": 1.0, "throttlingBurstLimit": 1}}
    served = stage("/pets/{id}", "ANY", methodSettings=settings)
    throttles = Recorded()
    object.__setattr__(scene.world, "throttles", throttles)
    assert ask(scene, served, path="/pets/7") == OK
    assert throttles.names == [
        "plan/plan1/key1/abcdef1234/prod/pets/{id}/ANY",
        "plan/plan1/key1",
        "method/abcdef1234/prod:/pets/{id}/ANY",
        "account/123456789012/eu-west-1",
    ]


def test_what_one_limit_stops_takes_nothing_of_the_others(scene: Scene) -> None:
    put_plan(scene, throttle={"rateLimit": 1.0, "burstLimit": 3}, quota={"limit": 3, "period": "DAY"})
    blocked = stage(methodSettings={"*/*": {"throttlingRateLimit": 0.0}})
    assert [ask(scene, blocked) for _ in range(5)] == [TOO_MANY] * 5
    assert [ask(scene, stage()) for _ in range(4)] == [OK] * 3 + [EXCEEDED]


def test_what_is_over_quota_takes_no_tokens(scene: Scene) -> None:
    put_plan(scene, throttle={"rateLimit": 0.001, "burstLimit": 2}, quota={"limit": 1, "period": "DAY"})
    served = stage()
    assert [ask(scene, served) for _ in range(3)] == [OK, EXCEEDED, EXCEEDED]
    put_plan(scene, throttle={"rateLimit": 0.001, "burstLimit": 2})
    assert [ask(scene, served) for _ in range(2)] == [OK, TOO_MANY]


def test_a_quota_is_whole_again_the_next_day(scene: Scene) -> None:
    put_plan(scene, quota={"limit": 1, "period": "DAY", "offset": 0})
    served = stage()
    midnight = 86_400 - ARRIVED % 86_400
    answers = [ask(scene, served, at=at) for at in (0.0, midnight - 0.5, midnight, midnight + 1)]
    assert answers == [OK, EXCEEDED, OK, EXCEEDED]


def test_an_answer_that_is_an_error_counts_and_a_refused_key_does_not(scene: Scene) -> None:
    put_plan(scene, quota={"limit": 1, "period": "DAY"})
    broken = {"/": {"GET": method(MOCK | {"requestTemplates": {}}, apiKeyRequired=True)}}
    assert ask(scene, plan(broken), "x-api-key: wrong") == FORBIDDEN
    assert [ask(scene, plan(broken))[0] for _ in range(2)] == [500, 429]


def test_who_calls_and_what_is_called_does_not_depend_on_a_deployment(scene: Scene) -> None:
    before, after = stage(), stage(methodSettings={"*/*": {"throttlingRateLimit": 0.0}})
    assert [ask(scene, before), ask(scene, after), ask(scene, before)] == [OK, TOO_MANY, OK]


def test_gateway_responses_of_an_api_are_used(scene: Scene) -> None:
    document = snapshot({"/": {"GET": method(MOCK, apiKeyRequired=True)}})
    document["gatewayResponses"] = [
        {"responseType": "THROTTLED", "statusCode": "503", "responseTemplates": {"text/plain": "later"}},
        {"responseType": "INVALID_API_KEY", "statusCode": "401", "responseTemplates": {"text/plain": "who?"}},
    ]
    put_plan(scene, throttle=CLOSED)
    served = compiled(document)
    assert ask(scene, served)[::2] == (503, b"later")
    assert ask(scene, served, "x-api-key: wrong")[::2] == (401, b"who?")
