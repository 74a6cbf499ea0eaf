"""WebSocket messages back and forth over many connections: prints how many answers came, and how fast.

    python bench/echo.py PORT HOST PATH SIZE CONNECTIONS SECONDS

Each connection has some messages under way and sends another one for each answer. All answers have the size of the
first one. Frames are written and counted here by hand: a client library would take longer than the server measured.
"""

import json
import selectors
import socket
import sys
import time

from load import LoadError

UNDER_WAY = 8  # messages of one connection
MASK = bytes(4)  # a mask of zeros changes nothing, and servers unmask all the same


class Client:
    """One connection after its handshake. `answer` is the size of one answer's frame, known after the first."""

    def __init__(self, port: int, host: str, path: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.socket.recv(65536)
            if not piece:
                raise LoadError(f"the handshake was answered {head!r}")
            head += piece
        if not head.startswith(b"HTTP/1.1 101"):
            raise LoadError(f"the handshake was answered {head!r}")
        self.left_over = 0  # bytes of an answer that is not yet whole


def frame(size: int) -> bytes:
    """A masked text frame with JSON of some `size` bytes."""
    payload = b'{"action":"echo","text":"%s"}' % (b"x" * max(size - 28, 0))
    if len(payload) < 126:
        return bytes((0x81, 0x80 | len(payload))) + MASK + payload
    return bytes((0x81, 0x80 | 126)) + len(payload).to_bytes(2, "big") + MASK + payload


def answer_size(client: Client, message: bytes) -> int:
    """The size of the frame that answers `message`."""
    client.socket.sendall(message)
    got = client.socket.recv(65536)
    if got[:1] != b"\x81":
        raise LoadError(f"the answer is no text frame: {got!r}")
    return len(got)


def run(clients: list[Client], message: bytes, size: int, seconds: float) -> int:
    """How many answers came in that time."""
    selector = selectors.DefaultSelector()
    for client in clients:
        selector.register(client.socket, selectors.EVENT_READ, client)
        client.socket.sendall(message * UNDER_WAY)
    count = 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for key, _ in selector.select(0.1):
            client = key.data
            got = client.socket.recv(262_144)
            if not got:
                raise LoadError("a connection was closed")
            answers, client.left_over = divmod(client.left_over + len(got), size)
            if answers:
                count += answers
                client.socket.sendall(message * answers)
    return count


def main() -> None:
    port, host, path, bytes_each, connections, seconds = sys.argv[1:]
    message = frame(int(bytes_each))
    clients = [Client(int(port), host, path) for _ in range(int(connections))]
    size = answer_size(clients[0], message)
    began = time.perf_counter()
    count = run(clients, message, size, float(seconds))
    print(json.dumps({"messages": count, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
