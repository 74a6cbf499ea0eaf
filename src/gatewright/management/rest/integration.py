"""Integration and IntegrationResponse: what a method calls, and how what comes back becomes its answer.

Both are parts of their method. A PUT replaces the whole integration, its responses included.
https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html
"""

import re
from collections.abc import Mapping

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.aws.service_api import service_api
from gatewright.execute.endpoint import InvalidEndpoint, compile_endpoint
from gatewright.execute.parameter_mapping import check_request_parameters, check_response_parameters
from gatewright.execute.unserved import of_integration, of_integration_response
from gatewright.management.arn import ROLE, arn_parts
from gatewright.management.content_type import check_templates
from gatewright.management.noun import Change, Noun, find, require
from gatewright.management.patch import (
    ALL,
    Act,
    Acts,
    Operation,
    Patch,
    bad_path,
    element,
    entry,
    member,
    refused,
    tell_operations,
)
from gatewright.management.rest.method import METHOD, METHOD_RESPONSE, check_verb, missing_response
from gatewright.management.rest.rest_api import REST_API
from gatewright.management.rest.vpc_link import VPC_LINK
from gatewright.management.values import boolean, one_of, optional, optional_one_of, text, whole
from gatewright.values.records import Document

SHORTEST_TIMEOUT = 50  # milliseconds, as all timeouts here
LONGEST_TIMEOUT = 29_000
LONGEST_STREAM = 900_000
PASSTHROUGH = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")
HTTP_TYPES = ("HTTP", "HTTP_PROXY")
CONTENT_HANDLING = ("CONVERT_TO_BINARY", "CONVERT_TO_TEXT")

_STAGE_VARIABLE = "${stageVariables."
_HTTP_URI = re.compile(r"https?://\S+")
_SERVICE_ARN = re.compile(r"arn:aws[a-z-]*:apigateway:[^:\s]+:([^:\s]+):(\S+)", re.DOTALL)
_CACHE_KEY = re.compile(r"(?:method|integration)\.request\.[a-z]+\.\S+")


def missing_integration(call: Call) -> ServiceError:
    """The method has no integration. AWS tells it otherwise to whoever puts a response to it."""
    if call.operation == "PutIntegrationResponse":
        return ServiceError("NotFoundException", "No integration defined for method")
    return ServiceError("NotFoundException", "Invalid Integration identifier specified")


def verb_is_known(change: Change) -> None:
    """The verb of the backend; only a mock needs none."""
    verb = change.new.get("httpMethod")
    if verb:
        check_verb(verb)
    elif change.new["type"] != "MOCK":
        raise refused("Enumeration value for HttpMethod must be non-empty")


def uri_fits_the_type(change: Change) -> None:
    """An address for the HTTP types, an ARN for the AWS types."""
    check_uri(change.new["type"], change.new.get("uri") or "", change.new.get("credentials"))


def check_uri(kind: str, uri: str, credentials: str | None) -> None:
    """The address of what an integration of that type calls, as that role if one is named. Raises
    BadRequestException."""
    if kind in HTTP_TYPES and not is_http_endpoint(uri):
        raise refused("Invalid HTTP endpoint specified for URI")
    if kind not in ("AWS", "AWS_PROXY"):
        return
    arn = arn_parts(_SERVICE_ARN, uri)
    if not arn[2].startswith(("path/", "action/")):
        raise refused("AWS ARN for integration must contain path or action")
    if kind == "AWS_PROXY" and arn[1] not in ("lambda", "firehose"):
        raise refused(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."
        )
    if kind == "AWS" and not _is_known(arn[1]):
        raise refused(f"AWS service of type {arn[1].rpartition('.')[2]} not supported")
    if kind == "AWS" and arn[1] != "lambda" and not credentials:
        raise refused("Role ARN must be specified for AWS integrations")


def _is_known(service: str) -> bool:
    """Whether AWS has a service of that host, with or without a subdomain, or of that signing name; of one that a stage
    variable names nobody knows yet."""
    if _STAGE_VARIABLE in service:
        return True
    for name in (service, service.rpartition(".")[2]):
        api = service_api(name)
        if api is not None and name in (api.prefix, api.signing_name):
            return True
    return False


def is_http_endpoint(uri: str) -> bool:
    """Whether it can be called; of one that waits for stage variables only the beginning is known."""
    if not _HTTP_URI.fullmatch(uri):
        return False
    if _STAGE_VARIABLE in uri:
        return True
    try:
        compile_endpoint(uri, {}, verify=True)
    except InvalidEndpoint:
        return False
    return True


def connection_is_complete(change: Change) -> None:
    """INTERNET unless told; a private connection names its link, and only the HTTP types have one."""
    kind = change.new["type"]
    if change.new.setdefault("connectionType", "INTERNET") == "VPC_LINK":
        if kind not in HTTP_TYPES:
            raise refused("ConnectionType VPC_LINK is only supported for integration type HTTP, HTTP_PROXY.")
        link = change.new.get("connectionId")
        if not link:
            raise refused("ConnectionId must be specified for connection type VPC_LINK")
        if _STAGE_VARIABLE not in link and find(change.tx, _asking_for(link, change.call), VPC_LINK) is None:
            raise refused("Invalid Vpc Link identifier specified")
    if kind == "MOCK":
        del change.new["connectionType"]


def _asking_for(link: str, call: Call) -> Call:
    return call._replace(input={"vpcLinkId": link})


def transfer_mode_fits(change: Change) -> None:
    """Only what passes an answer on can stream it, and a Lambda function has a path of its own for that."""
    kind, uri = change.new["type"], change.new.get("uri") or ""
    streams = change.new.get("responseTransferMode") == "STREAM"
    if streams and kind not in ("AWS_PROXY", "HTTP_PROXY"):
        raise refused("ResponseTransferMode STREAM is only supported for integration type AWS_PROXY, HTTP_PROXY.")
    if kind in ("AWS", "AWS_PROXY") and streams != uri.endswith("/response-streaming-invocations"):
        if streams:
            raise refused("ResponseTransferMode STREAM needs the URI of a streaming invocation of a Lambda function.")
        raise refused("The URI of a streaming invocation of a Lambda function needs responseTransferMode STREAM.")


def choices_are_known(change: Change) -> None:
    """Members that the model leaves open but AWS does not."""
    one_of("passthroughBehavior", *PASSTHROUGH)(change.new["passthroughBehavior"])
    credentials = change.new.get("credentials")
    if credentials and _STAGE_VARIABLE not in credentials:
        arn_parts(ROLE, credentials)


def timeout_in_range(change: Change) -> None:
    """How long the backend may take. A quota above AWS's default is for regional and private APIs only."""
    longest = LONGEST_STREAM if change.new.get("responseTransferMode") == "STREAM" else LONGEST_TIMEOUT
    millis = change.new["timeoutInMillis"]
    if millis > longest:
        types = require(change.tx, change.call, REST_API)["endpointConfiguration"]["types"]
        longest = longest if "EDGE" in types else max(longest, change.call.integration_timeout)
    if not SHORTEST_TIMEOUT <= millis <= longest:
        raise refused(f"Timeout should be between {SHORTEST_TIMEOUT} ms and {longest} ms")


def cache_keys_settled(change: Change) -> None:
    """The cache of a method is its resource's unless named; its keys are parameters, a method's own those that it
    declares."""
    if not change.new.get("cacheNamespace"):
        change.new["cacheNamespace"] = change.call.input["resourceId"]
    keys = change.new["cacheKeyParameters"]
    declared = (require(change.tx, change.call, METHOD).get("requestParameters") or {}) if keys else {}
    for key in keys:
        if key is None or not _CACHE_KEY.fullmatch(key) or not _is_declared(key, declared):
            raise refused("Invalid cache key parameter specified")


def _is_declared(key: str, declared: Mapping[str, bool]) -> bool:
    return not key.startswith("method.") or key in declared or key.replace("multivalue", "", 1) in declared


def request_mapping_is_well_formed(change: Change) -> None:
    """Sources and targets that AWS knows; a parameter of the method must be one that the method declares."""
    _no_nulls(change.new, "requestParameters")
    declared = require(change.tx, change.call, METHOD).get("requestParameters") or {}
    problem = check_request_parameters(change.new.get("requestParameters") or {}, declared)
    if problem:
        raise refused(problem)
    _settle_templates(change.new, "requestTemplates")


def response_is_declared(change: Change) -> None:
    """An integration response answers for a method response."""
    require(change.tx, change.call, METHOD_RESPONSE)


def response_mapping_is_well_formed(change: Change) -> None:
    """Sources and targets that AWS knows; a header must be one that the method response declares."""
    _no_nulls(change.new, "responseParameters")
    declared = require(change.tx, change.call, METHOD_RESPONSE).get("responseParameters") or {}
    problem = check_response_parameters(change.new.get("responseParameters") or {}, declared)
    if problem:
        raise refused(problem)
    _settle_templates(change.new, "responseTemplates")


def _no_nulls(document: Document, member_name: str) -> None:
    values: Mapping[str, str | None] = document.get(member_name) or {}
    if not all(values.values()):
        raise refused(f"Invalid null or empty value in {member_name}")


def _settle_templates(document: Document, member_name: str) -> None:
    # AWS gives an empty template back as null. Seen: recorded answers of PutIntegration.
    if document.get(member_name):
        check_templates(document[member_name])
        document[member_name] = {kind: template or None for kind, template in document[member_name].items()}


def not_for_mocks(acts: Acts) -> Acts:
    """The same acts, for the types that have a backend."""
    return {op: _with_backend(act) for op, act in acts.items()}


def _with_backend(act: Act) -> Act:
    def act_with_backend(document: Document, operation: Operation) -> None:
        if document["type"] == "MOCK":
            raise bad_path(operation)
        act(document, operation)

    return act_with_backend


_NO_TEMPLATE = "Content-Type specified was not found"
_NO_PARAMETER = "Invalid parameter name specified"

INTEGRATION = Noun(
    name="Integration",
    path=("restApiId", "resourceId", "httpMethod"),
    missing=missing_integration,
    inside=METHOD,
    part="methodIntegration",
    creating="Put",
    defaults={"passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": LONGEST_TIMEOUT, "cacheKeyParameters": []},
    optional=("httpMethod", "credentials"),
    renamed={"integrationHttpMethod": "httpMethod"},
    patch=Patch(
        {
            "/httpMethod": not_for_mocks(member("httpMethod", text)),
            "/uri": not_for_mocks(member("uri", text)),
            "/connectionType": member("connectionType", one_of("connectionType", "INTERNET", "VPC_LINK")),
            "/connectionId": member("connectionId", optional),
            "/credentials": member("credentials", optional),
            "/passthroughBehavior": member("passthroughBehavior", text),
            "/contentHandling": member("contentHandling", optional_one_of("contentHandling", *CONTENT_HANDLING)),
            "/timeoutInMillis": member("timeoutInMillis", whole),
            "/tlsConfig/insecureSkipVerification": member("tlsConfig.insecureSkipVerification", boolean),
            "/responseTransferMode": member(
                "responseTransferMode", one_of("responseTransferMode", "BUFFERED", "STREAM")
            ),
            "/integrationTarget": member("integrationTarget", optional),
            "/cacheNamespace": member("cacheNamespace", text),
            "/cacheKeyParameters/{name}": element("cacheKeyParameters", _NO_PARAMETER, ALL),
            "/requestParameters/{name}": entry("requestParameters", text, _NO_PARAMETER),
            "/requestTemplates/{type}": entry("requestTemplates", optional, _NO_TEMPLATE),
        },
        tell_operations,
    ),
    rules=(
        verb_is_known,
        uri_fits_the_type,
        connection_is_complete,
        choices_are_known,
        transfer_mode_fits,
        timeout_in_range,
        cache_keys_settled,
        request_mapping_is_well_formed,
    ),
    unserved=of_integration,
)

INTEGRATION_RESPONSE = Noun(
    name="IntegrationResponse",
    path=("restApiId", "resourceId", "httpMethod", "statusCode"),
    missing=missing_response,
    inside=INTEGRATION,
    part="integrationResponses",
    id="statusCode",
    creating="Put",
    defaults={"selectionPattern": ""},
    patch=Patch(
        {
            "/selectionPattern": member("selectionPattern", text),
            "/contentHandling": member("contentHandling", optional_one_of("contentHandling", *CONTENT_HANDLING)),
            "/responseParameters/{name}": entry("responseParameters", text, _NO_PARAMETER),
            "/responseTemplates/{type}": entry("responseTemplates", optional, _NO_TEMPLATE),
        },
        tell_operations,
    ),
    rules=(response_is_declared, response_mapping_is_well_formed),
    unserved=of_integration_response,
)
