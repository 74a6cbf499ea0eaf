"""A policy document, compiled to what it says of a request.

Nothing of a document is passed over: what is not known here makes it no policy. User guide: "Grammar of the IAM JSON
policy language"; "Policy evaluation logic".
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from gatewright.languages.policy.conditions import Condition, compile_conditions
from gatewright.languages.policy.effect import Effect
from gatewright.languages.policy.errors import PolicyError
from gatewright.languages.policy.pattern import Pattern, compile_pattern, one_of
from gatewright.languages.policy.principals import About, compile_not_principal, compile_principal
from gatewright.languages.policy.request import AccessRequest, PolicyPrincipal

# An identity's policy is its owner's, and names no principal. A resource's must.
Kind = Literal["identity", "resource"]
Test = Callable[[AccessRequest], bool]
SILENT = Effect.SILENT

_VERSIONS = {"2008-10-17": False, "2012-10-17": True}  # whether it has variables
_POLICY = frozenset({"Version", "Id", "Statement"})
_STATEMENT = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)
_EFFECTS = {"Allow": True, "Deny": False}
_LONGEST = 1024 * 1024  # characters: AWS's own limits are far below, and told by whoever takes a policy


class _Statement(NamedTuple):
    """The tests of one statement; what it is about allows, delegates or denies if all of them hold."""

    about: About
    action: Callable[[str], bool]
    resource: Test
    conditions: tuple[Condition, ...]

    def effect(self, request: AccessRequest) -> Effect:
        """ALLOW: it applies. DELEGATES: to the caller's account. SILENT: it does not."""
        about = self.about(request.principal)
        if about is SILENT or not self.action(request.action) or not self.resource(request):
            return SILENT
        for condition in self.conditions:
            if not condition(request.keys):
                return SILENT
        return about


class Policy(NamedTuple):
    """What a document says."""

    denials: tuple[_Statement, ...]
    allowances: tuple[_Statement, ...]

    def decide(self, request: AccessRequest) -> Effect:
        """A denial counts for more than anything that is allowed; what is not spoken of is SILENT."""
        for statement in self.denials:
            if statement.effect(request) is not SILENT:
                return Effect.DENY
        found = SILENT
        for statement in self.allowances:
            effect = statement.effect(request)
            if effect is Effect.ALLOW:
                return effect
            if effect is not SILENT:
                found = effect
        return found


def compile_policy(document: Mapping[str, Any] | str, *, kind: Kind) -> Policy:
    """`document` as JSON or what it stands for. Raises PolicyError."""
    document = read_policy(document) if isinstance(document, str) else document
    if not isinstance(document, Mapping) or not _POLICY.issuperset(document) or "Statement" not in document:
        raise PolicyError("a policy is an object of Version, Id and Statement")
    version = document.get("Version", "2008-10-17")
    if not isinstance(version, str) or version not in _VERSIONS:
        raise PolicyError("Version must be 2012-10-17 or 2008-10-17")
    if not isinstance(document.get("Id", ""), str):
        raise PolicyError("Id must be text")
    statements = document["Statement"]
    listed = statements if isinstance(statements, list) else [statements]
    compiled = [_statement(statement, kind, _VERSIONS[version]) for statement in listed]
    return Policy(
        tuple(statement for allows, statement in compiled if not allows),
        tuple(statement for allows, statement in compiled if allows),
    )


def read_policy(text: str) -> Mapping[str, Any]:
    """JSON of which no object has two members of one name: the second would take the place of the first.

    Raises PolicyError."""
    if len(text) > _LONGEST:
        raise PolicyError("the policy is too long")
    try:
        document = json.loads(text, object_pairs_hook=_members, parse_constant=_no_number)
    except PolicyError:
        raise
    except (ValueError, RecursionError):
        raise PolicyError("the policy is not JSON") from None
    if not isinstance(document, dict):
        raise PolicyError("a policy is an object")
    return document


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise PolicyError("an object with two members of one name")
    return members


def _no_number(text: str) -> Any:
    raise PolicyError(f"{text} is not JSON")


def _statement(written: Any, kind: Kind, variables: bool) -> tuple[bool, _Statement]:
    if not isinstance(written, Mapping) or not _STATEMENT.issuperset(written):
        raise PolicyError(f"a statement is an object of {', '.join(sorted(_STATEMENT))}")
    effect = written.get("Effect")
    if not isinstance(effect, str) or effect not in _EFFECTS:
        raise PolicyError("Effect must be Allow or Deny")
    if not isinstance(written.get("Sid", ""), str):
        raise PolicyError("Sid must be text")
    allows = _EFFECTS[effect]
    conditions = compile_conditions(written.get("Condition", {}), allows=allows, variables=variables)
    resource = _resource(written, allows, variables)
    return allows, _Statement(_about(written, kind, allows), _action(written), resource, conditions)


def _either(written: Mapping[str, Any], name: str) -> tuple[str, Any]:
    """Of an element and its Not the one that is there."""
    found = [each for each in (name, f"Not{name}") if each in written]
    if len(found) != 1:
        raise PolicyError(f"a statement has {name} or Not{name}")
    return found[0], written[found[0]]


def _texts(element: str, values: Any) -> list[str]:
    listed = values if isinstance(values, list) else [values]
    if not listed or not all(isinstance(value, str) and value for value in listed):
        raise PolicyError(f"{element} is text, or a list of texts")
    return listed


def _anyone(caller: PolicyPrincipal | None) -> Effect:
    return Effect.ALLOW


def _about(written: Mapping[str, Any], kind: Kind, allows: bool) -> About:
    if kind == "identity":
        if "Principal" in written or "NotPrincipal" in written:
            raise PolicyError("an identity's policy names no principal")
        return _anyone
    name, principal = _either(written, "Principal")
    if name == "Principal":
        return compile_principal(principal)
    if allows:
        raise PolicyError("NotPrincipal only denies")
    return compile_not_principal(principal)


def _action(written: Mapping[str, Any]) -> Callable[[str], bool]:
    """Actions know no case, and no variables. Few are ever asked for: what is found of one is remembered."""
    name, values = _either(written, "Action")
    actions = _texts(name, values)
    if not all(action == "*" or ":" in action for action in actions):
        raise PolicyError("an action is service:name")
    like = one_of([compile_pattern(action, variables=False, any_case=True) for action in actions])
    wanted = name == "Action"
    return lru_cache(8)(lambda action: bool(like(action.lower(), {})) is wanted)


def _resource(written: Mapping[str, Any], allows: bool, variables: bool) -> Test:
    """What allows is read narrowly and what denies broadly, where a wildcard may or may not go beyond its part, and
    where one resource is written in several ways."""
    name, values = _either(written, "Resource")
    resources = _texts(name, values)
    if not all(resource == "*" or resource.startswith("arn:") for resource in resources):
        raise PolicyError("a resource is an ARN")
    narrow = allows is (name == "Resource")
    patterns = [compile_pattern(resource, variables=variables, by_part=narrow) for resource in resources]
    return _RESOURCES[name, allows](patterns)


def _allowed(patterns: Sequence[Pattern]) -> Test:
    like = one_of(patterns)

    def applies(request: AccessRequest) -> bool:
        if not like(request.resource, request.keys):
            return False
        return all(like(each, request.keys) for each in request.destinations)

    return applies


def _allowed_outside(patterns: Sequence[Pattern]) -> Test:
    return lambda request: all(
        pattern(each, request.keys) is False for each in _spellings(request) for pattern in patterns
    )


def _denied(patterns: Sequence[Pattern]) -> Test:
    like = one_of(patterns)

    def applies(request: AccessRequest) -> bool:
        if like(request.resource, request.keys):
            return True
        return any(like(each, request.keys) for each in request.spellings)

    return applies


def _denied_outside(patterns: Sequence[Pattern]) -> Test:
    like = one_of(patterns)
    return lambda request: not all(like(each, request.keys) for each in _spellings(request))


_RESOURCES: Mapping[tuple[str, bool], Callable[[Sequence[Pattern]], Test]] = {
    ("Resource", True): _allowed,
    ("NotResource", True): _allowed_outside,
    ("Resource", False): _denied,
    ("NotResource", False): _denied_outside,
}


def _spellings(request: AccessRequest) -> tuple[str, ...]:
    return (request.resource, *request.spellings)


def decide_all(policies: Sequence[Policy], bounds: Sequence[Sequence[Policy]], request: AccessRequest) -> Effect:
    """What the policies of an identity say together: a denial of any counts, and what one of them allows is allowed if
    each set of `bounds`, a permissions boundary or a session's policies, allows it as well."""
    found = {policy.decide(request) for policy in policies}
    bound = [{policy.decide(request) for policy in policies} for policies in bounds]
    if any(Effect.DENY in effects for effects in (found, *bound)):
        return Effect.DENY
    return Effect.ALLOW if all(Effect.ALLOW in effects for effects in (found, *bound)) else Effect.SILENT


def within(bounds: Sequence[Sequence[Policy]], request: AccessRequest) -> bool:
    """Whether each set of `bounds` allows a request."""
    return all(any(policy.decide(request) is Effect.ALLOW for policy in policies) for policies in bounds)
