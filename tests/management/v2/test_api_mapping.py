"""ApiMapping: the first API's base path mappings, with ids and with keys of many segments."""

import re
from typing import Any

import pytest

from tests.management.gateway import Gateway, bad, missing, replace
from tests.management.v2.names import (
    EDGE,
    FIRST_NAME,
    NAME,
    NOT_REGIONAL,
    NOT_TLS_1_2,
    REGIONAL,
    UNKNOWN,
    make_apis,
    make_name,
)

MISSING = missing("Invalid api mapping identifier specified")
EXISTS = ("ConflictException", "ApiMapping key already exists for this domain name")
ILL_FORMED = bad("An ApiMapping key may contain only letters, numbers and one of $-_.+!*'()/")
ALONE = bad("Currently, WebSocket APIs can only be attached to a domain name with other WebSocket APIs.")
MIXED = bad(
    "Mixing of REST APIs and HTTP APIs on the same domain name can only be accomplished through API Gateway's V2 "
    "DomainName interface. Currently, WebSocket APIs can only be attached to a domain name with other WebSocket APIs. "
    "This must also occur through API Gateway's V2 DomainName interface."
)
PETS = {"ApiId": "pets", "Stage": "$default"}


@pytest.fixture
def name(gateway: Gateway) -> Gateway:
    make_apis(gateway)
    make_name(gateway)
    return gateway


def test_mappings(name: Gateway) -> None:
    made = name.call("create_api_mapping", **NAME, **PETS, ApiMappingKey="orders/v1/items")
    assert re.fullmatch("[a-z0-9]{6}", made["ApiMappingId"])
    assert made == PETS | {"ApiMappingId": made["ApiMappingId"], "ApiMappingKey": "orders/v1/items"}
    there = NAME | {"ApiMappingId": made["ApiMappingId"]}
    assert name.call("get_api_mapping", **there) == made
    root = name.call("create_api_mapping", **NAME, ApiId="shop", Stage="v1")
    assert root == {"ApiId": "shop", "ApiMappingId": root["ApiMappingId"], "ApiMappingKey": "", "Stage": "v1"}
    first = name.call("get_api_mappings", **NAME, MaxResults="1")
    assert first["Items"] == [root]
    assert name.call("get_api_mappings", **NAME, NextToken=first["NextToken"]) == {"Items": [made]}
    moved = name.call("update_api_mapping", **there, ApiId="pets", Stage="v1", ApiMappingKey="orders")
    assert moved == made | {"Stage": "v1", "ApiMappingKey": "orders"}
    assert name.call("update_api_mapping", **there, ApiId="pets") == moved
    assert name.call("get_api_mapping", **there) == moved
    assert name.refusal("update_api_mapping", **there, ApiId="pets", ApiMappingKey="") == EXISTS
    assert name.call("delete_api_mapping", **there) == {}
    for call in ("get_api_mapping", "delete_api_mapping"):
        assert name.refusal(call, **there) == MISSING
    assert name.refusal("update_api_mapping", **there, ApiId="pets") == MISSING
    assert name.call("get_api_mappings", **NAME) == {"Items": [root]}


def test_both_apis_have_one_store_of_mappings(name: Gateway) -> None:
    first = name.speaking("apigateway")
    made = name.call("create_api_mapping", **NAME, ApiId="shop", Stage="v1", ApiMappingKey="shop")
    name.call("create_api_mapping", **NAME, ApiId="shop", Stage="v1", ApiMappingKey="shop/two")
    assert first.call("get_base_path_mappings", **FIRST_NAME) == {
        "items": [{"basePath": "shop", "restApiId": "shop", "stage": "v1"}]
    }
    first.call("update_base_path_mapping", **FIRST_NAME, basePath="shop", patchOperations=replace("/stage", ""))
    there = NAME | {"ApiMappingId": made["ApiMappingId"]}
    del made["Stage"]
    assert name.call("get_api_mapping", **there) == made
    first.call("create_base_path_mapping", **FIRST_NAME, restApiId="shop")
    root = name.call("get_api_mappings", **NAME)["Items"][0]
    assert root == {"ApiId": "shop", "ApiMappingId": root["ApiMappingId"], "ApiMappingKey": ""}
    name.call("create_api_mapping", **NAME, **PETS, ApiMappingKey="pets")
    assert first.refusal("create_base_path_mapping", **FIRST_NAME, restApiId="shop", basePath="more") == MIXED
    assert first.refusal("create_base_path_mapping", **FIRST_NAME, restApiId="pets", basePath="more") == MIXED


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"ApiMappingKey": "taken"}, EXISTS),
        *(({"ApiMappingKey": key}, ILL_FORMED) for key in ("/", "a/", "/a", "a//b", "a b", "ä", "a%2F", "a" * 301)),
        ({"ApiId": "nobody"}, missing("Invalid API identifier specified 000000000000:nobody")),
        ({"Stage": "v2"}, bad("Invalid stage identifier specified")),
        ({"ApiId": "chat", "Stage": "v1"}, ALONE),
        ({"DomainName": "other.example.com"}, UNKNOWN),
    ],
)
def test_refused(name: Gateway, given: dict[str, Any], refusal: tuple[str, str]) -> None:
    taken = name.call("create_api_mapping", **NAME, **PETS, ApiMappingKey="taken")
    assert name.refusal("create_api_mapping", **NAME | PETS | given) == refusal
    assert name.call("get_api_mappings", **NAME) == {"Items": [taken]}


def test_websocket_apis_share_a_name_with_their_like_only(name: Gateway) -> None:
    chat = name.call("create_api_mapping", **NAME, ApiId="chat", Stage="v1", ApiMappingKey="a")
    name.call("create_api_mapping", **NAME, ApiId="chat", Stage="v1", ApiMappingKey="b")
    for api in ("pets", "shop"):
        assert name.refusal("create_api_mapping", **NAME, ApiId=api, Stage="v1") == ALONE
        assert name.refusal("update_api_mapping", **NAME, ApiMappingId=chat["ApiMappingId"], ApiId=api) == ALONE
    rule = {"Priority": 1, "Conditions": [], "Actions": [{"InvokeApi": {"ApiId": "shop", "Stage": "v1"}}]}
    assert name.refusal("create_routing_rule", **NAME, **rule) == ALONE
    assert name.speaking("apigateway").refusal("create_base_path_mapping", **FIRST_NAME, restApiId="shop") == MIXED


def test_names_that_only_the_first_api_manages(gateway: Gateway) -> None:
    make_apis(gateway)
    first = gateway.speaking("apigateway")
    first.call("create_domain_name", **EDGE)
    assert gateway.refusal("create_api_mapping", **NAME, **PETS) == bad(NOT_REGIONAL)
    gateway.call("delete_domain_name", **NAME)
    first.call("create_domain_name", **REGIONAL, securityPolicy="TLS_1_0")
    assert gateway.refusal("create_api_mapping", **NAME, **PETS) == bad(NOT_TLS_1_2)


def test_keys_of_many_segments_are_few(name: Gateway) -> None:
    for number in range(200):
        made = name.call("create_api_mapping", **NAME, **PETS, ApiMappingKey=f"a/{number}")
    full = bad("A domain name can have at most 200 multi-level API mappings")
    assert name.refusal("create_api_mapping", **NAME, **PETS, ApiMappingKey="a/more") == full
    there = NAME | {"ApiMappingId": made["ApiMappingId"], "ApiId": "pets"}
    name.call("update_api_mapping", **there, ApiMappingKey="a/more")
    name.call("update_api_mapping", **there, ApiMappingKey="one")
    name.call("create_api_mapping", **NAME, **PETS, ApiMappingKey="a/199")
    assert name.refusal("update_api_mapping", **there, ApiMappingKey="a/b") == full
