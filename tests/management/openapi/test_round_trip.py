"""What is exported whole and imported again is the same API, in either language; a damaged definition harms nothing."""

import json
import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.management.gateway import Endpoint, Gateway
from tests.management.openapi.definitions import definitions
from tests.management.openapi.test_export import deployed, export
from tests.management.openapi.whole import as_bytes, document, imported, whole

MANY = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
REFUSALS = ("BadRequestException", "ValidationException", "ConflictException")


def again(gateway: Gateway, body: Any, kind: str, **given: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The API of a definition, and the API of its export."""
    api = deployed(gateway, body)
    gateway.call("create_documentation_version", restApiId=api, documentationVersion="1", stageName="prod")
    told = export(gateway, api, kind, "apigateway,documentation", **given)
    return whole(gateway, api), whole(gateway, imported(gateway, told["body"]))


@pytest.mark.parametrize("kind", ["oas30", "swagger"])
def test_the_shop(gateway: Gateway, kind: str) -> None:
    first, second = again(gateway, document("shop.oas30.yaml"), kind, accepts="application/yaml")
    # OpenAPI's own words for what a documentation part says are filled in by an export.
    assert second.pop("settings") == first.pop("settings") | {"description": "The shop"}
    assert second == first


@MANY
@given(body=definitions(), kind=st.sampled_from(["oas30", "swagger"]))
def test_any_api(endpoint: Endpoint, body: dict[str, Any], kind: str) -> None:
    gateway = Gateway(endpoint)
    try:
        first, second = again(gateway, body, kind)
        assert second == first
    finally:
        gateway.store.close()


JUNK = [
    None,
    True,
    0,
    -1,
    1e308,
    10**30,
    "",
    "x",
    "\ud800",
    "#/paths",
    [],
    [1],
    {},
    {"$ref": "#"},
    {"$ref": "#/info"},
    [[]],
]


def containers(node: Any) -> list[Any]:
    inside = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return ([node] if isinstance(node, dict | list) and node else []) + [
        c for child in inside for c in containers(child)
    ]


def damaged(body: dict[str, Any], chance: random.Random) -> bytes:
    """The definition with some of its members replaced, removed, renamed or doubled."""
    info = json.dumps(body["info"])
    for _ in range(chance.randint(1, 3)):
        node = chance.choice(containers(body))
        place = chance.choice(list(node)) if isinstance(node, dict) else chance.randrange(len(node))
        act: Callable[[], Any] = chance.choice(
            [
                lambda node=node, place=place: node.__setitem__(place, deepcopy(chance.choice(JUNK))),
                lambda node=node, place=place: node.pop(place),
                lambda node=node, place=place: node.__setitem__(place, json.loads(info)),
                lambda node=node, place=place: (
                    node.__setitem__(f"{place}{chance.choice('/{}%~. x')}", node.pop(place))
                    if isinstance(node, dict)
                    else node.append(deepcopy(node[place]))
                ),
            ]
        )
        act()
        if not containers(body):
            break
    text = json.dumps(body).encode("utf-8", "surrogatepass")
    return text if chance.random() < 0.9 else text[: chance.randrange(len(text))]


@MANY
@given(body=definitions(), seed=st.integers(0, 1 << 32), mode=st.sampled_from(["merge", "overwrite"]))
def test_a_damaged_definition_is_taken_or_changes_nothing(
    endpoint: Endpoint, body: dict[str, Any], seed: int, mode: str
) -> None:
    gateway = Gateway(endpoint)
    try:
        api = imported(gateway, document("shop.oas30.yaml"))
        before = whole(gateway, api)
        wrong = damaged(json.loads(as_bytes(body)), random.Random(seed))
        try:
            gateway.call("put_rest_api", restApiId=api, mode=mode, body=wrong)
        except ClientError as error:
            assert error.response["Error"]["Code"] in REFUSALS, error
            assert whole(gateway, api) == before
        else:
            whole(gateway, api)
    finally:
        gateway.store.close()
