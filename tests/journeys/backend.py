"""HTTP servers that journeys put behind a gateway."""

import contextlib
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Backend(BaseHTTPRequestHandler):
    """Says nothing about what it does; subclasses have a `do_` for each verb."""

    def answer(self, body: bytes, *, status: int = 200, content_type: str = "") -> None:
        """The whole answer."""
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@contextlib.contextmanager
def serving(handler: type[Backend], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Runs `handler` in threads of its own; gives the port, on the loopback address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
