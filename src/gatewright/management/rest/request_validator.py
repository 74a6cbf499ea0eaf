"""RequestValidator: which parts of a request a method checks before anything is called.

https://docs.aws.amazon.com/apigateway/latest/api/API_RequestValidator.html
"""

from dataclasses import replace

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.ids import INNER
from gatewright.management.noun import Change, Noun
from gatewright.management.patch import Patch, member, refused, tell_paths
from gatewright.management.rest import rest_api
from gatewright.management.rest.inside import key_inside, methods_of
from gatewright.management.rest.rest_api import REST_API
from gatewright.management.values import text, true_or_not


def missing(call: Call) -> ServiceError:
    """The API, whether it exists or not, has no such validator."""
    return ServiceError("NotFoundException", "Invalid Request Validator identifier specified")


def missing_api(call: Call) -> ServiceError:
    """Recorded: creating a validator tells of a missing API unlike everything else."""
    if call.operation == "CreateRequestValidator":
        return refused("Invalid REST API identifier specified")
    return rest_api.missing(call)


def named(change: Change) -> None:
    """A name that is given says something, and no other validator of the API has it."""
    name = change.new.get("name")
    if name is None or name == (change.old or {}).get("name"):
        return
    if not name.strip():
        raise refused("Request Validator name cannot be blank")
    if any(other.get("name") == name for _, other in change.tx.list(key_inside(change.call, "RequestValidator"))):
        raise refused(
            f"Request Validator name must be unique. Request Validator {name} already exists in this RestApi."
        )


def no_method_uses_it(change: Change) -> None:
    """A validator that a method refers to stays."""
    id = change.call.input["requestValidatorId"]
    for path, verb, method in methods_of(change.tx, change.call):
        if method.get("requestValidatorId") == id:
            name = (change.old or {}).get("name", id)
            raise ServiceError(
                "ConflictException", f"Cannot delete request validator '{name}', is referenced in method: {verb}/{path}"
            )


REQUEST_VALIDATOR = Noun(
    name="RequestValidator",
    path=("restApiId", "requestValidatorId"),
    missing=missing,
    inside=replace(REST_API, missing=missing_api),
    id="id",
    new_id=INNER,
    plural="RequestValidators",
    defaults={"validateRequestBody": False, "validateRequestParameters": False},
    patch=Patch(
        {  # in the order of AWS's message
            "/name": member("name", text),
            "/validateRequestParameters": member("validateRequestParameters", true_or_not),
            "/validateRequestBody": member("validateRequestBody", true_or_not),
        },
        tell_paths,
    ),
    rules=(named,),
    deleting=(no_method_uses_it,),
)
