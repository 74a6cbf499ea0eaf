"""What moto's backends hold, written and read back: one that cannot be takes no other with it."""

import io
import pickle
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any, NoReturn

import pytest
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from gatewright.neighbours.moto_pickle import MotoPickler
from gatewright.neighbours.moto_state import StateFile

ACCOUNT, REGION = "123456789012", "eu-west-1"


class Parameters(defaultdict[str, list[int]]):
    """Made as moto makes SSM's: pickle itself would call the class without arguments."""

    def __init__(self, region: str) -> None:
        super().__init__(list)
        self.region = region
        self.lock = threading.Lock()


def test_dictionaries_with_arguments_of_their_own() -> None:
    made = Parameters("eu-west-1")
    made["a"].append(1)
    written = io.BytesIO()
    MotoPickler(written, protocol=pickle.HIGHEST_PROTOCOL).dump(made)
    back = pickle.loads(written.getvalue())
    assert (type(back), back, back.region, back["new"]) == (Parameters, {"a": [1], "new": []}, "eu-west-1", [])


def unreadable() -> NoReturn:
    raise ValueError("never again")


class Unreadable:
    def __reduce__(self) -> tuple[Any, ...]:
        return unreadable, ()


def test_a_service_that_cannot_be_read_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    state = StateFile(tmp_path)
    sqs, sns = sqs_backends[ACCOUNT][REGION], sns_backends[ACCOUNT][REGION]
    try:
        vars(sqs)["thing"] = Unreadable()
        sns.create_topic("kept")
        state.save()
        with (tmp_path / "state").open("rb") as file:
            file.readline()
            kept = pickle.load(file)
    finally:
        vars(state)["_lock"].close()
        sqs_backends.clear()
        sns_backends.clear()
    assert "sqs" not in {service for service, _, _ in kept}
    assert [topic.name for topic in kept["sns", ACCOUNT, REGION].topics.values()] == ["kept"]
    assert [record.getMessage() for record in caplog.records] == [
        "sqs will be lost at a restart, its state cannot be written: ValueError('never again')"
    ]
