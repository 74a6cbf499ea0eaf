"""Custom domain names: where mappings and rules lead, what a name is, what shows of it, and addresses switched off."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gatewright.execute.custom_domains import CustomDomains
from gatewright.execute.domain import MappedDomain
from gatewright.execute.network import NETWORK
from gatewright.execute.private_api import read_way
from gatewright.execute.registry import Registry
from gatewright.execute.stored_stage import drop_changed, load_stage, read_stages
from gatewright.store.sqlite import SqliteStore
from gatewright.values.records import Key
from tests.execute.stage import CHOSEN_ID, MOCK, Scene, method, request, shown, snapshot

NAME = "api.example.com"
FORBIDDEN = (
    403,
    [b"x-amzn-ErrorType: ForbiddenException\r\n", b"Content-Type: application/json\r\n"],
    b'{"message":"Forbidden"}',
)
ECHO = {
    **MOCK,
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "integrationResponses": {
        "200": {
            "statusCode": "200",
            "responseTemplates": {
                "application/json": '{"path": "$context.path", "name": "$context.domainName", '
                '"prefix": "$context.domainPrefix", "matched": "$context.customDomain.basePathMatched", '
                '"rule": "$context.customDomain.routingRuleIdMatched"}'
            },
        }
    },
}
LOG = "$context.requestId $context.domainName $context.path $context.customDomain.basePathMatched"
RULES = "ROUTING_RULE_THEN_BASE_PATH_MAPPING"


class Node:
    """A store, and the registry over it."""

    def __init__(self) -> None:
        self.store = SqliteStore(Path(":memory:"))
        domains = CustomDomains(self.store, [read_way("vpce-1=vpc-1:192.0.2.0/24")])  # those of all requests here
        load = partial(load_stage, self.store, lambda *_: NETWORK, {})
        self.registry = Registry(partial(read_stages, self.store), load, domains)
        self.store.subscribe(domains.drop_changed)
        self.store.subscribe(partial(drop_changed, self.registry))
        self.scene = Scene()

    def put(self, kind: str, parent: str, id: str, document: dict[str, Any], region: str = "eu-west-1") -> None:
        with self.store.transaction() as tx:
            tx.put(Key("123456789012", region, kind, parent, id), document)

    def delete(self, kind: str, parent: str, id: str) -> None:
        with self.store.transaction() as tx:
            tx.delete(Key("123456789012", "eu-west-1", kind, parent, id))

    def rest(self, api: str, *stages: str, **settings: Any) -> None:
        """A REST API that answers everything."""
        self.put("RestApi", "", api, {"id": api, "name": api})
        resources = {"/": {"ANY": method(ECHO)}, "/{proxy+}": {"ANY": method(ECHO)}}
        self.put("Snapshot", api, "d", snapshot(resources) | {"restApi": {"id": api, "name": api, **settings}})
        for stage in stages:
            log = {"accessLogSettings": {"format": LOG}}
            self.put("Stage", api, stage, {"stageName": stage, "deploymentId": "d"} | log)

    def http(self, api: str, *stages: str, **settings: Any) -> None:
        """An HTTP API without routes."""
        document = {"apiId": api, "name": api, "protocolType": "HTTP", **settings}
        self.put("Api", "", api, document)
        parts: dict[str, Any] = {part: [] for part in ("routes", "integrations", "authorizers", "models")}
        self.put("Snapshot", api, "d", {"api": document} | parts)
        for stage in stages:
            self.put("StageV2", api, stage, {"stageName": stage, "deploymentId": "d"})

    def name(
        self, name: str = NAME, mode: str = "BASE_PATH_MAPPING_ONLY", region: str = "eu-west-1", **more: Any
    ) -> None:
        self.put("DomainName", "", name, {"domainName": name.partition("+")[0], "routingMode": mode, **more}, region)

    def map(self, key: str, api: str, stage: str = "", name: str = NAME) -> None:
        mapping = {"basePath": key, "restApiId": api, "apiMappingId": "m"} | ({"stage": stage} if stage else {})
        self.put("BasePathMapping", name, key, mapping)

    def rule(self, id: str, priority: int, api: str, *conditions: dict[str, Any], strips: bool = False) -> None:
        action = {"invokeApi": {"apiId": api, "stage": "prod", "stripBasePath": strips}}
        rule = {"routingRuleId": id, "priority": priority, "actions": [action], "conditions": list(conditions)}
        self.put("RoutingRule", NAME, id, rule)

    def found(self, target: str, *lines: str, host: str = NAME) -> tuple[str, str, str, MappedDomain | None] | None:
        """API, stage and path within it, and by which name."""
        found = self.registry.find(request("GET", target, f"Host: {host}", *lines))
        return found and (found.plan.api_id, found.plan.stage, found.path, found.domain)

    def answer(self, target: str, *lines: str, host: str = NAME) -> Any:
        """The whole answer."""
        asked = request("GET", target, f"Host: {host}", CHOSEN_ID, *lines)
        response = self.scene.find_and_serve(self.registry, asked)
        return None if response is None else shown(response)

    def told(self, target: str, *lines: str, host: str = NAME) -> Any:
        """What `$context` tells."""
        return json.loads(self.answer(target, *lines, host=host)[2])


def header(name: str, glob: str) -> dict[str, Any]:
    return {"matchHeaders": {"anyOf": [{"header": name, "valueGlob": glob}]}}


def path(key: str) -> dict[str, Any]:
    return {"matchBasePaths": {"anyOf": [key]}}


@pytest.fixture
def node() -> Iterator[Node]:
    made = Node()
    yield made
    made.store.close()


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        # AWS's own example: developer guide, "API mappings for REST APIs".
        ("/orders/v1/items", ("api2", "", "orders/v1/items")),
        ("/orders/v2/items", ("api3", "", "orders/v2/items")),
        ("/orders/v1/items/123", ("api2", "/123", "orders/v1/items")),
        ("/orders/v2/items/categories/5", ("api4", "/5", "orders/v2/items/categories")),
        ("/customers", ("api1", "/customers", "")),
        # Whole segments, as received, in their case.
        ("/orders/v1/items/", ("api2", "/", "orders/v1/items")),
        ("/orders/v1/items2", ("api1", "/orders/v1/items2", "")),
        ("/orders/v1", ("api1", "/orders/v1", "")),
        ("/Orders/v1/items", ("api1", "/Orders/v1/items", "")),
        ("/orders%2Fv1/items", ("api1", "/orders%2Fv1/items", "")),
        ("//orders/v1/items/1", ("api2", "/1", "orders/v1/items")),
        ("/orders/v1/items//1", ("api2", "//1", "orders/v1/items")),
        ("/orders//v1/items", ("api1", "/orders//v1/items", "")),
        ("/", ("api1", "/", "")),
    ],
)
def test_the_longest_key_leads(node: Node, target: str, expected: tuple[str, str, str]) -> None:
    node.name()
    keys = {
        "(none)": "api1",
        "orders/v1/items": "api2",
        "orders/v2/items": "api3",
        "orders/v2/items/categories": "api4",
    }
    for key, api in keys.items():
        node.rest(api, "prod")
        node.map(key, api, "prod")
    api, within, matched = expected
    assert node.found(target) == (api, "prod", within, MappedDomain(NAME, matched))


def test_a_mapping_without_a_stage_leaves_it_to_the_path(node: Node) -> None:
    node.rest("shop", "prod", "dev")
    node.name()
    node.map("v1", "shop")
    assert node.found("/v1/prod/a") == ("shop", "prod", "/a", MappedDomain(NAME, "v1"))
    assert node.found("/v1//dev") == ("shop", "dev", "", MappedDomain(NAME, "v1"))
    for target in ("/v1", "/v1/", "/v1/test/a", "/v2/prod", "/prod"):
        assert node.answer(target) == FORBIDDEN


def test_a_domain_and_its_apis_change(node: Node) -> None:
    assert node.found("/a") is None
    node.rest("shop", "prod")
    node.name()
    assert node.answer("/a") == FORBIDDEN
    node.map("(none)", "shop", "prod")
    assert node.answer("/a")[0] == 200
    node.delete("Stage", "shop", "prod")
    assert node.answer("/a") == FORBIDDEN
    node.rest("shop", "prod")
    assert node.answer("/a")[0] == 200
    node.delete("BasePathMapping", NAME, "(none)")
    assert node.answer("/a") == FORBIDDEN
    node.delete("DomainName", "", NAME)
    assert node.found("/a") is None


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("api.example.com", "api.example.com"),
        ("API.Example.COM:8443", "api.example.com"),
        ("api.example.com.", "api.example.com"),
        ("www.example.com", "*.example.com"),
        ("a.b.example.com", None),
        ("example.com", None),
        ("xexample.com", None),
        (".example.com", None),
        ("*.example.com", "*.example.com"),
        ("other.execute-api.example.com", ""),
        ("localhost", None),
        ("", None),
    ],
)
def test_an_exact_name_wins_over_a_wildcard(node: Node, host: str, name: str | None) -> None:
    node.rest("shop", "prod")
    for each in ("api.example.com", "*.example.com"):
        node.name(each)
        node.map(each.replace("*", "wild"), "shop", "prod", each)
    key = (name or "nowhere").replace("*", "wild")
    found = node.found(f"/{key}/a", host=host)
    if name:
        shown_name = host.partition(":")[0]
        assert found == ("shop", "prod", "/a", MappedDomain(shown_name, key))
    elif name is None:
        assert found is None
    else:
        assert found == ("", "", f"/{key}/a", None)


def test_every_path_of_a_name_is_its_own(node: Node) -> None:
    node.rest("shop", "prod")
    node.name()
    for target in (
        "/restapis",
        "/_aws/execute-api/shop/prod/a",
        "/restapis/shop/prod/_user_request_/a",
        "/2015-03-31/x",
    ):
        assert node.answer(target) == FORBIDDEN


def test_health_checks(node: Node) -> None:
    node.name()
    node.rest("shop", "prod")
    node.map("(none)", "shop", "prod")
    for target in ("/ping", "/sping?x=1"):
        assert node.answer(target) == (200, [b"Content-Type: text/plain\r\n"], b"healthy")
    assert node.answer("/ping/more")[0] == 200
    assert node.found("/ping", host="localhost") is None


def test_what_shows_of_a_mapping(node: Node) -> None:
    node.rest("shop", "prod")
    node.name()
    node.map("v1/shop", "shop", "prod")
    node.map("(none)", "shop", "prod")
    node.map("bare", "shop")
    told = {"name": "API.example.com", "prefix": "API", "rule": ""}
    for target, matched in (("/v1/shop/a", "v1/shop"), ("/a/b", "(none)"), ("/bare/prod/c", "bare")):
        assert node.told(target, host="API.example.com:80") == told | {"path": target, "matched": matched}
    lines = [line.decode().split()[1:] for _, line in node.scene.lines]
    assert lines[0] == ["API.example.com", "/v1/shop/a", "v1/shop"]
    own = "shop.execute-api.eu-west-1.amazonaws.com"
    told = {"name": own, "prefix": "shop", "rule": "", "path": "/prod/a", "matched": ""}
    assert node.told("/prod/a", host=own) == told


# Developer guide, "Examples of how API Gateway evaluates routing rules", the first two.
@pytest.mark.parametrize(
    ("target", "lines", "rules_only", "then_mappings"),
    [
        ("/", ["hello: World"], "abc123", "abc123"),
        ("/PetStoreShopper", ["Hello: World", "Pet: Dog-Bella", "Accept: image/webp"], "abc123", "abc123"),
        ("/PetStoreShopper", ["Pet: Dog-Bella", "Accept: image/webp"], "zzz000", "zzz000"),
        ("/PetStoreShopper/cats", ["Pet: Cat-Bella", "Accept: image/webp"], "", "PetStoreShopper"),
        ("/PetStoreShoppers", ["Pet: Dog-Bella", "Accept: image/webp"], "", "(none)"),
        ("/petstoreshopper", ["Pet: Dog-Bella", "Accept: image/webp"], "", "(none)"),
        ("/", ["Hello: world"], "", "(none)"),
        ("/", ["Hello: Worlds"], "", "(none)"),
        ("/", ["Hello: None", "Hello: World"], "abc123", "abc123"),
    ],
)
def test_rules_come_before_mappings(
    node: Node, target: str, lines: list[str], rules_only: str, then_mappings: str
) -> None:
    node.rest("shop", "prod")
    node.rule("zzz000", 50, "shop", header("Accept", "image/webp"), header("Pet", "Dog-*"), path("PetStoreShopper"))
    node.rule("abc123", 10, "shop", header("Hello", "World"))
    node.map("(none)", "shop", "prod")
    node.map("PetStoreShopper", "shop", "prod")
    for mode, expected in (("ROUTING_RULE_ONLY", rules_only), (RULES, then_mappings)):
        node.name(mode=mode)
        if not expected:
            assert node.answer(target, *lines) == FORBIDDEN
            continue
        told = node.told(target, *lines)
        assert (told["rule"] or told["matched"], told["path"]) == (expected, target)
    node.name()
    assert not node.told(target, *lines)["rule"]


@pytest.mark.parametrize(
    ("glob", "matching", "others"),
    [
        ("a*", ["alpha", "a"], ["beta", "Alpha", ""]),
        ("*a", ["alpha", "a"], ["users", "ab"]),
        ("*a*", ["alpha", "users-a-b", "a"], ["xyz"]),
        ("*", ["", "x"], []),
        ("a.c", ["a.c"], ["abc"]),
    ],
)
def test_globs(node: Node, glob: str, matching: list[str], others: list[str]) -> None:
    node.rest("shop", "prod")
    node.name(mode="ROUTING_RULE_ONLY")
    node.rule("r", 1, "shop", header("X-Version", glob))
    for value in matching:
        assert node.answer("/", f"x-version: {value}")[0] == 200
    for value in others:
        assert node.answer("/", f"x-version: {value}") == FORBIDDEN
    assert node.answer("/") == FORBIDDEN


@pytest.mark.parametrize(
    ("target", "strips", "within"),
    [
        ("/PetStoreShopper/dogs?a=b", True, "/dogs"),
        ("/PetStoreShopper/dogs", False, "/PetStoreShopper/dogs"),
        ("/PetStoreShopper", True, ""),
        ("//PetStoreShopper//dogs", True, "//dogs"),
    ],
)
def test_a_rule_may_take_its_base_path_off(node: Node, target: str, strips: bool, within: str) -> None:
    node.rest("shop", "prod")
    node.name(mode="ROUTING_RULE_ONLY")
    node.rule("r", 1, "shop", path("PetStoreShopper"), strips=strips)
    assert node.found(target) == ("shop", "prod", within, MappedDomain(NAME, rule_id="r"))


def test_a_rule_whose_api_is_gone_ends_the_search(node: Node) -> None:
    node.rest("shop", "prod")
    node.name(mode=RULES)
    node.map("(none)", "shop", "prod")
    node.rule("r", 1, "gone")
    assert node.answer("/") == FORBIDDEN


def test_http_apis(node: Node) -> None:
    node.http("pets", "$default", "v1")
    node.rest("shop", "prod")
    node.name()
    node.map("(none)", "pets", "$default")
    node.map("one", "pets", "v1")
    node.map("shop", "shop", "prod")
    assert node.found("/v1/a") == ("pets", "$default", "/v1/a", MappedDomain(NAME))
    assert node.found("/one/a") == ("pets", "v1", "/a", MappedDomain(NAME, "one"))
    node.map("all", "pets", "$default")
    assert node.found("/all") == ("pets", "$default", "/", MappedDomain(NAME, "all"))
    assert node.found("/shop/a") == ("shop", "prod", "/a", MappedDomain(NAME, "shop"))


def test_an_api_without_an_address_of_its_own(node: Node) -> None:
    node.rest("shop", "prod", disableExecuteApiEndpoint=True)
    node.http("pets", "$default", "v1", disableExecuteApiEndpoint=True)
    node.name()
    node.map("shop", "shop", "prod")
    node.map("pets", "pets", "v1")
    for host, target in (
        ("shop.execute-api.eu-west-1.amazonaws.com", "/prod/a"),
        ("localhost", "/_aws/execute-api/shop/prod/a"),
        ("localhost", "/restapis/shop/prod/_user_request_/a"),
    ):
        assert node.answer(target, host=host) == FORBIDDEN
    for target in ("/v1/a", "/a", "/"):
        found = node.registry.find(request("GET", target, "Host: pets.execute-api.localhost"))
        assert found is not None
        response = node.scene.serve(found.plan, request("GET", target), found.path)
        assert (response.status, response.body) == (404, b'{"message":"Not Found"}')
    assert node.answer("/shop/a")[0] == 200
    assert node.found("/pets/a") == ("pets", "v1", "/a", MappedDomain(NAME, "pets"))
    node.rest("shop", "prod")
    assert node.answer("/prod/a", host="shop.execute-api.localhost")[0] == 200


def test_a_name_with_mutual_tls_is_closed(node: Node) -> None:
    node.rest("shop", "prod")
    node.name(mutualTlsAuthentication={"truststoreUri": "s3://bucket/store.pem"})
    node.map("(none)", "shop", "prod")
    for target in ("/", "/ping"):
        assert node.answer(target) == FORBIDDEN


def allowing(resource: str = "execute-api:/*", **more: Any) -> str:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": resource}
    deny = [allow | {"Effect": "Deny"} | more] if more else []
    return json.dumps({"Version": "2012-10-17", "Statement": [allow, *deny]})


def private(node: Node, id: str, endpoint: str, policy: str = "", region: str = "eu-west-1") -> None:
    """A private name with an endpoint, which leads to the API of that id."""
    name = f"{NAME}+{id}"
    arn = f"arn:aws:apigateway:{region}:123456789012:/domainnames/{name}"
    node.name(name, domainNameArn=arn, policy=policy or allowing())
    node.rest(id, "prod")
    node.map("(none)", id, "prod", name)
    association = {"domainNameArn": arn, "accessAssociationSource": endpoint}
    node.put("DomainNameAccessAssociation", "", f"domainname/{NAME}/vpcesource/{endpoint}", association)


def test_private_names(node: Node) -> None:
    private(node, "mine", "vpce-1")
    private(node, "other", "vpce-2")
    assert node.found("/a", host=NAME) == ("mine", "prod", "/a", MappedDomain(NAME))
    assert node.answer("/ping")[2] == b"healthy"
    node.delete("DomainNameAccessAssociation", "", f"domainname/{NAME}/vpcesource/vpce-1")
    for target in ("/a", "/ping"):
        assert node.answer(target) == FORBIDDEN
    node.rest("public", "prod")
    node.name()
    node.map("(none)", "public", "prod")
    assert node.found("/a", host=NAME) == ("public", "prod", "/a", MappedDomain(NAME))
    private(node, "mine", "vpce-1")
    assert node.found("/a", host=NAME) == ("mine", "prod", "/a", MappedDomain(NAME))
    private(node, "twin", "vpce-1")
    node.put(
        "DomainNameAccessAssociation",
        "",
        "again",
        {
            "domainNameArn": f"arn:aws:apigateway:eu-west-1:123456789012:/domainnames/{NAME}+mine",
            "accessAssociationSource": "vpce-1",
        },
    )
    assert node.answer("/a") == FORBIDDEN


OWN = f"arn:aws:execute-api:eu-west-1:123456789012:/domainnames/{NAME}+mine"


@pytest.mark.parametrize(
    ("policy", "admitted"),
    [
        (allowing(), True),
        (allowing("*"), True),
        (allowing(OWN), True),
        (allowing(f"{OWN}/*"), True),
        (allowing(OWN.replace("+mine", "+*")), True),
        (allowing(OWN.replace("+mine", "+other")), False),
        (allowing(Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}), True),
        (allowing(Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-2"}}), False),
        (allowing(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}), False),
        (allowing(Condition={"IpAddress": {"aws:VpcSourceIp": "192.0.2.0/24"}}), False),
        (allowing(Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}), True),
        # What cannot be evaluated closes the name.
        (allowing(Principal={"AWS": "arn:aws:iam::123456789012:root"}), False),
        (allowing("execute-api:/prod/GET/a"), False),
        ('{"Version": "2012-10-17", "Statement": []}', False),
        ("{}", False),
    ],
)
def test_the_policy_of_a_private_name(node: Node, policy: str, admitted: bool) -> None:
    private(node, "mine", "vpce-1", policy)
    assert (node.answer("/") != FORBIDDEN) == admitted


def test_associations_of_other_accounts_let_nobody_in(node: Node) -> None:
    private(node, "mine", "vpce-2")
    association = {
        "domainNameArn": f"arn:aws:apigateway:eu-west-1:123456789012:/domainnames/{NAME}+mine",
        "accessAssociationSource": "vpce-1",
    }
    with node.store.transaction() as tx:
        tx.put(Key("999999999999", "eu-west-1", "DomainNameAccessAssociation", "", "theirs"), association)
    assert node.answer("/") == FORBIDDEN


def test_a_name_in_two_regions_leads_nowhere(node: Node) -> None:
    node.rest("shop", "prod")
    node.name()
    node.map("(none)", "shop", "prod")
    assert node.answer("/")[0] == 200
    node.name(region="us-east-1")
    assert node.answer("/") == FORBIDDEN


def test_a_name_that_cannot_be_read_answers_500(node: Node) -> None:
    node.put("DomainName", "", NAME, {})
    assert node.answer("/")[::2] == (500, b'{"message": "Internal server error"}')
