"""Tags of functions.

https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html
"""

from collections.abc import Mapping

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.functions import records
from gatewright.functions.function_name import Reference, check_place, parse_arn
from gatewright.functions.service import LambdaService
from gatewright.values.records import Document

_MOST = 50


def check_count(tags: Mapping[str, str]) -> None:
    """Raise when there are more tags than a resource may have."""
    if len(tags) > _MOST:
        raise ServiceError("InvalidParameterValueException", "Number of tags exceeds resource tag limit.")


def _function(call: Call) -> Reference:
    arn = call.input["Resource"]
    where = parse_arn(arn)
    if where is None:
        # Event source mappings and code signing configurations are not served: none of them exists.
        raise ServiceError("ResourceNotFoundException", f"Resource not found: {arn}")
    check_place(call, where.account, where.region, arn)
    if where.qualifier:
        raise ServiceError(
            "InvalidParameterValueException",
            "Tags on function aliases and versions are not supported. Please specify a function ARN.",
        )
    return where


def list_tags(service: LambdaService, call: Call) -> Document:
    """ListTags."""
    where = _function(call)
    with service.store.read() as tx:
        return {"Tags": records.require_function(tx, where)["tags"]}


def tag_resource(service: LambdaService, call: Call) -> None:
    """TagResource."""
    where = _function(call)
    with service.store.transaction() as tx:
        function = records.require_function(tx, where)
        check_count(tags := function["tags"] | call.input["Tags"])
        tx.put(records.function_key(where), function | {"tags": tags})


def untag_resource(service: LambdaService, call: Call) -> None:
    """UntagResource; keys that are not there are no error."""
    where = _function(call)
    with service.store.transaction() as tx:
        function = records.require_function(tx, where)
        tags = {key: value for key, value in function["tags"].items() if key not in call.input["TagKeys"]}
        tx.put(records.function_key(where), function | {"tags": tags})
