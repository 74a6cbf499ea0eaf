"""Any patch operations whatever: an output and a record that can still be read, or a ServiceError and no change."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.noun import Noun
from gatewright.management.rest import NOUNS
from gatewright.management.rest.method_setting import SETTINGS
from gatewright.values.records import Change
from gatewright.values.request import Request
from tests.management.gateway import NOW, Gateway

REQUEST = Request("PATCH", "/", "/", "", (), b"", "127.0.0.1", "http", float(NOW))
PATCHED = [noun for noun in NOUNS if noun.patch is not None]
# The paths that no table has.
ROWS = {
    "Stage": [f"/{row}/{setting}" for row in ("*/*", "~1/GET", "a/b/GET") for setting in SETTINGS],
    "UsagePlan": [
        f"/apiStages/pets:prod/throttle/{rest}" for rest in ("/GET", "~1a/GET/rateLimit", "a/b/PUT/burstLimit")
    ],
}
WORDS = [
    "",
    "0",
    "-1",
    "1e3",
    "nan",
    "true",
    "NEVER",
    "MOCK",
    "EDGE",
    "http://a/b",
    "a/b",
    "'x'",
    "{}",
    "[]",
    "$context.requestId",
    "pets:prod",
    "REGIONAL",
    "DAY",
    "s3://bucket/key",
    '{"/GET": {"rateLimit": 1}}',
]


def operations(noun: Noun) -> st.SearchStrategy[list[dict[str, Any]]]:
    assert noun.patch is not None
    names = st.sampled_from(
        ["a", "~1", "~0~2", "pets:prod", "method.request.header.a", "integration.request.header.a", "*", "0"]
    )
    known = st.builds(
        lambda template, name: "/".join(name if part.startswith("{") else part for part in template.split("/")),
        st.sampled_from([*noun.patch.paths, *ROWS.get(noun.name, ())]),
        names | st.text(max_size=5),
    )
    one = st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"])},
        optional={
            "path": known | st.text(max_size=12) | st.just(None),
            "value": st.sampled_from(WORDS) | st.text(max_size=8) | st.just(None),
            "from": known | st.text(max_size=5),
        },
    )
    return st.lists(one, max_size=4)


def inside_an_api(gateway: Gateway) -> dict[str, str]:
    """One of each noun that is made with an API, or beside it, and the members that lead to them."""
    uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations"
    source = "method.request.header.A"
    who = {"name": "who", "type": "TOKEN", "authorizerUri": uri, "identitySource": source}
    target = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/pets/0123456789abcdef"

    def made(operation: str, id: str, **given: Any) -> str:
        return str(gateway.call(operation, **given)[id])

    def inside(operation: str, **given: Any) -> str:
        return made(operation, "id", restApiId="pets", **given)

    gateway.call("create_documentation_version", restApiId="pets", documentationVersion="1")
    return {
        "modelName": "Error",
        "documentationVersion": "1",
        "responseType": "THROTTLED",
        "requestValidatorId": inside("create_request_validator", name="all"),
        "authorizerId": inside("create_authorizer", **who),
        "documentationPartId": inside("create_documentation_part", location={"type": "API"}, properties="{}"),
        "clientCertificateId": made("generate_client_certificate", "clientCertificateId"),
        "vpcLinkId": made("create_vpc_link", "id", name="pets", targetArns=[target]),
    }


def beside_it(gateway: Gateway) -> dict[str, str]:
    """One of each noun of an account, and the members that lead to them; the API is mapped and in the plan."""
    key = gateway.call("create_api_key", name="pets")["id"]
    plan = gateway.call("create_usage_plan", name="gold", apiStages=[{"apiId": "pets", "stage": "prod"}])["id"]
    gateway.call("create_usage_plan_key", usagePlanId=plan, keyId=key, keyType="API_KEY")
    certificate = "arn:aws:acm:us-east-1:000000000000:certificate/c-1"
    gateway.call(
        "create_domain_name",
        domainName="a.example.com",
        regionalCertificateArn=certificate,
        endpointConfiguration={"types": ["REGIONAL"]},
    )
    gateway.call("create_base_path_mapping", domainName="a.example.com", restApiId="pets", basePath="a")
    return {"apiKey": key, "usagePlanId": plan, "domainName": "a.example.com", "basePath": "a"}


@pytest.fixture
def there(gateway: Gateway, deployment: str, mock: dict[str, str]) -> Iterator[Callable[[str, list[Any]], None]]:
    """Calls an operation on the parts that the fixtures made."""
    gateway.call("put_method_response", **mock, statusCode="200")
    gateway.call("put_integration_response", **mock, statusCode="200")
    child = gateway.call("create_resource", restApiId="pets", parentId=mock["resourceId"], pathPart="a")["id"]
    ids = mock | {"statusCode": "200", "deploymentId": deployment, "stageName": "prod"} | inside_an_api(gateway)
    ids |= beside_it(gateway)
    written: list[Change] = []
    gateway.store.subscribe(written.extend)

    def call(noun: str, changes: list[Any]) -> None:
        given = ids | ({"resourceId": child} if noun == "Resource" else {})

        def perform(operation: str, **members: Any) -> Any:
            made = Call(operation, "000000000000", "us-east-1", given | members, REQUEST, "id")
            return gateway.handlers[operation](made)

        written.clear()
        try:
            updated = perform(f"Update{noun}", patchOperations=changes)
        except ServiceError:
            assert not written
            return
        given.update((name, updated[name]) for name in ("basePath",) if name in updated)  # an update may change it
        ids.update((name, given[name]) for name in ("basePath",))
        no_tags: dict[str, Any] = {"tags": {}}  # which operations tell of none differs by noun
        assert no_tags | updated == no_tags | perform(f"Get{noun}")

    yield call


@pytest.mark.parametrize("noun", PATCHED, ids=lambda noun: noun.name)
def test_any_patch(there: Callable[[str, list[Any]], None], noun: Noun) -> None:
    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(operations(noun))
    def check(changes: list[dict[str, Any]]) -> None:
        there(noun.name, changes)

    check()
