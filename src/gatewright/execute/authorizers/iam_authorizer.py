"""The authorization type AWS_IAM: whose signature a request bears, and what that principal's own policies say.

In AWS's order: what the request claims, for what and when it was signed, whose key that is, whether the signature is
that principal's, whether its session still runs, and then the policies. What the API's own policy adds is
`authorization`'s to say. Developer guide: "Control access to a REST API with IAM permissions"; user guide: "Policy
evaluation logic", "Permissions boundaries for IAM entities", "Session policies".
"""

import hmac
from dataclasses import dataclass

from gatewright.execute.authorizers.signature import claim_of, verify_claim
from gatewright.execute.caller import Caller, Principal
from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import AUTHORIZER_FAILURE, EXPIRED_TOKEN, UNRECOGNIZED_CLIENT
from gatewright.execute.plan import Document, Source
from gatewright.execute.policy_request import access_request
from gatewright.execute.world import World
from gatewright.languages.policy import Effect, decide_all
from gatewright.signatures.claim import Claim
from gatewright.values.faults import PrincipalsUnreachable
from gatewright.values.refusal import refuse


@dataclass(frozen=True, slots=True)
class IamAuthorizer:
    """Of the methods in one Region; implements `authorization.Authorizer`."""

    region: str

    async def decide(self, context: RequestContext, world: World) -> Effect:
        """Notes the caller, and says what its own policies do of the request. Raises Refusal."""
        principal = await signed_by(context, self.region, world)
        return decide_all(principal.policies, principal.bounds, access_request(context))


async def signed_by(context: RequestContext, region: str, world: World) -> Principal:
    """Whose signature a request for that Region bears, noted as its caller. Raises Refusal."""
    received = context.received
    claim = claim_of(context, region)
    try:
        principal = await world.principals.of(claim.access_key)
    except PrincipalsUnreachable as unreachable:
        refuse(AUTHORIZER_FAILURE, cause=str(unreachable))
    if principal is None:
        refuse(UNRECOGNIZED_CLIENT)
    await verify_claim(received, claim, principal.secret_key, world)
    _check_session(claim, principal, received.arrived)
    context.caller = Caller(principal=principal)
    return principal


def compile_iam_authorizer(source: Source, _: Document) -> IamAuthorizer:
    """That of a method."""
    return IamAuthorizer(source.region)


def _check_session(claim: Claim, principal: Principal, now: float) -> None:
    """The token must be the session's, and a key without a session has none."""
    said = claim.session_token.encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(said, principal.session_token.encode("utf-8", "surrogatepass")):
        refuse(UNRECOGNIZED_CLIENT)
    if principal.until is not None and now >= principal.until:
        refuse(EXPIRED_TOKEN)
