"""The Resource of a statement: what it is about, and NotResource, what it is not about.

What allows is read narrowly and what denies broadly: where a `*` may or may not go beyond its part of the ARN ("it can
expand to match beyond the colon boundaries"), and where one resource is written in several ways. User guide: "IAM JSON
policy elements: Resource"; "IAM JSON policy elements: NotResource".
"""

from collections.abc import Callable, Mapping, Sequence

from gatewright.languages.policy.errors import PolicyError
from gatewright.languages.policy.pattern import Pattern, compile_pattern, one_of
from gatewright.languages.policy.request import AccessRequest

Covers = Callable[[AccessRequest], bool]


def compile_resources(name: str, arns: Sequence[str], *, allows: bool, variables: bool) -> Covers:
    """Whether a statement that allows, or denies, is about a request; `name` is Resource or NotResource.

    Raises PolicyError."""
    if not all(arn == "*" or arn.startswith("arn:") for arn in arns):
        raise PolicyError("a resource is an ARN")
    narrow = allows is (name == "Resource")
    patterns = [compile_pattern(arn, variables=variables, by_part=narrow) for arn in arns]
    return _COMPILE[name, allows](patterns)


def _allowed(patterns: Sequence[Pattern]) -> Covers:
    like = one_of(patterns)

    def covers(request: AccessRequest) -> bool:
        if not like(request.resource, request.keys):
            return False
        return all(like(each, request.keys) for each in request.destinations)

    return covers


def _allowed_outside(patterns: Sequence[Pattern]) -> Covers:
    return lambda request: all(
        pattern(each, request.keys) is False for each in _spellings(request) for pattern in patterns
    )


def _denied(patterns: Sequence[Pattern]) -> Covers:
    like = one_of(patterns)

    def covers(request: AccessRequest) -> bool:
        if like(request.resource, request.keys):
            return True
        return any(like(each, request.keys) for each in request.spellings)

    return covers


def _denied_outside(patterns: Sequence[Pattern]) -> Covers:
    like = one_of(patterns)
    return lambda request: not all(like(each, request.keys) for each in _spellings(request))


_COMPILE: Mapping[tuple[str, bool], Callable[[Sequence[Pattern]], Covers]] = {
    ("Resource", True): _allowed,
    ("NotResource", True): _allowed_outside,
    ("Resource", False): _denied,
    ("NotResource", False): _denied_outside,
}


def _spellings(request: AccessRequest) -> tuple[str, ...]:
    return (request.resource, *request.spellings)
