"""SQS's answers in JSON to the query protocol, which only API Gateway's integrations ask for: `Accept` decides there.

Part of the embedded moto server's child process. AWS names the lists of messages and of queues in lower case, says
null where there are none, and gives every member of a message. Seen: clients of such integrations in public code.
"""

from typing import Any

from moto.core import serialize

_LISTS = {"ListQueues": ("QueueUrls", "queueUrls"), "ReceiveMessage": ("Messages", "messages")}
_MESSAGE = (
    *("Attributes", "Body", "MD5OfBody", "MD5OfMessageAttributes", "MessageAttributes", "MessageId"),
    "ReceiptHandle",
)


class SqsJson(serialize.QueryJSONSerializer):
    """Writes the two answers that have a list as AWS does, all others as moto does."""

    def _serialize_body(self, body: Any) -> str:
        for operation, (moto, aws) in _LISTS.items():
            result = body.get(f"{operation}Response", {}).get(f"{operation}Result")
            if result is not None:
                result[aws] = _members(result.pop(moto, None))
        return super()._serialize_body(body)


def _members(listed: list[Any] | None) -> list[Any] | None:
    if not listed:
        return None
    return [dict.fromkeys(_MESSAGE) | each if isinstance(each, dict) else each for each in listed]


def install() -> None:
    """Let the server answer so."""
    serialize.SERVICE_SPECIFIC_SERIALIZERS["sqs"]["query-json"] = SqsJson
