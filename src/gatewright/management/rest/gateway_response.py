"""GatewayResponse: what the gateway itself answers, by the reason why a request goes no further.

Of every reason there is one: what an API does not define is as the type's default, which DEFAULT_4XX and DEFAULT_5XX
change for all types of their class. https://docs.aws.amazon.com/apigateway/latest/api/API_GatewayResponse.html
"""

import re
from functools import partial

from gatewright.aws.call import Call, Handler
from gatewright.aws.errors import ServiceError
from gatewright.execute.custom_gateway_response import DEFAULT_TEMPLATES
from gatewright.execute.gateway_response import DEFAULT_TYPES
from gatewright.management.content_type import check_templates
from gatewright.management.noun import Change, Noun, identified, require
from gatewright.management.paging import POSITION
from gatewright.management.patch import Acts, Operation, Patch, bad_path, entry, invalid, member, refused
from gatewright.management.rest.inside import key_inside
from gatewright.management.rest.rest_api import REST_API
from gatewright.management.values import text
from gatewright.values.records import Document, Store, Transaction

# The status of each type that AWS knows; the two that stand for a class have none of their own.
STATUSES: dict[str, str | None] = {
    **{row.response_type: str(row.status) for row in DEFAULT_TYPES},
    "DEFAULT_4XX": None,
    "DEFAULT_5XX": None,
}

_OF_A_CLASS = ("statusCode", "responseParameters", "responseTemplates")
_HEADER = re.compile(r"gatewayresponse\.header\.[a-zA-Z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(
    r"method\.request\.(?:path|querystring|header|multivaluequerystring|multivalueheader)\.[a-zA-Z0-9._$-]+"
    r"|context\.[a-zA-Z0-9._$-]+|stageVariables\.[a-zA-Z0-9_]+|'[^']*'",
    re.DOTALL,
)
_STATUS = re.compile(r"[1-5][0-9][0-9]")


def missing(call: Call) -> ServiceError:
    """No API lacks a type: this is said only of a word that is none."""
    return ServiceError("NotFoundException", "Gateway response type not defined on api")


def default(call: Call) -> Document | None:
    """The response of a type that the API does not define."""
    kind = call.input["responseType"]
    if kind not in STATUSES:
        return None
    return {
        "responseType": kind,
        "responseParameters": {},
        "responseTemplates": dict(DEFAULT_TEMPLATES),
        "defaultResponse": True,
    }


def shown(tx: Transaction, call: Call, document: Document) -> Document:
    """With the type's own status where none is given. What the API does not define looks as its class does, if the
    API defines that [recorded]."""
    status = STATUSES[document["responseType"]]
    if document["defaultResponse"] and status is not None:
        of_class = tx.get(key_inside(call, "GatewayResponse", f"DEFAULT_{status[0]}XX")) or {}
        document = document | {name: of_class[name] for name in _OF_A_CLASS if name in of_class}
    return {"statusCode": status} | document if status is not None else document


def completed(change: Change) -> None:
    """What is given, and the type's default for the rest: never its class's [recorded].

    Only a status that is given is kept: a type's own may differ by what exactly went wrong.
    """
    new = change.new
    new["responseParameters"] = new.get("responseParameters") or {}
    new["responseTemplates"] = new.get("responseTemplates") or dict(DEFAULT_TEMPLATES)
    new["defaultResponse"] = False


def values_are_given(change: Change) -> None:
    """No header and no template without a value, and templates as AWS takes them."""
    for name in ("responseTemplates", "responseParameters"):
        if not all((change.new.get(name) or {}).values()):
            raise refused(f"Invalid null or empty value in {name}")
    check_templates(change.new.get("responseTemplates") or {})


def headers_are_well_formed(change: Change) -> None:
    """Headers of the response from parts of the request, of its context, or from text in quotes."""
    for target, source in (change.new.get("responseParameters") or {}).items():
        if not _HEADER.fullmatch(target):
            raise refused("Invalid parameter name specified")
        if not _VALUE.fullmatch(source):
            raise invalid("mapping expression", f"Invalid mapping expression specified: {source}")


def is_defined(change: Change) -> None:
    """Only what the API defines can be deleted."""
    if (change.old or {}).get("defaultResponse"):
        raise missing(change.call)


def status_code(value: str) -> str | None:
    """A status; empty text gives the type its default back."""
    if value and not _STATUS.fullmatch(value):
        raise refused(f"Invalid status code specified: {value}")
    return value or None


def tell(patch: Patch, operation: Operation, acts: Acts | None) -> ServiceError:
    """Recorded: an operation that a path does not support is told as an unknown path is."""
    return bad_path(operation)


GATEWAY_RESPONSE = Noun(
    name="GatewayResponse",
    path=("restApiId", "responseType"),
    missing=missing,
    inside=REST_API,
    asks_inside=True,
    id="responseType",
    creating="Put",
    absent=default,
    patch=Patch(
        {
            "/statusCode": member("statusCode", status_code),
            # Recorded: only an add makes an entry. Empty values are refused afterwards.
            "/responseParameters/{name}": entry(
                "responseParameters", text, "Invalid parameter name specified", replace_adds=False
            ),
            "/responseTemplates/{type}": entry(
                "responseTemplates", text, "Content-Type specified was not found", replace_adds=False
            ),
        },
        tell,
    ),
    rules=(values_are_given, headers_are_well_formed, completed),
    deleting=(is_defined,),
    show=shown,
)


def get_gateway_responses(store: Store, call: Call) -> Document:
    """One page of all types, defined by the API or not, in the order of their names."""
    with store.read() as tx:
        require(tx, call, REST_API)
        listed = POSITION.cut(sorted(STATUSES), call)
        there = [identified(GATEWAY_RESPONSE, call, kind) for kind in listed.pop("found")]
        return {"items": [shown(tx, each, require(tx, each, GATEWAY_RESPONSE)) for each in there], **listed}


def handlers(store: Store) -> dict[str, Handler]:
    """The operation on gateway responses that is no shared verb."""
    return {"GetGatewayResponses": partial(get_gateway_responses, store)}
