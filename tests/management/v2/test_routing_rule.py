"""RoutingRule: creation, replacement, lists, and what is no rule."""

import re
from typing import Any

import pytest

from tests.management.gateway import Gateway, bad, missing
from tests.management.v2.names import ARN, FIRST_NAME, NAME, UNKNOWN, make_apis, make_name

MISSING = missing("Invalid routing rule identifier specified")
SHOP = {"InvokeApi": {"ApiId": "shop", "Stage": "v1"}}
RULE: dict[str, Any] = {"Priority": 10, "Conditions": [], "Actions": [SHOP]}


def header(name: str = "x-version", glob: str = "beta") -> dict[str, Any]:
    return {"MatchHeaders": {"AnyOf": [{"Header": name, "ValueGlob": glob}]}}


def path(*keys: str) -> dict[str, Any]:
    return {"MatchBasePaths": {"AnyOf": list(keys)}}


@pytest.fixture
def name(gateway: Gateway) -> Gateway:
    make_apis(gateway)
    make_name(gateway, RoutingMode="ROUTING_RULE_ONLY")
    return gateway


def test_rules(name: Gateway) -> None:
    conditions = [header(), header("Hello", "*World*"), path("a/b")]
    action = {"InvokeApi": SHOP["InvokeApi"] | {"StripBasePath": True}}
    made = name.call("create_routing_rule", **NAME, Priority=50, Conditions=conditions, Actions=[action])
    id = made["RoutingRuleId"]
    assert re.fullmatch("[a-z0-9]{6}", id)
    arn = f"arn:aws:apigateway:us-east-1:000000000000:/domainnames/api.example.com/routingrules/{id}"
    assert made == {
        "Actions": [action],
        "Conditions": conditions,
        "Priority": 50,
        "RoutingRuleArn": arn,
        "RoutingRuleId": id,
    }
    there = NAME | {"RoutingRuleId": id}
    assert name.call("get_routing_rule", **there) == made
    replaced = name.call("put_routing_rule", **there, **RULE)
    kept = {"InvokeApi": SHOP["InvokeApi"] | {"StripBasePath": False}}
    assert replaced == made | {"Actions": [kept], "Conditions": [], "Priority": 10}
    assert name.call("get_routing_rule", **there) == replaced
    other = name.call("create_routing_rule", **NAME, **RULE | {"Priority": 11})
    both = sorted((replaced, other), key=lambda rule: str(rule["RoutingRuleId"]))
    assert name.call("list_routing_rules", **NAME) == {"RoutingRules": both}
    first = name.call("list_routing_rules", **NAME, MaxResults=1)
    assert first["RoutingRules"] == both[:1]
    assert name.call("list_routing_rules", **NAME, NextToken=first["NextToken"]) == {"RoutingRules": both[1:]}
    name.call("delete_routing_rule", **there)
    for call in ("get_routing_rule", "delete_routing_rule"):
        assert name.refusal(call, **there) == MISSING
    assert name.refusal("put_routing_rule", **there, **RULE) == MISSING


ILL_GLOB = "Invalid header value glob specified: "


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"Actions": []}, bad("A routing rule must have exactly one action")),
        ({"Actions": [SHOP, SHOP]}, bad("A routing rule must have exactly one action")),
        (
            {"Actions": [{"InvokeApi": {"ApiId": "nobody", "Stage": "v1"}}]},
            missing("Invalid API identifier specified 000000000000:nobody"),
        ),
        ({"Actions": [{"InvokeApi": {"ApiId": "shop", "Stage": "v2"}}]}, bad("Invalid stage identifier specified")),
        (
            {"Actions": [{"InvokeApi": {"ApiId": "pets", "Stage": "v1"}}]},
            bad("Routing rules are only supported for REST APIs"),
        ),
        ({"Conditions": [{}]}, bad("A condition must have either matchHeaders or matchBasePaths")),
        ({"Conditions": [header() | path("a")]}, bad("A condition must have either matchHeaders or matchBasePaths")),
        ({"Conditions": [path()]}, bad("A condition must have exactly one value in anyOf")),
        ({"Conditions": [path("a", "b")]}, bad("A condition must have exactly one value in anyOf")),
        (
            {"Conditions": [path("a"), path("b")]},
            bad("A routing rule can have at most two header conditions and one base path condition"),
        ),
        (
            {"Conditions": [header()] * 3},
            bad("A routing rule can have at most two header conditions and one base path condition"),
        ),
        *(
            (
                {"Conditions": [path(key)]},
                bad(f"Invalid base path specified: {key}. Use segments of letters, digits and any of $-_.+!*'()"),
            )
            for key in ("/a", "a/", "a b", "", "a" * 128)
        ),
        *(
            ({"Conditions": [header(key)]}, bad(f"Invalid header name specified: {key}"))
            for key in ("x*", "", "a b", "a" * 40, "Authorization", "x-amz-date", "X-Apigw-Api-Id", "x-restAPI")
        ),
        *(
            ({"Conditions": [header("x", glob)]}, bad(ILL_GLOB + glob))
            for glob in ("a*b", "", "**a", "a" * 128, f"*{'a' * 40}*")
        ),
        ({"DomainName": "other.example.com"}, UNKNOWN),
    ],
)
def test_refused(name: Gateway, changed: dict[str, Any], refusal: tuple[str, str]) -> None:
    assert name.refusal("create_routing_rule", **NAME | RULE | changed) == refusal
    assert name.call("list_routing_rules", **NAME) == {"RoutingRules": []}


def test_priorities_are_each_rules_own(name: Gateway) -> None:
    made = name.call("create_routing_rule", **NAME, **RULE)
    taken = ("ConflictException", "A routing rule with priority 10 already exists")
    assert name.refusal("create_routing_rule", **NAME, **RULE) == taken
    name.call("put_routing_rule", **NAME, RoutingRuleId=made["RoutingRuleId"], **RULE)
    for number in range(100, 149):
        name.call("create_routing_rule", **NAME, **RULE | {"Priority": number})
    full = bad("A domain name can have at most 50 routing rules")
    assert name.refusal("create_routing_rule", **NAME, **RULE | {"Priority": 11}) == full
    for number in (0, 1_000_001):
        assert name.refusal("create_routing_rule", **NAME, **RULE | {"Priority": number})[0] == "BadRequestException"


def test_beside_mappings(name: Gateway) -> None:
    name.call("create_api_mapping", **NAME, ApiId="shop", Stage="v1")
    name.call("create_routing_rule", **NAME, **RULE)
    alone = bad("Currently, WebSocket APIs can only be attached to a domain name with other WebSocket APIs.")
    assert name.refusal("create_api_mapping", **NAME, ApiId="chat", Stage="v1", ApiMappingKey="chat") == alone
    name.call("create_api_mapping", **NAME, ApiId="pets", Stage="v1", ApiMappingKey="pets")
    both = bad("Routing rules are not supported for a domain name that is mapped to both REST and HTTP APIs")
    assert name.refusal("create_routing_rule", **NAME, **RULE | {"Priority": 11}) == both
    first = name.speaking("apigateway")
    stays = bad("Please remove all base path mappings related to the API before deleting it.")
    assert first.refusal("delete_rest_api", restApiId="shop") == stays
    name.call("delete_domain_name", **NAME)
    first.call("delete_rest_api", restApiId="shop")


def test_rules_of_private_names(name: Gateway) -> None:
    first = name.speaking("apigateway")
    private = {"certificateArn": ARN, "endpointConfiguration": {"types": ["PRIVATE"]}}
    made = first.call("create_domain_name", **FIRST_NAME, **private)
    there = NAME | {"DomainNameId": made["domainNameId"]}
    public = bad("A private API can only be mapped to a private domain name, and no other API can")
    assert name.refusal("create_routing_rule", **there, **RULE) == public
    assert name.call("list_routing_rules", **there) == {"RoutingRules": []}
    assert name.refusal("list_routing_rules", **NAME, DomainNameId="nobody") == UNKNOWN
