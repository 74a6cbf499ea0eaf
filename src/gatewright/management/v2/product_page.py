"""ProductPage: a page of Markdown that explains a portal product.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals-create-product-page.html
"""

from functools import partial

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.noun import Change, Noun, keep, key_of, require
from gatewright.management.paging import NEXT_TOKEN
from gatewright.management.patch import refused
from gatewright.management.v2.portal_product import (
    ID_LENGTH,
    PORTAL_PRODUCT,
    arn_of,
    dated,
    pages_of,
    without_page,
)
from gatewright.values.records import Document, Transaction

MOST_PAGES = 40  # of each kind in a product; developer guide, "Quotas for configuring portals"


def missing(call: Call) -> ServiceError:
    """The product has no such page."""
    return ServiceError("NotFoundException", "Invalid product page identifier specified")


def few_pages(kind: str, change: Change) -> None:
    """AWS's quota of a product's pages of a kind."""
    if change.old is None and len(list(pages_of(change, kind))) >= MOST_PAGES:
        raise refused(f"A portal product can have at most {MOST_PAGES} pages of a kind")


def addressed(collection: str, member: str, change: Change) -> None:
    """A page tells its ARN, as `member`."""
    product, id = arn_of(key_of(PORTAL_PRODUCT, change.call)), change.new[f"{member}Id"]
    change.new[f"{member}Arn"] = f"{product}/{collection}/{id}"


def leaves_order(member: str, change: Change) -> None:
    """A page that is gone is in no order."""
    product = require(change.tx, change.call, PORTAL_PRODUCT)
    if "displayOrder" in product:
        product["displayOrder"] = without_page(product["displayOrder"], (change.old or {})[f"{member}Arn"])
        keep(change.tx, change.call, PORTAL_PRODUCT, product)


def shown(tx: Transaction, call: Call, document: Document) -> Document:
    """A list tells of titles only."""
    return document | {"pageTitle": document["displayContent"]["title"]}


PRODUCT_PAGE = Noun(
    name="ProductPage",
    path=("portalProductId", "productPageId"),
    missing=missing,
    inside=PORTAL_PRODUCT,
    asks_inside=True,
    id="productPageId",
    new_id=ID_LENGTH,
    plural="ProductPages",
    listing="List",
    paging=NEXT_TOKEN,
    rules=(partial(few_pages, "ProductPage"), partial(addressed, "productpages", "productPage"), dated),
    deleting=(partial(leaves_order, "productPage"),),
    show=shown,
)
