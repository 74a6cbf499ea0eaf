"""One immutable generation of a function's code and configuration: all that a sandbox needs to run it.

The management side makes a `Function` from its records; the pool starts sandboxes from it and never changes it.
AWS: https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function version as it is now. `generation` changes whenever its code or configuration does.

    `version` is "$LATEST" or a number; `arn` is the one invocations name, with its qualifier. `timeout` is in seconds,
    `memory_size` in MB. `code` is the unpacked package, `layers` the unpacked layers in their order (later over
    earlier). `reserved_concurrency` None means only the node's own bounds count; all versions of one
    account/region/name share it. `role` is the ARN of its execution role.
    """

    account: str
    region: str
    name: str
    version: str
    arn: str
    runtime: str
    handler: str
    timeout: float
    memory_size: int
    environment: Mapping[str, str]
    code: Path
    layers: tuple[Path, ...]
    reserved_concurrency: int | None
    log_group: str
    generation: str
    role: str = ""

    @property
    def unqualified(self) -> tuple[str, str, str]:
        """What concurrency and log files belong to: account, region and name, whichever version runs."""
        return self.account, self.region, self.name
