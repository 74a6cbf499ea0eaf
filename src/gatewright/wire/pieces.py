"""How a body that is sent piece by piece is framed: RFC 9112 section 6, seen by the sender."""


class WrongLength(ValueError):
    """The body is longer or shorter than the Content-Length that was sent."""


class Pieces:
    """`length` is the Content-Length sent, `chunked` the transfer coding; with neither the connection's end ends it.

    `bodiless`: the response has no body, whatever its head says."""

    __slots__ = ("bodiless", "chunked", "length")

    def __init__(self, length: int | None, chunked: bool, bodiless: bool) -> None:
        self.length = length
        self.chunked = chunked
        self.bodiless = bodiless

    def piece(self, data: bytes) -> bytes:
        """The next bytes, of which there is at least one, as they are sent. Raises WrongLength."""
        if self.bodiless:
            return b""
        if self.chunked:
            return b"%x\r\n%b\r\n" % (len(data), data)
        if self.length is not None:
            self.length -= len(data)
            if self.length < 0:
                raise WrongLength("the body is longer than its Content-Length")
        return data

    def end(self) -> bytes:
        """What is sent after the last piece. Raises WrongLength."""
        if self.bodiless:
            return b""
        if self.length:
            raise WrongLength("the body is shorter than its Content-Length")
        return b"0\r\n\r\n" if self.chunked else b""
