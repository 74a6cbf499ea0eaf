"""What policies see of a request, key by key, and private APIs."""

import json
from ipaddress import ip_network
from typing import Any

import pytest

from gatewright.execute.caller import Caller, Principal
from gatewright.execute.network import Network
from gatewright.execute.plan import RestPlan
from gatewright.execute.policy_request import access_request
from gatewright.execute.private_api import VpcEndpoint, Way, read_way
from gatewright.execute.rest import begin
from gatewright.execute.rest_stage import compile_rest_stage
from gatewright.values.response import Response
from tests.execute.stage import CHOSEN_ID, MOCK, Scene, compiled, method, registry_of, request, shown, snapshot

METHODS = {"/": {"GET": method(MOCK)}}
WAYS = (
    read_way("vpce-1=vpc-1:192.0.0.0/8"),
    read_way("vpce-2=vpc-2:192.0.2.7"),
    read_way("vpce-3=vpc-3:2001:db8::/32"),
)
ALLOWED = (200, [b"Content-Type: application/json\r\n"], b"")
FORBIDDEN = (
    403,
    [b"x-amzn-ErrorType: ForbiddenException\r\n", b"Content-Type: application/json\r\n"],
    b'{"message":"Forbidden"}',
)
ANYTHING = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}'


def private(text: str | None = ANYTHING, ways: tuple[Way, ...] = WAYS, **endpoint: Any) -> RestPlan:
    """A private API that may be called through these endpoints."""
    configuration = {"endpointConfiguration": {"types": ["PRIVATE"], **endpoint}}
    document = snapshot(METHODS, **configuration, **({} if text is None else {"policy": text}))
    stage = {"stageName": "prod", "deploymentId": "d"}
    return compile_rest_stage(document, stage, account="123456789012", region="eu-west-1", network=Network(ways=ways))


def keys_of(plan: RestPlan, principal: Principal | None = None, *lines: str, **members: Any) -> dict[str, Any]:
    received = request("GET", "/pets/1", *lines)._replace(**members)
    context = begin(plan, received, "/pets/1")
    context.caller = Caller(principal=principal)
    return dict(access_request(context).keys)


OF_ANYONE = {
    "aws:currenttime": ("2023-11-14T22:13:20Z",),
    "aws:epochtime": ("1700000000",),
    "aws:requestedregion": ("eu-west-1",),
    "aws:resourceaccount": ("123456789012",),
    "aws:securetransport": ("false",),
    "aws:sourceip": ("192.0.2.7",),
}


def test_keys_of_a_request_from_anyone() -> None:
    assert keys_of(compiled(snapshot(METHODS))) == OF_ANYONE
    lines = ("User-Agent: curl", "Referer: https://a.example/")
    said = {"aws:useragent": ("curl",), "aws:referer": ("https://a.example/",), "aws:securetransport": ("true",)}
    assert keys_of(compiled(snapshot(METHODS)), None, *lines, scheme="https") == OF_ANYONE | said


@pytest.mark.parametrize(
    ("members", "keys"),
    [
        (
            {"arn": "arn:aws:iam::123456789012:user/team/ann", "user_id": "AIDA"},
            {"principalarn": "arn:aws:iam::123456789012:user/team/ann", "principaltype": "User", "username": "ann"},
        ),
        (
            {
                "arn": "arn:aws:sts::123456789012:assumed-role/reader/ann",
                "user_id": "AROA:ann",
                "role_arn": "arn:aws:iam::123456789012:role/reader",
            },
            {"principalarn": "arn:aws:iam::123456789012:role/reader", "principaltype": "AssumedRole"},
        ),
        (
            {"arn": "arn:aws:iam::123456789012:root", "user_id": "123456789012"},
            {"principalarn": "arn:aws:iam::123456789012:root", "principaltype": "Account"},
        ),
    ],
)
def test_keys_of_a_principal(members: dict[str, str], keys: dict[str, str]) -> None:
    brought = {"aws:principaltag/team": ("pets",), "aws:sourceip": ("10.0.0.1",), "aws:username": ("eve",)}
    principal = Principal(
        account="123456789012", access_key="AKIA", secret_key="", keys=brought, organization="o-1", **members
    )
    expected = keys | {"principalaccount": "123456789012", "principalorgid": "o-1", "userid": members["user_id"]}
    expected |= {"principalisawsservice": "false", "viaawsservice": "false", "principaltag/team": "pets"}
    found = keys_of(compiled(snapshot(METHODS)), principal)
    assert found == OF_ANYONE | {f"aws:{name}": (value,) for name, value in expected.items()}


@pytest.mark.parametrize(
    ("address", "endpoint", "vpc"),
    [("192.0.2.7", "vpce-2", "vpc-2"), ("192.1.1.1", "vpce-1", "vpc-1"), ("2001:db8::1", "vpce-3", "vpc-3")],
)
def test_keys_of_a_private_api(address: str, endpoint: str, vpc: str) -> None:
    found = keys_of(private(), source_ip=address)
    assert {name: value for name, value in found.items() if name not in OF_ANYONE} == {
        "aws:sourcevpc": (vpc,),
        "aws:sourcevpce": (endpoint,),
        "aws:vpcsourceip": (address,),
    }
    assert "aws:sourceip" not in found


def served(plan: RestPlan, *lines: str, address: str = "192.0.2.7", target: str = "/") -> object:
    received = request("GET", target, CHOSEN_ID, *lines)._replace(source_ip=address)
    return shown(Scene().serve(plan, received))


def test_a_private_api_is_served_through_its_endpoints() -> None:
    assert served(private()) == ALLOWED
    assert served(private(), address="10.0.0.1") == FORBIDDEN
    assert served(private(), address="10.0.0.1", target="/no/such/method") == FORBIDDEN
    assert served(private(ways=())) == FORBIDDEN


def test_a_private_api_without_a_policy_is_nobodys() -> None:
    text = "User: anonymous is not authorized to perform: execute-api:Invoke on resource: "
    arn = "arn:aws:execute-api:eu-west-1:********9012:abcdef1234/prod/GET/"
    headers = [b"x-amzn-ErrorType: AccessDeniedException\r\n", b"Content-Type: application/json\r\n"]
    assert served(private(None)) == (403, headers, f'{{"Message":"{text}{arn}"}}'.encode())


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({"StringEquals": {"aws:SourceVpce": "vpce-2"}}, 200),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, 403),
        ({"StringEquals": {"aws:SourceVpc": ["vpc-1", "vpc-2"]}}, 200),
        ({"StringNotEquals": {"aws:SourceVpc": "vpc-2"}}, 403),
        ({"IpAddress": {"aws:VpcSourceIp": "192.0.2.0/24"}}, 200),
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, 403),
    ],
)
def test_policies_of_private_apis(condition: dict[str, Any], status: int) -> None:
    document = json.loads(ANYTHING)
    document["Statement"]["Condition"] = condition
    answer = Scene().serve(private(json.dumps(document)), request())
    assert answer.status == status


HOST = "abcdef1234{}.execute-api.eu-west-1.amazonaws.com"
ENDPOINT = "vpce-2-x1y2.execute-api.eu-west-1.vpce.amazonaws.com"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([f"Host: {HOST.format('')}"], ALLOWED),
        ([f"Host: {HOST.format('-vpce-2')}"], ALLOWED),
        ([f"Host: {HOST.format('-VPCE-2')}"], ALLOWED),
        ([f"Host: {HOST.format('-vpce-1')}"], FORBIDDEN),  # it came through another one
        ([f"Host: {HOST.format('-vpce-9')}"], FORBIDDEN),
        ([f"Host: {ENDPOINT}", "x-apigw-api-id: abcdef1234"], ALLOWED),
        ([f"Host: {ENDPOINT.replace('-2', '-1')}", "x-apigw-api-id: abcdef1234"], FORBIDDEN),
        ([f"Host: {ENDPOINT}", "x-apigw-api-id: other"], FORBIDDEN),
        ([f"Host: {ENDPOINT}"], FORBIDDEN),
    ],
)
def test_the_names_of_a_private_api(lines: list[str], expected: object) -> None:
    answer = found(private(vpcEndpointIds=["vpce-1", "vpce-2"]), *lines)
    assert answer is not None and shown(answer) == expected


def test_an_alias_is_of_associated_endpoints() -> None:
    answer = found(private(vpcEndpointIds=["vpce-1"]), f"Host: {HOST.format('-vpce-2')}")
    assert answer is not None and shown(answer) == FORBIDDEN


def test_the_names_of_endpoints_lead_to_no_other_apis() -> None:
    for lines in ([f"Host: {HOST.format('-vpce-2')}"], [f"Host: {ENDPOINT}", "x-apigw-api-id: abcdef1234"]):
        answer = found(compiled(snapshot(METHODS)), *lines)
        assert answer is not None and shown(answer) == FORBIDDEN


def found(plan: RestPlan, *lines: str) -> Response | None:
    registry = registry_of(lambda api_id, stage: plan if (api_id, stage) == ("abcdef1234", "prod") else None)
    return Scene().find_and_serve(registry, request("GET", "/prod/", CHOSEN_ID, *lines))


def test_ways_are_read() -> None:
    assert read_way("vpce-0a=vpc-0b:10.0.0.0/16") == Way(ip_network("10.0.0.0/16"), VpcEndpoint("vpce-0a", "vpc-0b"))
    for wrong in ("vpce-1", "vpce-1=vpc-1", "vpce-1=vpc-1:10.0.0.1/8", "vpce-1=vpc-1:x", "VPCE-1=vpc-1:10.0.0.1"):
        with pytest.raises(ValueError, match=r"."):
            read_way(wrong)
