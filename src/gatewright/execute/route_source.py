"""What the compilers of integrations are given of a route: documents of the second API in the words of the first.

Both APIs configure the same integrations and name their members differently. A property that only the second one has
keeps its own name.
"""

from collections.abc import Mapping
from dataclasses import replace

from gatewright.execute.plan import Document, Source

# The second API's words, and the first's.
_WORDS: Mapping[str, str] = {
    "integrationType": "type",
    "integrationUri": "uri",
    "integrationMethod": "httpMethod",
    "credentialsArn": "credentials",
    "contentHandlingStrategy": "contentHandling",
}
_OF_ROUTE = "route."


def _word(value: str) -> str:
    """A mapping's source: a WebSocket API's route is asked for what a REST API's method is."""
    return f"method.{value.removeprefix(_OF_ROUTE)}" if value.startswith(f"{_OF_ROUTE}request.") else value


def route_source(stage: Source, route: Document, integration: Document) -> Source:
    """A route with its integration, as GetRoute and GetIntegration give them; `stage` is what all routes share."""
    verb, _, path = ("", "", "") if stage.protocol == "WEBSOCKET" else route["routeKey"].partition(" ")
    mapped = integration.get("requestParameters")
    if mapped:
        integration = {**integration, "requestParameters": {name: _word(value) for name, value in mapped.items()}}
    return replace(
        stage,
        method=route,
        integration={_WORDS.get(name, name): value for name, value in integration.items()},
        verb=verb if path else "ANY",
        resource_path=path or route["routeKey"],
    )
