"""Tags of the second API's nouns: the first one's rules and operations, in its own words.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html
"""

from collections.abc import Iterable

from gatewright.aws.call import Call, Handler
from gatewright.management import tags
from gatewright.management.noun import Change, Noun
from gatewright.management.v2.errors import limits_are_bad_requests
from gatewright.values.records import Document, Store, Transaction


def tags_settled(change: Change) -> None:
    """AWS's rules for tags; what has none has no member for them."""
    with limits_are_bad_requests():
        tags.tags_settled(change)


def with_tags(tx: Transaction, call: Call, document: Document) -> Document:
    """As it is shown: tags are told of even when there are none."""
    return {"tags": {}} | document


def handlers(nouns: Iterable[Noun], store: Store) -> dict[str, Handler]:
    """The tagging operations over every noun that has an ARN."""
    ordinary = tags.handlers(nouns, store)

    def tag_resource(call: Call) -> Document:
        with limits_are_bad_requests():
            ordinary["TagResource"](call._replace(input={"tags": {}} | call.input))
        return {}

    return ordinary | {"TagResource": tag_resource}
