"""Errors as the second API has them: what is not there is named by its id, what exceeds a limit is a bad request."""

from collections.abc import Iterator
from contextlib import contextmanager

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.noun import Refuse
from gatewright.management.patch import refused


def not_found(word: str, member: str, *, of_account: bool = False) -> Refuse:
    """The error of a noun whose id is the input's `member`; AWS tells the account of some."""

    def refuse(call: Call) -> ServiceError:
        account = f"{call.account}:" if of_account else ""
        return ServiceError("NotFoundException", f"Invalid {word} identifier specified {account}{call.input[member]}")

    return refuse


@contextmanager
def limits_are_bad_requests() -> Iterator[None]:
    """Raises BadRequestException where the first API has an exception for what exceeds a limit."""
    try:
        yield
    except ServiceError as error:
        if error.code in ("LimitExceededException", "RequestEntityTooLargeException"):
            raise refused(error.message) from None
        raise
