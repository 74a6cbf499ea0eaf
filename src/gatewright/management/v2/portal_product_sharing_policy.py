"""PortalProductSharingPolicy: which other accounts may use a portal product. One that has none is its owner's alone.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/portalproducts-portalproductid-sharingpolicy.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals-share-products.html
"""

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.languages.policy import AccessRequest, Effect, PolicyError, PolicyPrincipal, compile_policy
from gatewright.management.noun import Change, Noun
from gatewright.management.patch import refused
from gatewright.management.v2.portal_product import PORTAL_PRODUCT, arn_of
from gatewright.values.records import Document, Key, Transaction

# AWS does not say whether policies name operations or, as for APIs, the verbs of HTTP: either allows, either denies.
_VERB = "apigateway:GET"
_SHOWN = ("GetPortalProduct", "GetProductPage", "GetProductRestEndpointPage")


def missing(call: Call) -> ServiceError:
    """The product has none."""
    return ServiceError("NotFoundException", "The portal product has no sharing policy")


def well_formed(change: Change) -> None:
    """It is a policy that can be evaluated."""
    try:
        compile_policy(change.new["policyDocument"], kind="resource")
    except PolicyError:
        raise refused(
            "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
        ) from None


def shown(tx: Transaction, call: Call, document: Document) -> Document:
    """It tells whose it is; putting it tells nothing."""
    return {"portalProductId": call.input["portalProductId"], **document}


PORTAL_PRODUCT_SHARING_POLICY = Noun(
    name="PortalProductSharingPolicy",
    path=("portalProductId",),
    missing=missing,
    inside=PORTAL_PRODUCT,
    part="sharingPolicy",
    creating="Put",
    rules=(well_formed,),
    show=shown,
)


def is_shared(tx: Transaction, product: Key, account: str, operation: str = "GetPortalProduct") -> bool:
    """Whether that account may read the product of that key as the operation does."""
    policy = ((tx.get(product) or {}).get("sharingPolicy") or {}).get("policyDocument")
    if policy is None:
        return False
    compiled = compile_policy(policy, kind="resource")
    reader = PolicyPrincipal(account, f"arn:aws:iam::{account}:root")
    keys = {
        "aws:principalaccount": [account],
        "aws:principalarn": [reader.arn],
        "aws:requestedregion": [product.region],
    }
    asked = (AccessRequest(action, arn_of(product), reader, keys) for action in (f"apigateway:{operation}", _VERB))
    effects = {compiled.decide(request) for request in asked}
    return Effect.DENY not in effects and bool(effects & {Effect.ALLOW, Effect.DELEGATES})


def may_show(tx: Transaction, product: Key, account: str) -> bool:
    """Whether that account may put the product of that key into its portals, where everybody reads all of it."""
    return all(is_shared(tx, product, account, operation) for operation in _SHOWN)


def need_shared(tx: Transaction, call: Call, owner: str) -> None:
    """Raises AccessDeniedException unless `owner` shares the product that the call leads to with the caller's account:
    whether there is such a product is not told either."""
    product = Key(owner, call.region, "PortalProduct", "", call.input["portalProductId"])
    if not is_shared(tx, product, call.account, call.operation):
        raise ServiceError("AccessDeniedException", "Access denied: the portal product is not shared with this account")
