"""The import's front: a definition's bytes to the parts of an API, and what to warn of."""

import re
from typing import NamedTuple

from gatewright.management.openapi.api_settings import api_members, gateway_responses, validators
from gatewright.management.openapi.base_path import prefix
from gatewright.management.openapi.definition import Definition
from gatewright.management.openapi.dialect import Dialect
from gatewright.management.openapi.document import INVALID, Unreadable, read_document
from gatewright.management.openapi.documentation import documentation_parts
from gatewright.management.openapi.findings import Findings
from gatewright.management.openapi.models import Models
from gatewright.management.openapi.oas30 import Oas30
from gatewright.management.openapi.operations import MOST_METHODS, Paths
from gatewright.management.openapi.parts import ApiParts, Members
from gatewright.management.openapi.security import Security
from gatewright.management.openapi.swagger import Swagger

MOST_MODELS = MOST_DOCUMENTATION_PARTS = 10_000
MOST_OTHERS = 500  # each is compared with all others of its kind

_OAS30 = re.compile(r"3\.0(\.\d{1,3})?")


class Read(NamedTuple):
    """What reading came to."""

    parts: ApiParts
    warnings: list[str]


def read_api(body: bytes, base_path_mode: str) -> Read:
    """The parts of the API that `body` defines. Raises Unreadable with AWS's message, TooLarge."""
    definition = Definition(read_document(body), Findings())
    dialect = dialect_of(definition)
    check_whole(definition)
    try:
        return Read(_parts(definition, dialect, base_path_mode), definition.findings.warnings)
    except RecursionError:
        raise Unreadable(INVALID) from None


def read_documentation(body: bytes) -> tuple[list[Members], list[str]]:
    """The documentation parts of a definition, and what to warn of. Raises Unreadable, TooLarge."""
    definition = Definition(read_document(body), Findings())
    dialect_of(definition)
    parts = documentation_parts(definition)
    if parts is None:
        raise Unreadable(INVALID)
    return parts, definition.findings.warnings


def check_whole(definition: Definition) -> None:
    """What every definition of an API has. Raises Unreadable."""
    if not isinstance(definition.root.get("info"), dict) or not isinstance(definition.root.get("paths"), dict):
        raise Unreadable(INVALID)


def dialect_of(definition: Definition) -> Dialect:
    """By the definition's version. AWS reads no 3.1. Seen: its answer to one."""
    root = definition.root
    if str(root.get("swagger")) == "2.0":
        return Swagger()
    version = root.get("openapi")
    if isinstance(version, str | float) and _OAS30.fullmatch(str(version)):
        return Oas30()
    if "swagger" in root or "openapi" in root:
        raise Unreadable(INVALID)
    raise Unreadable("Unable to build importer with provided input.")


def _parts(definition: Definition, dialect: Dialect, base_path_mode: str) -> ApiParts:
    models = Models(definition, dialect.models, dialect.schema_kind)
    security = Security(definition, dialect.security_schemes(definition))
    before = prefix(base_path_mode, dialect.base_path(definition))
    resources = Paths(definition, dialect, models, security).resources(before)
    parts = ApiParts(
        api=api_members(definition, dialect),
        models=list(models.by_name.values()),
        validators=validators(definition),
        authorizers=security.authorizers,
        gateway_responses=gateway_responses(definition),
        resources=resources,
        documentation=documentation_parts(definition),
    )
    # Of resources there are not too many already.
    check_numbers(
        ("methods", sum(map(len, parts.resources.values())), MOST_METHODS),
        ("models", len(parts.models), MOST_MODELS),
        ("authorizers", len(parts.authorizers), MOST_OTHERS),
        ("request validators", len(parts.validators), MOST_OTHERS),
        ("gateway responses", len(parts.gateway_responses), MOST_OTHERS),
        ("documentation parts", len(parts.documentation or ()), MOST_DOCUMENTATION_PARTS),
    )
    return parts


def check_numbers(*counted: tuple[str, int, int]) -> None:
    """What there is, how many and at most: writing them takes its time. Raises Unreadable."""
    for name, many, most in counted:
        if many > most:
            raise Unreadable(f"A definition has at most {most} {name}")
