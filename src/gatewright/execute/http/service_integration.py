"""AWS_PROXY with an `integrationSubtype`: one operation of an AWS service, its parameters mapped from the request.

Seen in tests that were held against AWS: a parameter that is configured and has no value, required or not, is 400; an
error of the service is 500, and what the service said stands in the log only; of its answer the client gets the type
and the headers that AWS's services add.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gatewright.execute.context import RequestContext
from gatewright.execute.credentials import BY_CALLER, caller_of, compile_credentials
from gatewright.execute.endpoint import InvalidEndpoint
from gatewright.execute.gateway_response import BAD_REQUEST_PARAMETERS, INTEGRATION_FAILURE
from gatewright.execute.http.parameter_mapping import RequestValue, compile_value
from gatewright.execute.http.service_call import OPERATIONS, Operation
from gatewright.execute.http.service_operation import REGION, SERVICE_OPERATIONS
from gatewright.execute.integrations.aws import answer_of
from gatewright.execute.integrations.service_target import ServiceTarget, compile_service_target
from gatewright.execute.method_arn import partition
from gatewright.execute.plan import Integration, Source
from gatewright.execute.timeout import HTTP_API_MILLIS, integration_timeout
from gatewright.execute.world import Returned, ServiceCall, World
from gatewright.values.refusal import refuse
from gatewright.values.response import Response

_FAILED = INTEGRATION_FAILURE._replace(status=500)
_REGION = re.compile(r"[a-z0-9-]+")
_STAGE_VARIABLE = re.compile(r"\$(?:stageVariables\.(\w+)|\{stageVariables\.(\w+)\})")
_FIRST_ERROR = 400


@dataclass(frozen=True, slots=True)
class ServiceIntegration:
    """`role` is as `compile_credentials` gives it; `parameters` are read of each request."""

    operation: Operation
    target: ServiceTarget
    parameters: Mapping[str, RequestValue]
    role: str
    timeout: float

    async def call(self, context: RequestContext, world: World) -> Response:
        """Call the service and return its answer. Raises Refusal."""
        returned = await answer_of(self._service_call(context), self.timeout, context, world)
        if returned.status >= _FIRST_ERROR:
            context.integration_error = returned.body[:1024].decode("utf-8", "replace")
            refuse(_FAILED, cause=f"the service answered {returned.status}: {context.integration_error}")
        return Response(returned.status, _lines(returned), returned.body)

    def _service_call(self, context: RequestContext) -> ServiceCall:
        """The call, unsigned. Raises Refusal."""
        values = {name: value(context) or "" for name, value in self.parameters.items()}
        missing = [name for name, value in values.items() if not value]
        if missing:
            refuse(BAD_REQUEST_PARAMETERS, cause=f"no value for {', '.join(missing)}")
        try:
            written = self.operation.write(values)
        except ValueError as error:  # msgspec's errors are ValueErrors
            refuse(BAD_REQUEST_PARAMETERS, cause=str(error))
        headers = [("User-Agent", f"AmazonAPIGateway_{context.plan.api_id}"), ("X-Amzn-Trace-Id", context.trace_id)]
        content_type = (("Content-Type", written.content_type),) if written.content_type else ()
        return ServiceCall(
            service=self.target.service,
            region=self.target.region,
            account=context.plan.account,
            role="" if self.role == BY_CALLER else self.role,
            method=self.operation.method,
            host=self.target.host,
            target=written.target,
            headers=(*headers, *self.target.headers, *content_type),
            body=written.body,
            caller=caller_of(context) if self.role == BY_CALLER else None,
        )


def compile_service_integration(source: Source) -> Integration:
    """The integration of a route with the operation its subtype names. Raises InvalidEndpoint and other ValueErrors."""
    integration = source.integration
    subtype = integration["integrationSubtype"]
    if subtype not in OPERATIONS:
        raise InvalidEndpoint(f"there is no integration subtype {subtype}")
    role = compile_credentials(source)
    if not role:
        raise InvalidEndpoint("an integration with an AWS service needs the role to call it as in its credentials")
    operation = OPERATIONS[subtype]
    texts: dict[str, str] = dict(integration.get("requestParameters") or {})
    known = SERVICE_OPERATIONS[subtype]
    if not set(known.required) <= texts.keys() <= {*known.required, *known.optional}:
        raise InvalidEndpoint(f"{subtype} takes other parameters than {', '.join(texts)}")
    region = _region(texts.pop(REGION, source.region), source.variables)
    uri = f"arn:{partition(region)}:apigateway:{region}:{operation.uri}"
    return ServiceIntegration(
        operation=operation,
        target=compile_service_target({"uri": uri, "httpMethod": operation.method}, {}),
        parameters={name: compile_value(text, source.variables) for name, text in texts.items()},
        role=role,
        timeout=integration_timeout(integration, HTTP_API_MILLIS),
    )


def _region(text: str, variables: Mapping[str, str]) -> str:
    """Where the service is called, which no request chooses. Raises InvalidEndpoint."""
    region = _STAGE_VARIABLE.sub(lambda match: variables.get(match[1] or match[2], ""), text)
    if not _REGION.fullmatch(region):
        raise InvalidEndpoint(f"{text} is no Region that is known before a request comes")
    return region


def _lines(returned: Returned) -> list[bytes]:
    return [line.raw for line in returned.headers if line.lower == "content-type" or line.lower.startswith("x-amz")]
