"""The WebSocket server of the `websockets` library with an echo, as a peer: python bench/echo_server.py PORT."""

import logging
import sys

import uvloop
from websockets.asyncio.server import ServerConnection, serve


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def main(port: int) -> None:
    async with serve(echo, "127.0.0.1", port, compression=None) as server:
        await server.serve_forever()


if __name__ == "__main__":
    logging.disable()  # of clients that leave in the middle
    uvloop.run(main(int(sys.argv[1])))
