"""The AWS CLI, loaded once for many commands: each runs in a fork of one process, for a tenth of the time.

A page's `aws` is a script that hands its arguments, environment and streams to that process, and ends as the fork does.
What runs is the CLI's own code; only its imports and the reading of its models are done before.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

SCRIPT = """#!{python} -SE
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as cli:
    cli.connect({path!r})
    socket.send_fds(cli, [b"c"], [0, 1, 2])
    cli.sendall(json.dumps([os.getcwd(), dict(os.environ), sys.argv[1:]]).encode())
    cli.shutdown(socket.SHUT_WR)
    ended = cli.recv(1)
sys.exit(ended[0] if ended else 255)
"""


@contextlib.contextmanager
def ready_aws_cli() -> Iterator[Path]:
    """The folder in which `aws` is, while the block runs."""
    with tempfile.TemporaryDirectory(prefix="aws-") as name:
        folder, path = Path(name), f"{name}/socket"  # short: the path of a socket has about 100 bytes
        script = folder / "aws"
        script.write_text(SCRIPT.format(python=sys.executable, path=path))
        script.chmod(0o700)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            cli = subprocess.Popen(
                [sys.executable, __file__, str(listener.fileno())], pass_fds=[listener.fileno()], env={**os.environ}
            )
        try:
            yield folder
        finally:
            cli.terminate()
            cli.wait()


def serve(listener: socket.socket) -> None:
    """Each connection is one command: its streams, then its folder, environment and arguments; the answer is its
    exit code in one byte."""
    from awscli.clidriver import create_clidriver  # noqa: PLC0415 - only this process needs it

    driver = create_clidriver()
    models = driver.session.get_component("data_loader")
    for service in ("apigateway", "apigatewayv2", "cognito-idp", "lambda"):
        models.load_service_model(service, "service-2")
    models.load_data("endpoints")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    while True:
        client, _ = listener.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _, streams, _, _ = socket.recv_fds(client, 1, 3)
            folder, environment, arguments = json.loads(client.makefile("rb").read())
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)
            ended = driver.main(arguments)
            sys.stdout.flush()
            sys.stderr.flush()
            client.sendall(bytes([ended & 255]))
            os._exit(0)
        client.close()


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
