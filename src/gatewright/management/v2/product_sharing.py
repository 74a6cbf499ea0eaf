"""Who else may use a portal product: what its sharing policy says of another account.

A product that has none is its owner's alone. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals-share-products.html
"""

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.languages.policy import AccessRequest, Effect, PolicyError, PolicyPrincipal, compile_policy
from gatewright.management.patch import refused
from gatewright.values.records import Key, Transaction

# AWS does not say whether policies name operations or, as for APIs, the verbs of HTTP: either allows, either denies.
_VERB = "apigateway:GET"
_SHOWN = ("GetPortalProduct", "GetProductPage", "GetProductRestEndpointPage")


def check_policy(text: str) -> None:
    """Raises BadRequestException for what is no policy."""
    try:
        compile_policy(text, kind="resource")
    except PolicyError:
        raise refused(
            "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
        ) from None


def is_shared(tx: Transaction, product: Key, account: str, operation: str = "GetPortalProduct") -> bool:
    """Whether that account may read the product of that key as the operation does."""
    policy = ((tx.get(product) or {}).get("sharingPolicy") or {}).get("policyDocument")
    if policy is None:
        return False
    compiled = compile_policy(policy, kind="resource")
    arn = f"arn:aws:apigateway:{product.region}:{product.account}:/portalproducts/{product.id}"
    reader = PolicyPrincipal(account, f"arn:aws:iam::{account}:root")
    keys = {
        "aws:principalaccount": [account],
        "aws:principalarn": [reader.arn],
        "aws:requestedregion": [product.region],
    }
    asked = (AccessRequest(action, arn, reader, keys) for action in (f"apigateway:{operation}", _VERB))
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
