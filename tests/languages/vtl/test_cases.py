"""Every case of the files: the language as Velocity 1.7 has it, and what API Gateway makes of it.

The files in `velocity/` go by the topics of the user guide. What each prints was compared with Velocity 1.7 itself;
those in `gateway/` are the recorded rows, and those in `in_use/` what APIs do with templates, compared with Velocity
on Jayway JsonPath.
"""

import pytest

from gatewright.languages.vtl import parse
from tests.languages.vtl.cases import Case, cases, gateway_roots, in_use_roots, velocity_roots


def _parameters(folder: str) -> list[object]:
    return [pytest.param(case, id=_named(topic, number, case)) for topic, number, case in cases(folder)]


def _named(topic: str, number: int, case: Case) -> str:
    """Recorded rows begin with a comment that tells what they show."""
    comment, _, _ = case.template.partition("\n")
    return f"{topic}-{number} {comment.removeprefix('## ')}" if comment.startswith("## ") else f"{topic}-{number}"


@pytest.mark.parametrize("case", _parameters("velocity"))
def test_velocity(case: Case):
    assert parse(case.template, undefined="source").render(velocity_roots()) == case.printed


@pytest.mark.parametrize("case", _parameters("gateway"))
def test_gateway(case: Case):
    assert parse(case.template).render(gateway_roots()) == case.printed


@pytest.mark.parametrize("case", _parameters("in_use"))
def test_in_use(case: Case):
    assert parse(case.template).render(in_use_roots(case.body)) == case.printed
