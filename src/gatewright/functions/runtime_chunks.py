"""The chunked transfer coding as runtimes send it, with trailers.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html (response streaming)
"""

from gatewright.functions.invocation import MAX_RESPONSE

_LONGEST_LINE = 2 * 1024 * 1024  # an error with its stack trace, in base64


class Chunks:
    """The chunked coding with its trailers, in which runtimes tell of an error in the middle of a stream."""

    __slots__ = ("_expected", "_rest", "_trailer_bytes", "_trailing", "body", "too_large", "trailers")

    def __init__(self) -> None:
        self.body = bytearray()
        self.trailers: dict[str, str] = {}
        self.too_large = False
        self._rest = b""
        self._expected = 0  # of the chunk and its CRLF
        self._trailing = False
        self._trailer_bytes = 0

    def receive(self, data: bytes) -> bytes | None:
        """The bytes after the message once it is whole, else None. Raises ValueError."""
        data = self._rest + data
        self._rest = b""
        at = 0
        while True:
            if self._expected:
                taken = data[at : at + self._expected]
                at += len(taken)
                self._take(taken)
                if self._expected:
                    return None
            end = data.find(b"\r\n", at)
            if end < 0:
                if len(data) - at > _LONGEST_LINE:
                    raise ValueError("line too long")
                self._rest = data[at:]
                return None
            line, at = data[at:end], end + 2
            if not self._trailing:
                size = int(line.partition(b";")[0], 16)
                if size < 0:
                    raise ValueError(line)
                self._trailing = not size
                self._expected = size + 2 if size else 0
            elif line:
                self._trailer_bytes += len(line)
                if self._trailer_bytes > _LONGEST_LINE:
                    raise ValueError("trailers too long")
                name, _, value = line.partition(b":")
                self.trailers[name.decode("latin-1").lower()] = value.strip().decode("latin-1")
            else:
                return data[at:]

    def take(self) -> bytes:
        """The body so far, which from here on is the caller's to keep."""
        taken = bytes(self.body)
        self.body.clear()
        return taken

    def _take(self, taken: bytes) -> None:
        self._expected -= len(taken)
        ending = 2 - self._expected  # how much of the chunk's CRLF `taken` holds
        content = taken[: len(taken) - ending] if ending > 0 else taken
        if len(self.body) + len(content) > MAX_RESPONSE:
            self.too_large = True
        else:
            self.body += content
