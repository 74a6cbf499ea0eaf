"""A WebSocket connection, between whoever owns its socket and whoever understands its messages.

The server makes a `Channel` of a connection that was upgraded, and calls the `Session`, which sends by the channel.
"""

from collections.abc import Coroutine
from typing import Any, Protocol


class Channel(Protocol):
    """The socket's side."""

    @property
    def is_open(self) -> bool:
        """Nobody has begun to close it."""
        ...

    def send(self, text: bytes) -> bool:
        """Send one text message, UTF-8. False when the client reads so slowly that no more may wait for it: nothing of
        the message is sent then. A channel that is closed takes messages and drops them."""
        ...

    def reply(self, text: bytes) -> None:
        """The same for the answer to a message, which is never refused: there are no more than messages under way."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """Begin the closing handshake, RFC 6455 section 7.1.2; messages that wait are sent before."""
        ...


class Session(Protocol):
    """The API's side. Each coroutine is driven by hand; several messages may be under way."""

    def opened(self, channel: Channel) -> None:
        """The handshake is over: messages can be sent from now on."""
        ...

    def heard(self) -> None:
        """Something came from the client, be it a ping."""
        ...

    def message(self, text: str) -> Coroutine[Any, None, None]:
        """What becomes of one text message. Never raises."""
        ...

    def closed(self, code: int, reason: str) -> Coroutine[Any, None, None]:
        """The connection is gone, whoever ended it: code and reason as in RFC 6455, sections 7.1.5 and 7.1.6. Called
        once. Never raises."""
        ...
