"""What a route of an HTTP API calls: the integration of its type, with its parameter mapping around it."""

from collections.abc import Callable, Mapping

from gatewright.execute.http.http_proxy import compile_http_api_proxy
from gatewright.execute.http.lambda_integration import compile_http_lambda
from gatewright.execute.http.mapping import with_mapping
from gatewright.execute.http.service_integration import compile_service_integration
from gatewright.execute.plan import Integration, Source


def compile_route_integration(source: Source) -> Integration:
    """The integration of a route as configured. Raises ValueError for one that cannot be served."""
    kind = source.integration.get("type") or ""
    if kind not in INTEGRATIONS:
        raise ValueError(f"an HTTP API has no integration of type {kind}")
    return with_mapping(INTEGRATIONS[kind](source), source.integration, source.variables)


def _compile_aws_proxy(source: Source) -> Integration:
    if source.integration.get("integrationSubtype"):
        return compile_service_integration(source)
    return compile_http_lambda(source)


INTEGRATIONS: Mapping[str, Callable[[Source], Integration]] = {
    "AWS_PROXY": _compile_aws_proxy,
    "HTTP_PROXY": compile_http_api_proxy,
}
