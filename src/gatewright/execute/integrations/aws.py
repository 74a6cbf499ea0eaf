"""AWS: any operation of an AWS service, signed and sent without code in between; Lambda by its own rules.

What the client sent reaches the service only as far as it is mapped. Developer guide: "Set up an API integration
request using the API Gateway console"; tutorials "Create a REST API with an AWS integration", "as an Amazon S3 proxy".
"""

from dataclasses import dataclass
from functools import partial

from gatewright.execute.context import RequestContext
from gatewright.execute.credentials import BY_CALLER, caller_of, compile_credentials
from gatewright.execute.endpoint import InvalidEndpoint, with_stage_variables
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE
from gatewright.execute.integration_request import (
    BackendRequest,
    IntegrationRequest,
    compile_integration_request,
    default_headers,
)
from gatewright.execute.integration_response import IntegrationResponses, compile_integration_responses
from gatewright.execute.integrations.http_target import query_string
from gatewright.execute.integrations.lambda_custom import compile_lambda_custom
from gatewright.execute.integrations.network_fault import refuse_network_fault
from gatewright.execute.integrations.service_target import FORM, ServiceTarget, compile_service_target
from gatewright.execute.large_body import at_length
from gatewright.execute.plan import Integration, Source
from gatewright.execute.timeout import integration_timeout
from gatewright.execute.world import Returned, ServiceCall, World
from gatewright.values.faults import NetworkFault, RoleFault
from gatewright.values.headers import CONTROL, first
from gatewright.values.refusal import refuse
from gatewright.values.request import NO_BODY
from gatewright.values.response import Response

LARGEST_ANSWER = 10_485_760
# The call's own, not a mapping's: where it goes, who makes it, and what belongs to one connection.
_NOT_MAPPED = frozenset(
    {
        *("host", "date", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "x-moto-account-id"),
        *("keep-alive", "proxy-connection", "trailer", "upgrade"),
    }
)
_REQUEST_IDS = ("x-amzn-requestid", "x-amz-request-id")


@dataclass(frozen=True, slots=True)
class AwsService:
    """`verb` "" means the client's; `role` is as `compile_credentials` gives it."""

    target: ServiceTarget
    verb: str
    role: str
    request: IntegrationRequest
    responses: IntegrationResponses
    timeout: float

    async def call(self, context: RequestContext, world: World) -> Response:
        """Call the service and return what the integration responses make of its answer. Raises Refusal."""
        call = await at_length(partial(self.service_call, context), self.request.effort(context), world)
        returned = await answer_of(call, self.timeout, context, world)
        return await self.responses.selected(str(returned.status)).answer(
            context, returned.headers, returned.body, world
        )

    def service_call(self, context: RequestContext) -> ServiceCall:
        """The call, unsigned. Raises Refusal."""
        target = self.target
        verb = self.verb or context.request.method
        request = self.request.build(context)
        query = [*target.query, *request.query]
        body = b"" if verb in NO_BODY else request.body
        headers = _headers(request, target, context, verb)
        if target.is_action and verb not in NO_BODY:
            headers, body = _form(headers, query, body)
            query = []
        return ServiceCall(
            service=target.service,
            region=target.region,
            account=context.plan.account,
            role="" if self.role == BY_CALLER else self.role,
            method=verb,
            host=target.host_of(request),
            target=target.target_of(request, query),
            headers=tuple(headers),
            body=body,
            caller=caller_of(context) if self.role == BY_CALLER else None,
        )


async def answer_of(call: ServiceCall, timeout: float, context: RequestContext, world: World) -> Returned:
    """The service's answer, whatever its status, noted in `context`. Raises Refusal when there is none."""
    began = world.now()
    try:
        returned = await world.services.call(call, timeout=timeout)
        if len(returned.body) > LARGEST_ANSWER:
            raise NetworkFault("too_large", f"{len(returned.body)} bytes")
    except NetworkFault as fault:
        refuse_network_fault(context, fault, world.now() - began)
    except RoleFault as fault:
        context.integration_error = (
            f"{CONFIGURATION_FAILURE}API Gateway does not have permission to assume the provided role {call.role}"
        )
        refuse(API_CONFIGURATION_ERROR, cause=f"{context.integration_error}: {fault}")
    context.integration_latency = int((world.now() - began) * 1000)
    context.integration_status = context.endpoint_status = returned.status
    context.integration_request_id = _request_id(returned)
    return returned


def compile_aws(source: Source) -> Integration:
    """An integration of type AWS as configured. Raises InvalidEndpoint and other ValueErrors."""
    integration = source.integration
    uri = with_stage_variables(integration.get("uri") or "", source.variables)
    if ":lambda:path/" in uri and uri.endswith("invocations"):
        return compile_lambda_custom(source)
    role = compile_credentials(source)
    if not role:
        raise InvalidEndpoint("an integration with an AWS service needs the role to call it as in its credentials")
    return AwsService(
        target=compile_service_target(integration, source.variables),
        verb=source.integration_verb,
        role=role,
        request=compile_integration_request(source),
        responses=compile_integration_responses(source),
        timeout=integration_timeout(integration),
    )


def _headers(
    request: BackendRequest, target: ServiceTarget, context: RequestContext, verb: str
) -> list[tuple[str, str]]:
    """The headers of the call: those mapped, the action's, and AWS's defaults, each where the ones before lack it."""
    mapped = [pair for pair in request.headers if pair[0].lower() not in _NOT_MAPPED]
    named = {name.lower() for name, _ in mapped}
    mapped += [pair for pair in target.headers if pair[0].lower() not in named]
    defaults = default_headers(context, request._replace(headers=mapped), verb)
    headers = [*mapped, *defaults]
    for name, value in headers:
        if CONTROL.search(value):
            refuse(API_CONFIGURATION_ERROR, cause=f"{CONFIGURATION_FAILURE}control characters in the value of {name}")
    return headers


def _form(
    headers: list[tuple[str, str]], query: list[tuple[str, str]], body: bytes
) -> tuple[list[tuple[str, str]], bytes]:
    """The call of an action in the query protocol, whose parameters stand in a form: not every service looks at both
    form and query. A body that is no form has nothing to tell."""
    parameters = query_string(query).encode()
    kept = [pair for pair in headers if pair[0].lower() != "content-type"]
    is_form = any(name.lower() == "content-type" and value.startswith(FORM) for name, value in headers)
    return [*kept, ("Content-Type", FORM)], parameters + b"&" + body if is_form and body else parameters


def _request_id(returned: Returned) -> str:
    return next(filter(None, (first(returned.headers, name) for name in _REQUEST_IDS)), "")
