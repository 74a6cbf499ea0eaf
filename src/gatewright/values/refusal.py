"""A refusal: the one exception by which a step of the data plane ends a request with a gateway response."""

from typing import NamedTuple, NoReturn

from gatewright.values.response import Response


class Refused(NamedTuple):
    """One row of AWS's gateway-response page."""

    response_type: str
    status: int
    error_type: str
    message: str | None


class Refusal(Exception):
    """Raised by any step of `serve`. `message` goes to the client, `cause` only to logs and `explain`,
    `detail` only to the node's own log.

    `response` is the whole answer, for the few refusals that no gateway response changes."""

    detail = ""

    def __init__(self, row: Refused, message: str | None, cause: str = "", response: Response | None = None) -> None:
        super().__init__(row.response_type, message, cause)
        self.response = response
        self.row = row
        self.message = message
        self.cause = cause


def refuse(row: Refused, message: str | None = None, *, cause: str = "", detail: str = "") -> NoReturn:
    """End the request with `row`, saying `message` instead of its default one."""
    refusal = Refusal(row, row.message if message is None else message, cause)
    refusal.detail = detail
    raise refusal
