"""The doctor's findings: the current configuration, what stages serve of it, and whole nouns."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gatewright.execute.doctor import PAGE, page
from gatewright.store.sqlite import SqliteStore
from gatewright.values.pending import Drive
from gatewright.values.records import Key, Store
from gatewright.values.response import Response
from tests.execute.stage import MOCK, Scene, method, request, snapshot


@pytest.fixture
def store() -> Iterator[Store]:
    made = SqliteStore(Path(":memory:"))
    yield made
    made.close()


def put(store: Store, kind: str, parent: str, id: str, document: dict[str, Any]) -> None:
    with store.transaction() as tx:
        tx.put(Key("123456789012", "eu-west-1", kind, parent, id), document)


def found(effect: str, of: str, name: str, value: str, stages: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "effect": effect,
        "account": "123456789012",
        "region": "eu-west-1",
        "apiId": "pets" if name else "",
        "apiName": "Pets" if name else "",
        "of": of,
        "property": name,
        "value": value,
        "stages": list(stages),
    }


def listed(store: Store) -> list[dict[str, Any]]:
    scene, ended = Scene(), []
    asked = page(store, scene.work, request("GET", PAGE))
    Drive(asked, lambda response, error: ended.append(response or error)).step()
    (response,) = ended
    assert isinstance(response, Response) and scene.work.turns == 1  # one API
    assert (response.status, response.headers) == (200, [b"Content-Type: application/json\r\n"])
    answer: list[dict[str, Any]] = json.loads(response.body)["findings"]
    return answer


def test_nothing_to_tell(store: Store) -> None:
    put(store, "RestApi", "", "pets", {"id": "pets", "name": "Pets", "endpointConfiguration": {"types": ["EDGE"]}})
    put(store, "Resource", "pets", "r", {"id": "r", "path": "/", "resourceMethods": {"GET": method(MOCK)}})
    put(store, "Stage", "pets", "prod", {"stageName": "prod", "deploymentId": "none", "methodSettings": {}})
    assert listed(store) == []


def test_everything(store: Store) -> None:
    closed, odd = method(MOCK, authorizationType="OTHER"), method(MOCK, authorizationType="ODD")
    api = {"id": "pets", "name": "Pets", "securityPolicy": "TLS_1_2"}
    deployed = snapshot({"/a": {"GET": closed}})
    put(store, "RestApi", "", "pets", api)
    put(
        store,
        "Resource",
        "pets",
        "r",
        {"id": "r", "path": "/a", "resourceMethods": {"GET": closed, "POST": method(MOCK | {"type": "KAFKA"})}},
    )
    put(store, "Snapshot", "pets", "one", {**deployed, "restApi": {"id": "pets", "securityPolicy": "TLS_1_2"}})
    put(store, "Snapshot", "pets", "two", snapshot({"/a": {"GET": odd}}))
    put(store, "Stage", "pets", "prod", {"stageName": "prod", "deploymentId": "one", "tracingEnabled": True})
    canary = {"canarySettings": {"deploymentId": "two", "percentTraffic": 1.0}}
    settings = {"methodSettings": {"*/*": {"loggingLevel": "INFO"}}}
    put(store, "Stage", "pets", "test", {"stageName": "test", "deploymentId": "one", **canary, **settings})
    for id in ("d1", "d2"):
        put(store, "DomainName", "", id, {"domainName": id})
    assert listed(store) == [
        found("closed", "Integration POST /a", "type", "KAFKA"),
        found("closed", "Method GET /a", "authorizationType", "ODD", ("test",)),
        found("closed", "Method GET /a", "authorizationType", "OTHER", ("prod", "test")),
        found("stored only", "DomainName", "", "2"),
        found("stored only", "RestApi", "securityPolicy", "TLS_1_2", ("prod", "test")),
        found("stored only", "Stage", "methodSettings */* loggingLevel", "INFO", ("test",)),
        found("stored only", "Stage", "tracingEnabled", "true", ("prod",)),
    ]


def test_a_role_is_told_of_once(store: Store) -> None:
    role = "arn:aws:iam::123456789012:role/caller"
    calling = method(MOCK | {"type": "AWS", "uri": "arn:aws:apigateway:us-east-1:sqs:path/q", "credentials": role})
    deployed = snapshot({"/a": {"GET": calling}, "/b": {"GET": calling, "POST": calling}})
    put(store, "RestApi", "", "pets", {"id": "pets", "name": "Pets"})
    put(store, "Resource", "pets", "r", {"id": "r", "path": "/", "resourceMethods": {"GET": calling}})
    put(store, "Snapshot", "pets", "one", {**deployed, "restApi": {"id": "pets"}})
    put(store, "Stage", "pets", "prod", {"stageName": "prod", "deploymentId": "one"})
    assert listed(store) == [found("stored only", "Integrations", "credentials", role, ("prod",))]
