"""Account: the one record of an account in a region; what stages need of it is the role that may write their logs.

How much an account may call is the node's to say, so the record does not hold it.
https://docs.aws.amazon.com/apigateway/latest/api/API_Account.html
"""

import re
from dataclasses import replace
from functools import partial

from gatewright.aws.call import Call, Handler
from gatewright.aws.errors import ServiceError
from gatewright.execute.limits.throttle import Rates
from gatewright.management.arn import arn_parts
from gatewright.management.noun import Noun
from gatewright.management.patch import Operation, Patch, member, refused, tell_paths
from gatewright.management.verbs import get, update
from gatewright.values.records import Document, Key, Store, Transaction

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/\S+")


def fresh(call: Call) -> Document:
    """An account that nobody has changed."""
    return {
        "features": ["UsagePlans"],
        "apiKeyVersion": "4",
    }


def shown(limits: Rates, tx: Transaction, call: Call, document: Document) -> Document:
    """With the limits of the account's requests."""
    return document | {"throttleSettings": {"burstLimit": limits.burst, "rateLimit": limits.rate}}


def missing(call: Call) -> ServiceError:
    """Every account has its record: this is for the form only."""
    return ServiceError("NotFoundException", "Invalid account identifier specified")


def has_log_role(tx: Transaction, call: Call) -> bool:
    """Whether the account has the role without which no stage may write to CloudWatch Logs."""
    document = tx.get(Key(call.account, call.region, "Account", "", "account"))
    return document is not None and "cloudwatchRoleArn" in document


def role(value: str) -> str | None:
    """A role's ARN; empty text takes the role away."""
    if value:
        arn_parts(_ROLE, value)
    return value or None


def add_feature(document: Document, operation: Operation) -> None:
    """The one feature that there is."""
    if operation.value != "UsagePlans":
        raise refused(f"Invalid feature specified: {operation.value}")
    if operation.value not in document["features"]:
        document["features"].append(operation.value)


def remove_feature(document: Document, operation: Operation) -> None:
    """UsagePlans stays once it is there, and there is no other."""
    raise refused(f"Invalid feature specified: {operation.value}")


ACCOUNT = Noun(
    name="Account",
    path=(),
    missing=missing,
    absent=fresh,
    patch=Patch(
        {
            "/cloudwatchRoleArn": member("cloudwatchRoleArn", role),
            "/features": {"add": add_feature, "remove": remove_feature},
        },
        tell_paths,
    ),
)


def handlers(store: Store, limits: Rates) -> dict[str, Handler]:
    """GetAccount and UpdateAccount, on a node that gives accounts these limits."""
    noun = replace(ACCOUNT, show=partial(shown, limits))
    return {"GetAccount": partial(get, noun, store), "UpdateAccount": partial(update, noun, store)}
