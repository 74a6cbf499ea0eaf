"""All nouns and operations of portals: what `handlers` of the second API puts beside those of APIs."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from gatewright.aws.call import Call, Handler
from gatewright.management.noun import Noun
from gatewright.management.paging import NEXT_TOKEN
from gatewright.management.patch import refused
from gatewright.management.v2 import portal
from gatewright.management.v2.portal import PORTAL
from gatewright.management.v2.portal_logo import ReadObject
from gatewright.management.v2.portal_product import PORTAL_PRODUCT, shown
from gatewright.management.v2.portal_product_sharing_policy import PORTAL_PRODUCT_SHARING_POLICY, is_shared, need_shared
from gatewright.management.v2.product_page import PRODUCT_PAGE
from gatewright.management.v2.product_rest_endpoint_page import PRODUCT_REST_ENDPOINT_PAGE
from gatewright.values.records import Store

NOUNS: tuple[Noun, ...] = (
    PORTAL,
    PORTAL_PRODUCT,
    PORTAL_PRODUCT_SHARING_POLICY,
    PRODUCT_PAGE,
    PRODUCT_REST_ENDPOINT_PAGE,
)
_OWNERS = ("SELF", "OTHER_ACCOUNTS")
_OF_OTHERS = (
    *("GetPortalProduct", "GetProductPage", "GetProductRestEndpointPage"),
    *("ListProductPages", "ListProductRestEndpointPages"),
)


def handlers(store: Store, read_object: ReadObject, ordinary: Mapping[str, Handler]) -> dict[str, Handler]:
    """The operations that are more than shared verbs; `ordinary` has those."""
    return {
        **portal.handlers(store, read_object, ordinary),
        "ListPortalProducts": partial(list_portal_products, store, ordinary["ListPortalProducts"]),
        **{name: partial(of_owner, store, ordinary[name]) for name in _OF_OTHERS},
    }


def list_portal_products(store: Store, own: Handler, call: Call) -> Any:
    """The account's own products, or those that others share with it."""
    owner = call.input.get("resourceOwner") or "SELF"
    if owner not in _OWNERS:
        raise refused(f"Invalid resourceOwner specified: {owner}. Valid options are {','.join(_OWNERS)}")
    if owner == "SELF":
        return own(call)
    with store.read() as tx:
        shared = {
            key.id: tx.get(key)
            for key in tx.keys("PortalProduct")
            if key.region == call.region and key.account != call.account and is_shared(tx, key, call.account)
        }
        listed = NEXT_TOKEN.cut(sorted(shared), call)
        return listed | {"items": [shown(tx, call, shared[id] or {}) for id in listed.pop("found")]}


def of_owner(store: Store, handler: Handler, call: Call) -> Any:
    """The operation on a product of another account, if that shares it with the caller's."""
    owner = call.input.get("resourceOwnerAccountId")
    if owner and owner != call.account:
        with store.read() as tx:
            need_shared(tx, call, owner)
        call = call._replace(account=owner)
    return handler(call)
