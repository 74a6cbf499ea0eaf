"""The policy of an API: what AWS keeps of it, and what it does not take."""

import json
import logging
from typing import Any

import pytest

from tests.management.gateway import Gateway, bad, operation, replace

INVALID = bad("Invalid policy document. Please check the policy syntax and ensure that Principals are valid.")
ARN = "arn:aws:execute-api:us-east-1:000000000000:pets"


def policy(**statement: Any) -> str:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow | statement]})


def kept(shown: str) -> Any:
    """The document in an answer, whose quotes AWS escapes once more."""
    return json.loads(json.loads(f'"{shown}"'))


@pytest.mark.usefixtures("root")
def test_short_resources_are_written_out(gateway: Gateway) -> None:
    short = ["execute-api:/prod/GET/a", "execute-api:/*", f"{ARN}/x", "execute-api:/"]
    api = gateway.call("update_rest_api", restApiId="pets", patchOperations=replace("/policy", policy(Resource=short)))
    (statement,) = kept(api["policy"])["Statement"]
    assert statement["Resource"] == [f"{ARN}/prod/GET/a", f"{ARN}/*", f"{ARN}/x", f"{ARN}/"]
    assert gateway.call("get_rest_api", restApiId="pets") == api


def test_the_text_is_what_aws_shows(gateway: Gateway) -> None:
    single = '{ "Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", '
    single += '"NotResource": "execute-api:/prod/*"} }'
    api = gateway.call("create_rest_api", name="pets", tags={"_custom_id_": "dogs"}, policy=single)
    assert api["policy"] == (
        '{\\"Version\\":\\"2012-10-17\\",\\"Statement\\":{\\"Effect\\":\\"Deny\\",\\"Principal\\":\\"*\\",'
        '\\"Action\\":\\"*\\",\\"NotResource\\":\\"arn:aws:execute-api:us-east-1:000000000000:dogs/prod/*\\"}}'
    )


@pytest.mark.usefixtures("root")
def test_the_log_tells_what_is_wrong_with_a_policy(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    given = replace("/policy", policy(Resource=[]))
    assert gateway.refusal("update_rest_api", restApiId="pets", patchOperations=given) == INVALID
    assert caplog.messages[-1] == f"a policy for {ARN} is refused: Resource is an empty list"


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Maybe"},
        {"Principal": None},
        {"Principal": {"AWS": "everyone"}},
        {"Principal": {"AWS": "arn:aws:iam::000000000000:user/*"}},
        {"Principal": {"Federated": "cognito-identity.amazonaws.com"}},
        {"NotPrincipal": {"AWS": "000000000000"}},
        {"Action": "Invoke"},
        {"Action": []},
        {"Resource": "pets"},
        {"Condition": {"StringIs": {"aws:UserAgent": "x"}}},
        {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/33"}}},
        {"Condition": {"StringLike": {"aws:UserAgent": "${aws:username"}}},
        {"Comment": "x"},
    ],
)
@pytest.mark.usefixtures("root")
def test_what_is_no_policy_is_refused(gateway: Gateway, statement: dict[str, Any]) -> None:
    before = gateway.call("get_rest_api", restApiId="pets")
    document = policy(**statement)
    assert gateway.refusal("update_rest_api", restApiId="pets", patchOperations=replace("/policy", document)) == INVALID
    assert gateway.refusal("create_rest_api", name="x", policy=document) == INVALID
    assert gateway.call("get_rest_api", restApiId="pets") == before


@pytest.mark.usefixtures("root")
def test_a_long_policy_is_as_long_written_out(gateway: Gateway) -> None:
    text = policy(Resource=[f"execute-api:/{number}" for number in range(400)])
    api = gateway.call("update_rest_api", restApiId="pets", patchOperations=replace("/policy", text))
    assert len(api["policy"]) > 8192
    clone = gateway.call("create_rest_api", name="cats", cloneFrom="pets")
    own = json.dumps(kept(clone["policy"]), indent=1)
    api = gateway.call("update_rest_api", restApiId=clone["id"], patchOperations=replace("/policy", own))
    assert api["policy"] == clone["policy"]
    longer = policy(Resource=[f"execute-api:/{number}" for number in range(500)])
    assert gateway.refusal("create_rest_api", name="x", policy=longer) == (
        bad("Invalid policy document. A policy has at most 8192 characters")
    )


@pytest.mark.parametrize(
    "text", ["null", "[]", '{"Statement":null}', '{"Statement":[]}x', '{"Id":"\\ud800"}', "\ufeff{}"]
)
def test_what_is_no_document_is_refused(gateway: Gateway, text: str) -> None:
    assert gateway.refusal("create_rest_api", name="x", policy=text) == INVALID


def test_a_member_given_twice_is_refused(gateway: Gateway) -> None:
    condition = '"Condition": {"Bool": {"aws:SecureTransport": "%s"}}'
    once = policy().replace('"Action"', f'{condition % "true"}, "Action"')
    gateway.call("create_rest_api", name="x", policy=once)
    twice = once.replace('"Action"', f'{condition % "false"}, "Action"')
    assert gateway.refusal("create_rest_api", name="x", policy=twice) == INVALID


@pytest.mark.usefixtures("root")
def test_a_clone_has_the_policy_for_itself(gateway: Gateway) -> None:
    resources = ["execute-api:/prod/*", "arn:aws:execute-api:*:*:pets/*", "arn:aws:execute-api:*:*:pets2/*", "*"]
    gateway.call("update_rest_api", restApiId="pets", patchOperations=replace("/policy", policy(Resource=resources)))
    clone = gateway.call("create_rest_api", name="cats", cloneFrom="pets", tags={"_custom_id_": "cats"})
    (statement,) = kept(clone["policy"])["Statement"]
    own = "arn:aws:execute-api:us-east-1:000000000000:cats/prod/*"
    assert statement["Resource"] == [own, "arn:aws:execute-api:*:*:cats/*", *resources[2:]]


@pytest.mark.usefixtures("root")
def test_a_policy_is_taken_away(gateway: Gateway) -> None:
    gateway.call("update_rest_api", restApiId="pets", patchOperations=replace("/policy", policy()))
    api = gateway.call("update_rest_api", restApiId="pets", patchOperations=replace("/policy", ""))
    assert "policy" not in api


@pytest.mark.usefixtures("root")
def test_a_policy_stays_when_something_else_changes(gateway: Gateway) -> None:
    api = gateway.call("update_rest_api", restApiId="pets", patchOperations=replace("/policy", policy()))
    renamed = gateway.call("update_rest_api", restApiId="pets", patchOperations=replace("/name", "cats"))
    assert renamed["policy"] == api["policy"]


@pytest.mark.usefixtures("root")
def test_a_private_api_becomes_regional_and_never_edge(gateway: Gateway) -> None:
    types = "/endpointConfiguration/types/"
    endpoint = operation("add", "/endpointConfiguration/vpcEndpointIds", "vpce-1")
    gateway.call("update_rest_api", restApiId="pets", patchOperations=replace(f"{types}0", "PRIVATE") + endpoint)
    assert gateway.refusal("update_rest_api", restApiId="pets", patchOperations=replace(f"{types}PRIVATE", "EDGE")) == (
        bad("Cannot update the endpoint type of a private API to EDGE.")
    )
    removed = operation("remove", "/endpointConfiguration/vpcEndpointIds", "vpce-1")
    regional = gateway.call(
        "update_rest_api", restApiId="pets", patchOperations=removed + replace(f"{types}PRIVATE", "REGIONAL")
    )
    assert regional["endpointConfiguration"] == {"types": ["REGIONAL"], "ipAddressType": "dualstack"}
