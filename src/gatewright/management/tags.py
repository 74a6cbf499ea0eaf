"""Tags: up to fifty words that users put on a resource, by its ARN.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html
"""

import re
from collections.abc import Iterable, Mapping
from functools import partial

from gatewright.aws.call import Call, Handler
from gatewright.aws.errors import ServiceError
from gatewright.management.arn import arn_parts
from gatewright.management.noun import Change, Noun, keep, require
from gatewright.management.patch import match, refused
from gatewright.values.records import Document, Store

MOST = 50

_ARN = re.compile(r"arn:aws[a-z-]*:apigateway:([a-z0-9-]+):([0-9]{12})?:(/.*)", re.DOTALL)


def check_tags(tags: Mapping[str, str | None]) -> None:
    """AWS's rules for all tags of one resource. Raises BadRequestException, LimitExceededException."""
    for key, value in tags.items():
        if not 1 <= len(key) <= 128:
            raise refused("Invalid tag key specified: keys have between 1 and 128 characters")
        if key.lower().startswith("aws:"):
            raise refused("Invalid tag key specified: aws: prefixed tag key names are not allowed for external use.")
        if value is None or len(value) > 256:
            raise refused("Invalid tag value specified: values have at most 256 characters")
    if len(tags) > MOST:
        raise ServiceError("LimitExceededException", f"A resource can have at most {MOST} tags")


def tags_settled(change: Change) -> None:
    """AWS's rules for tags; what has none has no member for them."""
    if not change.new.get("tags"):
        change.new.pop("tags", None)
        return
    check_tags(change.new["tags"])


def with_tags(call: Call, document: Document, *operations: str) -> Document:
    """As it is shown by those operations that tell of tags even when there are none [recorded]; which do differs."""
    return {"tags": {}} | document if call.operation in operations else document


def handlers(nouns: Iterable[Noun], store: Store) -> dict[str, Handler]:
    """The tagging operations over every noun that has an ARN."""
    tagged = tuple(noun for noun in nouns if noun.arn)
    return {
        "TagResource": partial(tag_resource, tagged, store),
        "UntagResource": partial(untag_resource, tagged, store),
        "GetTags": partial(get_tags, tagged, store),
    }


def tag_resource(nouns: tuple[Noun, ...], store: Store, call: Call) -> Document:
    """Add tags; a key that is there gets the new value."""
    noun, there = addressed(nouns, call)
    with store.transaction() as tx:
        document = require(tx, there, noun)
        document["tags"] = document.get("tags", {}) | call.input["tags"]
        check_tags(document["tags"])
        if document["tags"]:
            keep(tx, there, noun, document)
    return {}


def untag_resource(nouns: tuple[Noun, ...], store: Store, call: Call) -> Document:
    """Remove tags by key; keys that are not there are none to remove."""
    noun, there = addressed(nouns, call)
    with store.transaction() as tx:
        document = require(tx, there, noun)
        left = {key: value for key, value in document.pop("tags", {}).items() if key not in call.input["tagKeys"]}
        keep(tx, there, noun, document | {"tags": left} if left else document)
    return {}


def get_tags(nouns: tuple[Noun, ...], store: Store, call: Call) -> Document:
    """All tags of a resource: AWS takes `position` and `limit` here, but its output has no way to tell of more."""
    noun, there = addressed(nouns, call)
    with store.read() as tx:
        return {"tags": require(tx, there, noun).get("tags", {})}


def addressed(nouns: tuple[Noun, ...], call: Call) -> tuple[Noun, Call]:
    """The noun that the call's ARN means, and the call leading to it. Raises BadRequestException, NotFoundException."""
    arn = call.input["resourceArn"]
    parts = arn_parts(_ARN, arn)
    here = parts[1] == call.region and parts[2] in (None, call.account)
    for noun in nouns if here else ():
        names = _names(noun.arn, parts[3])
        if names is not None:
            return noun, call._replace(input=call.input | dict(zip(noun.path, names, strict=True)))
    raise ServiceError("NotFoundException", f"Invalid resource ARN specified: {arn}")


def _names(template: str, resource: str) -> tuple[str, ...] | None:
    """What stands at the placeholders of an ARN's resource part; `{name+}` at its end takes the rest of it."""
    start, greedy, _ = template.partition("{") if template.endswith("+}") else (template, "", "")
    if not greedy:
        return match(template, resource)
    return (resource.removeprefix(start),) if resource.startswith(start) else None
