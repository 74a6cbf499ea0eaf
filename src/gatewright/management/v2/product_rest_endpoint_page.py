"""ProductRestEndpointPage: a page about one method of a deployed REST API, which readers may try there.

A page shows what the API itself says, unless it overrides that. It is AVAILABLE at once, and FAILED once what it is
about is gone. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals-create-product-rest-endpoint.html
"""

from functools import partial

import msgspec

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.noun import Change, Noun
from gatewright.management.paging import NEXT_TOKEN
from gatewright.management.patch import refused
from gatewright.management.v2.portal_product import ID_LENGTH, PORTAL_PRODUCT, dated
from gatewright.management.v2.product_page import addressed, few_pages, leaves_order
from gatewright.management.v2.rest_endpoint import NoEndpoint, address_of, default_content, find_endpoint
from gatewright.values.records import Document, Transaction


def missing(call: Call) -> ServiceError:
    """The product has no such page."""
    return ServiceError("NotFoundException", "Invalid product REST endpoint page identifier specified")


def names_an_endpoint(change: Change) -> None:
    """A new page is about a method that a stage serves."""
    parts = change.new["restEndpointIdentifier"].get("identifierParts")
    if parts is None:
        raise refused("Invalid REST endpoint identifier specified: identifierParts is required")
    if change.old is None:
        try:
            find_endpoint(change.tx, change.call.account, change.call.region, parts)
        except NoEndpoint as error:
            raise ServiceError("NotFoundException", str(error)) from None


def content_is_one(change: Change) -> None:
    """A page overrides something, or nothing."""
    content = change.new.setdefault("displayContent", {"none": {}})
    if len(content) != 1:
        raise refused("Invalid display content specified: give one of none and overrides")
    if "overrides" in content and not content["overrides"]:
        raise refused("Invalid display content specified: overrides has no member")


def try_it_settled(change: Change) -> None:
    """Whoever wants readers to try an endpoint says so; of a private API they cannot, whatever is said, as on AWS."""
    state = change.new.setdefault("tryItState", "DISABLED")
    if state == "ENABLED":
        parts, call = change.new["restEndpointIdentifier"]["identifierParts"], change.call
        try:
            types = find_endpoint(change.tx, call.account, call.region, parts).deployed.api["endpointConfiguration"][
                "types"
            ]
        except NoEndpoint:
            return
        change.new["tryItState"] = "DISABLED" if "PRIVATE" in types else "ENABLED"


def shown(tx: Transaction, call: Call, document: Document) -> Document:
    """What a reader of the page sees, as things are now; a list tells of address and name only."""
    parts = document["restEndpointIdentifier"]["identifierParts"]
    status: Document = {"status": "AVAILABLE"}
    try:
        content = default_content(find_endpoint(tx, call.account, call.region, parts))
    except NoEndpoint as error:
        content = {"endpoint": address_of(call.region, parts)}
        status = {"status": "FAILED", "statusException": {"exception": "NotFoundException", "message": str(error)}}
    raw = {"rawDisplayContent": msgspec.json.encode(content).decode()} if _is_raw_asked(call) else {}
    content |= document["displayContent"].get("overrides", {})
    return document | {**content, **status, **raw, "displayContent": content}


def _is_raw_asked(call: Call) -> bool:
    return str(call.input.get("includeRawDisplayContent", "")).lower() == "true"


PRODUCT_REST_ENDPOINT_PAGE = Noun(
    name="ProductRestEndpointPage",
    path=("portalProductId", "productRestEndpointPageId"),
    missing=missing,
    inside=PORTAL_PRODUCT,
    asks_inside=True,
    id="productRestEndpointPageId",
    new_id=ID_LENGTH,
    plural="ProductRestEndpointPages",
    listing="List",
    paging=NEXT_TOKEN,
    rules=(
        partial(few_pages, "ProductRestEndpointPage"),
        names_an_endpoint,
        content_is_one,
        try_it_settled,
        partial(addressed, "productrestendpointpages", "productRestEndpointPage"),
        dated,
    ),
    deleting=(partial(leaves_order, "productRestEndpointPage"),),
    show=shown,
)
