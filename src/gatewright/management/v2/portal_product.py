"""PortalProduct: a set of REST endpoints and pages that portals show together, in the order that its owner gives.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals-portal-product.html
"""

from collections.abc import Iterator
from functools import partial

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.ids import unused_everywhere
from gatewright.management.noun import Change, Noun, key_of
from gatewright.management.paging import NEXT_TOKEN
from gatewright.management.patch import refused
from gatewright.management.v2.tags import tags_settled
from gatewright.values.records import Document, Key, Transaction

ID_LENGTH = 10
MOST_PRODUCTS = 500  # of an account; developer guide, "Quotas for configuring portals"
PAGES = ("ProductPage", "ProductRestEndpointPage")  # the kinds of records inside a product


def missing(call: Call) -> ServiceError:
    """The account has no such product."""
    return ServiceError("NotFoundException", "Invalid portal product identifier specified")


def fresh_id(change: Change) -> str:
    """An id that no product of the node has: accounts tell each other's products apart by it."""
    return unused_everywhere(change.tx, "PortalProduct", ID_LENGTH)


def arn_of(product: Key) -> str:
    """The ARN of the product of that key."""
    return f"arn:aws:apigateway:{product.region}:{product.account}:/portalproducts/{product.id}"


def dated(change: Change) -> None:
    """What can be published tells when it was last modified."""
    change.new["lastModified"] = int(change.call.request.arrived)


def few(kind: str, most: int, words: str, change: Change) -> None:
    """AWS's quota of what an account has of a kind."""
    here = Key(change.call.account, change.call.region, kind, "", "")
    if change.old is None and len(change.tx.list(here, limit=most)) == most:
        raise refused(f"An account can have at most {most} {words}")


def addressed(change: Change) -> None:
    """A product tells its ARN."""
    change.new["portalProductArn"] = arn_of(key_of(PORTAL_PRODUCT, change.call))


def order_names_own_pages(change: Change) -> None:
    """Whatever is in a product's order is a page of it; no list names one twice."""
    order = change.new.get("displayOrder") or {}
    overview = [order["overviewPageArn"]] if "overviewPageArn" in order else []
    page_arns = list(order.get("productPageArns", ()))
    endpoint_arns = [arn for section in order.get("contents", ()) for arn in section["productRestEndpointPageArns"]]
    for kind, arns, others in ((PAGES[0], page_arns, overview), (PAGES[1], endpoint_arns, [])):
        known = {document[f"{kind[0].lower()}{kind[1:]}Arn"] for document in pages_of(change, kind)}
        for arn in (*arns, *others):
            if arn not in known:
                raise refused(f"Invalid display order specified: the product has no page {arn}")
        if len(set(arns)) < len(arns):
            raise refused("Invalid display order specified: a page is named twice")
    sections = [section["sectionName"] for section in order.get("contents", ())]
    if not all(sections) or len(set(sections)) < len(sections):
        raise refused("Invalid display order specified: each section has a name of its own")


def pages_of(change: Change, kind: str) -> Iterator[Document]:
    """The product's own pages of that kind."""
    key = Key(change.call.account, change.call.region, kind, change.call.input["portalProductId"], "")
    return (document for _, document in change.tx.list(key))


def without_page(order: Document, arn: str) -> Document:
    """A product's order when a page of it is gone."""
    left = {name: value for name, value in order.items() if value != arn}
    if "productPageArns" in left:
        left["productPageArns"] = [each for each in left["productPageArns"] if each != arn]
    if "contents" in left:
        left["contents"] = [
            section
            | {"productRestEndpointPageArns": [each for each in section["productRestEndpointPageArns"] if each != arn]}
            for section in left["contents"]
        ]
    return left


def empty(change: Change) -> None:
    """A product goes with its pages."""
    for kind in PAGES:
        id = change.call.input["portalProductId"]
        change.tx.delete_all(Key(change.call.account, change.call.region, kind, id, ""))


def shown(tx: Transaction, call: Call, document: Document) -> Document:
    """A list tells of a description even when there is none: its shape requires one."""
    return {"description": ""} | document if call.operation == "ListPortalProducts" else document


PORTAL_PRODUCT = Noun(
    name="PortalProduct",
    path=("portalProductId",),
    missing=missing,
    id="portalProductId",
    new_id=fresh_id,
    plural="PortalProducts",
    listing="List",
    paging=NEXT_TOKEN,
    optional=("description",),
    rules=(
        partial(few, "PortalProduct", MOST_PRODUCTS, "portal products"),
        order_names_own_pages,
        tags_settled,
        addressed,
        dated,
    ),
    deleting=(empty,),
    show=shown,
    arn="/portalproducts/{portalProductId}",
)
