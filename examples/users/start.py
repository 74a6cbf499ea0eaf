"""Starts a gateway with the users sample on it and stays until Ctrl-C; `make start` runs this.

python -m examples.users.start --port 4566 --data-dir .gatewright
"""

import argparse
import errno
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from examples.users.deploy import deploy

PATIENCE = 30.0  # seconds until ready; it takes a fraction of one
STOP_PATIENCE = 45.0  # longer than the gateway gives requests in flight


class Failure(Exception):
    """Why the sample is not running, for the user to read."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Start a gateway with the users sample.")
    parser.add_argument("--port", type=port_number, default=4566, help="port on 127.0.0.1")
    parser.add_argument("--data-dir", type=Path, default=Path(".gatewright"), help="where everything is kept")
    options = parser.parse_args()
    gateway = None
    for asked_to_stop in (signal.SIGINT, signal.SIGTERM):  # a shell's background job would ignore the first
        signal.signal(asked_to_stop, signal.default_int_handler)
    try:
        refuse_taken(options.port)
        tell(f"Starting the gateway on 127.0.0.1:{options.port}, data in {options.data_dir} ...")
        gateway = start(options.port, options.data_dir)
        await_ready(gateway, options.port)
        tell("Deploying the sample examples/users:")
        invite(deploy(f"http://127.0.0.1:{options.port}", lambda step: tell(f"  {step}")))
        return gateway.wait()
    except KeyboardInterrupt:
        tell("\nStopping ...")
        return 0
    except (Failure, BotoCoreError, ClientError) as failure:
        tell(f"error: {failure}")
        return 1
    finally:
        if gateway is not None:
            stop(gateway)


def port_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def tell(text: str) -> None:
    print(text, flush=True)


def refuse_taken(port: int) -> None:
    """Raises Failure when the port cannot be had."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise Failure(f"port {port} cannot be used: {error}") from error
            whose = "a gateway that runs already" if is_ready(port) else "another program"
            raise Failure(f"port {port} is taken by {whose}. Take another one: make start PORT={port + 1}") from error


def start(port: int, data_dir: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "gatewright.cli.main", "start", "--port", str(port), "--data-dir", str(data_dir)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)


def await_ready(gateway: subprocess.Popen[bytes], port: int) -> None:
    began = time.monotonic()
    while not is_ready(port):
        if gateway.poll() is not None:
            raise Failure(f"the gateway ended with {gateway.returncode}; it said why above")
        if time.monotonic() - began > PATIENCE:
            raise Failure(f"the gateway was not ready in {PATIENCE:.0f} s")
        time.sleep(0.02)


def is_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/_gatewright/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def invite(url: str) -> None:
    tell(f'\nThe sample is running at\n  {url}\nTry it:\n  curl "{url}/users?id=123"\nCtrl-C stops it.\n')


def stop(gateway: subprocess.Popen[bytes]) -> None:
    """End the gateway, which a terminal's Ctrl-C has reached too; requests in flight are finished."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one does not hurry it
    if gateway.poll() is None:
        gateway.terminate()
    try:
        gateway.wait(STOP_PATIENCE)
    except subprocess.TimeoutExpired:
        gateway.kill()
        gateway.wait()


if __name__ == "__main__":
    sys.exit(main())
