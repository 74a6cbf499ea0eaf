"""The embedded moto server: `python -m gatewright.neighbours.moto_child DIRECTORY URL`, a child of the gateway.

It prints its port on standard output when it is ready and ends when standard input does, so that it never outlives
a gateway however that one died. URL is the gateway's, for state machines, which call other services. Warnings go to
standard error. It serves nobody but the gateway: see moto_control.
"""

import contextlib
import hmac
import importlib
import io
import json
import logging
import os
import re
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from gatewright.neighbours.moto_control import CONTROL_HEADER, DOOR_HEADER, PRINCIPALS, ROLES, SECRETS_VARIABLE

log = logging.getLogger(__name__)

ACCOUNT = "000000000000"
Environ = dict[str, Any]
StartResponse = Callable[..., Any]


def main() -> None:
    """Serve until standard input ends."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the gateway; it then closes our input
    report = os.dup(1)
    os.dup2(2, 1)  # moto prints
    moto = moto_application()
    # Imported after standard output is safe, and slow: so is all that imports moto.
    from moto.moto_server.werkzeug_app import MotoRequestHandler  # noqa: PLC0415
    from werkzeug.serving import make_server  # noqa: PLC0415

    from gatewright.neighbours import moto_iam, moto_principals, moto_sqs, moto_sts, moto_wafv2  # noqa: PLC0415
    from gatewright.neighbours.moto_state import Gate, Saver, StateFile  # noqa: PLC0415

    for part in (moto_iam, moto_sqs, moto_sts, moto_principals, moto_wafv2):
        part.install()
    state = StateFile(Path(sys.argv[1]))
    state.load()
    gate = Gate()
    saver = Saver(state, gate)
    application = Application(moto, gate, saver, sys.argv[2])
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
    os.environ["MOTO_PORT"] = str(server.port)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # not a line for each request
    end_with_the_gateway(saver)
    saver.start()
    os.write(report, f"{server.port}\n".encode())
    os.close(report)
    server.serve_forever()


def moto_application() -> Callable[[Environ, StartResponse], Iterable[bytes]]:
    """moto's WSGI application, for all services."""
    import moto.core.models  # noqa: PLC0415 - slow

    spare_batch()
    # Used by a few services beside the account of a request; there is no setting that leaves the latter alone.
    for module in (moto.core, moto.core.models):
        vars(module)["DEFAULT_ACCOUNT_ID"] = ACCOUNT
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415

    def service_app(service: Any) -> Any:
        if service is None:
            raise NotImplementedError("there is no such service")
        return create_backend_app(service)

    application: Callable[[Environ, StartResponse], Iterable[bytes]] = DomainDispatcherApplication(service_app)
    return application


def end_with_the_gateway(saver: Any) -> None:
    """End this process, with its state saved, when standard input ends or SIGTERM comes."""

    def end() -> None:
        saver.save()
        os._exit(0)

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        end()

    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=end).start())
    threading.Thread(target=wait, daemon=True).start()


def spare_batch() -> None:
    """Import one module of moto's Batch without the rest: state machines want an enumeration from it, and what Batch
    itself wants (all of EC2, with its tables) takes longer to import than the whole server."""
    package = types.ModuleType("moto.batch")
    package.__path__ = [str(Path(folder) / "batch") for folder in sys.modules["moto"].__path__]
    sys.modules["moto.batch"] = package
    importlib.import_module("moto.batch.utils")
    del sys.modules["moto.batch"]  # whoever calls Batch imports it whole


class Application:
    """moto's WSGI application; changes are noted, and what it cannot do is told."""

    def __init__(
        self, moto: Callable[[Environ, StartResponse], Iterable[bytes]], gate: Any, saver: Any, endpoint_url: str
    ) -> None:
        self._moto = moto
        self._gate = gate
        self._saver = saver
        self._endpoint_url = endpoint_url
        self._door, self._controls = os.environ.pop(SECRETS_VARIABLE).split()
        self._preparing = threading.Lock()
        self._prepared = False

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not is_said(self._door, environ, DOOR_HEADER):
            return refuse(start_response, "serves its gateway only: call that one")
        serve = self._control if is_control(environ["PATH_INFO"]) else self._call
        return serve(environ, start_response)

    def _call(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        operation = operation_of(environ)
        try:
            if str(environ.get("HTTP_X_AMZ_TARGET", "")).startswith("AWSStepFunctions."):
                self._prepare_state_machines()
            if operation in LONG_POLLS:
                return self._moto(environ, start_response)
            with self._gate.passing():
                return self._moto(environ, start_response)
        except NotImplementedError as error:
            return refuse(start_response, f"does not serve this: {error}")
        except ImportError as error:
            package = error.name or str(error)
            return refuse(start_response, f"needs the Python package {package!r} for this, which is not installed")
        except Exception as error:
            log.exception("%s %s %s", environ["REQUEST_METHOD"], environ["PATH_INFO"], operation)
            return refuse(start_response, f"cannot do this: {type(error).__name__}: {error}")
        finally:
            if not is_reading(environ["REQUEST_METHOD"], operation):
                self._saver.note_change()

    def _control(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Who is who, for the gateway, which knows the secret; to all others, nothing."""
        path = environ["PATH_INFO"]
        if not is_said(self._controls, environ, CONTROL_HEADER) or not path.startswith((PRINCIPALS, ROLES)):
            return refuse(start_response, "keeps its own controls to itself")
        from gatewright.neighbours import moto_principals  # noqa: PLC0415 - imports moto

        with self._gate.passing():
            found: object
            if path.startswith(ROLES):
                found = moto_principals.known_role(*path.removeprefix(ROLES).split("/", 1))
            else:
                key = path.removeprefix(PRINCIPALS)
                found = moto_principals.known(key) if key else moto_principals.keys()
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(found).encode()]

    def _prepare_state_machines(self) -> None:
        with self._preparing:
            if not self._prepared:
                from gatewright.neighbours import moto_stepfunctions  # noqa: PLC0415 - slow, and rarely needed

                moto_stepfunctions.install(self._endpoint_url)
                self._prepared = True


def is_said(secret: str, environ: Environ, header: str) -> bool:
    """Whether a request's header, by its name in WSGI, says the secret."""
    return hmac.compare_digest(str(environ.get(header, "")).encode("latin-1"), secret.encode())


def is_control(path: str) -> bool:
    """Whether moto would take the path for its own controls, such as forgetting everything: an integration's path may
    be its client's."""
    return re.sub("/+", "/", path).startswith("/moto-api")


def operation_of(environ: Environ) -> str:
    """The operation that a request names: by header, or in the query protocol, whose form is read and put back."""
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    if target:
        return target.rpartition(".")[2]
    parameters = str(environ.get("QUERY_STRING", ""))
    if str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded"):
        form = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(form)
        parameters += "&" + form.decode("latin-1")
    action = re.search(r"(?:^|&)Action=(\w+)", parameters)
    return action[1] if action else ""


# ReceiveMessage may wait 20 s, and an execution for tasks that come back here; savings do not wait for them.
LONG_POLLS = ("ReceiveMessage", "StartSyncExecution")
READING = ("Get", "List", "Describe", "Query", "Scan", "BatchGet")


def is_reading(verb: str, operation: str) -> bool:
    """Whether a request surely changes nothing."""
    return operation.startswith(READING) or (not operation and verb in ("GET", "HEAD", "OPTIONS"))


def refuse(start_response: StartResponse, reason: str) -> Iterable[bytes]:
    """The end of a request that moto has no answer to."""
    message = f"The embedded moto server {reason}"
    body = json.dumps({"__type": "NotImplementedException", "message": message}).encode()
    start_response(
        "501 Not Implemented",
        [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", "NotImplementedException")],
    )
    return [body]


if __name__ == "__main__":
    main()
