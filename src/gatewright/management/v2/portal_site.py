"""What a portal publishes: its content and its products' pages as they are at that time, for `portal_page` to show.

A site is a `PortalSite` record with all that its pages have in common, and a `PortalSitePage` for each of them. It is
known by the id of its portal, or by that of a preview. Drafts, which are pages that are in no order, stay out.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals-publish-portal.html
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial

import msgspec

from gatewright.aws.call import Call
from gatewright.management.patch import refused
from gatewright.management.portal_page import OVERVIEW
from gatewright.management.v2.portal_product_sharing_policy import may_show
from gatewright.management.v2.rest_endpoint import (
    DeployedApi,
    NoEndpoint,
    RestEndpoint,
    default_content,
    described,
    endpoint_in,
    read_api,
)
from gatewright.values.records import Document, Key, Transaction

LARGEST = 16 * 1024 * 1024  # bytes of a site's pages: a node writes them at once
_APIS_AT_HAND = 16  # while a site is written: the pages of a product are mostly about one or two
# (account, Region, API, stage): what that stage serves. Raises NoEndpoint.
ReadApi = Callable[[str, str, str, str], DeployedApi]

_PRODUCT = re.compile(r"arn:aws[a-z-]*:apigateway:([a-z0-9-]+):([0-9]{12}):/portalproducts/([a-z0-9]+)")


def product_of(tx: Transaction, call: Call, arn: str) -> Key:
    """The record of a product that the call's account may show. Raises BadRequestException."""
    parts = _PRODUCT.fullmatch(arn)
    if parts is not None and parts[1] == call.region:
        key = Key(parts[2], parts[1], "PortalProduct", "", parts[3])
        if tx.get(key) is not None and (key.account == call.account or may_show(tx, key, call.account)):
            return key
    raise refused(f"Invalid portal product ARN specified: {arn}")


def put_site(tx: Transaction, call: Call, site: str, portal: Document, ends: int | None = None) -> None:
    """Write the portal as it is now; a preview `ends`, and lets nobody try anything.

    Raises BadRequestException when something of it is no longer there: then what was published stays."""
    remove_site(tx, call, site)
    read: ReadApi = lru_cache(_APIS_AT_HAND)(partial(read_api, tx))
    products, written = [], 0
    for arn in portal["includedPortalProductArns"]:
        key = product_of(tx, call, arn)
        product = tx.get(key) or {}
        pages = dict(_pages(tx, key, product.get("displayOrder") or {}, read))
        for id, page in pages.items():
            shown = page if ends is None else page | {"invoke": ""}
            written += len(msgspec.json.encode(shown))
            if written > LARGEST:
                raise refused(f"The portal is too large: its pages have more than {LARGEST} bytes")
            tx.put(_page_key(call, site, f"{key.id}/{id}"), shown)
        products.append(_contents(product, pages))
    names = ("portalId", "authorization", "portalContent", "logo")
    shared: Document = {name: portal[name] for name in names if name in portal}
    tx.put(_site_key(call, site), shared | {"products": products} | ({} if ends is None else {"ends": ends}))


def remove_site(tx: Transaction, call: Call, site: str) -> None:
    """Take what was published, if anything was."""
    tx.delete(_site_key(call, site))
    tx.delete_all(_page_key(call, site, ""))


def _site_key(call: Call, site: str) -> Key:
    return Key(call.account, call.region, "PortalSite", "", site)


def _page_key(call: Call, site: str, id: str) -> Key:
    return Key(call.account, call.region, "PortalSitePage", site, id)


def _contents(product: Document, pages: dict[str, Document]) -> Document:
    """A product as every page of the site lists it."""
    titles = [
        {"id": id, "title": page["title"], "section": page["section"]} for id, page in pages.items() if id != OVERVIEW
    ]
    told: Document = {name: product[name] for name in ("displayName", "description") if name in product}
    return told | {"id": product["portalProductId"], "pages": titles}


def _pages(tx: Transaction, product: Key, order: Document, read: ReadApi) -> Iterator[tuple[str, Document]]:
    """Ids and pages in the order that readers see: the overview, the other product pages, endpoints by section."""
    overview = [(OVERVIEW, order["overviewPageArn"])] if "overviewPageArn" in order else []
    for shown, arn in [*overview, *(("", arn) for arn in order.get("productPageArns", ()))]:
        id = arn.rpartition("/")[2]
        content = (tx.get(product._replace(kind="ProductPage", parent=product.id, id=id)) or {})["displayContent"]
        yield shown or id, {"section": "", **content}
    for section in order.get("contents", ()):
        for arn in section["productRestEndpointPageArns"]:
            id = arn.rpartition("/")[2]
            page = tx.get(product._replace(kind="ProductRestEndpointPage", parent=product.id, id=id)) or {}
            yield id, {"section": section["sectionName"], **_endpoint_page(product, page, read)}


def _endpoint_page(product: Key, page: Document, read: ReadApi) -> Document:
    parts = page["restEndpointIdentifier"]["identifierParts"]
    try:
        endpoint = endpoint_in(read(product.account, product.region, parts["restApiId"], parts["stage"]), parts)
    except NoEndpoint as error:
        raise refused(f"Page {page['productRestEndpointPageArn']} cannot be published: {error}") from None
    content = default_content(endpoint) | page["displayContent"].get("overrides", {})
    return {
        "title": content.get("operationName") or parts["path"],
        "body": content.get("body", ""),
        "method": parts["method"],
        "endpoint": content["endpoint"],
        "path": parts["path"],
        "described": described(endpoint),
        "invoke": _invoke(endpoint) if page["tryItState"] == "ENABLED" else "",
    }


def _invoke(endpoint: RestEndpoint) -> str:
    """Where this node answers calls of the stage, for pages of its own; "" for an API that does not answer there."""
    parts = endpoint.parts
    return f"/_aws/execute-api/{parts['restApiId']}/{parts['stage']}" if endpoint.is_public else ""
