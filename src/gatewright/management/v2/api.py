"""Api: one HTTP API or WebSocket API, and what comes and goes with it. How one is made quickly: quick_create.py.

What is refused here and inside an API is in AWS's own words where those are known. Most were seen in the messages of
failed deployments that github.com/badmintoncryer/cdk-preflight has gathered; others say where beside the line.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html
"""

from collections.abc import Callable, Mapping
from functools import partial

from gatewright.aws.call import Call, Handler
from gatewright.execute.selection import compile_request_selection
from gatewright.execute.unserved_routes import of_api
from gatewright.languages.selection_expression import SelectionExpressionError
from gatewright.management.api_id import new_api_id
from gatewright.management.leaving_plans import stage_leaves_plans
from gatewright.management.mapped_api import names_leading_to
from gatewright.management.noun import Change, Noun
from gatewright.management.paging import NEXT_TOKEN
from gatewright.management.patch import invalid, refused
from gatewright.management.v2.auto_deploy import auto_deployed
from gatewright.management.v2.cors_configuration import cors_settled
from gatewright.management.v2.errors import not_found
from gatewright.management.v2.inside import HTTP, KINDS, WEBSOCKET, refuse_member, remove
from gatewright.management.v2.tags import tags_settled, with_tags
from gatewright.management.verbs import take_from
from gatewright.values.records import Document, Store

_SCHEMES = {HTTP: "https", WEBSOCKET: "wss"}
_BY_ROUTE = "$request.method $request.path"
_KEY_IN_HEADER = "$request.header.x-api-key"
_KEY_OF_AUTHORIZER = "$context.authorizer.usageIdentifierKey"
_ROUTE_SELECTIONS = (_BY_ROUTE, "${request.method} ${request.path}")
_KEY_SELECTIONS: Mapping[str, tuple[str, ...]] = {
    HTTP: (_KEY_IN_HEADER,),
    WEBSOCKET: (_KEY_IN_HEADER, _KEY_OF_AUTHORIZER),
}
# What words for people are: a change of them needs no deployment.
_WORDS = ("name", "description", "version")


def named(change: Change) -> None:
    """An API has a name."""
    if not change.new["name"]:
        raise refused("Invalid API name specified")


def of_its_protocol(change: Change) -> None:
    """What only the other kind of API can have."""
    new = change.new
    if new.get("corsConfiguration") and new["protocolType"] != HTTP:
        raise refused("Cors is not supported for WEBSOCKET protocolType")
    if new.get("disableSchemaValidation") and new["protocolType"] == HTTP:
        refuse_member("disableSchemaValidation", HTTP)


def selections_settled(change: Change) -> None:
    """How routes and API keys are found: an HTTP API has no choice in that."""
    new, protocol = change.new, change.new["protocolType"]
    if protocol == HTTP:
        if new.setdefault("routeSelectionExpression", _BY_ROUTE) not in _ROUTE_SELECTIONS:
            raise refused(f'Route selection expression is currently limited to "{_ROUTE_SELECTIONS[1]}"')
    elif not new.get("routeSelectionExpression"):
        raise refused("Invalid routeSelectionExpression")
    else:
        check_selection(new["routeSelectionExpression"])
    if new["apiKeySelectionExpression"] not in _KEY_SELECTIONS[protocol]:
        words = ", ".join(_KEY_SELECTIONS[protocol])
        raise refused(f"Invalid apiKeySelectionExpression specified. Valid options are {words}")


def check_selection(text: str, compiled: Callable[[str], object] = compile_request_selection) -> None:
    """A text that `compiled` knows how to evaluate. Raises BadRequestException."""
    try:
        compiled(text)
    except SelectionExpressionError as error:
        raise invalid("selection expression", error) from None


def born(change: Change) -> None:
    """A new API has a date and an address."""
    if change.old is None:
        new, region = change.new, change.call.region
        host = f"{new['apiId']}.execute-api.{region}.amazonaws.com"
        new |= {
            "apiEndpoint": f"{_SCHEMES[new['protocolType']]}://{host}",
            "createdDate": int(change.call.request.arrived),
        }


def nothing_maps_to_it(change: Change) -> None:
    """An API that a domain name leads to stays."""
    id = change.call.input["apiId"]
    if names_leading_to(change.tx, change.call, id):
        # Seen: github.com/gruntwork-io/cloud-nuke/issues/370
        raise refused(
            f"Deleting API {id} failed. Please remove all API mappings for the API from your custom domain names."
        )


def gone_with_it(change: Change) -> None:
    """An API takes along everything inside it."""
    remove(change.tx, change.call, KINDS)


def deployed_if_served(change: Change) -> None:
    """Stages that deploy automatically serve what a change of the API changes for requests."""
    old = change.old or {}
    if change.new and any(
        old.get(name) != change.new.get(name) for name in (old | change.new) if name not in (*_WORDS, "tags")
    ):
        auto_deployed(change)


API = Noun(
    name="Api",
    path=("apiId",),
    missing=not_found("API", "apiId", of_account=True),
    id="apiId",
    new_id=new_api_id,
    plural="Apis",
    paging=NEXT_TOKEN,
    defaults={
        "apiKeySelectionExpression": _KEY_IN_HEADER,
        "disableExecuteApiEndpoint": False,
        "ipAddressType": "ipv4",
    },
    optional=("corsConfiguration", "description", "version"),
    rules=(named, of_its_protocol, selections_settled, cors_settled, tags_settled, born),
    deleting=(nothing_maps_to_it, stage_leaves_plans, gone_with_it),
    settled=(deployed_if_served,),
    unserved=of_api,
    show=with_tags,
    arn="/apis/{apiId}",
)


def without_cors(api: Document, call: Call) -> Document:
    """Pages of other origins may call the API no more than its own responses let them."""
    return {name: value for name, value in api.items() if name != "corsConfiguration"}


def handlers(store: Store) -> dict[str, Handler]:
    """The operation on APIs that is no shared verb."""
    return {"DeleteCorsConfiguration": partial(take_from, API, without_cors, store)}
