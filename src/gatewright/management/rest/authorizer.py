"""Authorizer: who decides for a method who may call it: a Lambda function, or a Cognito user pool.

https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html
"""

import re
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from gatewright.aws.call import Call, Handler, Output
from gatewright.aws.errors import ServiceError
from gatewright.execute import unserved
from gatewright.execute.authorizers.identity_source import check_identity_source
from gatewright.languages.full_match import compile_full_match
from gatewright.management.arn import ROLE, arn_parts
from gatewright.management.ids import INNER
from gatewright.management.noun import Change, Noun, require
from gatewright.management.patch import Operation, Patch, element, member, refused, tell_paths
from gatewright.management.rest.inside import key_inside, methods_of
from gatewright.management.rest.rest_api import REST_API
from gatewright.management.rest.test_invoke_method import without_nulls
from gatewright.management.values import optional, text, whole
from gatewright.values.records import Document, Store

LAMBDA_TYPES = ("TOKEN", "REQUEST")
COGNITO = "COGNITO_USER_POOLS"
USUAL_TTL = 300  # seconds
LONGEST_TTL = 3600

_FUNCTION_URI = re.compile(
    r"arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path/\S*functions/\S+/invocations", re.IGNORECASE
)
_USER_POOL = re.compile(r"arn:aws[a-z-]*:cognito-idp:[a-z0-9-]+:[0-9]{12}:userpool/[\w-]+_[0-9a-zA-Z]+")
_HEADER = re.compile(r"method\.request\.header\.[a-zA-Z0-9._-]+")

# (API and authorizer as stored, input, account and region) -> TestInvokeAuthorizer's output. Awaits only `Pending`s.
TestInvokeAuthorizer = Callable[[Document, Document, Mapping[str, Any], str, str], Coroutine[Any, None, Output]]


def missing(call: Call) -> ServiceError:
    """The API, whether it exists or not, has no such authorizer."""
    return ServiceError("NotFoundException", "Invalid Authorizer identifier specified")


def type_is_served(change: Change) -> None:
    """A type that this version knows. Asked first: the other rules are about these types."""
    why = unserved.refused(unserved.of_authorizer(change.new))
    if why:
        raise refused(why)
    if change.new.get("jwtConfiguration"):
        raise refused("jwtConfiguration can only be specified for authorizers of type JWT")
    change.new.pop("jwtConfiguration", None)


def named(change: Change) -> None:
    """A name that no other authorizer of the API has."""
    name = change.new["name"]
    if not name.strip():
        raise refused("Authorizer name cannot be empty")
    for id, other in change.tx.list(key_inside(change.call, "Authorizer")):
        if other["name"] == name and id != change.new["id"]:
            raise refused(f"Authorizer name must be unique. Authorizer {name} already exists in this RestApi.")


def auth_type_follows(change: Change) -> None:
    """`authType` follows the type unless it is given."""
    told = change.new.get("authType")
    usual_before = _auth_type(change.old) if change.old is not None and told == change.old["authType"] else None
    if not told or told == usual_before:
        change.new["authType"] = _auth_type(change.new)


def _auth_type(document: Document) -> str:
    return "cognito_user_pools" if document["type"] == COGNITO else "custom"


def ttl_in_range(change: Change) -> None:
    """How long results are kept. Recorded: unless it is given no answer tells of it; it is five minutes then."""
    if not 0 <= change.new.get("authorizerResultTtlInSeconds", 0) <= LONGEST_TTL:
        raise refused(f"Invalid authorizer result TTL specified: must be between 0 and {LONGEST_TTL} seconds")


def function_is_named(change: Change) -> None:
    """A Lambda authorizer has a function, called with the function's permission or as a role."""
    role = change.new.get("authorizerCredentials")
    if change.new["type"] in LAMBDA_TYPES:
        check_function_uri(change.new.get("authorizerUri"))
    if role is not None:
        arn_parts(ROLE, role)


def check_function_uri(uri: str | None) -> None:
    """The address of an invocation of a Lambda function. Raises BadRequestException."""
    if uri is None or not _FUNCTION_URI.fullmatch(uri):
        raise refused(
            f"Invalid Authorizer URI: {uri or ''}. "
            "Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation."
        )


def pools_are_named(change: Change) -> None:
    """A Cognito authorizer has at least one user pool, and no other type has any."""
    pools = list(dict.fromkeys(change.new.pop("providerARNs", None) or ()))
    if change.new["type"] != COGNITO:
        if pools:
            raise refused(f"providerARNs can only be specified for authorizers of type {COGNITO}")
        return
    if not pools:
        raise refused(f"At least one provider ARN must be specified for authorizers of type {COGNITO}")
    for pool in pools:
        if not _USER_POOL.fullmatch(pool or ""):
            raise refused(f"Invalid Cognito User Pool ARN specified: {pool or ''}")
    change.new["providerARNs"] = pools


def identity_source_is_well_formed(change: Change) -> None:
    """One header for tokens; for requests any number of parameters, none only where results are not kept."""
    new = change.new
    if new["type"] == COGNITO:
        new.setdefault("identitySource", "method.request.header.Authorization")
    source = new.get("identitySource")
    if new["type"] != "REQUEST":
        if not _HEADER.fullmatch(source or ""):
            raise refused(
                f"Invalid token source expression: {source or ''}. "
                "The source must be a method request header, matching 'method.request.header.[a-zA-Z0-9._-]+'."
            )
    elif source is None:
        if new.get("authorizerResultTtlInSeconds", USUAL_TTL):
            # Of this AWS says the first three words only.
            raise refused(
                "Invalid request input: identity source must be set if authorizer caching is enabled "
                "(TTL is greater than 0)"
            )
    else:
        wrong = check_identity_source(source)
        if wrong is not None:
            raise refused(f"Invalid identity source expression: {wrong}")


def expression_is_a_pattern(change: Change) -> None:
    """The pattern that tokens must match."""
    expression = change.new.get("identityValidationExpression")
    if expression is None:
        return
    if change.new["type"] == "REQUEST":
        raise refused("identityValidationExpression cannot be specified for authorizers of type REQUEST")
    try:
        compile_full_match(expression)
    except ValueError:
        raise refused(f"Invalid identity validation expression specified: {expression}") from None


def no_method_uses_it(change: Change) -> None:
    """An authorizer that a method asks stays."""
    for path, verb, method in methods_of(change.tx, change.call):
        if change.old is not None and method.get("authorizerId") == change.old["id"]:
            raise ServiceError(
                "ConflictException",
                f"Cannot delete authorizer '{change.old['name']}', is referenced in method: {verb}/{path}",
            )


def add_source(document: Document, operation: Operation) -> None:
    """One more parameter of the request that identifies the caller."""
    sources = _sources(document)
    if operation.value and operation.value not in sources:
        document["identitySource"] = ", ".join([*sources, operation.value])


def set_sources(document: Document, operation: Operation) -> None:
    """All of them at once."""
    document["identitySource"] = operation.value


def remove_source(document: Document, operation: Operation) -> None:
    """The one that is named, or all."""
    sources = _sources(document)
    if operation.value and operation.value not in sources:
        raise ServiceError("NotFoundException", "Invalid identity source specified")
    document["identitySource"] = ", ".join(one for one in sources if operation.value and one != operation.value)


def _sources(document: Document) -> list[str]:
    return [source.strip() for source in (document.get("identitySource") or "").split(",") if source.strip()]


AUTHORIZER = Noun(
    name="Authorizer",
    path=("restApiId", "authorizerId"),
    missing=missing,
    inside=REST_API,
    id="id",
    new_id=INNER,
    plural="Authorizers",
    optional=("authorizerUri", "authorizerCredentials", "identitySource", "identityValidationExpression"),
    patch=Patch(
        {
            "/authorizerUri": member("authorizerUri", text),
            "/authorizerCredentials": member("authorizerCredentials", optional),
            "/authorizerResultTtlInSeconds": member("authorizerResultTtlInSeconds", whole),
            "/authType": member("authType", optional),
            "/identitySource": {"add": add_source, "replace": set_sources, "remove": remove_source},
            "/identityValidationExpression": member("identityValidationExpression", optional),
            "/name": member("name", text),
            "/providerARNs": element("providerARNs", "Invalid provider ARN specified"),
            "/type": member("type", text),
        },
        tell_paths,
    ),
    rules=(
        type_is_served,
        named,
        auth_type_follows,
        ttl_in_range,
        function_is_named,
        pools_are_named,
        identity_source_is_well_formed,
        expression_is_a_pattern,
    ),
    deleting=(no_method_uses_it,),
)


async def test_invoke_authorizer(store: Store, test_invoke: TestInvokeAuthorizer, call: Call) -> Output:
    """Ask the authorizer as it is now about a request made up from the call's input."""
    with store.read() as tx:
        authorizer = require(tx, call, AUTHORIZER)
        api = require(tx, call, REST_API)
    maps = {name: without_nulls(call.input.get(name)) for name in ("headers", "stageVariables", "additionalContext")}
    return await test_invoke(api, authorizer, call.input | maps, call.account, call.region)


def handlers(store: Store, test_invoke: TestInvokeAuthorizer) -> dict[str, Handler]:
    """The operation that calls the data plane."""
    return {"TestInvokeAuthorizer": partial(test_invoke_authorizer, store, test_invoke)}
