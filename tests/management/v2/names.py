"""Domain names that tests begin with."""

from typing import Any

from tests.management.gateway import Gateway, missing

ARN = "arn:aws:acm:us-east-1:000000000000:certificate/c-1"
NAME: dict[str, Any] = {"DomainName": "api.example.com"}
UNKNOWN = missing("Invalid domain name identifier specified")
# The same of the first API.
FIRST_NAME: dict[str, Any] = {"domainName": "api.example.com"}
REGIONAL = FIRST_NAME | {"regionalCertificateArn": ARN, "endpointConfiguration": {"types": ["REGIONAL"]}}
EDGE = FIRST_NAME | {"certificateArn": ARN}
NOT_REGIONAL = (
    "Only REGIONAL domain names can be managed through the API Gateway V2 API. For EDGE domain names, please use the "
    "API Gateway V1 API. Also note that only REST APIs can be attached to EDGE domain names."
)
NOT_TLS_1_2 = (
    "Only REGIONAL domain names with a security policy of TLS 1.2 can be managed through the API Gateway V2 API. For "
    "TLS 1.0 domain names, please use the API Gateway V1 API to upgrade your security policy to TLS 1.2. Currently, "
    "only REST APIs can be attached to a domain name with a security policy of TLS 1.0."
)


def make_name(gateway: Gateway, name: str = "api.example.com", **given: Any) -> Any:
    """What CreateDomainName answers."""
    configurations = [{"CertificateArn": ARN}]
    return gateway.call("create_domain_name", DomainName=name, DomainNameConfigurations=configurations, **given)


def make_apis(gateway: Gateway) -> None:
    """`pets` is an HTTP API with the stages $default and v1, `chat` a WebSocket API, `shop` a REST API, with v1."""
    gateway.call("create_api", Name="pets", ProtocolType="HTTP", Tags={"_custom_id_": "pets"})
    expression = "$request.body.action"
    chat = {"Name": "chat", "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": expression}
    gateway.call("create_api", **chat, Tags={"_custom_id_": "chat"})
    for api, stage in (("pets", "$default"), ("pets", "v1"), ("chat", "v1")):
        gateway.call("create_stage", ApiId=api, StageName=stage)
    first = gateway.speaking("apigateway")
    root = first.call("create_rest_api", name="shop", tags={"_custom_id_": "shop"})["rootResourceId"]
    where = {"restApiId": "shop", "resourceId": root, "httpMethod": "GET"}
    first.call("put_method", **where, authorizationType="NONE")
    first.call("put_integration", **where, type="MOCK")
    first.call("create_deployment", restApiId="shop", stageName="v1")
