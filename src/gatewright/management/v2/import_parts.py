"""The parts of a definition to the records of an HTTP API, each through its noun's own rules, all of them or none.

As on AWS, an authorizer or an integration that cannot be made is a warning. Who cannot be asked, or called, is nobody:
a route that needs such an authorizer is refused, and one to such an integration leads nowhere.
"""

from collections.abc import Mapping
from copy import deepcopy

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.importing import ImportErrors, part_call
from gatewright.management.noun import Noun, quiet
from gatewright.management.openapi.http_parts import HttpApiParts, RouteParts
from gatewright.management.v2.authorizer import AUTHORIZER
from gatewright.management.v2.inside import KINDS, remove
from gatewright.management.v2.integration import INTEGRATION
from gatewright.management.v2.route import ROUTE
from gatewright.management.verbs import make
from gatewright.values.long_work import LongWork
from gatewright.values.records import Document, Transaction

# What stages serve, and what they refer to, outlives what a definition replaces.
_KEPT = ("StageV2", "DeploymentV2", "Snapshot")


def clear(tx: Transaction, call: Call) -> None:
    """Remove all that a definition tells of, from the call's API."""
    remove(tx, call, [kind for kind in KINDS if kind not in _KEPT])


class PartsWriter:
    """Writes the parts of one API, which is there and empty; `call` leads to it.

    Warnings are added to `warnings`, errors are gathered in `errors`."""

    def __init__(self, tx: Transaction, call: Call, warnings: list[str], errors: ImportErrors) -> None:
        self._tx = tx
        self._call = call
        self._warnings = warnings
        self._errors = errors
        self._authorizers: dict[str, str] = {}  # ids by name
        self._targets: dict[str, str] = {}  # by the integration's key

    async def write(self, parts: HttpApiParts, work: LongWork) -> None:
        """Write all parts, those that others refer to first."""
        for authorizer in parts.authorizers:
            name = authorizer["name"]
            id = self._made(AUTHORIZER, authorizer, f"Unable to create Authorizer '{name}'")
            if id:
                self._authorizers[name] = id
            await work.turn()
        for route in parts.routes:
            self._route(route, parts.integrations)
            await work.turn()

    def _made(self, noun: Noun, members: Document, what: str) -> str:
        """The id of a new one; empty text, with a warning, when there can be none."""
        try:
            _, made = make(quiet(noun), self._tx, self._to(f"Create{noun.name}", members))
        except ServiceError as error:
            self._warnings.append(f"{what}: {error.message}")
            return ""
        return str(made[noun.id])

    def _to(self, operation: str, members: Document) -> Call:
        given = {"apiId": self._call.input["apiId"]} | deepcopy(members)  # the parts may be written once more
        return part_call(self._call, operation, given, "apigatewayv2")

    def _route(self, route: RouteParts, integrations: Mapping[str, Document]) -> None:
        key = route.integration
        if key and key not in self._targets:
            id = self._made(INTEGRATION, integrations[key], f"Unable to create Integration for {route.what}")
            self._targets[key] = f"integrations/{id}" if id else ""
        members = route.members | {"target": self._targets.get(key, "")}
        if route.authorizer:
            members["authorizerId"] = self._authorizers.get(route.authorizer, "")
        with self._errors.of(f"Unable to create Route {route.what}"):
            make(quiet(ROUTE), self._tx, self._to("CreateRoute", members))
