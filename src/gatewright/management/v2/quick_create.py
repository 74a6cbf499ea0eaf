"""Quick create: an HTTP API that works at once, with an integration, a route and a stage that API Gateway manages.

CreateApi makes them of its `target`; UpdateApi changes them, of an API that was made so.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop.html
"""

from copy import deepcopy
from functools import partial

from gatewright.aws.call import Call, Handler
from gatewright.management.noun import Change, Noun, identified, quiet, settle
from gatewright.management.patch import refused
from gatewright.management.v2.api import API
from gatewright.management.v2.auto_deploy import deploy_again
from gatewright.management.v2.inside import HTTP, key_inside, refuse_member
from gatewright.management.v2.integration import INTEGRATION
from gatewright.management.v2.route import ROUTE
from gatewright.management.v2.route_key import DEFAULT
from gatewright.management.v2.stage import STAGE
from gatewright.management.verbs import alter, make
from gatewright.values.records import Document, Store, Transaction

MEMBERS = ("target", "routeKey", "credentialsArn")
MANAGED = {"apiGatewayManaged": True}


def create_api(store: Store, call: Call) -> Document:
    """Make an API, and what it needs to work if it has a target."""
    members = {name: value for name, value in call.input.items() if name in MEMBERS and value}
    if members and "target" not in members:
        raise refused(f"A target must be specified for quick create, of which {', '.join(members)} are parts")
    with store.transaction() as tx:
        call = _without(call, MANAGED if members else {})
        there, document = make(API, tx, call)
        if members:
            _refuse_unless_http(document, members)
            _furnish(tx, there, members)
        return API.show(tx, there, document)


def update_api(store: Store, call: Call) -> Document:
    """Change an API, and what quick create made for it."""
    members = {name: call.input[name] for name in MEMBERS if name in call.input}
    with store.transaction() as tx:
        call = _without(call, {})
        if not members:
            return API.show(tx, call, alter(API, tx, call))
        document = alter(quiet(API), tx, call)
        _refuse_unless_http(document, members)
        _refurnish(tx, call, members)
        deploy_again(tx, call)
        return API.show(tx, call, document)


def _without(call: Call, others: Document) -> Call:
    """The call as it is for the API itself."""
    return call._replace(input={name: value for name, value in call.input.items() if name not in MEMBERS} | others)


def _refuse_unless_http(api: Document, members: Document) -> None:
    if api["protocolType"] != HTTP:
        refuse_member(next(iter(members)), api["protocolType"])


def _furnish(tx: Transaction, call: Call, members: Document) -> None:
    api = {"apiId": call.input["apiId"]} | MANAGED

    def inside(given: Document) -> Call:
        return call._replace(input=api | given)

    credentials = {"credentialsArn": members.get("credentialsArn", "")}
    _, integration = make(INTEGRATION, tx, inside(_integration(members["target"]) | credentials))
    target = f"integrations/{integration['integrationId']}"
    make(ROUTE, tx, inside({"routeKey": members.get("routeKey") or DEFAULT, "target": target}))
    make(STAGE, tx, inside({"stageName": DEFAULT, "autoDeploy": True}))


def _integration(target: str) -> Document:
    """Members of the integration with a URL or a function's ARN."""
    if target.startswith("arn:"):
        kind = {"integrationType": "AWS_PROXY", "integrationMethod": "POST", "payloadFormatVersion": "2.0"}
    else:
        kind = {"integrationType": "HTTP_PROXY", "integrationMethod": "ANY", "payloadFormatVersion": "1.0"}
    return kind | {"integrationUri": target}


def _refurnish(tx: Transaction, call: Call, members: Document) -> None:
    given = _integration(members["target"]) if members.get("target") else {}
    if "credentialsArn" in members:
        given["credentialsArn"] = members["credentialsArn"]
    if given:
        _change(tx, call, INTEGRATION, given)
    if members.get("routeKey"):
        _change(tx, call, ROUTE, {"routeKey": members["routeKey"]})


def _managed(tx: Transaction, call: Call, noun: Noun) -> Document:
    """The one that quick create made. Raises BadRequestException."""
    for _, document in tx.list(key_inside(call, noun.kind or noun.name)):
        if document.get("apiGatewayManaged"):
            return document
    words = ", ".join(MEMBERS)
    raise refused(f"{words} can only be specified for an API that has the {noun.name} that quick create made")


def _change(tx: Transaction, call: Call, noun: Noun, given: Document) -> None:
    old = _managed(tx, call, noun)
    call = call._replace(input={"apiId": call.input["apiId"]} | given)
    # Nobody but quick create itself may change what it manages: for the rules this is an ordinary one.
    ordinary = {name: value for name, value in old.items() if name != "apiGatewayManaged"}
    there = identified(noun, call, old[noun.id])
    settle(quiet(noun), Change(tx, there, ordinary, deepcopy(ordinary | given | MANAGED)))


def handlers(store: Store) -> dict[str, Handler]:
    """The operations on APIs that make or change more than the API."""
    return {"CreateApi": partial(create_api, store), "UpdateApi": partial(update_api, store)}
