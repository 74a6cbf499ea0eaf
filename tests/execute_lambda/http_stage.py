"""Stages of HTTP APIs with one route to a Lambda function: documents as management stores them for the second API."""

from typing import Any

from gatewright.execute.http.plan import HttpApiPlan
from tests.execute.http_stage import http_compiled, http_snapshot
from tests.execute.stage import Document
from tests.execute_lambda.function import uri

HOST = "Host: abcdef1234.execute-api.eu-west-1.localhost"


def lambda_integration(**rest: Any) -> Document:
    """An integration with a Lambda function as GetIntegration gives it."""
    return {
        "integrationType": "AWS_PROXY",
        "integrationMethod": "POST",
        "integrationUri": uri(),
        "connectionType": "INTERNET",
        "payloadFormatVersion": "2.0",
        "timeoutInMillis": 30000,
        **rest,
    }


def route_with(key: str, integration: Document, *authorizers: Document, **route: Any) -> Document:
    """A deployment's snapshot; `route` are members of the route."""
    return http_snapshot({key: integration}, route) | {"authorizers": list(authorizers)}


def one_route(key: str = "GET /pets/{id}", *, stage: Document | None = None, **integration: Any) -> HttpApiPlan:
    """A stage with one route to a Lambda function."""
    return http_compiled(route_with(key, lambda_integration(**integration)), **(stage or {}))
