"""Integration and IntegrationResponse: what each kind of API can call, with its defaults, and what it cannot."""

from typing import Any

import pytest

from gatewright.values.records import Document
from tests.management.gateway import Gateway, bad, missing

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:pets"
INVOKE = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
QUEUE = "arn:aws:apigateway:us-east-1:sqs:action/SendMessage"
LISTENER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/pets/0123456789abcdef/0123456789abcdef"
SERVICE = "arn:aws:servicediscovery:us-east-1:000000000000:service/srv-abc?stage=prod"
ROLE = "arn:aws:iam::000000000000:role/caller"
URL = "https://example.com/pets/{proxy}"
PROXY: Document = {
    "IntegrationType": "HTTP_PROXY",
    "IntegrationUri": URL,
    "IntegrationMethod": "ANY",
    "PayloadFormatVersion": "1.0",
}
LAMBDA: Document = {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION, "PayloadFormatVersion": "2.0"}
SEND: Document = {
    "IntegrationType": "AWS_PROXY",
    "IntegrationSubtype": "SQS-SendMessage",
    "PayloadFormatVersion": "1.0",
    "CredentialsArn": ROLE,
    "RequestParameters": {"QueueUrl": "https://sqs/queue", "MessageBody": "$request.body", "MessageGroupId": "a"},
}
USUAL = {"ConnectionType": "INTERNET", "TimeoutInMillis": 30_000}
WEBSOCKET = {
    "ConnectionType": "INTERNET",
    "PassthroughBehavior": "WHEN_NO_MATCH",
    "PayloadFormatVersion": "1.0",
    "TimeoutInMillis": 29_000,
}
BY_STATUS = {"IntegrationResponseSelectionExpression": "${integration.response.statuscode}"}
BY_MESSAGE = {"IntegrationResponseSelectionExpression": "${integration.response.body.errorMessage}"}
NO_METHOD = "HttpMethod parameter method must be specified for integrationType "
INVALID = "Invalid mapping expression specified: Validation Result: warnings : [], errors : "


def make(gateway: Gateway, api: str, **given: Any) -> Document:
    """A new integration without its id."""
    made: Document = gateway.call("create_integration", ApiId=api, **given)
    assert gateway.call("get_integration", ApiId=api, IntegrationId=made["IntegrationId"]) == made
    assert len(made.pop("IntegrationId")) == 7
    return made


def refusal(gateway: Gateway, api: str, given: Document) -> tuple[str, str]:
    members = {name: value for name, value in given.items() if value is not None}
    told = gateway.refusal("create_integration", ApiId=api, **members)
    assert gateway.call("get_integrations", ApiId=api) == {"Items": []}
    return told


def link(gateway: Gateway) -> str:
    return str(gateway.call("create_vpc_link", Name="pets", SubnetIds=["subnet-1"])["VpcLinkId"])


def test_integrations_of_http_apis(gateway: Gateway, http: str) -> None:
    assert make(gateway, http, **PROXY) == PROXY | USUAL
    assert make(gateway, http, **PROXY, PassthroughBehavior="WHEN_NO_MATCH") == PROXY | USUAL
    assert make(gateway, http, **LAMBDA) == LAMBDA | USUAL | {"IntegrationMethod": "POST"}
    invoked = LAMBDA | {"IntegrationUri": INVOKE, "IntegrationMethod": "POST", "TimeoutInMillis": 50}
    assert make(gateway, http, **invoked) == invoked | {"ConnectionType": "INTERNET"}
    assert make(gateway, http, **SEND) == SEND | USUAL
    for uri in (LISTENER, SERVICE):
        private = PROXY | {"IntegrationUri": uri, "ConnectionType": "VPC_LINK", "ConnectionId": link(gateway)}
        private |= {"TlsConfig": {"ServerNameToVerify": "example.com"}, "Description": "Private"}
        assert make(gateway, http, **private) == private | {"TimeoutInMillis": 30_000}


def test_integrations_of_websocket_apis(gateway: Gateway, websocket: str) -> None:
    mock: Document = {"IntegrationType": "MOCK", "RequestTemplates": {"200": '{"statusCode": 200}'}}
    assert make(gateway, websocket, **mock) == mock | WEBSOCKET | BY_STATUS
    proxy: Document = {
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": INVOKE,
        "ContentHandlingStrategy": "CONVERT_TO_TEXT",
    }
    assert make(gateway, websocket, **proxy) == proxy | WEBSOCKET | {"IntegrationMethod": "POST"}
    custom = proxy | {"IntegrationType": "AWS"}
    assert make(gateway, websocket, **custom) == custom | WEBSOCKET | BY_MESSAGE | {"IntegrationMethod": "POST"}
    queue = {"IntegrationType": "AWS", "IntegrationUri": QUEUE, "CredentialsArn": ROLE, "IntegrationMethod": "POST"}
    assert make(gateway, websocket, **queue) == queue | WEBSOCKET | BY_STATUS
    http: Document = {
        "IntegrationType": "HTTP",
        "IntegrationUri": "https://example.com",
        "IntegrationMethod": "PUT",
        "PassthroughBehavior": "NEVER",
        "RequestParameters": {
            "integration.request.header.a": "route.request.header.b",
            "integration.request.path.c": "route.request.body.d",
            "integration.request.querystring.e": "'f'",
        },
        "TemplateSelectionExpression": "${request.body.kind}",
        "TimeoutInMillis": 51,
    }
    assert make(gateway, websocket, **http) == WEBSOCKET | http | BY_STATUS
    first = gateway.speaking("apigateway")
    balancer = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/pets/0123456789abcdef"
    through = str(first.call("create_vpc_link", name="pets", targetArns=[balancer])["id"])
    gateway.speaking("apigatewayv2")
    private: Document = {
        "IntegrationType": "HTTP_PROXY",
        "IntegrationUri": "https://example.com",
        "IntegrationMethod": "ANY",
    }
    private |= {"ConnectionType": "VPC_LINK", "ConnectionId": through}
    assert make(gateway, websocket, **private) == WEBSOCKET | private


def test_updates(gateway: Gateway, http: str) -> None:
    parameters = {"append:header.a": "$context.requestId", "remove:querystring.b": "''", "overwrite:path": "/x"}
    responses = {"200": {"overwrite:statuscode": "201"}, "404": {"append:header.a": "$response.header.b"}}
    made = gateway.call(
        "create_integration", ApiId=http, **PROXY, RequestParameters=parameters, ResponseParameters=responses
    )
    where = {"ApiId": http, "IntegrationId": made["IntegrationId"]}
    assert made == PROXY | USUAL | {
        "IntegrationId": made["IntegrationId"],
        "RequestParameters": parameters,
        "ResponseParameters": responses,
    }
    changed = gateway.call(
        "update_integration",
        **where,
        Description="Changed",
        RequestParameters={"overwrite:path": "", "append:header.a": "x"},
        ResponseParameters={"200": {}, "500": {"overwrite:statuscode": "200"}},
    )
    assert changed == made | {
        "Description": "Changed",
        "RequestParameters": {"append:header.a": "x", "remove:querystring.b": "''"},
        "ResponseParameters": {"404": responses["404"], "500": {"overwrite:statuscode": "200"}},
    }
    private: Document = {"ConnectionType": "VPC_LINK", "ConnectionId": link(gateway), "IntegrationUri": LISTENER}
    private |= {"TlsConfig": {"ServerNameToVerify": "example.com"}}
    assert gateway.call("update_integration", **where, **private) == changed | private
    public: Document = {"ConnectionType": "INTERNET", "IntegrationUri": URL, "TlsConfig": {}, "Description": ""}
    cleared = gateway.call("update_integration", **where, **public, RequestParameters={}, ResponseParameters={})
    assert cleared == PROXY | USUAL | {"IntegrationId": made["IntegrationId"]}
    assert gateway.call("get_integrations", ApiId=http) == {"Items": [cleared]}
    assert gateway.call("delete_integration", **where) == {}
    for verb in ("get", "update", "delete"):
        assert gateway.refusal(f"{verb}_integration", **where) == missing(
            f"Invalid Integration identifier specified {made['IntegrationId']}"
        )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"IntegrationType": "MOCK"},
            "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations "
            "(AWS_PROXY, HTTP_PROXY)",
        ),
        (PROXY | {"PayloadFormatVersion": None}, "PayloadFormatVersion is a required parameter for integration"),
        (
            PROXY | {"PayloadFormatVersion": "2.0"},
            "PayloadFormatVersion 2.0 is not supported for integration of type HTTP_PROXY",
        ),
        (
            SEND | {"PayloadFormatVersion": "2.0"},
            "Operation: SQS-SendMessage is not supported.",
        ),
        (
            LAMBDA | {"PayloadFormatVersion": "3.0"},
            "Unsupported PayloadFormatVersion: 3.0",
        ),
        (
            PROXY | {"PassthroughBehavior": "NEVER"},
            "passthroughBehavior is not supported for an API with a protocol type of HTTP",
        ),
        (
            PROXY | {"RequestTemplates": {"a": "b"}},
            "requestTemplates is not supported for an API with a protocol type of HTTP",
        ),
        (
            PROXY | {"ContentHandlingStrategy": "CONVERT_TO_TEXT"},
            "contentHandlingStrategy is not supported for an API with a protocol type of HTTP",
        ),
        (PROXY | {"IntegrationMethod": None}, NO_METHOD + "HTTPPROXY"),
        (
            PROXY | {"IntegrationMethod": "FETCH"},
            "Invalid IntegrationMethod specified: FETCH. Valid options are ANY,GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS",
        ),
        (PROXY | {"IntegrationUri": "ftp://example.com"}, "Invalid HTTP endpoint specified for URI"),
        (PROXY | {"IntegrationUri": FUNCTION}, "Invalid HTTP endpoint specified for URI"),
        (LAMBDA | {"IntegrationUri": None}, "Invalid ARN specified in the request"),
        (LAMBDA | {"IntegrationUri": URL}, "Invalid ARN specified in the request"),
        (
            LAMBDA | {"IntegrationUri": QUEUE},
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
        ),
        (LAMBDA | {"IntegrationMethod": "GET"}, "IntegrationMethod of a Lambda integration must be POST"),
        (LAMBDA | {"CredentialsArn": "x"}, "Invalid ARN specified in the request"),
        (PROXY | {"TimeoutInMillis": 49}, "Timeout should be between 50 ms and 30000 ms"),
        (PROXY | {"TimeoutInMillis": 30_001}, "Timeout should be between 50 ms and 30000 ms"),
        (PROXY | {"ConnectionId": "x"}, "ConnectionId can only be specified for connection type VPC_LINK"),
        (PROXY | {"ConnectionType": "VPC_LINK"}, "ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK"),
        (
            LAMBDA | {"ConnectionType": "VPC_LINK", "ConnectionId": "x"},
            "ConnectionType VPC_LINK is only supported for integration type HTTP, HTTP_PROXY.",
        ),
        (
            PROXY | {"ConnectionType": "VPC_LINK", "ConnectionId": "x"},
            "For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN "
            "or a valid Cloud Map service ARN.",
        ),
        (
            PROXY | {"RequestParameters": {"append:header.a": "$request.body..x"}},
            f"{INVALID}[Invalid mapping expression specified: $request.body..x]",
        ),
        (
            PROXY | {"RequestParameters": {"append:cookie.a": "x"}},
            f"{INVALID}[Invalid Request Actioned Parameter destination specified: append:cookie.a]",
        ),
        (
            PROXY | {"RequestParameters": {"append:header.Authorization": "x"}},
            f"{INVALID}[Operations on header Authorization are restricted]",
        ),
        (
            PROXY | {"ResponseParameters": {"200": {"append:overwrite.static": "x"}}},
            f"{INVALID}[Invalid Response Actioned Parameter destination specified: append:overwrite.static]",
        ),
        (
            PROXY | {"ResponseParameters": {"2xx": {"overwrite:statuscode": "200"}}},
            "Status Code 2xx is not valid",
        ),
        (SEND | {"IntegrationSubtype": "SQS-Fetch"}, "Operation: SQS-Fetch is not supported."),
        (
            SEND | {"CredentialsArn": None},
            "Role ARN must be specified for AWS integration configuration with Subtype: SQS-SendMessage",
        ),
        (
            SEND | {"IntegrationUri": URL},
            "integrationUri cannot be specified for integrations with a subtype",
        ),
        (
            SEND | {"RequestParameters": {"QueueUrl": "x"}},
            "Operation: SQS-SendMessage requires enabling passthrough, or defining all of the following parameters: "
            "[QueueUrl, MessageBody]",
        ),
        (
            SEND | {"RequestParameters": SEND["RequestParameters"] | {"Other": "x"}},
            "Invalid parameter specified for SQS-SendMessage: Other",
        ),
        (
            SEND | {"RequestParameters": SEND["RequestParameters"] | {"MessageBody": "$request.x"}},
            "Invalid selection expression specified: Validation Result: warnings : [], "
            "errors : [Invalid source: $request.x specified for destination: MessageBody]",
        ),
        (
            SEND | {"RequestParameters": SEND["RequestParameters"] | {"MessageGroupId": ""}},
            "Invalid selection expression specified: Validation Result: warnings : [], "
            "errors : [Mapping expression missing source or destination]",
        ),
    ],
)
def test_what_http_apis_cannot_call(gateway: Gateway, http: str, given: Document, message: str) -> None:
    assert refusal(gateway, http, given) == bad(message)


def test_a_private_integration_goes_through_a_link_that_is_there(gateway: Gateway, http: str) -> None:
    given = PROXY | {"ConnectionType": "VPC_LINK", "ConnectionId": "none", "IntegrationUri": LISTENER}
    assert refusal(gateway, http, given) == missing("Invalid VpcLink identifier specified none")


HTTP: Document = {"IntegrationType": "HTTP", "IntegrationUri": "https://example.com", "IntegrationMethod": "GET"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"IntegrationType": "HTTP"}, "Invalid HTTP endpoint specified for URI"),
        (HTTP | {"IntegrationMethod": None}, NO_METHOD + "HTTP"),
        (HTTP | {"TimeoutInMillis": 29_001}, "Timeout should be between 50 ms and 29000 ms"),
        (
            HTTP | {"PayloadFormatVersion": "2.0"},
            "Unsupported PayloadFormatVersion: 2.0",
        ),
        (
            HTTP | {"ResponseParameters": {"200": {"overwrite:statuscode": "201"}}},
            "responseParameters is not supported for an API with a protocol type of WEBSOCKET",
        ),
        (
            HTTP | {"IntegrationSubtype": "SQS-SendMessage"},
            "integrationSubtype is not supported for an API with a protocol type of WEBSOCKET",
        ),
        (
            HTTP | {"TlsConfig": {"ServerNameToVerify": "x"}},
            "tlsConfig is not supported for an API with a protocol type of WEBSOCKET",
        ),
        (
            {"IntegrationType": "MOCK", "IntegrationUri": URL},
            "IntegrationUri cannot be specified for integrations of type MOCK",
        ),
        (
            {"IntegrationType": "AWS", "IntegrationUri": QUEUE, "IntegrationMethod": "POST"},
            "Role ARN must be specified for AWS integrations",
        ),
        (
            {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION},
            "Invalid ARN specified in the request",
        ),
        (
            HTTP | {"ConnectionType": "VPC_LINK", "ConnectionId": "none"},
            "Invalid Vpc Link identifier specified",
        ),
        (
            HTTP | {"RequestParameters": {"integration.request.header.a": "method.request.header.b"}},
            f"{INVALID}[Invalid mapping expression specified: method.request.header.b]",
        ),
        (
            HTTP | {"RequestParameters": {"append:header.a": "'b'"}},
            f"{INVALID}[Invalid mapping expression specified: append:header.a]",
        ),
        (
            HTTP | {"TemplateSelectionExpression": "$"},
            "Invalid selection expression specified: Validation Result: warnings : [], "
            "errors : ['$' has a $ that begins no variable]",
        ),
    ],
)
def test_what_websocket_apis_cannot_call(gateway: Gateway, websocket: str, given: Document, message: str) -> None:
    assert refusal(gateway, websocket, given) == bad(message)


def test_an_integration_response(gateway: Gateway, websocket: str) -> None:
    integration = gateway.call("create_integration", ApiId=websocket, IntegrationType="MOCK")["IntegrationId"]
    where = {"ApiId": websocket, "IntegrationId": integration}
    given: Document = {
        "IntegrationResponseKey": "/4\\d\\d/",
        "ContentHandlingStrategy": "CONVERT_TO_TEXT",
        "ResponseParameters": {"method.response.header.a": "integration.response.header.b"},
        "ResponseTemplates": {"$default": "{}"},
        "TemplateSelectionExpression": "${integration.response.statuscode}",
    }
    made = gateway.call("create_integration_response", **where, **given)
    there = where | {"IntegrationResponseId": made["IntegrationResponseId"]}
    assert made == given | {"IntegrationResponseId": made["IntegrationResponseId"]}
    assert gateway.call("get_integration_response", **there) == made
    assert gateway.call("get_integration_responses", **where) == {"Items": [made]}
    cleared: Document = {"ResponseParameters": {}, "ResponseTemplates": {}, "TemplateSelectionExpression": ""}
    changed = gateway.call("update_integration_response", **there, IntegrationResponseKey="$default", **cleared)
    plain = {name: value for name, value in made.items() if name not in cleared}
    assert changed == plain | {"IntegrationResponseKey": "$default"}
    twice = ("ConflictException", "IntegrationResponse with key $default already exists for this integration")
    assert gateway.refusal("create_integration_response", **where, IntegrationResponseKey="$default") == twice
    for key, told in (
        ("200", "Invalid integration response key specified: 200. It is $default or a pattern in slashes"),
        ("//", "Invalid integration response key specified: //. It is $default or a pattern in slashes"),
    ):
        assert gateway.refusal("create_integration_response", **where, IntegrationResponseKey=key) == bad(told)
    for members in (
        {"IntegrationResponseKey": "/(/"},
        {"ResponseParameters": {"method.response.header.a": "route.request.body"}},
        {"TemplateSelectionExpression": "$integration.response.other"},
    ):
        code, _ = gateway.refusal("update_integration_response", **there, **members)
        assert code == "BadRequestException"
    assert gateway.call("get_integration_response", **there) == changed
    assert gateway.call("delete_integration_response", **there) == {}
    for verb in ("get", "update", "delete"):
        assert gateway.refusal(f"{verb}_integration_response", **there) == missing(
            f"Invalid IntegrationResponse identifier specified {made['IntegrationResponseId']}"
        )
    gateway.call("create_integration_response", **where, IntegrationResponseKey="$default")
    gateway.call("delete_integration", **where)
    with gateway.store.read() as tx:
        assert not tx.keys("IntegrationResponse")


def test_http_apis_have_no_integration_responses(gateway: Gateway, http: str) -> None:
    integration = gateway.call("create_integration", ApiId=http, **PROXY)["IntegrationId"]
    where = {"ApiId": http, "IntegrationId": integration}
    assert gateway.refusal("create_integration_response", **where, IntegrationResponseKey="$default") == bad(
        "IntegrationResponses are currently not supported for this API protocol type."
    )


def test_parameters_of_a_service_are_given_whole(gateway: Gateway, http: str) -> None:
    made = gateway.call("create_integration", ApiId=http, **SEND)
    there = {"ApiId": http, "IntegrationId": made["IntegrationId"]}
    least = {name: SEND["RequestParameters"][name] for name in ("QueueUrl", "MessageBody")}
    subtype = {"IntegrationSubtype": SEND["IntegrationSubtype"]}
    changed = gateway.call("update_integration", **there, **subtype, RequestParameters=least)
    assert changed == made | {"RequestParameters": least}
    assert gateway.refusal("update_integration", **there, **subtype, Description="x") == bad(
        "Operation: SQS-SendMessage requires enabling passthrough, or defining all of the following parameters: "
        "[QueueUrl, MessageBody]"
    )
    assert gateway.call("update_integration", **there, Description="x") == changed | {"Description": "x"}
