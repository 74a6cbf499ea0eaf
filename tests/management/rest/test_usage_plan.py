"""UsagePlan, its keys and their usage: creation, rules, every patch path, lists."""

from typing import Any

import pytest

from gatewright.execute.limits.api_key import quota_of
from gatewright.values.records import Key
from tests.management.gateway import NOW, Gateway, Operations, bad, missing, operation, replace

UNKNOWN = missing("Invalid Usage Plan ID specified")
UNKNOWN_KEY = missing("Invalid API Key identifier specified")
PROD = {"apiId": "pets", "stage": "prod"}
LIMITS = {"rateLimit": 5.0, "burstLimit": 10}
START = "/apiStages/pets:prod/throttle"
DAYS = {"startDate": "2025-12-31", "endDate": "2026-01-01"}
WHOLE = replace("/throttle/rateLimit", "5") + replace("/throttle/burstLimit", "10")


@pytest.fixture
def plan(gateway: Gateway, deployment: str) -> dict[str, Any]:
    made: dict[str, Any] = gateway.call("create_usage_plan", name="gold", apiStages=[PROD])
    return made


@pytest.fixture
def key(gateway: Gateway) -> dict[str, Any]:
    made: dict[str, Any] = gateway.call("create_api_key", name="pets", enabled=True)
    return made


def test_creation(gateway: Gateway, deployment: str) -> None:
    given: dict[str, Any] = {
        "name": "gold",
        "description": "the best",
        "apiStages": [PROD | {"throttle": {"/pets/GET": LIMITS, "/ANY": {"rateLimit": 1.5}}}],
        "throttle": LIMITS,
        "quota": {"limit": 100, "offset": 6, "period": "WEEK"},
        "tags": {"team": "pets"},
    }
    made = gateway.call("create_usage_plan", **given)
    assert made == given | {"id": made["id"]} and len(made["id"]) == 6
    assert gateway.call("get_usage_plan", usagePlanId=made["id"]) == made
    least = gateway.call("create_usage_plan", name="least")
    assert least == {"id": least["id"], "name": "least", "apiStages": []}
    assert gateway.call("get_usage_plan", usagePlanId=least["id"]) == least | {"tags": {}}
    by_id = sorted([made, least], key=lambda plan: plan["id"])
    assert gateway.call("get_usage_plans") == {"items": by_id}
    first = gateway.call("get_usage_plans", limit=1)
    assert first["items"] == by_id[:1]
    assert gateway.call("get_usage_plans", position=first["position"]) == {"items": by_id[1:]}
    arn = f"arn:aws:apigateway:us-east-1::/usageplans/{made['id']}"
    assert gateway.call("get_tags", resourceArn=arn) == {"tags": {"team": "pets"}}
    gateway.call("delete_usage_plan", usagePlanId=least["id"])
    for call in ("get_usage_plan", "delete_usage_plan", "update_usage_plan"):
        assert gateway.refusal(call, usagePlanId=least["id"]) == UNKNOWN


def test_a_stage_that_goes_leaves_its_plans(gateway: Gateway, deployment: str, plan: dict[str, Any]) -> None:
    gateway.call("create_stage", restApiId="pets", stageName="test", deploymentId=deployment)
    test = operation("add", "/apiStages", "pets:test")
    gateway.call("update_usage_plan", usagePlanId=plan["id"], patchOperations=test)
    gateway.call("delete_stage", restApiId="pets", stageName="prod")
    gateway.call("create_stage", restApiId="pets", stageName="prod", deploymentId=deployment)
    assert gateway.call("get_usage_plan", usagePlanId=plan["id"])["apiStages"] == [PROD | {"stage": "test"}]
    gateway.call("delete_rest_api", restApiId="pets")
    assert gateway.call("get_usage_plan", usagePlanId=plan["id"])["apiStages"] == []


def test_a_quota_has_an_offset(gateway: Gateway) -> None:
    made = gateway.call("create_usage_plan", name="gold", quota={"limit": 1, "period": "MONTH"})
    assert made["quota"] == {"limit": 1, "offset": 0, "period": "MONTH"}


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"name": ""}, bad("Usage Plan name cannot be blank")),
        ({"apiStages": [{"apiId": "pets"}]}, bad("Invalid API Stage specified")),
        ({"apiStages": [{"apiId": "pets", "stage": "no"}]}, missing("API Stage not found: pets:no")),
        ({"apiStages": [PROD, PROD]}, ("ConflictException", "API Stage pets:prod is already in the usage plan")),
        (
            {"apiStages": [PROD | {"throttle": {"/pets": LIMITS}}]},
            bad("Invalid throttle path specified: /pets"),
        ),
        (
            {"apiStages": [PROD | {"throttle": {"/pets/GET": {"burstLimit": -1}}}]},
            bad("Usage Plan throttle limits must be greater than or equal to 0"),
        ),
        ({"throttle": {"rateLimit": -1.0}}, bad("Usage Plan throttle rate limit must be greater than or equal to 0")),
        ({"throttle": {"burstLimit": -1}}, bad("Usage Plan throttle burst limit must be greater than or equal to 0")),
        ({"quota": {"limit": 5}}, bad("Usage Plan quota must have a limit and a period")),
        ({"quota": {"period": "DAY"}}, bad("Usage Plan quota must have a limit and a period")),
        ({"quota": {"limit": 0, "period": "DAY"}}, bad("Usage Plan quota limit must be greater than 0")),
        (
            {"quota": {"limit": 1, "period": "DAY", "offset": 1}},
            bad("Usage Plan quota offset must be zero in the DAY period"),
        ),
        (
            {"quota": {"limit": 1, "period": "WEEK", "offset": 7}},
            bad("Usage Plan quota offset must be between zero and six inclusive in the WEEK period"),
        ),
        (
            {"quota": {"limit": 1, "period": "MONTH", "offset": 28}},
            bad("Usage Plan quota offset must be between zero and 27 inclusive in the MONTH period"),
        ),
    ],
)
def test_what_is_refused(gateway: Gateway, deployment: str, given: dict[str, Any], refusal: tuple[str, str]) -> None:
    assert gateway.refusal("create_usage_plan", **{"name": "gold"} | given) == refusal
    assert gateway.call("get_usage_plans") == {"items": []}


@pytest.mark.parametrize(
    ("operations", "changed"),
    [
        (replace("/name", "silver"), {"name": "silver"}),
        (replace("/description", "d"), {"description": "d"}),
        (replace("/productCode", "p"), {"productCode": "p"}),
        (operation("add", "/productCode", "p") + operation("remove", "/productCode"), {}),
        (operation("remove", "/apiStages", "pets:prod"), {"apiStages": []}),
        (operation("remove", "/apiStages", "pets:prod") + operation("add", "/apiStages", "pets:prod"), {}),
        (
            operation("add", "/throttle/rateLimit", "5") + replace("/throttle/burstLimit", "10"),
            {"throttle": LIMITS},
        ),
        (replace("/throttle/rateLimit", "5") + operation("remove", "/throttle"), {}),
        (
            operation("add", "/quota/limit", "9")
            + operation("add", "/quota/period", "MONTH")
            + replace("/quota/offset", "2"),
            {"quota": {"limit": 9, "offset": 2, "period": "MONTH"}},
        ),
        (replace("/quota/limit", "9") + operation("remove", "/quota"), {}),
        (
            WHOLE + operation("add", START, '{"~1pets/GET": {"rateLimit": 5, "burstLimit": 10}}'),
            {"throttle": LIMITS, "apiStages": [PROD | {"throttle": {"/pets/GET": LIMITS}}]},
        ),
        (replace(START, '{"/GET": {"burstLimit": 1}}') + operation("remove", START), {}),
        (
            WHOLE
            + replace(f"{START}/pets/{{id}}/GET/rateLimit", "5")
            + operation("add", f"{START}/~1pets~1{{id}}/GET/burstLimit", "10")
            + replace(f"{START}//GET/rateLimit", "2.5"),
            {
                "throttle": LIMITS,
                "apiStages": [PROD | {"throttle": {"/pets/{id}/GET": LIMITS, "/GET": {"rateLimit": 2.5}}}],
            },
        ),
        (
            replace(f"{START}//pets/GET/rateLimit", "5") + operation("remove", f"{START}/~1pets/GET"),
            {},
        ),
    ],
)
def test_patches(gateway: Gateway, plan: dict[str, Any], operations: Operations, changed: dict[str, Any]) -> None:
    id = plan["id"]
    expected = plan | changed | {"tags": {}}
    assert gateway.call("update_usage_plan", usagePlanId=id, patchOperations=operations) == expected
    assert gateway.call("get_usage_plan", usagePlanId=id) == expected


PATHS = (
    "[/apiStages/{stage}/throttle, /description, /name, /productCode, /quota/limit, /quota/offset, /quota/period, "
    "/throttle/burstLimit, /throttle/rateLimit]"
)


@pytest.mark.parametrize(
    ("operations", "refusal"),
    [
        (replace("/name", ""), bad("Usage Plan name cannot be blank")),
        (operation("add", "/apiStages", "pets"), bad("Invalid API Stage specified")),
        (operation("add", "/apiStages", "pets:no"), missing("API Stage not found: pets:no")),
        (
            operation("add", "/apiStages", "pets:prod"),
            ("ConflictException", "API Stage pets:prod is already in the usage plan"),
        ),
        (operation("remove", "/apiStages"), bad("Invalid API Stage specified")),
        (
            operation("remove", "/apiStages", "pets:no"),
            missing("Invalid API Stage {api: pets, stage: no} specified for usageplan PLAN"),
        ),
        (
            replace(f"{START}/pets/GET/rateLimit", "5"),
            bad("Can not define fine grain throttling if usage plan throttle is not defined."),
        ),
        (
            WHOLE + replace(f"{START}/pets/GET/rateLimit", "5") + operation("remove", "/throttle"),
            bad("Can not define fine grain throttling if usage plan throttle is not defined."),
        ),
        (replace(START, "[]"), bad(f"Invalid patch value specified for path {START}")),
        (replace(f"{START}/pets/rateLimit", "5"), bad("Invalid throttle path specified: pets")),
        (replace(f"{START}/pets/GET/rateLimit", "fast"), bad("Invalid number value specified: fast")),
        (
            operation("remove", f"{START}/pets/GET"),
            missing(f"Invalid throttle path specified: {START}/pets/GET"),
        ),
        (
            operation("remove", f"{START}/pets/GET/rateLimit"),
            bad(
                f"Invalid patch path  '{START}/pets/GET/rateLimit' specified for op 'remove'. Must be one of: "
                "[/apiStages, /apiStages/{stage}/throttle, /productCode, /quota, /throttle]"
            ),
        ),
        (
            replace("/quota/period", "YEAR"),
            bad("Invalid quota period specified. Valid options are DAY,WEEK,MONTH"),
        ),
        (replace("/quota/limit", "5"), bad("Usage Plan quota must have a limit and a period")),
        (replace("/quota/limit", str(2**31)), bad(f"Invalid integer value specified: {2**31}")),
        (
            replace(START, f'{{"/GET": {{"burstLimit": {2**31}}}}}'),
            bad(f"Invalid patch value specified for path {START}"),
        ),
        (replace("/quota/limit", "many"), bad("Invalid integer value specified: many")),
        (
            replace("/throttle/rateLimit", "-1"),
            bad("Usage Plan throttle rate limit must be greater than or equal to 0"),
        ),
        (
            replace("/id", "x"),
            bad(f"Invalid patch path  '/id' specified for op 'replace'. Must be one of: {PATHS}"),
        ),
    ],
)
def test_patches_refused(
    gateway: Gateway, plan: dict[str, Any], operations: Operations, refusal: tuple[str, str]
) -> None:
    id = plan["id"]
    changes = replace("/description", "x") + operations
    code, message = gateway.refusal("update_usage_plan", usagePlanId=id, patchOperations=changes)
    assert (code, message.replace(id, "PLAN")) == refusal
    assert gateway.call("get_usage_plan", usagePlanId=id) == plan | {"tags": {}}


def test_a_plan_with_stages_stays(gateway: Gateway, plan: dict[str, Any], key: dict[str, Any]) -> None:
    id = plan["id"]
    assert gateway.refusal("delete_usage_plan", usagePlanId=id) == bad(
        f"Cannot delete Usage Plan {id} because there are API Stages associated with it, including pets:prod"
    )
    gateway.call("create_usage_plan_key", usagePlanId=id, keyId=key["id"], keyType="API_KEY")
    gateway.call("update_usage_plan", usagePlanId=id, patchOperations=operation("remove", "/apiStages", "pets:prod"))
    gateway.call("delete_usage_plan", usagePlanId=id)
    assert gateway.call("get_usage_plans", keyId=key["id"]) == {"items": []}
    assert gateway.call("get_api_key", apiKey=key["id"])["name"] == "pets"


def test_keys_of_a_plan(gateway: Gateway, plan: dict[str, Any], key: dict[str, Any]) -> None:
    where = {"usagePlanId": plan["id"], "keyId": key["id"]}
    assert gateway.refusal("get_usage_plan_key", **where) == UNKNOWN_KEY
    held = {"id": key["id"], "type": "API_KEY", "name": "pets", "value": key["value"]}
    assert gateway.call("create_usage_plan_key", **where, keyType="API_KEY") == held
    assert gateway.call("get_usage_plan_key", **where) == held
    other = gateway.call("create_api_key", name="dogs")
    gateway.call("create_usage_plan_key", usagePlanId=plan["id"], keyId=other["id"], keyType="API_KEY")
    assert gateway.call("get_usage_plan_keys", usagePlanId=plan["id"], nameQuery="pe") == {"items": [held]}
    first = gateway.call("get_usage_plan_keys", usagePlanId=plan["id"], limit=1)
    rest = gateway.call("get_usage_plan_keys", usagePlanId=plan["id"], position=first["position"])
    assert {held["name"] for held in first["items"] + rest["items"]} == {"pets", "dogs"} and "position" not in rest
    assert gateway.call("get_usage_plans", keyId=key["id"]) == {"items": [plan]}
    assert gateway.call("get_usage_plans", keyId="none") == {"items": []}
    gateway.call("update_api_key", apiKey=key["id"], patchOperations=replace("/name", "cats"))
    assert gateway.call("get_usage_plan_key", **where) == held | {"name": "cats"}
    gateway.call("delete_usage_plan_key", **where)
    assert gateway.refusal("delete_usage_plan_key", **where) == UNKNOWN_KEY
    gateway.call("delete_api_key", apiKey=other["id"])
    assert gateway.call("get_usage_plan_keys", usagePlanId=plan["id"]) == {"items": []}


def test_keys_refused(gateway: Gateway, plan: dict[str, Any], key: dict[str, Any]) -> None:
    where = {"usagePlanId": plan["id"], "keyId": key["id"], "keyType": "API_KEY"}
    assert gateway.refusal("create_usage_plan_key", **where | {"usagePlanId": "none"}) == UNKNOWN
    assert gateway.refusal("create_usage_plan_key", **where | {"keyId": "none"}) == UNKNOWN_KEY
    assert gateway.refusal("create_usage_plan_key", **where | {"keyType": "KEY"}) == bad(
        "Invalid key type specified. Valid options are API_KEY"
    )
    assert gateway.refusal("get_usage_plan_keys", usagePlanId="none") == UNKNOWN
    gateway.call("create_usage_plan_key", **where)
    assert gateway.refusal("create_usage_plan_key", **where) == (
        "ConflictException",
        f"API Key {key['id']} is already in the usage plan",
    )
    other = gateway.call("create_usage_plan", name="silver", apiStages=[PROD])["id"]
    twice = (
        "ConflictException",
        f"Usage plan {other} cannot be added because API Key {key['id']} cannot reference multiple Usage Plans with "
        "the same API stages: pets:prod",
    )
    assert gateway.refusal("create_usage_plan_key", **where | {"usagePlanId": other}) == twice
    stage = operation("remove", "/apiStages", "pets:prod")
    gateway.call("update_usage_plan", usagePlanId=other, patchOperations=stage)
    gateway.call("create_usage_plan_key", **where | {"usagePlanId": other})
    stage = operation("add", "/apiStages", "pets:prod")
    assert gateway.refusal("update_usage_plan", usagePlanId=other, patchOperations=stage) == twice


@pytest.fixture
def used(gateway: Gateway, key: dict[str, Any]) -> dict[str, Any]:
    """A plan with a quota and the key in it: where its usage is."""
    plan = gateway.call("create_usage_plan", name="gold", quota={"limit": 100, "period": "DAY"})["id"]
    gateway.call("create_usage_plan_key", usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    return {"usagePlanId": plan, "keyId": key["id"]}


def test_usage(gateway: Gateway, used: dict[str, str]) -> None:
    plan, key = used["usagePlanId"], used["keyId"]
    shape = {"usagePlanId": plan, **DAYS}
    assert gateway.call("get_usage", usagePlanId=plan, **DAYS) == shape | {"items": {key: [[0, 100], [0, 100]]}}
    today = {"usagePlanId": plan, "startDate": "2026-01-01", "endDate": "2026-01-01"}
    changed = gateway.call("update_usage", **used, patchOperations=replace("/remaining", "150"))
    assert changed == today | {"items": {key: [[0, 150]]}}
    assert gateway.call("get_usage", **used, **DAYS) == shape | {"items": {key: [[0, 100], [0, 150]]}}
    other = gateway.call("create_api_key")["id"]
    gateway.call("create_usage_plan_key", usagePlanId=plan, keyId=other, keyType="API_KEY")
    pages = [gateway.call("get_usage", usagePlanId=plan, **DAYS, limit=1)]
    pages.append(gateway.call("get_usage", usagePlanId=plan, **DAYS, limit=1, position=pages[0]["position"]))
    assert [list(page["items"]) for page in pages] == [[id] for id in sorted([key, other])]
    assert "position" not in pages[1]
    gateway.call("delete_usage_plan_key", **used)
    gateway.call("create_usage_plan_key", **used, keyType="API_KEY")
    assert gateway.call("get_usage", **used, **DAYS)["items"] == {key: [[0, 100], [0, 100]]}


@pytest.mark.parametrize(("period", "tomorrow"), [("DAY", 10), ("WEEK", 15), ("MONTH", 15)])
def test_a_grant_ends_with_its_period(gateway: Gateway, key: dict[str, Any], period: str, tomorrow: int) -> None:
    plan = gateway.call("create_usage_plan", name="gold", quota={"limit": 10, "period": period})["id"]
    where = {"usagePlanId": plan, "keyId": key["id"]}
    gateway.call("create_usage_plan_key", **where, keyType="API_KEY")
    gateway.call("update_usage", **where, patchOperations=replace("/remaining", "15"))
    days = {"startDate": "2026-01-01", "endDate": "2026-01-02"}
    assert gateway.call("get_usage", **where, **days)["items"] == {key["id"]: [[0, 15], [0, tomorrow]]}


def test_usage_tells_what_was_counted(gateway: Gateway, used: dict[str, str]) -> None:
    place = Key("000000000000", "us-east-1", "UsagePlanKey", used["usagePlanId"], used["keyId"])
    with gateway.store.read() as tx:
        quota = quota_of(tx.get(place._replace(kind="UsagePlan", parent="", id=place.parent)) or {}, place)
    for arrived in (NOW - 1.0, NOW, NOW + 1.0):
        assert gateway.usage.take(quota, arrived) is None
    assert gateway.call("get_usage", **used, **DAYS)["items"] == {used["keyId"]: [[1, 99], [2, 98]]}
    gateway.call("update_usage", **used, patchOperations=replace("/remaining", "7"))
    assert gateway.call("get_usage", **used, **DAYS)["items"] == {used["keyId"]: [[1, 99], [2, 7]]}
    changes = operation("remove", "/quota")
    gateway.call("update_usage_plan", usagePlanId=used["usagePlanId"], patchOperations=changes)
    assert gateway.call("get_usage", **used, **DAYS)["items"] == {used["keyId"]: [[1, -1], [2, -1]]}


def test_an_offset_is_subtracted_in_the_first_period(gateway: Gateway, key: dict[str, Any]) -> None:
    quota = {"limit": 10, "period": "WEEK", "offset": 6}
    plan = gateway.call("create_usage_plan", name="gold", quota=quota)["id"]
    where = {"usagePlanId": plan, "keyId": key["id"]}
    gateway.call("create_usage_plan_key", **where, keyType="API_KEY")
    assert gateway.call("get_usage", **where, **DAYS)["items"] == {key["id"]: [[0, 4], [0, 4]]}
    changes = replace("/quota/period", "MONTH")
    changed = gateway.call("update_usage_plan", usagePlanId=plan, patchOperations=changes)
    assert changed["quota"] == quota | {"period": "MONTH"} and "quotaSince" not in changed
    assert gateway.call("get_usage", **where, **DAYS)["items"] == {key["id"]: [[0, 10], [0, 4]]}


def test_usage_refused(gateway: Gateway, used: dict[str, str], plan: dict[str, Any]) -> None:
    assert gateway.refusal("get_usage", usagePlanId="none", **DAYS) == UNKNOWN
    assert gateway.refusal("get_usage", **used | {"keyId": "none"}, **DAYS) == UNKNOWN_KEY
    assert gateway.refusal("get_usage", **used, **DAYS | {"startDate": "1.1.2026"}) == bad(
        "Invalid startDate specified: 1.1.2026. Dates must be in the format YYYY-MM-DD"
    )
    assert gateway.refusal("get_usage", **used, **DAYS | {"endDate": "2025-12-30"}) == bad(
        "Usage end date must not be before the start date"
    )
    assert gateway.refusal("get_usage", **used, **DAYS | {"startDate": "2025-10-02"}) == bad(
        "Usage start date must be within the last 90 days"
    )
    assert gateway.refusal("get_usage", **used, **DAYS | {"endDate": "2026-01-03"}) == bad(
        "Usage end date must not be in the future"
    )
    for value, why in (
        ("-1", "Usage remaining must be greater than or equal to 0"),
        ("x", "Invalid integer value specified: x"),
    ):
        assert gateway.refusal("update_usage", **used, patchOperations=replace("/remaining", value)) == bad(why)
    assert gateway.refusal("update_usage", **used, patchOperations=operation("add", "/remaining", "1")) == bad(
        "Invalid patch path  '/remaining' specified for op 'add'. Please choose supported operations"
    )
    assert gateway.refusal("update_usage", **used | {"keyId": "none"}, patchOperations=[]) == UNKNOWN_KEY
    free = {"usagePlanId": plan["id"], "keyId": used["keyId"]}
    gateway.call("create_usage_plan_key", **free, keyType="API_KEY")
    assert gateway.call("get_usage", **free, **DAYS)["items"] == {used["keyId"]: [[0, -1], [0, -1]]}
    assert gateway.refusal("update_usage", **free, patchOperations=replace("/remaining", "1")) == bad(
        "Usage can only be updated for a usage plan with a quota"
    )
