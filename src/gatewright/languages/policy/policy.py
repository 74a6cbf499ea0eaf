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
from gatewright.languages.policy.pattern import compile_pattern, one_of
from gatewright.languages.policy.principals import About, compile_not_principal, compile_principal
from gatewright.languages.policy.request import AccessRequest, PolicyPrincipal
from gatewright.languages.policy.resources import Covers, compile_resources

# An identity's policy is its owner's, and names no principal. A resource's must.
Kind = Literal["identity", "resource"]
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
    resource: Covers
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
    name, resources = _either(written, "Resource")
    resource = compile_resources(name, _texts(name, resources), allows=allows, variables=variables)
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
        raise PolicyError(f"{element} is text, or a list of texts" if listed else f"{element} is an empty list")
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
