"""Limits, as the second API tells of them: it has no LimitExceededException, what exceeds a limit is a bad request."""

from collections.abc import Iterator
from contextlib import contextmanager

from gatewright.aws.errors import ServiceError
from gatewright.management.patch import refused


@contextmanager
def limits_are_bad_requests() -> Iterator[None]:
    """Raises BadRequestException where a rule of the first API raises LimitExceededException."""
    try:
        yield
    except ServiceError as error:
        if error.code == "LimitExceededException":
            raise refused(error.message) from None
        raise
