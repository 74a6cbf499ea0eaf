"""AWS_PROXY with a Lambda function, of an HTTP API: the request as an event, the function's result as the response.

How a function is called, and who must permit it, is as for REST APIs; events and results are those of the payload
format version. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from gatewright.execute.context import RequestContext
from gatewright.execute.endpoint import InvalidEndpoint
from gatewright.execute.http.lambda_event import compile_event_1_0, compile_event_2_0
from gatewright.execute.http.lambda_result import response_1_0, response_2_0
from gatewright.execute.integrations.lambda_function import INVOKE, compile_function
from gatewright.execute.integrations.lambda_proxy import LambdaProxy, ResponseOf
from gatewright.execute.method_arn import partition
from gatewright.execute.plan import Integration, Source
from gatewright.execute.timeout import HTTP_API_MILLIS, integration_timeout

_FUNCTION_ARN = re.compile(r"arn:aws[a-z-]*:lambda:")  # in place of the URI that invokes it
_FORMATS: Mapping[str, tuple[Callable[[Source], Callable[[RequestContext], bytes]], ResponseOf]] = {
    "1.0": (compile_event_1_0, response_1_0),
    "2.0": (compile_event_2_0, response_2_0),
}


def compile_http_lambda(source: Source) -> Integration:
    """The integration of a route, of payload format 1.0 or 2.0. Raises InvalidEndpoint and other ValueErrors."""
    integration = source.integration
    version = integration.get("payloadFormatVersion") or ""
    if version not in _FORMATS:
        raise InvalidEndpoint(f"there is no payload format version {version}")
    compile_event, response = _FORMATS[version]
    return LambdaProxy(
        function=compile_function(replace(source, integration=_as_rest(source)), INVOKE),
        timeout=integration_timeout(integration, HTTP_API_MILLIS),
        event=compile_event(source),
        response=response,
    )


def _as_rest(source: Source) -> dict[str, object]:
    """The integration with what REST APIs must have and HTTP APIs may leave out."""
    integration = source.integration
    uri = integration.get("uri") or ""
    if _FUNCTION_ARN.match(uri):
        here = f"arn:{partition(source.region)}:apigateway:{source.region}:lambda:path"
        uri = f"{here}/2015-03-31/functions/{uri}/invocations"
    return {**integration, "uri": uri, "httpMethod": integration.get("httpMethod") or "POST"}
