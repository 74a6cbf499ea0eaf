"""The sharing policy of a portal product: which other accounts may put it into their portals.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/portalproducts-portalproductid-sharingpolicy.html
"""

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.noun import Change, Noun
from gatewright.management.v2.portal_product import PORTAL_PRODUCT
from gatewright.management.v2.product_sharing import check_policy
from gatewright.values.records import Document, Transaction


def missing(call: Call) -> ServiceError:
    """The product has none."""
    return ServiceError("NotFoundException", "The portal product has no sharing policy")


def well_formed(change: Change) -> None:
    """It is a policy that can be evaluated."""
    check_policy(change.new["policyDocument"])


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
