"""What an ARN means at this moment: which code runs, and who may run it. Made once, thrown away when records change.

The data plane asks for the same few ARNs over and over; everything that the store must be asked for is in here.
"""

import random
from collections.abc import Sequence

from gatewright.functions import records
from gatewright.functions.function import Function
from gatewright.functions.function_name import LATEST, Reference, is_version
from gatewright.functions.packages import Packages
from gatewright.functions.policy import Grant, gateway_grants, permits
from gatewright.values.faults import FunctionFault
from gatewright.values.records import Document, Transaction

_REMEMBERED = 1000  # source ARNs per target: one per method of the APIs that call it
_MAX_AGE = 6 * 3600  # seconds; AWS's default of MaximumEventAgeInSeconds
_RETRIES = 2


class Target:
    """A resolved ARN: one function version or, by an alias with weights, two.

    `max_age` in seconds and `retries` are for Event invocations."""

    __slots__ = ("_grants", "_permitted", "_share", "functions", "max_age", "reference", "retries")

    def __init__(
        self, reference: Reference, functions: Sequence[Function], share: float, grants: Sequence[Grant]
    ) -> None:
        """The last of `functions` gets `share` (0 to 1) of the invocations if there are two."""
        self.reference = reference
        self.functions = tuple(functions)
        self.max_age: int = _MAX_AGE
        self.retries: int = _RETRIES
        self._share = share
        self._grants = grants
        self._permitted: set[str] = set()

    def permit(self, source_arn: str) -> None:
        """Raise FunctionFault("not_permitted") unless API Gateway may invoke this on behalf of `source_arn`."""
        if source_arn in self._permitted:
            return
        if not permits(self._grants, source_arn):
            raise FunctionFault("not_permitted", f"{self.reference.arn} has no AddPermission for {source_arn}")
        if len(self._permitted) >= _REMEMBERED:
            self._permitted.clear()
        self._permitted.add(source_arn)

    def pick(self) -> Function:
        """The function version for one invocation: by the alias's weights."""
        return self.functions[-1 if self._share and random.random() < self._share else 0]


def load_target(tx: Transaction, packages: Packages, reference: Reference) -> Target:
    """Resolve a reference. Raises ResourceNotFoundException (ServiceError)."""
    qualifier = reference.qualifier
    owner = records.require_function(tx, reference if not qualifier else reference.unqualified)
    weights: dict[str, float] = {}
    versions = [qualifier or LATEST]
    if not is_version(qualifier):
        alias = records.require_alias(tx, reference)
        weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        versions = [alias["FunctionVersion"], *weights]
    functions = []
    for version in versions:
        document = tx.get(records.part_key(reference, records.VERSION, version))
        if document is None:
            raise records.function_not_found(reference)
        functions.append(_function(reference, document, owner, packages))
    policy = tx.get(records.part_key(reference, records.POLICY, qualifier or LATEST)) or {"statements": []}
    target = Target(reference, functions, sum(weights.values()), gateway_grants(policy["statements"]))
    config = tx.get(records.part_key(reference, records.EVENT_INVOKE_CONFIG, qualifier or LATEST)) or {}
    target.max_age = config.get("MaximumEventAgeInSeconds", _MAX_AGE)
    target.retries = config.get("MaximumRetryAttempts", _RETRIES)
    return target


def _function(reference: Reference, version: Document, owner: Document, packages: Packages) -> Function:
    configuration = version["configuration"]
    return Function(
        account=reference.account,
        region=reference.region,
        name=reference.name,
        version=configuration["Version"],
        arn=reference.arn,
        runtime=configuration["Runtime"],
        handler=configuration["Handler"],
        timeout=configuration["Timeout"],
        memory_size=configuration["MemorySize"],
        environment=configuration.get("Environment", {}).get("Variables", {}),
        code=packages.path(version["package"]),
        layers=tuple(packages.path(layer["package"]) for layer in version["layers"]),
        reserved_concurrency=owner["reserved"],
        log_group=configuration["LoggingConfig"]["LogGroup"],
        # A sandbox knows the ARN it is invoked by, its version and its bounds, so it serves only one of each.
        generation=f"{version['generation']}/{configuration['Version']}/{owner['reserved']}/{reference.qualifier}",
        role=configuration.get("Role", ""),
    )
