"""What tests of HTTP APIs share: snapshots as management stores them, and what a client gets."""

from collections.abc import Mapping
from typing import Any

from gatewright.execute.http.plan import HttpApiPlan
from gatewright.execute.http.stage import compile_http_stage
from gatewright.execute.network import NETWORK, Network
from gatewright.values.response import Response
from tests.execute.stage import Document, route_snapshot

BACKEND: Document = {
    "integrationType": "HTTP_PROXY",
    "integrationMethod": "ANY",
    "integrationUri": "http://backend.test",
    "payloadFormatVersion": "1.0",
    "connectionType": "INTERNET",
    "timeoutInMillis": 30000,
}


def http_snapshot(routes: Mapping[str, Document], route: Document | None = None, **api: Any) -> Document:
    """A deployment's snapshot of an API with an integration for each route key; `route` is of every Route."""
    return route_snapshot(routes, dict.fromkeys(routes, route or {}), **{"name": "pets", "protocolType": "HTTP"} | api)


def http_compiled(document: Document, network: Network = NETWORK, **stage: Any) -> HttpApiPlan:
    """The stage `$default` of such an API. `stage` is of the Stage."""
    settings = {"stageName": "$default", "deploymentId": "dep1", **stage}
    return compile_http_stage(document, settings, account="123456789012", region="eu-west-1", network=network)


def http_plan(routes: Mapping[str, Document], **stage: Any) -> HttpApiPlan:
    """The same from its routes."""
    return http_compiled(http_snapshot(routes), **stage)


def seen(response: Response) -> tuple[int, list[bytes], bytes]:
    """The whole response; the id, which nobody can choose, is checked for its form and left out."""
    *lines, request_id = response.headers
    assert request_id.startswith(b"apigw-requestid: ") and request_id.endswith(b"=\r\n") and len(request_id) == 35
    return response.status, lines, response.body
