"""IntegrationResponse of a WebSocket API: how what an integration answers becomes what the client gets.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-responses.html
"""

from gatewright.aws.errors import ServiceError
from gatewright.execute.parameter_mapping import check_response_parameters
from gatewright.execute.selection import compile_response_selection
from gatewright.languages.full_match import compile_full_match
from gatewright.management.content_type import check_template_sizes
from gatewright.management.ids import INNER
from gatewright.management.noun import Change, Noun
from gatewright.management.paging import NEXT_TOKEN
from gatewright.management.patch import refused
from gatewright.management.v2.api import check_selection
from gatewright.management.v2.auto_deploy import auto_deployed
from gatewright.management.v2.errors import not_found
from gatewright.management.v2.inside import websocket_only
from gatewright.management.v2.integration import INTEGRATION, responses_of
from gatewright.management.v2.merged import merged
from gatewright.management.v2.route_key import DEFAULT


def key_settled(change: Change) -> None:
    """The key for all others, or a pattern between slashes; no two of an integration have the same."""
    key, new = change.new["integrationResponseKey"], change.new
    if key != DEFAULT:
        if len(key) < 3 or key[0] != "/" or key[-1] != "/":
            raise refused(f"Invalid integration response key specified: {key}. It is {DEFAULT} or a pattern in slashes")
        try:
            compile_full_match(key[1:-1])
        except ValueError as error:
            raise refused(f"Invalid integration response key specified: {key}: {error}") from None
    for id, other in change.tx.list(responses_of(change)):
        if id != new["integrationResponseId"] and other["integrationResponseKey"] == key:
            raise ServiceError(
                "ConflictException", f"IntegrationResponse with key {key} already exists for this integration"
            )


def mapping_is_well_formed(change: Change) -> None:
    """Sources and targets that AWS knows, and templates that can be chosen."""
    new = change.new
    merged(change, "responseParameters", lambda value: not value)
    parameters = new.get("responseParameters") or {}
    problem = check_response_parameters(parameters, parameters.keys())
    if problem:
        raise refused(problem)
    check_template_sizes(new.get("responseTemplates") or {})
    if new.get("templateSelectionExpression"):
        check_selection(new["templateSelectionExpression"], compile_response_selection)


INTEGRATION_RESPONSE = Noun(
    name="IntegrationResponse",
    path=("apiId", "integrationId", "integrationResponseId"),
    missing=not_found("IntegrationResponse", "integrationResponseId"),
    inside=INTEGRATION,
    asks_inside=True,
    id="integrationResponseId",
    new_id=INNER,
    plural="IntegrationResponses",
    paging=NEXT_TOKEN,
    optional=("contentHandlingStrategy", "responseTemplates", "templateSelectionExpression"),
    rules=(
        websocket_only("IntegrationResponses are currently not supported for this API protocol type."),
        key_settled,
        mapping_is_well_formed,
    ),
    settled=(auto_deployed,),
)
