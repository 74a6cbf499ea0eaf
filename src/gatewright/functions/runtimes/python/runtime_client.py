"""The client of the Runtime API for awslambdaric on systems where it comes without its own, which builds on Linux only.

It has the same four functions, in standard Python on one kept connection. It is put on a sandbox's path only where the
package's own cannot be imported. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import os
import socket

_API = "/2018-06-01/runtime/invocation/"
_TOLD = (
    *("Content-Type", "Lambda-Runtime-Aws-Request-Id", "Lambda-Runtime-Trace-Id", "Lambda-Runtime-Deadline-Ms"),
    *("Lambda-Runtime-Invoked-Function-Arn", "Lambda-Runtime-Client-Context", "Lambda-Runtime-Cognito-Identity"),
    *("Lambda-Runtime-Aws-Tenant-Id", "Lambda-Runtime-Invocation-Id"),
)


class _Client:
    def __init__(self) -> None:
        self._address = os.environ["AWS_LAMBDA_RUNTIME_API"]
        self._socket: socket.socket | None = None
        self._pid = 0
        self.user_agent = ""

    def call(self, line: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """One exchange: status, headers by their lower-case names, body. Raises RuntimeError."""
        fields = {"host": self._address, "user-agent": self.user_agent, **headers}
        if line.startswith("POST"):
            fields["content-length"] = str(len(body))
        head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
        try:
            connection = self._connected()
            connection.sendall(f"{line} HTTP/1.1\r\n{head}\r\n".encode() + body)
            return _answer(connection)
        except OSError as error:
            self._socket = None
            raise RuntimeError(f"the Runtime API cannot be reached: {error}") from error

    def _connected(self) -> socket.socket:
        if self._socket is None or self._pid != os.getpid():  # a function may have forked
            host, _, port = self._address.rpartition(":")
            self._socket, self._pid = socket.create_connection((host, int(port))), os.getpid()
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket


def _answer(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    received = b""
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += _more(connection)
    status_line, *lines = received[:end].decode("utf-8").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = bytearray(received[end + 4 :])
    while len(body) < int(headers["content-length"]):
        body += _more(connection)
    return int(status_line.split()[1]), headers, bytes(body)


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionResetError("it closed the connection")
    return data


_client = _Client()


def initialize_client(user_agent: str) -> None:
    """Once, before any call."""
    _client.user_agent = user_agent


def next() -> tuple[bytes, dict[str, str | int | None]]:
    """The next event and what comes with it. Raises RuntimeError."""
    status, headers, body = _client.call(f"GET {_API}next")
    if status != 200:
        raise RuntimeError("Failed to get next")
    told: dict[str, str | int | None] = {name: headers.get(name.lower()) for name in _TOLD}
    told["Lambda-Runtime-Deadline-Ms"] = int(headers["lambda-runtime-deadline-ms"])
    return body, told


def post_invocation_result(invoke_id: str, result: bytes, content_type: str, invocation_id: str | None) -> None:
    """Answer the event. Raises RuntimeError."""
    _post(invoke_id, "response", result, invocation_id, content_type=content_type)


def post_error(invoke_id: str, error: str, xray_error_cause: str, invocation_id: str | None) -> None:
    """Tell that the event failed. Raises RuntimeError."""
    cause = {"lambda_runtime_function_xray_error_cause": xray_error_cause}
    _post(invoke_id, "error", error.encode(), invocation_id, content_type="application/json", **cause)


def _post(invoke_id: str, what: str, body: bytes, invocation_id: str | None, **headers: str) -> None:
    if invocation_id is not None:
        headers["lambda_runtime_invocation_id"] = invocation_id
    status, _, _ = _client.call(f"POST {_API}{invoke_id}/{what}", body, **headers)
    if not 200 <= status < 300:
        print(f"[ERROR] LAMBDA_RUNTIME Failed to post handler {what}. Http response code: {status}.", flush=True)
        raise RuntimeError(f"Failed to post invocation {what}")
