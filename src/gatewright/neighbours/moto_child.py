"""The embedded moto server: `python -m gatewright.neighbours.moto_child DIRECTORY URL`, a child of the gateway.

It prints its port on standard output when it is ready and ends when standard input does, so that it never outlives
a gateway however that one died. URL is the gateway's, for state machines, which call other services. Warnings go to
standard error. It trusts nobody but loopback.
"""

import contextlib
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ACCOUNT = "000000000000"
Environ = dict[str, Any]
StartResponse = Callable[..., Any]


def main() -> None:
    """Serve until standard input ends."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the gateway; it then closes our input
    report = os.dup(1)
    os.dup2(2, 1)  # moto prints
    # Imported after standard output is safe, and slow.
    import moto.core.models  # noqa: PLC0415

    # Used by a few services beside the account of a request; there is no setting that leaves the latter alone.
    for module in (moto.core, moto.core.models):
        vars(module)["DEFAULT_ACCOUNT_ID"] = ACCOUNT
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server  # noqa: PLC0415

    from gatewright.neighbours.moto_state import Gate, Saver, StateFile  # noqa: PLC0415

    state = StateFile(Path(sys.argv[1]))
    state.load()
    gate = Gate()
    saver = Saver(state, gate)
    application = Application(DomainDispatcherApplication(create_backend_app), gate, saver, sys.argv[2])
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
    os.environ["MOTO_PORT"] = str(server.port)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # not a line for each request

    def end(*_: object) -> None:
        saver.save()
        os._exit(0)

    def end_with_the_gateway() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        end()

    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=end).start())
    threading.Thread(target=end_with_the_gateway, daemon=True).start()
    saver.start()
    os.write(report, f"{server.port}\n".encode())
    os.close(report)
    server.serve_forever()


class Application:
    """moto's WSGI application; changes are noted, and a service that lacks a Python package says so."""

    def __init__(
        self, moto: Callable[[Environ, StartResponse], Iterable[bytes]], gate: Any, saver: Any, endpoint_url: str
    ) -> None:
        self._moto = moto
        self._gate = gate
        self._saver = saver
        self._endpoint_url = endpoint_url
        self._preparing = threading.Lock()
        self._prepared = False

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            if str(environ.get("HTTP_X_AMZ_TARGET", "")).startswith("AWSStepFunctions."):
                self._prepare_state_machines()
            if is_long_poll(environ):
                return self._moto(environ, start_response)
            with self._gate.passing():
                return self._moto(environ, start_response)
        except ImportError as error:
            return refuse(start_response, error.name or str(error))
        finally:
            if not is_reading(environ):
                self._saver.note_change()

    def _prepare_state_machines(self) -> None:
        with self._preparing:
            if not self._prepared:
                from gatewright.neighbours import moto_stepfunctions  # noqa: PLC0415 - slow, and rarely needed

                moto_stepfunctions.install(self._endpoint_url)
                self._prepared = True


def is_long_poll(environ: Environ) -> bool:
    """ReceiveMessage may wait 20 s, and an execution for tasks that come back here; savings do not wait for them."""
    return str(environ.get("HTTP_X_AMZ_TARGET", "")).endswith((".ReceiveMessage", ".StartSyncExecution"))


READING = ("Get", "List", "Describe", "Query", "Scan", "BatchGet")


def is_reading(environ: Environ) -> bool:
    """Whether a request surely changes nothing."""
    if environ["REQUEST_METHOD"] in ("GET", "HEAD", "OPTIONS"):
        return "Action=" not in environ.get("QUERY_STRING", "")
    return str(environ.get("HTTP_X_AMZ_TARGET", "")).rpartition(".")[2].startswith(READING)


def refuse(start_response: StartResponse, package: str) -> Iterable[bytes]:
    """moto needs more than what is installed for this service."""
    message = f"The embedded moto server needs the Python package {package!r} for this service, which is not installed."
    body = json.dumps({"__type": "NotImplementedException", "message": message}).encode()
    start_response(
        "501 Not Implemented",
        [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", "NotImplementedException")],
    )
    return [body]


if __name__ == "__main__":
    main()
