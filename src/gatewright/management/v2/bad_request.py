"""Limits, as the second API tells of them: it has no LimitExceededException, what exceeds a limit is a bad request."""

from collections.abc import Iterator
from contextlib import contextmanager

from gatewright.aws.errors import ServiceError
from gatewright.management.patch import refused


@contextmanager
def limits_are_bad_requests() -> Iterator[None]:
    """Raises BadRequestException where the first API has an exception for what exceeds a limit."""
    try:
        yield
    except ServiceError as error:
        if error.code in ("LimitExceededException", "RequestEntityTooLargeException"):
            raise refused(error.message) from None
        raise
