"""Method and MethodResponse: what a resource answers to one verb, and what a client may expect of it.

Both are parts of their resource's record. https://docs.aws.amazon.com/apigateway/latest/api/API_Method.html
"""

import re

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.execute.unserved import of_method
from gatewright.management.noun import Change, Noun
from gatewright.management.patch import Patch, element, entry, member, refused, tell_operations
from gatewright.management.rest.inside import is_inside, key_inside
from gatewright.management.rest.new_api import MODELS
from gatewright.management.rest.resource import RESOURCE
from gatewright.management.values import boolean, optional, text, true_or_not

VERBS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY")
AUTHORIZATION_TYPES = ("NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS")
# The types of authorizer that an authorization type asks.
AUTHORIZED_BY = {"CUSTOM": ("TOKEN", "REQUEST"), "COGNITO_USER_POOLS": ("COGNITO_USER_POOLS",)}

_REQUEST_PARAMETER = re.compile(r"method\.request\.(?:path|querystring|header)\.([a-zA-Z0-9._$-]+)")
_RESPONSE_PARAMETER = re.compile(r"method\.response\.header\.[a-zA-Z0-9._$-]+")


def missing_method(call: Call) -> ServiceError:
    """The resource has no such method. Recorded: whoever deletes a response of its integration is told of that."""
    if call.operation == "DeleteIntegrationResponse":
        return ServiceError("NotFoundException", "Invalid Integration identifier specified")
    return ServiceError("NotFoundException", "Invalid Method identifier specified")


def missing_response(call: Call) -> ServiceError:
    """The method, or its integration, has no response for that status."""
    return ServiceError("NotFoundException", "Invalid Response status code specified")


def method_exists(call: Call) -> ServiceError:
    """A method is put once; after that it is updated."""
    return ServiceError("ConflictException", "Method already exists for this resource")


def response_exists(call: Call) -> ServiceError:
    """A method response is put once; after that it is updated."""
    return ServiceError("ConflictException", "Response already exists for this resource")


def check_verb(verb: str) -> None:
    """One of the verbs that a method can have. Raises BadRequestException."""
    if verb not in VERBS:
        raise refused(f"Invalid HttpMethod specified. Valid options are {','.join(VERBS)}")


def verb_is_known(change: Change) -> None:
    """One of the verbs that a method can have."""
    check_verb(change.new["httpMethod"])


def authorization_is_complete(change: Change) -> None:
    """A known type; the authorizer that it needs, of the same API; scopes only where they mean something."""
    kind = change.new["authorizationType"]
    if kind not in AUTHORIZATION_TYPES:
        raise refused(f"Invalid authorizationType specified. Valid options are {','.join(AUTHORIZATION_TYPES)}")
    if kind not in AUTHORIZED_BY:
        change.new.pop("authorizerId", None)  # recorded: an authorizer is not kept where none is asked
    elif not _has_authorizer(change, AUTHORIZED_BY[kind]):
        raise refused(
            "Invalid authorizer ID specified. "
            "Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."
        )
    if change.new.get("authorizationScopes") and kind != "COGNITO_USER_POOLS":
        raise refused("Authorization scopes can only be specified with authorization type COGNITO_USER_POOLS")


def request_parameters_are_well_formed(change: Change) -> None:
    """Each names a path variable, a query parameter or a header, and no two share a name."""
    parameters = change.new.get("requestParameters") or {}
    names = [_REQUEST_PARAMETER.fullmatch(parameter) for parameter in parameters]
    if not all(names):
        raise refused("Invalid parameter name specified")
    if len({name[1] for name in names if name}) < len(names):
        raise refused("Parameter names must be unique across querystring, header and path")


def request_models_exist(change: Change) -> None:
    """Every model is one of the API's."""
    _check_models(change, "requestModels")


def validator_exists(change: Change) -> None:
    """The request validator is one of the API's."""
    validator = change.new.get("requestValidatorId")
    if validator and not is_inside(change, "RequestValidator", validator):
        raise refused("Invalid Request Validator identifier specified")


def response_parameters_are_well_formed(change: Change) -> None:
    """Each names a header."""
    if not all(map(_RESPONSE_PARAMETER.fullmatch, change.new.get("responseParameters") or {})):
        raise refused("Invalid parameter name specified")


def response_models_exist(change: Change) -> None:
    """Every model is one of the API's."""
    _check_models(change, "responseModels")


def _check_models(change: Change, member_name: str) -> None:
    # What is referred to stays: only an API older than `_is_new_apis` tells lacks what its methods have already.
    held = ((change.old or {}).get(member_name) or {}).values()
    for model in (change.new.get(member_name) or {}).values():
        if model in held:
            continue
        if not is_inside(change, "Model", model) and not _is_new_apis(change, model):
            raise refused(f"Invalid model identifier specified: {'null' if model is None else model}")


def _is_new_apis(change: Change, name: str | None) -> bool:
    """Whether it is a model that every new API has, of an API older than such models are in the store."""
    kept = change.tx.list(key_inside(change.call, "Model"), limit=1)
    return not kept and name in [model["name"] for model in MODELS]


def _has_authorizer(change: Change, types: tuple[str, ...]) -> bool:
    id = change.new.get("authorizerId")
    authorizer = change.tx.get(key_inside(change.call, "Authorizer", id)) if id else None
    return authorizer is not None and authorizer["type"] in types


_NO_PARAMETER = "Invalid parameter name specified"
_NO_MODEL = "Content-Type specified was not found"

METHOD = Noun(
    name="Method",
    path=("restApiId", "resourceId", "httpMethod"),
    missing=missing_method,
    inside=RESOURCE,
    part="resourceMethods",
    id="httpMethod",
    creating="Put",
    taken=method_exists,
    defaults={"apiKeyRequired": False},
    optional=("authorizationScopes", "requestValidatorId"),
    patch=Patch(
        {
            "/authorizationType": member("authorizationType", text),
            "/authorizerId": member("authorizerId", optional),
            "/apiKeyRequired": member("apiKeyRequired", true_or_not),
            "/operationName": member("operationName", optional),
            "/requestValidatorId": member("requestValidatorId", optional),
            "/authorizationScopes": element("authorizationScopes", "Invalid authorization scope specified"),
            "/requestParameters/{name}": entry("requestParameters", boolean, _NO_PARAMETER),
            "/requestModels/{type}": entry("requestModels", text, _NO_MODEL),
        },
        tell_operations,
    ),
    rules=(
        verb_is_known,
        authorization_is_complete,
        request_parameters_are_well_formed,
        request_models_exist,
        validator_exists,
    ),
    unserved=of_method,
)

METHOD_RESPONSE = Noun(
    name="MethodResponse",
    path=("restApiId", "resourceId", "httpMethod", "statusCode"),
    missing=missing_response,
    inside=METHOD,
    part="methodResponses",
    id="statusCode",
    creating="Put",
    taken=response_exists,
    patch=Patch(
        {
            # Recorded: only an add makes an entry.
            "/responseParameters/{name}": entry("responseParameters", boolean, _NO_PARAMETER, replace_adds=False),
            "/responseModels/{type}": entry("responseModels", text, _NO_MODEL, replace_adds=False),
        },
        tell_operations,
    ),
    rules=(response_parameters_are_well_formed, response_models_exist),
)
