"""kill -9 at random moments while writes are under way: what was acknowledged is there, and every start works."""

import random
import threading
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.node import Node

ROUNDS = 50


class Writer(threading.Thread):
    """Creates resources under one API as fast as answers come; remembers what was acknowledged."""

    def __init__(self, gateway: Any, api: str, root: str, prefix: str) -> None:
        super().__init__()
        self.gateway = gateway
        self.api, self.root, self.prefix = api, root, prefix
        self.acknowledged: list[str] = []
        self.has_written = threading.Event()

    def run(self) -> None:
        for number in range(10_000):
            part = f"{self.prefix}-{number}"
            try:
                self.gateway.create_resource(restApiId=self.api, parentId=self.root, pathPart=part)
            except (BotoCoreError, ClientError):
                return
            self.acknowledged.append(part)
            self.has_written.set()


def stored(gateway: Any, api: str) -> set[str]:
    pages = gateway.get_paginator("get_resources").paginate(restApiId=api, limit=500)
    return {item["pathPart"] for page in pages for item in page["items"] if "pathPart" in item}


def test_no_acknowledged_write_is_lost_by_fifty_crashes(tmp_path: Path) -> None:
    chance = random.Random(7)
    node = Node(tmp_path / "data")
    node.start()
    try:
        gateway = node.client("apigateway")
        created = gateway.create_rest_api(name="crash")
        expected: set[str] = set()
        for crash in range(ROUNDS):
            writer = Writer(gateway, created["id"], created["rootResourceId"], f"r{crash}")
            writer.start()
            writer.has_written.wait(60)
            time.sleep(chance.uniform(0, 0.08))
            node.kill()
            writer.join()
            expected |= set(writer.acknowledged)
            node.start()
        found = stored(gateway, created["id"])
        assert expected <= found
        assert len(expected) >= ROUNDS  # the crashes did fall among writes
        assert len(found - expected) <= ROUNDS  # at most one unanswered write a crash
    finally:
        node.stop()
