"""What integrations of WebSocket APIs must obey: those of REST APIs, in the second API's words.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integrations.html
"""

from gatewright.execute.parameter_mapping import check_request_parameters
from gatewright.management.content_type import check_template_sizes
from gatewright.management.noun import Change, find
from gatewright.management.patch import refused
from gatewright.management.rest.integration import check_uri
from gatewright.management.rest.vpc_link import VPC_LINK
from gatewright.management.v2.api import check_selection
from gatewright.management.v2.http_integration import check_format, check_function, check_method

_ROUTE, _METHOD = "route.request.", "method.request."


def defaults_settled(change: Change) -> None:
    """What is as usual unless told."""
    new = change.new
    new.setdefault("passthroughBehavior", "WHEN_NO_MATCH")
    # Seen: github.com/hashicorp/terraform-provider-aws/issues/25280
    check_format(new.setdefault("payloadFormatVersion", "1.0"), ("1.0",))


def target_is_named(change: Change) -> None:
    """An address for all but a mock; functions are called by POST, all others as told."""
    new, kind, uri = change.new, change.new["integrationType"], change.new.get("integrationUri") or ""
    if kind == "MOCK":
        if uri:
            raise refused("IntegrationUri cannot be specified for integrations of type MOCK")
        return
    if kind == "AWS_PROXY":
        check_function(uri)
    else:
        check_uri(kind, uri, new.get("credentialsArn"))
    if ":lambda:path/" in uri:
        new.setdefault("integrationMethod", "POST")
    check_method(new.get("integrationMethod"), kind)
    if new["connectionType"] == "VPC_LINK" and "${stageVariables." not in new["connectionId"]:
        call = change.call._replace(input={"vpcLinkId": new["connectionId"]})
        if find(change.tx, call, VPC_LINK) is None:
            raise refused("Invalid Vpc Link identifier specified")


def mapping_is_well_formed(change: Change) -> None:
    """Sources and targets that AWS knows, and templates that can be chosen."""
    new = change.new
    for target, source in (new.get("requestParameters") or {}).items():
        # A route's sources are a method's with another beginning; with a method's own they are none.
        of_method = (
            _METHOD + source.removeprefix(_ROUTE) if source.startswith(_ROUTE) else source.replace(_METHOD, "none.")
        )
        problem = check_request_parameters({target: of_method}, {of_method})
        if problem:
            raise refused(problem.replace(of_method, source))
    templates = new.get("requestTemplates") or {}
    check_template_sizes(templates)
    if new.get("templateSelectionExpression"):
        check_selection(new["templateSelectionExpression"])


def selection_told(change: Change) -> None:
    """The expression that picks a response, of an integration whose responses are picked."""
    new, uri = change.new, change.new.get("integrationUri") or ""
    new.pop("integrationResponseSelectionExpression", None)
    if not new["integrationType"].endswith("_PROXY"):
        value = "body.errorMessage" if ":lambda:path/" in uri else "statuscode"
        new["integrationResponseSelectionExpression"] = f"${{integration.response.{value}}}"


RULES = (defaults_settled, target_is_named, mapping_is_well_formed, selection_told)
