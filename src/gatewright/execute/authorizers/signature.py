"""The signature of a request to an API: what it claims, and what becomes of one whose claim does not hold.

Developer guide: "Gateway response types for API Gateway"; what AWS answers is worded in `signatures`.
"""

from functools import partial
from typing import NoReturn

from gatewright.execute.context import RequestContext
from gatewright.execute.gateway_response import INCOMPLETE_SIGNATURE, INVALID_SIGNATURE, MISSING_AUTHENTICATION_TOKEN
from gatewright.execute.large_body import at_length
from gatewright.execute.world import World
from gatewright.signatures.claim import ECDSA, Claim, IncompleteSignature, SignatureRefused, read_claim
from gatewright.signatures.sigv4 import check_scope, verify
from gatewright.values.refusal import Refusal, refuse
from gatewright.values.request import Request

SERVICE = "execute-api"

_LONG_TO_HASH = 262_144  # bytes; that many take as long as a thread is to be asked: 0.15 ms


def claim_of(context: RequestContext, region: str) -> Claim:
    """What a request claims, and that for this Region, the time it came and the verb it asks for. Raises Refusal."""
    received = context.received
    try:
        claim = read_claim(received, received.arrived)
        if claim is None:
            refuse(MISSING_AUTHENTICATION_TOKEN)
        check_scope(claim, SERVICE, region)
        if claim.algorithm == ECDSA and context.plan.protocol != "REST":
            refuse(INVALID_SIGNATURE, "Only REST APIs take Signature Version 4A.")  # our own words
    except SignatureRefused as refused:
        _refuse(refused)
    if context.request.method != received.method and "x-http-method-override" not in claim.signed_headers:
        # Else who was given a presigned URL to GET could DELETE with it. What AWS does is not known.
        refuse(INVALID_SIGNATURE, "'X-HTTP-Method-Override' must be a 'SignedHeader' in the AWS Authorization.")
    return claim


async def verify_claim(received: Request, claim: Claim, secret_key: str, world: World) -> None:
    """That the holder of the secret key signed the request. Raises Refusal."""
    try:
        await at_length(partial(verify, received, claim, secret_key), len(received.body), world, _LONG_TO_HASH)
    except SignatureRefused as refused:
        _refuse(refused)


def refuse_unmatched(refusal: Refusal, received: Request) -> NoReturn:
    """The refusal of a request that no method serves: AWS reads Authorization before it looks for a method, and one of
    another kind is told of that. Seen: published answers to `Authorization: Bearer` at paths that an API lacks."""
    if refusal.row is MISSING_AUTHENTICATION_TOKEN:
        try:
            read_claim(received, received.arrived)
        except SignatureRefused as refused:
            _refuse(refused)
    raise refusal


def _refuse(refused: SignatureRefused) -> NoReturn:
    refuse(INCOMPLETE_SIGNATURE if isinstance(refused, IncompleteSignature) else INVALID_SIGNATURE, str(refused))
