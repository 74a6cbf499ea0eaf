"""Who signed a request, holds its key or came through a VPC endpoint, as events, templates and mappings show it."""

import json
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import msgspec

from gatewright.execute.caller import Caller, Principal
from gatewright.execute.context import RequestContext
from gatewright.execute.lambda_event import event_context
from gatewright.execute.limits.api_key import KeyHolder
from gatewright.execute.limits.usage import Quota
from gatewright.execute.parameter_mapping import compile_request_source
from gatewright.execute.private_api import PrivateApi, VpcEndpoint, Way
from gatewright.execute.template_context import context_map
from gatewright.languages.vtl import Input, OverrideMap, parse
from tests.execute.stage import ARRIVED, MOCK, one, request

VALUE = "0123456789abcdefghij"
KEY = KeyHolder("key1", "ann's", VALUE, plan_id="plan1", quota=Quota("", "", "plan1", "key1"))
SIGNER = Principal("210987654321", "arn:aws:iam::210987654321:user/ann", "AIDA1", "AKIA1", "secret", organization="o-1")
PRIVATE = PrivateApi([Way(ip_network("192.0.2.0/24"), VpcEndpoint("vpce-1", "vpc-1"))], frozenset())


def context_of(caller: Caller, **members: Any) -> RequestContext:
    context = RequestContext(replace(one(MOCK), **members), request(), "/", ARRIVED)
    context.caller = caller
    return context


def identity(context: RequestContext) -> dict[str, Any]:
    """What of an event's identity is not null, but for the address."""
    shown = json.loads(msgspec.json.encode(event_context(context, None, msgspec.UNSET)))["identity"]
    return {name: value for name, value in shown.items() if value is not None and name != "sourceIp"}


def rendered(context: RequestContext, template: str) -> str:
    variables = {"context": context_map(context, OverrideMap(), OverrideMap()), "input": Input("", {}, {}, {})}
    return parse(template).render(variables)


def mapped(context: RequestContext, expression: str) -> list[str]:
    return compile_request_source(f"context.{expression}", {})(context)


def test_who_signed() -> None:
    context = context_of(Caller(principal=SIGNER))
    assert identity(context) == {
        "accountId": "210987654321",
        "caller": "AIDA1",
        "principalOrgId": "o-1",
        "accessKey": "AKIA1",
        "userArn": "arn:aws:iam::210987654321:user/ann",
        "user": "AIDA1",
    }
    assert rendered(context, "$context.identity.userArn $context.identity.caller") == f"{SIGNER.arn} AIDA1"
    assert mapped(context, "identity.userArn") == [SIGNER.arn]
    assert mapped(context, "identity.apiKey") == mapped(context, "identity.vpcId") == []
    assert "secret" not in repr(context.caller)


def test_who_holds_the_key() -> None:
    context = context_of(Caller())
    context.key = KEY
    assert identity(context) == {"apiKey": VALUE, "apiKeyId": "key1"}
    assert rendered(context, "$context.identity.apiKeyId") == "key1"
    assert (mapped(context, "identity.apiKey"), mapped(context, "identity.apiKeyId")) == ([VALUE], ["key1"])


def test_who_came_through_an_endpoint() -> None:
    context = context_of(Caller(), private=PRIVATE)
    assert identity(context) == {"vpcId": "vpc-1", "vpceId": "vpce-1"}
    assert mapped(context, "identity.vpceId") == ["vpce-1"]


def test_what_an_authorizer_said() -> None:
    shown = {"a": "-", "principalId": "ann", "claims": {"sub": "7", "cognito:groups": "x,y"}, "integrationLatency": 0}
    context = context_of(Caller("ann", shown))
    event = json.loads(msgspec.json.encode(event_context(context, None, msgspec.UNSET)))
    assert list(event)[:2] == ["resourceId", "authorizer"] and event["authorizer"] == shown
    template = "#foreach($name in $context.authorizer.claims.keySet())$name=$context.authorizer.claims.get($name);#end"
    assert rendered(context, template) == "sub=7;cognito:groups=x,y;"
    assert rendered(context, "[$context.authorizer.claims|$context.authorizer|$context.authorizer.a]") == "[||-]"
    assert mapped(context, "authorizer.claims.cognito:groups") == ["x,y"]
    assert mapped(context, "authorizer.integrationLatency") == ["0"]
    assert mapped(context, "authorizer.a") == ["-"]
    assert mapped(context, "authorizer.claims") == mapped(context, "authorizer.none") == []
