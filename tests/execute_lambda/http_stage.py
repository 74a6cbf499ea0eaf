"""Stages of HTTP APIs with one route: documents as management stores them for the second API."""

from typing import Any

from gatewright.execute.http.plan import HttpApiPlan
from gatewright.execute.http.stage import compile_http_stage
from tests.execute_lambda.function import uri

Document = dict[str, Any]
HOST = "Host: abcdef1234.execute-api.eu-west-1.localhost"


def lambda_integration(**rest: Any) -> Document:
    """An integration with a Lambda function as GetIntegration gives it."""
    return {
        "integrationId": "int0001",
        "integrationType": "AWS_PROXY",
        "integrationMethod": "POST",
        "integrationUri": uri(),
        "connectionType": "INTERNET",
        "payloadFormatVersion": "2.0",
        "timeoutInMillis": 30000,
        **rest,
    }


def http_snapshot(key: str, integration: Document, *authorizers: Document, **route: Any) -> Document:
    """A deployment's snapshot; `route` are members of the route."""
    made = {
        "routeId": "route01",
        "routeKey": key,
        "target": "integrations/int0001",
        "authorizationType": "NONE",
        "apiKeyRequired": False,
        "routeResponses": [],
    }
    return {
        "api": {"apiId": "abcdef1234", "name": "users", "protocolType": "HTTP", "apiEndpoint": "https://x"},
        "routes": [made | route],
        "integrations": [integration | {"integrationResponses": []}],
        "authorizers": list(authorizers),
        "models": [],
    }


def http_stage(snapshot: Document, **stage: Any) -> HttpApiPlan:
    """The compiled stage `$default`. `stage` are members of the Stage."""
    settings = {"stageName": "$default", "deploymentId": "dep1", "stageVariables": {}, **stage}
    return compile_http_stage(snapshot, settings, account="123456789012", region="eu-west-1")


def one_route(key: str = "GET /pets/{id}", *, stage: Document | None = None, **integration: Any) -> HttpApiPlan:
    """A stage with one route to a Lambda function."""
    return http_stage(http_snapshot(key, lambda_integration(**integration)), **(stage or {}))
