"""Authorization of a method: who calls, and whether the caller may, by the caller's policies and the API's own.

Compiled once for each method; None for a method that is open to anyone. Developer guide: "How API Gateway resource
policies affect authorization workflow", whose tables decide how two policies are read together.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TYPE_CHECKING, NoReturn, Protocol

from gatewright.execute.authorizers.iam_authorizer import compile_iam_authorizer
from gatewright.execute.authorizers.lambda_authorizer import compile_lambda_authorizer
from gatewright.execute.authorizers.user_pool_authorizer import compile_user_pool_authorizer
from gatewright.execute.gateway_response import ACCESS_DENIED
from gatewright.execute.method_arn import api_arn, masked, method_arn
from gatewright.execute.phases import decided, tell_decision
from gatewright.execute.plan import Document, Source
from gatewright.execute.policy_request import INVOKE, access_request
from gatewright.execute.resource_policy import compile_resource_policy
from gatewright.languages.policy import AccessRequest, Effect, Policy, within
from gatewright.values.refusal import refuse

if TYPE_CHECKING:
    from gatewright.execute.context import RequestContext
    from gatewright.execute.world import World

# Lets a request through, or raises Refusal. Notes in the context who calls.
Authorize = Callable[["RequestContext", "World"], Awaitable[None]]

ALLOW, DENY, SILENT, DELEGATES = Effect.ALLOW, Effect.DENY, Effect.SILENT, Effect.DELEGATES
NO_POLICY = Policy((), ())
_EXPLICIT = " with an explicit deny"


class Authorizer(Protocol):
    """Finds out who calls. Compiled once, shared by all requests of all its methods."""

    def decide(self, context: "RequestContext", world: "World") -> Awaitable[Effect]:
        """What the caller's own policies say of the request; who that is, is noted as `context.caller`.

        Raises Refusal when the caller cannot be known."""
        ...


# What AWS's tables call the outcome, by what the caller's policies and the API's say; a pair that is not here is DENY
# if one of the two is, and SILENT, an implicit deny, otherwise.
SAME_ACCOUNT: Mapping[tuple[Effect, Effect], Effect] = {
    (ALLOW, ALLOW): ALLOW,
    (ALLOW, DELEGATES): ALLOW,
    (ALLOW, SILENT): ALLOW,
    (SILENT, ALLOW): ALLOW,
}
OTHER_ACCOUNT: Mapping[tuple[Effect, Effect], Effect] = {
    (ALLOW, ALLOW): ALLOW,
    (ALLOW, DELEGATES): ALLOW,
}


def outcome(table: Mapping[tuple[Effect, Effect], Effect], caller: Effect, api: Effect) -> Effect:
    """Of one of the two tables: ALLOW, DENY for an explicit deny or SILENT for an implicit one."""
    return DENY if DENY in (caller, api) else table.get((caller, api), SILENT)


# Of a method and, if it names one, GetAuthorizer's output: by authorization type. Raises ValueError. A type that is not
# here lets no request through.
CompileAuthorizer = Callable[[Source, Document], Authorizer]
AUTHORIZERS: Mapping[str, CompileAuthorizer] = {
    "AWS_IAM": compile_iam_authorizer,
    "COGNITO_USER_POOLS": compile_user_pool_authorizer,
    "CUSTOM": compile_lambda_authorizer,
}


class Authorizations:
    """What decides who may call the methods of one stage."""

    def __init__(self, snapshot: Document, stage: Source) -> None:
        """`stage` is what all methods of the stage share. Raises PolicyError for an API that `unserved` closes."""
        self._documents = {document["id"]: document for document in snapshot.get("authorizers") or ()}
        self._is_private = stage.endpoint_type == "PRIVATE"
        text = snapshot["restApi"].get("policy")
        here = api_arn(stage.region, stage.account, stage.api_id)
        self.policy = compile_resource_policy(text, here) if text else None

    def of(self, source: Source) -> Authorize | None:
        """The authorization of one method. Raises ValueError for one that cannot be compiled."""
        if self._is_private and self.policy is None:
            return _by_policy(NO_POLICY)  # a private API without a policy is nobody's to call
        kind, document = authorized_by(source.method, _TYPES, self._documents, "type")
        if kind == "NONE":
            return None if self.policy is None else _by_policy(self.policy)
        return READ_TOGETHER[kind](AUTHORIZERS[kind](source, document), self.policy)


# By authorization type, the types of authorizers that it may name.
_TYPES: Mapping[str, Collection[str]] = {
    "NONE": (),
    "AWS_IAM": (),
    "CUSTOM": ("TOKEN", "REQUEST"),
    "COGNITO_USER_POOLS": ("COGNITO_USER_POOLS",),
}
_WITH_SCOPES = ("COGNITO_USER_POOLS", "JWT")


def authorized_by(
    method: Document, types: Mapping[str, Collection[str]], documents: Mapping[str, Document], member: str
) -> tuple[str, Document]:
    """The authorization type of a method or a route, and the authorizer that it names, {} where it names none.

    `types` are like those above, `member` is where an authorizer has its own. Raises ValueError for what decides
    nothing, also for members that only other types have: management stores none, and whoever wrote them meant something
    by it."""
    kind, named = method.get("authorizationType") or "", method.get("authorizerId")
    if kind not in types:
        raise ValueError(f"authorizationType {kind} is not supported by this version of Gatewright")
    for name, has in (("authorizerId", types[kind]), ("authorizationScopes", kind in _WITH_SCOPES)):
        if method.get(name) and not has:
            raise ValueError(f"authorizationType {kind} has no {name}")
    if not types[kind]:
        return kind, {}
    document: Document = documents.get(named or "", {})
    if document.get(member) not in types[kind]:
        raise ValueError(f"there is no authorizer {named} for authorizationType {kind}")
    return kind, document


def _by_policy(policy: Policy) -> Authorize:
    """Whoever calls, the API's policy must allow it."""

    async def authorize(context: "RequestContext", world: "World") -> None:
        _let_through(policy.decide(access_request(context)), context)

    return authorize


def _iam(authorizer: Authorizer, policy: Policy | None) -> Authorize:
    """The principal's policies and the API's; a principal of another account needs both."""

    async def authorize(context: "RequestContext", world: "World") -> None:
        effect = await decided(authorizer, "authenticate", context, world)
        if policy is not None:
            effect = outcome_for_principal(effect, policy, access_request(context), context)
        elif effect is ALLOW and not _is_ours(context):
            effect = SILENT
        tell_decision(context, allowed=effect is ALLOW)
        _let_through(effect, context)

    return authorize


def outcome_for_principal(caller: Effect, api: Policy, request: AccessRequest, context: "RequestContext") -> Effect:
    """Of what the principal's own policies say of `request`, and what the API's does."""
    principal = context.caller.principal
    effect = outcome(SAME_ACCOUNT if _is_ours(context) else OTHER_ACCOUNT, caller, api.decide(request))
    if caller is not ALLOW and (principal is None or not within(principal.bounds, request)):
        return DENY if effect is DENY else SILENT  # what bounds a principal bounds the API's policy, too
    return effect


def _is_ours(context: "RequestContext") -> bool:
    """Whether the principal is one of the API's account."""
    principal = context.caller.principal
    return principal is not None and principal.account == context.plan.account


def _custom(authorizer: Authorizer, policy: Policy | None) -> Authorize:
    """The API's policy may deny before the function is asked; then the function's policy and the API's."""

    async def authorize(context: "RequestContext", world: "World") -> None:
        before = SILENT if policy is None else policy.decide(access_request(context))
        if before is DENY:
            _let_through(before, context)
        effect = outcome(SAME_ACCOUNT, await decided(authorizer, "authorizer", context, world), before)
        tell_decision(context, allowed=effect is ALLOW)
        if effect is not ALLOW:
            refuse(ACCESS_DENIED, f"{ACCESS_DENIED.message}{_EXPLICIT if effect is DENY else ''}")

    return authorize


def _token(authorizer: Authorizer, policy: Policy | None) -> Authorize:
    """A token says who calls; whether the caller may, is the API's policy's to say, if there is one."""

    async def authorize(context: "RequestContext", world: "World") -> None:
        effect = await decided(authorizer, "authorizer", context, world)
        if policy is not None and effect is ALLOW:
            effect = policy.decide(access_request(context))
        _let_through(effect, context)

    return authorize


# How what an authorizer says and the API's policy are read together, by authorization type.
READ_TOGETHER: Mapping[str, Callable[[Authorizer, Policy | None], Authorize]] = {
    "AWS_IAM": _iam,
    "CUSTOM": _custom,
    "COGNITO_USER_POOLS": _token,
    "JWT": _token,
}


def _let_through(effect: Effect, context: "RequestContext") -> None:
    """Raises Refusal for whatever is not allowed to be invoked."""
    if effect is not ALLOW:
        refuse_access(context, INVOKE, method_arn(context), is_explicit=effect is DENY)


def refuse_access(context: "RequestContext", action: str, arn: str, *, is_explicit: bool) -> NoReturn:
    """In AWS's words, to whoever has called. `is_explicit`: some policy denies it, not only none allows it."""
    principal = context.caller.principal
    refuse(
        ACCESS_DENIED,
        f"User: {principal.arn if principal else 'anonymous'} is not authorized to perform: {action} on resource: "
        f"{masked(arn)}{_EXPLICIT if is_explicit else ''}",
    )
