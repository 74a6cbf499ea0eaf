"""The doctor's findings: the current configuration, what stages serve of it, and whole nouns."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from gatewright.execute import enforced, enforced_routes, unserved, unserved_routes
from gatewright.execute.caller import Principal
from gatewright.execute.doctor import PAGE, Chart, page
from gatewright.execute.network import NETWORK
from gatewright.execute.stored_stage import load_stage
from gatewright.execute.web_acl_file import WebAclFile, read_web_acls
from gatewright.execute.web_acls import WebAcls
from gatewright.execute.world import Returned
from gatewright.store.sqlite import SqliteStore
from gatewright.values.faults import NetworkFault
from gatewright.values.pending import Drive
from gatewright.values.records import Key, Store
from gatewright.values.response import Response
from tests.execute.http_stage import BACKEND, http_snapshot
from tests.execute.stage import MOCK, Scene, method, request, snapshot
from tests.execute.test_web_acl import ARN, Wafv2, acl, rule
from tests.execute.websocket_stage import ACCEPTING, websocket_snapshot

HEADER = "method.request.header.Authorization"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
NO_FILE = WebAclFile({}, {})
GEO = {"GeoMatchStatement": {"CountryCodes": ["DE"]}}


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
        "apiId": "" if of == "ApiKey" else "pets",
        "apiName": "" if of == "ApiKey" else "Pets",
        "of": of,
        "property": name,
        "value": value,
        "stages": list(stages),
    }


def listed(
    store: Store,
    *documents: dict[str, Any],
    known: tuple[Principal, ...] = (),
    given: WebAclFile = NO_FILE,
    issuer: tuple[Returned | Exception, ...] = (),
) -> list[dict[str, Any]]:
    """The findings; `documents` are what the wafv2 service has, `known` the principals, `given` the web ACLs in a
    file, `issuer` what the issuer of tokens answers."""
    scene, ended = Scene(*issuer), []
    scene.principals.by_key = {principal.access_key: principal for principal in known}
    load = partial(load_stage, store, lambda *_: NETWORK, given.stages)
    web_acls = WebAcls(Wafv2(*documents), scene.now, scene.work, given.web_acls)
    chart = Chart(store, load, web_acls, scene.principals, scene.world.user_pools, scene.work)
    Drive(page(chart, request("GET", PAGE)), lambda response, error: ended.append(response or error)).step()
    (response,) = ended
    assert isinstance(response, Response) and scene.work.turns == 1  # one API
    assert (response.status, response.headers) == (200, [b"Content-Type: application/json\r\n"])
    answer: list[dict[str, Any]] = json.loads(response.body)["findings"]
    return answer


def test_nothing_to_tell(store: Store) -> None:
    put(store, "RestApi", "", "pets", {"id": "pets", "name": "Pets", "endpointConfiguration": {"types": ["EDGE"]}})
    put(store, "Resource", "pets", "r", {"id": "r", "path": "/", "resourceMethods": {"GET": method(MOCK)}})
    put(store, "Stage", "pets", "prod", {"stageName": "prod", "deploymentId": "one", "methodSettings": {}})
    put(store, "Snapshot", "pets", "one", {**snapshot({"/": {"GET": method(MOCK)}}), "restApi": {"id": "pets"}})
    assert listed(store) == []


def test_portals(store: Store) -> None:
    put(store, "RestApi", "", "other", {"id": "other", "name": "Other", "endpointConfiguration": {"types": ["EDGE"]}})
    portal = {"authorization": {"cognitoConfig": {"appClientId": "x"}}, "rumAppMonitorName": "rum"}
    content = {"portalContent": {"displayName": "Pets"}}
    put(store, "Portal", "", "pets", portal | content)
    assert listed(store) == [
        found("closed", "Portal", "authorization.cognitoConfig", ""),
        found("stored only", "Portal", "rumAppMonitorName", "rum"),
    ]


def test_what_is_closed_is_not_told_of_as_enforced(store: Store) -> None:
    put(store, "RestApi", "", "pets", {"id": "pets", "name": "Pets", "policy": "no policy"})
    assert listed(store) == [found("closed", "RestApi", "policy", "no policy")]


def test_everything(store: Store) -> None:
    keyed, odd = method(MOCK, apiKeyRequired=True), method(MOCK, authorizationType="OTHER")
    api = {"id": "pets", "name": "Pets", "policy": POLICY, "securityPolicy": "TLS_1_2"}
    deployed = snapshot({"/a": {"GET": keyed}})
    other = {
        "POST": method(MOCK | {"type": "KAFKA"}),
        "PUT": method(MOCK, authorizationType="CUSTOM", authorizerId="x"),
    }
    put(store, "RestApi", "", "pets", api)
    put(store, "Resource", "pets", "r", {"id": "r", "path": "/a", "resourceMethods": {"GET": keyed, **other}})
    put(store, "Authorizer", "pets", "x", {"id": "x", "name": "mine", "type": "TOKEN", "identitySource": HEADER})
    put(store, "Snapshot", "pets", "one", {**deployed, "restApi": {"id": "pets", "securityPolicy": "TLS_1_2"}})
    put(store, "Snapshot", "pets", "two", snapshot({"/a": {"GET": odd}}))
    put(store, "Stage", "pets", "prod", {"stageName": "prod", "deploymentId": "one", "tracingEnabled": True})
    canary = {"canarySettings": {"deploymentId": "two", "percentTraffic": 1.0}}
    settings = {"methodSettings": {"*/*": {"throttlingRateLimit": 5.0, "cacheTtlInSeconds": 300}}}
    put(store, "Stage", "pets", "test", {"stageName": "test", "deploymentId": "one", **canary, **settings})
    for id in ("k1", "k2"):
        put(store, "ApiKey", "", id, {"id": id})
    assert listed(store) == [
        found("closed", "Integration POST /a", "type", "KAFKA"),
        found("closed", "Method GET /a", "authorizationType", "OTHER", ("test",)),
        found("enforced", "ApiKey", "", "2"),
        found("enforced", "Authorizer mine", "identitySource", HEADER),
        found("enforced", "Authorizer mine", "type", "TOKEN"),
        found("enforced", "Method GET /a", "apiKeyRequired", "true", ("prod", "test")),
        found("enforced", "Method PUT /a", "authorizationType", "CUSTOM"),
        found("enforced", "Method PUT /a", "authorizerId", "x"),
        found("enforced", "RestApi", "policy", ""),
        found("enforced", "Stage", "methodSettings */* throttlingRateLimit", "5.0", ("test",)),
        found("stored only", "RestApi", "securityPolicy", "TLS_1_2", ("prod", "test")),
        found("stored only", "Stage", "tracingEnabled", "true", ("prod",)),
    ]


def test_what_a_stage_could_not_compile_is_told_before_a_client_asks(store: Store) -> None:
    deployed = snapshot({"/a": {"GET": method(MOCK, authorizationType="CUSTOM", authorizerId="gone")}})
    put(store, "RestApi", "", "pets", {"id": "pets", "name": "Pets"})
    put(store, "Snapshot", "pets", "one", {**deployed, "restApi": {"id": "pets"}})
    put(store, "Stage", "pets", "prod", {"stageName": "prod", "deploymentId": "one"})
    assert [each for each in listed(store) if each["effect"] == "closed"] == [
        found("closed", "Method GET /a", "", "there is no authorizer gone for authorizationType CUSTOM", ("prod",)),
    ]


@pytest.mark.parametrize(
    ("documents", "effect", "value"),
    [
        ([acl()], "enforced", ARN),
        ([acl(rule("r", 0, GEO, Action={"Block": {}}))], "closed", "rule r: GeoMatchStatement is not supported"),
        ([], "closed", f"{ARN} does not exist"),
    ],
)
def test_a_web_acl_is_enforced_if_it_can_be_evaluated(
    store: Store, documents: list[dict[str, Any]], effect: str, value: str
) -> None:
    put(store, "RestApi", "", "pets", {"id": "pets", "name": "Pets"})
    put(store, "Snapshot", "pets", "one", {**snapshot({}), "restApi": {"id": "pets"}})
    put(store, "Stage", "pets", "prod", {"stageName": "prod", "deploymentId": "one", "webAclArn": ARN})
    assert listed(store, *documents) == [found(effect, "Stage", "webAclArn", value, ("prod",))]


def test_a_web_acl_in_a_file_for_no_stage_is_told_of(store: Store, tmp_path: Path) -> None:
    put(store, "RestApi", "", "pets", {"id": "pets", "name": "Pets"})
    put(store, "Snapshot", "pets", "one", {**snapshot({}), "restApi": {"id": "pets"}})
    put(store, "Stage", "pets", "prod", {"stageName": "prod", "deploymentId": "one"})
    path = tmp_path / "acls.json"
    path.write_text(json.dumps({name: {"WebACL": acl()} for name in ("pets/prod", "pets/prd")}))
    there = found("enforced", "Stage", "webAclArn", "file:pets/prod", ("prod",))
    nowhere = found("stored only", "Stage", "webAclArn", "file:pets/prd: there is no such stage")
    nowhere |= dict.fromkeys(("account", "region", "apiId", "apiName"), "")
    assert listed(store, given=read_web_acls(path)) == [there, nowhere]


def test_limits_of_methods_that_are_not_there_are_told_of(store: Store) -> None:
    row = {"throttlingRateLimit": 5.0}
    keys = ("*/*", "~1a/ANY", "~1a/GET", "~1b~1{id}/PUT", "~1*/GET", "~1a/POST", "~1c/GET")
    put(store, "RestApi", "", "pets", {"id": "pets", "name": "Pets"})
    put(store, "Snapshot", "pets", "one", {**snapshot({"/a": {"GET": method(MOCK)}}), "restApi": {"id": "pets"}})
    put(store, "Snapshot", "pets", "two", {**snapshot({"/b/{id}": {"ANY": method(MOCK)}}), "restApi": {"id": "pets"}})
    stage = {"stageName": "prod", "deploymentId": "one", "canarySettings": {"deploymentId": "two"}}
    put(store, "Stage", "pets", "prod", stage | {"methodSettings": dict.fromkeys(keys, row)})
    throttle = {key: {"rateLimit": 1.0} for key in ("/a/GET", "/*/GET", "/c/*", "/GET")}
    held = {"apiId": "pets", "stage": "prod", "throttle": throttle}
    put(store, "UsagePlan", "", "p", {"id": "p", "name": "few", "apiStages": [held]})
    nothing, served = "there is no such method", ("prod",)
    assert [each for each in listed(store) if each["of"] != "UsagePlan"] == [
        *(found("enforced", "Stage", f"methodSettings {key} throttlingRateLimit", "5.0", served) for key in keys[:4]),
        *(found("stored only", "Stage", f"methodSettings {key}", nothing, served) for key in keys[4:]),
        *(found("stored only", "UsagePlan few", f"throttle {key}", nothing, served) for key in ("/GET", "/c/*")),
    ]


def test_no_property_that_decides_who_may_call_is_only_stored() -> None:
    for decides, unenforced in ((enforced.TABLE, unserved.TABLE), (enforced_routes.TABLE, unserved_routes.TABLE)):
        for noun, rules in decides.items():
            stored = {rule.path for rule in unenforced.get(noun, ()) if rule.effect is unserved.STORED_ONLY}
            assert not stored.intersection(rule.path for rule in rules), noun
    assert not set(enforced.NOUNS).intersection(unserved.STORED_NOUNS)


def test_a_role_is_told_of_once(store: Store) -> None:
    role = "arn:aws:iam::123456789012:role/caller"
    calling = method(MOCK | {"type": "AWS", "uri": "arn:aws:apigateway:us-east-1:sqs:path/q", "credentials": role})
    deployed = snapshot({"/a": {"GET": calling}, "/b": {"GET": calling, "POST": calling}})
    put(store, "RestApi", "", "pets", {"id": "pets", "name": "Pets"})
    put(store, "Resource", "pets", "r", {"id": "r", "path": "/", "resourceMethods": {"GET": calling}})
    put(store, "Snapshot", "pets", "one", {**deployed, "restApi": {"id": "pets"}})
    put(store, "Stage", "pets", "prod", {"stageName": "prod", "deploymentId": "one"})
    assert listed(store) == [found("stored only", "Integrations", "credentials", role, ("prod",))]


def test_where_nobody_can_be_known_aws_iam_is_closed(store: Store) -> None:
    put(store, "RestApi", "", "pets", {"id": "pets", "name": "Pets"})
    signed = {"GET": method(MOCK, authorizationType="AWS_IAM")}
    put(store, "Resource", "pets", "r", {"id": "r", "path": "/", "resourceMethods": signed})
    somebody = Principal("123456789012", "arn:aws:iam::123456789012:user/ann", "AIDAANN", "AKIAANN", "secret")
    assert listed(store, known=(somebody,)) == [found("enforced", "Method GET /", "authorizationType", "AWS_IAM")]
    doubt = "AWS_IAM: nobody is known"
    assert listed(store) == [found("closed", "Method GET /", "authorizationType", doubt)]


def put_routes(store: Store, taken: dict[str, Any], **stage: Any) -> None:
    """An HTTP or WebSocket API and what its stage `prod` serves: `taken`."""
    put(store, "Api", "", "pets", {**taken["api"], "apiId": "pets", "name": "Pets"})
    put(store, "Snapshot", "pets", "one", {**taken, "api": {**taken["api"], "apiId": "pets", "name": "Pets"}})
    put(store, "StageV2", "pets", "prod", {"stageName": "prod", "deploymentId": "one", "autoDeploy": False, **stage})


def test_an_http_api(store: Store) -> None:
    role = "arn:aws:iam::123456789012:role/caller"
    taken = http_snapshot(
        {"GET /a": BACKEND, "GET /b": BACKEND | {"credentialsArn": role}}, disableExecuteApiEndpoint=True
    )
    first, second = taken["routes"]
    first |= {"authorizationType": "JWT", "authorizerId": "j", "authorizationScopes": ["read", "write"]}
    second["authorizationType"] = "OTHER"
    jwt = {"issuer": "https://example.com", "audience": ["pets"]}
    source = ["$request.header.Authorization"]
    tokens = {"authorizerId": "j", "name": "tokens", "authorizerType": "JWT", "identitySource": source}
    taken["authorizers"] = [tokens | {"jwtConfiguration": jwt}]
    rows = {"GET /a": {"throttlingBurstLimit": 0}, "GET /gone": {"throttlingRateLimit": 1.0}}
    put_routes(store, taken, defaultRouteSettings={"throttlingRateLimit": 2.5}, routeSettings=rows)
    put(store, "Route", "pets", "r9", {"routeId": "r9", "routeKey": "GET /new", "apiKeyRequired": True})
    served = ("prod",)
    issuer = (
        Returned(200, (), json.dumps({"issuer": jwt["issuer"], "jwks_uri": "https://example.com/keys"}).encode()),
        Returned(200, (), json.dumps({"keys": [RSAKey.generate_key(2048).as_dict(private=False, kid="k")]}).encode()),
    )
    told = listed(store, issuer=issuer)
    assert told == [
        found("closed", "Route GET /b", "authorizationType", "OTHER", served),
        found("closed", "Route GET /new", "authorizationType", ""),
        found("enforced", "Api", "disableExecuteApiEndpoint", "true", served),
        found("enforced", "Authorizer tokens", "authorizerType", "JWT", served),
        found("enforced", "Authorizer tokens", "identitySource", source[0], served),
        found("enforced", "Authorizer tokens", "jwtConfiguration.audience", "pets", served),
        found("enforced", "Authorizer tokens", "jwtConfiguration.issuer", "https://example.com", served),
        found("enforced", "Route GET /a", "authorizationScopes", "read,write", served),
        found("enforced", "Route GET /a", "authorizationType", "JWT", served),
        found("enforced", "Route GET /a", "authorizerId", "j", served),
        found("enforced", "Route GET /new", "apiKeyRequired", "true"),
        found("enforced", "Stage", "defaultRouteSettings throttlingRateLimit", "2.5", served),
        found("enforced", "Stage", "routeSettings GET /a throttlingBurstLimit", "0", served),
        found("stored only", "Integration i1", "credentialsArn", role, served),
        found("stored only", "Stage", "routeSettings GET /gone", "there is no such route", served),
    ]
    away = f"{jwt['issuer']}: its keys cannot be fetched: connection refused"
    (closed,) = (
        each for each in listed(store, issuer=(NetworkFault("connect", "connection refused"),)) if each not in told
    )
    assert closed == found("closed", "Authorizer tokens", "jwtConfiguration.issuer", away, served)


def test_what_a_stage_of_routes_could_not_compile(store: Store) -> None:
    put_routes(store, http_snapshot({"GET /a": {**BACKEND, "integrationUri": "nowhere"}}))
    (broken,) = listed(store)
    assert (broken["effect"], broken["of"], broken["stages"]) == ("closed", "Route GET /a", ["prod"])


def test_a_websocket_api(store: Store) -> None:
    broken = {"integrationType": "HTTP_PROXY", "integrationUri": "nowhere"}
    taken = websocket_snapshot({"$connect": ACCEPTING, "$default": broken}, {"$connect": {"apiKeyRequired": True}})
    rows = {"$connect": {"loggingLevel": "INFO", "dataTraceEnabled": True}}
    put_routes(store, taken, routeSettings=rows, defaultRouteSettings={"loggingLevel": "OFF"})
    served = ["prod"]
    told = [(each["effect"], each["of"], each["property"], each["stages"]) for each in listed(store)]
    assert told == [
        ("closed", "Route $default", "", served),
        ("enforced", "Route $connect", "apiKeyRequired", served),
        ("stored only", "Stage", "routeSettings $connect dataTraceEnabled", served),
        ("stored only", "Stage", "routeSettings $connect loggingLevel", served),
    ]


def test_a_stage_without_a_deployment(store: Store) -> None:
    put(store, "Api", "", "pets", {"apiId": "pets", "name": "Pets", "protocolType": "HTTP"})
    put(store, "StageV2", "pets", "prod", {"stageName": "prod", "autoDeploy": False})
    assert listed(store) == []


def test_domain_names(store: Store) -> None:
    trust = {"mutualTlsAuthentication": {"truststoreUri": "s3://bucket/store.pem"}, "securityPolicy": "TLS_1_2"}
    put(store, "DomainName", "", "api.example.com", trust)
    policy = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "execute-api:/prod/*"}}'
    put(store, "DomainName", "", "api.example.com+id", {"policy": policy, "managementPolicy": "{}"})
    put(store, "RestApi", "", "pets", {"id": "pets", "name": "Pets"})
    place = dict.fromkeys(("apiId", "apiName"), "")
    assert listed(store) == [
        found("closed", "DomainName api.example.com", "mutualTlsAuthentication", "") | place,
        found("closed", "DomainName api.example.com+id", "policy", "") | place,
        found("stored only", "DomainName api.example.com+id", "managementPolicy", "") | place,
    ]
