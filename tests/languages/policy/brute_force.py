"""A second evaluator of policies, written another way: slow, with whole sets of possibilities, and no compiling.

It answers one question: may this request be let through by this policy document alone? It is meant to be read against
the user guide, not to be fast, and shares no code with the one that is tested.
"""

import base64
import datetime
import ipaddress
import re
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

Document = dict[str, Any]


class Asker(NamedTuple):
    """Who asks for what. `names` are the ARNs and ids of the caller, `account` that of its account, both None for
    anyone; `chain` is all that a NotPrincipal must name. `keys` have the case that AWS writes them in."""

    action: str
    resource: str
    keys: dict[str, list[str]]
    names: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    account: str | None = None

    def values(self, key: str) -> list[str]:
        return next((values for name, values in self.keys.items() if name.lower() == key.lower()), [])


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def is_allowed(document: Document, asker: Asker) -> bool:
    """Allowed, and not denied."""
    applying = [s["Effect"] for s in as_list(document["Statement"]) if applies(s, asker, document.get("Version", ""))]
    return "Allow" in applying and "Deny" not in applying


def is_denied(document: Document, asker: Asker) -> bool:
    return any(
        s["Effect"] == "Deny" and applies(s, asker, document.get("Version", "")) for s in as_list(document["Statement"])
    )


def applies(statement: Document, asker: Asker, version: str) -> bool:
    actions = as_list(statement.get("Action", statement.get("NotAction")))
    found = any(like(asker.action.lower(), action.lower()) for action in actions)
    return (
        about(statement, asker)
        and found == ("Action" in statement)
        and of_resource(statement, asker, version)
        and all(
            condition(operator, key, as_list(values), asker, version)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def about(statement: Document, asker: Asker) -> bool:
    if "Principal" not in statement and "NotPrincipal" not in statement:
        return True
    written = statement.get("Principal", statement.get("NotPrincipal"))
    named = ["*"] if written == "*" else [name for names in written.values() for name in as_list(names)]
    named = [f"arn:aws:iam::{name}:root" if name.isdigit() else name for name in named]
    if "NotPrincipal" in statement:
        return "*" not in named and (asker.account is None or not all(name in named for name in asker.chain))
    if "*" in named or any(name in named for name in asker.names):
        return True
    # What is allowed to an account is for the account's own policies to pass on.
    return statement["Effect"] == "Deny" and f"arn:aws:iam::{asker.account}:root" in named


def of_resource(statement: Document, asker: Asker, version: str) -> bool:
    patterns = as_list(statement.get("Resource", statement.get("NotResource")))
    filled = [fill(pattern, asker, version) for pattern in patterns]
    found = any(pattern is not None and like(asker.resource, pattern) for pattern in filled)
    return found if "Resource" in statement else not found


def fill(text: str, asker: Asker, version: str) -> str | None:
    """The pattern with variables put in, each special character of a value hidden in a private character."""
    if version != "2012-10-17":
        return text
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        inner = match[1]
        if inner in ("*", "?", "$"):
            return hidden(inner)
        name, comma, default = inner.partition(",")
        values = asker.values(name.strip())
        if len(values) == 1:
            return hidden(values[0])
        if not values and comma:
            return hidden(default.strip()[1:-1])
        missing = True
        return ""

    filled = re.sub(r"\$\{([^{}]*)\}", value, text)
    return None if missing else filled


def hidden(text: str) -> str:
    return text.replace("*", "\ue000").replace("?", "\ue001")


def shown(text: str) -> str:
    return text.replace("\ue000", "*").replace("\ue001", "?")


def like(text: str, pattern: str) -> bool:
    """By every way to cut `text`."""

    @lru_cache(None)
    def at(i: int, j: int) -> bool:
        if j == len(pattern):
            return i == len(text)
        if pattern[j] == "*":
            return any(at(k, j + 1) for k in range(i, len(text) + 1))
        return i < len(text) and (pattern[j] == "?" or shown(pattern[j]) == text[i]) and at(i + 1, j + 1)

    return at(0, 0)


def condition(operator: str, key: str, wanted: list[Any], asker: Asker, version: str) -> bool:
    words = [str(value).lower() if isinstance(value, bool) else str(value) for value in wanted]
    values = asker.values(key)
    quantifier, _, name = operator.rpartition(":")
    if name == "Null":
        return ("true" if not values else "false") in [word.lower() for word in words]
    if not values and name.endswith("IfExists"):
        return True
    name = name.removesuffix("IfExists")
    negated = "Not" in name
    positive = name.replace("Not", "")

    def one(value: str) -> bool:
        found = any(holds(positive, value, word, asker, version) for word in words)
        return found != negated

    if quantifier == "ForAllValues":
        return all(one(value) for value in values if value)
    if quantifier == "ForAnyValue":
        return any(one(value) for value in values if value)
    if not values:
        return negated
    return all(one(value) for value in values) if negated else any(one(value) for value in values)


def holds(name: str, value: str, word: str, asker: Asker, version: str) -> bool:
    if name.startswith(("String", "Arn")):
        filled = fill(word, asker, version)
        return filled is not None and text_holds(name, value, filled)
    if name.startswith("Numeric"):
        return compare(name.removeprefix("Numeric"), as_number(value), as_number(word))
    if name.startswith("Date"):
        return compare(name.removeprefix("Date"), as_date(value), as_date(word))
    if name == "Bool":
        return value.lower() == word.lower() and value.lower() in ("true", "false")
    assert name in {"IpAddress", "BinaryEquals"}
    return in_network(value, word) if name == "IpAddress" else as_bytes(value) == base64.b64decode(word)


def text_holds(name: str, value: str, filled: str) -> bool:
    if name == "StringEquals":
        return value == shown(filled)
    if name == "StringEqualsIgnoreCase":
        return value.lower() == shown(filled).lower()
    if name == "StringLike":
        return like(value, filled)
    left, right = value.split(":", 5), ("*:*:*:*:*:*" if filled == "*" else filled).split(":", 5)
    return len(left) == 6 == len(right) and all(like(a, b) for a, b in zip(left, right, strict=True))


def as_bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def in_network(value: str, word: str) -> bool:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    network = ipaddress.ip_network(word, strict=False)
    bits = [format(int(each), "b").zfill(each.max_prefixlen) for each in (address, network.network_address)]
    return address.version == network.version and len({each[: network.prefixlen] for each in bits}) == 1


def compare(how: str, left: Fraction | None, right: Fraction | None) -> bool:
    if left is None or right is None:
        return False
    sign = (left > right) - (left < right)
    return (
        sign
        in {
            "Equals": (0,),
            "LessThan": (-1,),
            "LessThanEquals": (-1, 0),
            "GreaterThan": (1,),
            "GreaterThanEquals": (0, 1),
        }[how]
    )


def as_number(text: str) -> Fraction | None:
    return Fraction(text) if re.fullmatch(r"[-+]?[0-9]+(\.[0-9]+)?", text) else None


def as_date(text: str) -> Fraction | None:
    if len(text) == 4 and text.isdigit():
        return None
    if as_number(text) is not None:
        return as_number(text)
    for form in ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%d", "%Y-%m"):
        try:
            moment = datetime.datetime.strptime(text, form)
        except ValueError:
            continue
        moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
        return (
            Fraction((moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)) / datetime.timedelta(microseconds=1))
            / 10**6
        )
    return None
