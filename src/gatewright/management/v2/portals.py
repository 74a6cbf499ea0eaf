"""All nouns and operations of portals: what `handlers` of the second API puts beside those of APIs."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from gatewright.aws.call import Call, Handler
from gatewright.management.noun import Noun
from gatewright.management.v2 import portal, portal_product
from gatewright.management.v2.portal import PORTAL
from gatewright.management.v2.portal_logo import ReadObject
from gatewright.management.v2.portal_product import PORTAL_PRODUCT
from gatewright.management.v2.portal_product_sharing_policy import PORTAL_PRODUCT_SHARING_POLICY
from gatewright.management.v2.product_page import PRODUCT_PAGE
from gatewright.management.v2.product_rest_endpoint_page import PRODUCT_REST_ENDPOINT_PAGE
from gatewright.management.v2.product_sharing import need_shared
from gatewright.values.records import Store

NOUNS: tuple[Noun, ...] = (
    PORTAL,
    PORTAL_PRODUCT,
    PORTAL_PRODUCT_SHARING_POLICY,
    PRODUCT_PAGE,
    PRODUCT_REST_ENDPOINT_PAGE,
)
_OF_OTHERS = (
    *("GetPortalProduct", "GetProductPage", "GetProductRestEndpointPage"),
    *("ListProductPages", "ListProductRestEndpointPages"),
)


def handlers(store: Store, read_object: ReadObject, ordinary: Mapping[str, Handler]) -> dict[str, Handler]:
    """The operations that are more than shared verbs; `ordinary` has those."""
    return {
        **portal.handlers(store, read_object, ordinary),
        **portal_product.handlers(store, ordinary),
        **{name: partial(of_owner, store, ordinary[name]) for name in _OF_OTHERS},
    }


def of_owner(store: Store, handler: Handler, call: Call) -> Any:
    """The operation on a product of another account, if that shares it with the caller's."""
    owner = call.input.get("resourceOwnerAccountId")
    if owner and owner != call.account:
        with store.read() as tx:
            need_shared(tx, call, owner)
        call = call._replace(account=owner)
    return handler(call)
