"""What a route of a WebSocket API calls: a method's integrations, with events of its own and other ways to choose
templates and responses.

Developer guide: "Set up a WebSocket API integration request".
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from gatewright.execute.integrations.aws import compile_aws
from gatewright.execute.integrations.http import compile_http
from gatewright.execute.integrations.http_proxy import compile_http_proxy
from gatewright.execute.integrations.lambda_proxy import LambdaProxy, compile_lambda_proxy
from gatewright.execute.integrations.mock import compile_mock
from gatewright.execute.plan import Integration, Source
from gatewright.execute.websocket.lambda_event import compile_websocket_event


def compile_message_integration(source: Source) -> Integration:
    """The integration of a route as configured. Raises ValueError for one that cannot be served."""
    kind = source.integration.get("type") or ""
    if kind not in INTEGRATIONS:
        raise ValueError(f"a WebSocket API has no integration of type {kind}")
    if ":lambda:path/" in (source.integration.get("uri") or ""):
        # Seen: aws-cdk's WebSocketLambdaIntegration leaves out the method, which is always POST.
        source = replace(source, integration={"httpMethod": "POST", **source.integration})
    return INTEGRATIONS[kind](source)


def _compile_lambda(source: Source) -> LambdaProxy:
    return replace(compile_lambda_proxy(source), event=compile_websocket_event(source))


INTEGRATIONS: Mapping[str, Callable[[Source], Integration]] = {
    "AWS": compile_aws,
    "AWS_PROXY": _compile_lambda,
    "HTTP": compile_http,
    "HTTP_PROXY": compile_http_proxy,
    "MOCK": compile_mock,
}
