"""The policy of a private custom domain name: who may call the name at all, before the API that it leads to has a say.

It is read as a policy of the whole name, which `execute-api:/*`, `*` and the name's own ARN stand for. What speaks of
parts of a name, or denies it to some who would have to sign for it to be known, cannot be evaluated.
Developer guide: "Custom domain names for private APIs in API Gateway".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gatewright.languages.policy import Policy, PolicyError, compile_policy, read_policy

ANY_NAME = "arn:aws:execute-api:*:*:/domainnames/*"
_OF_A_NAME = re.compile(r"arn:[a-z-]+:execute-api:[a-z0-9*-]+:[0-9*]+:/domainnames/[^/]+(/\*)?")
_WHOLE = ("*", "execute-api:/*")
_ANYONE: tuple[Any, ...] = ("*", {"AWS": "*"}, {"AWS": ["*"]})


def compile_domain_policy(text: str, arn: str) -> Policy:
    """What a policy says of requests to the name of that ARN. Raises PolicyError."""
    document = read_policy(text)
    statements = document.get("Statement")
    listed = statements if isinstance(statements, list) else [statements]
    return compile_policy({**document, "Statement": [_of_the_name(each, arn) for each in listed]}, kind="resource")


def _of_the_name(statement: Any, arn: str) -> Any:
    """A statement with the name's ARN for all that stands for it."""
    if not isinstance(statement, Mapping):
        return statement
    if statement.get("Effect") == "Deny" and statement.get("Principal") not in _ANYONE:
        raise PolicyError("a domain name's policy cannot deny it to some callers: none is known yet")
    if "Resource" not in statement:
        raise PolicyError("a domain name's policy must name it as resource")
    return {**statement, "Resource": list(_resources(statement["Resource"], arn))}


def _resources(given: Any, arn: str) -> Iterator[str]:
    for each in given if isinstance(given, list) else [given]:
        if each in _WHOLE:
            yield arn
        elif isinstance(each, str) and _OF_A_NAME.fullmatch(each):
            yield each.removesuffix("/*")
        else:
            raise PolicyError(f"a domain name's policy is of the whole name, not of {each!r}")
