"""What can go wrong beyond our own process, as the network and the functions report it to the data plane."""

from typing import Literal

NetworkFaultKind = Literal["connect", "tls", "timeout", "closed", "malformed", "too_large"]
FunctionFaultKind = Literal["not_found", "not_permitted", "throttled", "timeout", "request_too_large", "unavailable"]


class NetworkFault(Exception):
    """A call to a backend had no usable answer. `timeout` means the integration's own time limit ran out."""

    def __init__(self, kind: NetworkFaultKind, reason: str) -> None:
        super().__init__(kind, reason)
        self.kind = kind
        self.reason = reason


class FunctionFault(Exception):
    """The Lambda service refused or could not finish an invocation (a function's own error is an answer, not this)."""

    def __init__(self, kind: FunctionFaultKind, reason: str) -> None:
        super().__init__(kind, reason)
        self.kind = kind
        self.reason = reason


class RoleFault(Exception):
    """A role that an integration's credentials name could not be assumed: why, in the words of the token service."""


class PrincipalsUnreachable(Exception):
    """Whose an access key is cannot be found out: why."""


class ObjectFault(Exception):
    """An object in S3 could not be had: S3's error code and message, such as NoSuchKey."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
