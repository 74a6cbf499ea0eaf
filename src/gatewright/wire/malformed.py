"""The one exception of the machines: bytes that are not the HTTP/1.1 this gateway accepts."""


class Malformed(Exception):
    """`status` is what a client that sent such bytes is told, `message` the words it is told."""

    def __init__(self, status: int = 400, message: str = "Bad Request") -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message


class TooLarge(Malformed):
    """A body over its limit; `limit` in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"HTTP content length exceeded {limit} bytes.")
        self.limit = limit
