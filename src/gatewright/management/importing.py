"""What the imports of both APIs share: how a definition is read, how its parts are made, and how all that an import was
refused for is told at once, with its warnings.

Seen: answers of ImportRestApi as CloudFormation and Terraform show them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from gatewright.aws.call import Call
from gatewright.aws.constraints import check
from gatewright.aws.errors import ServiceError
from gatewright.aws.service import load_service
from gatewright.management.openapi.base_path import MODES
from gatewright.management.openapi.document import TooLarge, Unreadable
from gatewright.management.patch import refused
from gatewright.values.long_work import LongWork
from gatewright.values.records import Document

T = TypeVar("T")

MOST = 100  # told in one message


async def read_beside(work: LongWork, read: Callable[[], T]) -> T:
    """What `read` makes of a body, others going on. Raises BadRequestException, RequestEntityTooLargeException."""
    try:
        return await work.beside(read)
    except Unreadable as error:
        raise refused(str(error)) from None
    except TooLarge as error:
        raise ServiceError("RequestEntityTooLargeException", str(error)) from None


def base_path_mode(given: Mapping[str, Any]) -> str:
    """What the caller wants to become of the base path. Raises BadRequestException."""
    mode = given.get("basepath") or "ignore"
    if mode not in MODES:
        raise refused(f"Invalid basepath specified: {mode}. Valid options are {','.join(MODES)}")
    return str(mode)


def part_call(call: Call, operation: str, members: Document, service: str = "apigateway") -> Call:
    """The call that would make one part by hand, held against the service's model. Raises ServiceError."""
    check(load_service(service).operations[operation], members)
    return call._replace(operation=operation, input=members)


class ImportErrors:
    """Gathers errors; `warnings` are told along with them, and are errors themselves where the call wants that."""

    def __init__(self, warnings: list[str], call: Call) -> None:
        self._warnings = warnings
        self._warnings_fail = bool(call.input.get("failOnWarnings"))
        self._errors: list[str] = []

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        """Note what is refused inside, and go on after it."""
        try:
            yield
        except ServiceError as error:
            self._errors.append(f"{what}: {error.message}")

    def note(self, *errors: str) -> None:
        """Note what is wrong."""
        self._errors += errors

    def check(self) -> None:
        """Raise BadRequestException if anything was refused, or warned of where that is not wanted."""
        if self._errors:
            told = f"Errors found during import:{_listed(self._errors)}"
            if self._warnings:
                told += f"\nAdditionally, these warnings were found:{_listed(self._warnings)}"
            raise refused(told)
        if self._warnings and self._warnings_fail:
            raise refused(f"Warnings found during import:{_listed(self._warnings)}")


def _listed(texts: list[str]) -> str:
    more = [f"and {len(texts) - MOST} more"] if len(texts) > MOST else []
    return "".join(f"\n\t{text}" for text in texts[:MOST] + more)
