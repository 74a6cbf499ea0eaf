"""Talks to a WebSocket API: sends each line of its input, and prints the message that comes back; then what else comes.

echo '{"action": "send", "text": "hello"}' | python -m examples.chat.talk "$URL?name=ann"
"""

import argparse
import contextlib
import sys
import time

from websockets.exceptions import ConnectionClosed, InvalidStatus, InvalidURI
from websockets.sync.client import ClientConnection, connect

PATIENCE = 10.0  # seconds for an answer


def main() -> int:
    parser = argparse.ArgumentParser(description="Send each line of the input to a WebSocket API.")
    parser.add_argument("url", help="the address of a stage, such as ws://127.0.0.1:4566/_aws/execute-api/chat/prod")
    parser.add_argument("--subprotocol", action="append", help="one to offer; may be given more than once")
    parser.add_argument("--stay", type=float, default=0.0, metavar="SECONDS", help="how long to listen at the end")
    options = parser.parse_args()
    try:
        with connect(options.url, subprotocols=options.subprotocol) as socket:
            if socket.subprotocol is not None:
                print(f"subprotocol {socket.subprotocol}")
            for line in sys.stdin:
                socket.send(line.rstrip("\n"))
                print(socket.recv(PATIENCE), flush=True)
            listen(socket, options.stay)
    except InvalidStatus as refused:
        body = (refused.response.body or b"").decode()
        print(f"refused with {refused.response.status_code} {body}".strip())
        return 1
    except ConnectionClosed as closed:
        print(f"closed: {closed}")
        return 1
    except TimeoutError:
        print("nothing came back")
        return 1
    except (InvalidURI, OSError) as error:
        print(f"not connected: {error}")
        return 1
    return 0


def listen(socket: ClientConnection, seconds: float) -> None:
    """Print what comes for some time. Raises ConnectionClosed."""
    end = time.monotonic() + seconds
    with contextlib.suppress(TimeoutError):
        while (left := end - time.monotonic()) > 0:
            print(socket.recv(left), flush=True)


if __name__ == "__main__":
    sys.exit(main())
