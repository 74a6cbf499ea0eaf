"""What integrations of HTTP APIs must obey: Lambda functions, operations of AWS services, and HTTP endpoints.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
"""

import re

from gatewright.execute.http.mapping import compile_request_mapping, compile_response_mapping
from gatewright.execute.http.parameter_mapping import compile_value
from gatewright.execute.http.service_operation import SERVICE_OPERATIONS
from gatewright.execute.parameter_mapping import MappingError
from gatewright.management.noun import Change, require
from gatewright.management.patch import invalid, refused
from gatewright.management.rest.integration import check_uri, is_http_endpoint
from gatewright.management.v2.route_key import VERBS
from gatewright.management.v2.vpc_link import VPC_LINK
from gatewright.values.records import Document

TYPES = ("AWS_PROXY", "HTTP_PROXY")

_SOURCE = "selection expression"  # so AWS calls it
_FUNCTION_ARN = re.compile(r"arn:aws[a-z-]*:lambda:[^:\s]+:[^:\s]+:function:\S+")
_PRIVATE = re.compile(
    r"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener/(?:app|net)/[A-Za-z0-9-]{1,32}/[a-z0-9]+/[a-z0-9]+"
    r"|arn:aws[a-z-]*:servicediscovery:[a-z0-9-]+:[0-9]{12}:service/srv-[a-z0-9]+(?:\?\S*)?"
)


def type_is_served(change: Change) -> None:
    """Only what passes on whole requests; what belongs to templates stays away."""
    new = change.new
    if new["integrationType"] not in TYPES:
        # Seen: github.com/aws/aws-cli/issues/6363
        raise refused(
            "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations "
            "(AWS_PROXY, HTTP_PROXY)"
        )
    # AWS takes what is usual and does not keep it. Seen: github.com/hashicorp/terraform-provider-aws, which sends it
    if new.pop("passthroughBehavior", "WHEN_NO_MATCH") != "WHEN_NO_MATCH":
        raise refused("passthroughBehavior is not supported for an API with a protocol type of HTTP")


def format_is_known(change: Change) -> None:
    """The format of the event that a function gets; whatever else is called has the first one."""
    version, new = change.new.get("payloadFormatVersion"), change.new
    if not version:
        # Seen: github.com/localstack/localstack/issues/9184
        raise refused("PayloadFormatVersion is a required parameter for integration")
    check_format(version)
    if version != "1.0" and new.get("integrationSubtype"):
        raise refused(f"Operation: {new['integrationSubtype']} is not supported.")
    if version != "1.0" and new["integrationType"] != "AWS_PROXY":
        raise refused(
            f"PayloadFormatVersion {version} is not supported for integration of type {new['integrationType']}"
        )


def check_format(version: str, known: tuple[str, ...] = ("1.0", "2.0")) -> None:
    """A format of events that there is. Raises BadRequestException."""
    if version not in known:
        raise refused(f"Unsupported PayloadFormatVersion: {version}")


def target_is_named(change: Change) -> None:
    """A function, an operation of a service, a URL, or a way into a private network."""
    new, uri = change.new, change.new.get("integrationUri") or ""
    if new.get("integrationSubtype"):
        check_subtype(new)
    elif new["integrationType"] == "AWS_PROXY":
        if not _FUNCTION_ARN.fullmatch(uri):
            check_function(uri)
        if new.setdefault("integrationMethod", "POST") != "POST":
            raise refused("IntegrationMethod of a Lambda integration must be POST")
    else:
        check_method(new.get("integrationMethod"), new["integrationType"])
        if new["connectionType"] == "VPC_LINK":
            _check_private(change, uri)
        elif not is_http_endpoint(uri):
            raise refused("Invalid HTTP endpoint specified for URI")


def check_subtype(integration: Document) -> None:
    """A subtype that is known, with all that it needs and nothing that it does not know. Raises BadRequestException."""
    subtype = integration["integrationSubtype"]
    operation = SERVICE_OPERATIONS.get(subtype)
    if operation is None or integration["integrationType"] != "AWS_PROXY":
        raise refused(f"Operation: {subtype} is not supported.")
    for name in ("integrationUri", "integrationMethod"):
        if integration.get(name):
            raise refused(f"{name} cannot be specified for integrations with a subtype")
    if not integration.get("credentialsArn"):
        raise refused(f"Role ARN must be specified for AWS integration configuration with Subtype: {subtype}")
    parameters = integration.get("requestParameters") or {}
    if not parameters.keys() >= set(operation.required):
        raise refused(
            f"Operation: {subtype} requires enabling passthrough, or defining all of the following parameters: "
            f"[{', '.join(operation.required)}]"
        )
    for name, text in parameters.items():
        if name not in operation.required and name not in operation.optional:
            raise refused(f"Invalid parameter specified for {subtype}: {name}")
        _check_value(name, text)


def _check_value(name: str, text: str) -> None:
    if not text:
        # Seen: github.com/hashicorp/terraform-provider-aws/issues/50061
        raise invalid(_SOURCE, "Mapping expression missing source or destination")
    try:
        compile_value(text, {})
    except MappingError:
        # Seen: github.com/hashicorp/terraform-provider-aws/issues/17348
        raise invalid(_SOURCE, f"Invalid source: {text} specified for destination: {name}") from None


def check_function(uri: str) -> None:
    """The URI that invokes a Lambda function. Raises BadRequestException."""
    check_uri("AWS_PROXY", uri, None)
    if ":lambda:path/" not in uri:
        raise refused("Integrations of type 'AWS_PROXY' currently only supports Lambda function invocations.")


def check_method(method: str | None, kind: str) -> None:
    """The verb that the backend of an integration of that type gets. Raises BadRequestException."""
    if not method:
        kind = kind.replace("_", "")
        raise refused(f"HttpMethod parameter method must be specified for integrationType {kind}")
    if method not in VERBS:
        raise refused(f"Invalid IntegrationMethod specified: {method}. Valid options are {','.join(VERBS)}")


def _check_private(change: Change, uri: str) -> None:
    if not _PRIVATE.fullmatch(uri):
        # Seen: github.com/anomalyco/sst/issues/5510
        raise refused(
            "For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN or a valid Cloud Map service ARN."
        )
    call = change.call._replace(input={"vpcLinkId": change.new["connectionId"]})
    require(change.tx, call, VPC_LINK)


def mapping_is_well_formed(change: Change) -> None:
    """Values and targets that AWS knows, and statuses that integrations answer."""
    new = change.new
    statuses = new.get("responseParameters") or {}
    for status in statuses:
        if not re.fullmatch("[2-5][0-9]{2}", status):
            raise refused(f"Status Code {status} is not valid")
    try:
        if not new.get("integrationSubtype"):
            compile_request_mapping(new.get("requestParameters") or {}, {})
        compile_response_mapping(statuses, {})
    except MappingError as error:
        raise invalid("mapping expression", error) from None


RULES = (type_is_served, format_is_known, target_is_named, mapping_is_well_formed)
