"""What a service gets of a first-class integration: its parameters, all of them text, as the operation's input.

JSON services get an object, whose members that are no text are read from it; SQS gets a form, as it did when these
integrations were made, and answers in XML; AppConfig is asked by path. What cannot be read so raises ValueError. API
references: PutEvents, PutRecord, StartExecution, SendMessage, ReceiveMessage, GetConfiguration.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import msgspec

from gatewright.aws.service_api import service_api
from gatewright.execute.integrations.service_target import FORM

Values = Mapping[str, str]
_SECONDS = re.compile(r"[0-9]{1,18}")
_MILLISECONDS_FROM = 100_000_000_000  # the year 5138 in seconds; `$context.requestTimeEpoch` is in milliseconds
_encode = msgspec.json.Encoder().encode


class Written(NamedTuple):
    """The target and the body of a call; `content_type` "" where the service's own is meant."""

    target: str
    body: bytes
    content_type: str = ""


class Operation(NamedTuple):
    """`uri` is the last part of an AWS integration's URI that leads to the service; `write` raises ValueError."""

    uri: str
    method: str
    write: Callable[[Values], Written]


def _json(action: str, renamed: Mapping[str, str] | None = None) -> Operation:
    """An operation whose input has the parameters under these names."""
    names = renamed or {}
    return Operation(
        action,
        "POST",
        lambda values: Written("/", _encode({names.get(name, name): value for name, value in values.items()})),
    )


def _lower_camel(*names: str) -> Mapping[str, str]:
    return {name: name[0].lower() + name[1:] for name in names}


def _put_events(values: Values) -> Written:
    entry: dict[str, Any] = dict(values)
    if "Time" in values:
        entry["Time"] = _time(values["Time"])
    if "Resources" in values:
        entry["Resources"] = _listed(values["Resources"])
    return Written("/", _encode({"Entries": [entry]}))


def _time(text: str) -> float:
    """Epoch seconds, or milliseconds, or ISO 8601."""
    if _SECONDS.fullmatch(text):
        number = int(text)
        return number if number < _MILLISECONDS_FROM else number / 1000
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _listed(text: str) -> list[str]:
    """A JSON list of texts, or texts with commas between."""
    if text.lstrip().startswith("["):
        return msgspec.json.decode(text, type=list[str])
    return [each.strip() for each in text.split(",")]


def _sqs(action: str) -> Operation:
    def write(values: Values) -> Written:
        api = service_api("sqs")
        assert api is not None
        pairs = [("Action", action), ("Version", api.version)]
        for name, value in values.items():
            pairs += _FLATTENED[name](value) if name in _FLATTENED else [(name, value)]
        return Written("/", urlencode(pairs, quote_via=quote).encode(), FORM)

    return Operation("sqs:path/", "POST", write)


def _names(name: str) -> Callable[[str], Iterator[tuple[str, str]]]:
    def flattened(text: str) -> Iterator[tuple[str, str]]:
        return ((f"{name}.{number}", each) for number, each in enumerate(_listed(text), 1))

    return flattened


def _attributes(name: str) -> Callable[[str], Iterator[tuple[str, str]]]:
    """Of an object of attributes such as `{"kind": {"DataType": "String", "StringValue": "x"}}`."""

    def flattened(text: str) -> Iterator[tuple[str, str]]:
        attributes = msgspec.json.decode(text, type=dict[str, dict[str, str]])
        for number, (attribute, members) in enumerate(attributes.items(), 1):
            yield f"{name}.{number}.Name", attribute
            for member, value in members.items():
                yield f"{name}.{number}.Value.{member}", value

    return flattened


_FLATTENED: Mapping[str, Callable[[str], Iterator[tuple[str, str]]]] = {
    "AttributeNames": _names("AttributeName"),
    "MessageAttributeNames": _names("MessageAttributeName"),
    "MessageAttributes": _attributes("MessageAttribute"),
    "MessageSystemAttributes": _attributes("MessageSystemAttribute"),
}


def _get_configuration(values: Values) -> Written:
    names = ("Application", "Environment", "Configuration")
    path = [quote(values[name], safe="") for name in names]
    if not {".", ".."}.isdisjoint(path):
        raise ValueError("a name of a configuration leads elsewhere")
    query = [("client_id", values["ClientId"])]
    if "ClientConfigurationVersion" in values:
        query.append(("client_configuration_version", values["ClientConfigurationVersion"]))
    where = f"/applications/{path[0]}/environments/{path[1]}/configurations/{path[2]}"
    return Written(f"{where}?{urlencode(query, quote_via=quote)}", b"")


_STATES = _lower_camel("StateMachineArn", "Name", "Input", "TraceHeader", "ExecutionArn", "Cause", "Error")
OPERATIONS: Mapping[str, Operation] = {
    "EventBridge-PutEvents": Operation("events:action/PutEvents", "POST", _put_events),
    "SQS-SendMessage": _sqs("SendMessage"),
    "SQS-ReceiveMessage": _sqs("ReceiveMessage"),
    "SQS-DeleteMessage": _sqs("DeleteMessage"),
    "SQS-PurgeQueue": _sqs("PurgeQueue"),
    "AppConfig-GetConfiguration": Operation("appconfig:path/", "GET", _get_configuration),
    "Kinesis-PutRecord": _json("kinesis:action/PutRecord"),
    "StepFunctions-StartExecution": _json("states:action/StartExecution", _STATES),
    "StepFunctions-StartSyncExecution": _json("states:action/StartSyncExecution", _STATES),
    "StepFunctions-StopExecution": _json("states:action/StopExecution", _STATES),
}
