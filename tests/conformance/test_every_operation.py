"""Every operation of the model has a handler, and a story that checks its whole answer."""

import importlib
from pathlib import Path

from gatewright.execute.limits.usage import LocalUsage
from gatewright.management import rest
from gatewright.store.sqlite import SqliteStore
from gatewright.values.long_work import AtOnce
from tests.conformance.story import OPERATIONS, STORIES
from tests.management.rest.gateway import nothing_to_invoke

TOLD_IN = ("test_operations_of_an_account", "test_operations_of_an_api", "test_operations_of_a_stage")


def test_every_operation_has_a_handler() -> None:
    store = SqliteStore(Path(":memory:"))
    usage = LocalUsage(store)
    data_plane = rest.DataPlane(nothing_to_invoke, nothing_to_invoke, nothing_to_invoke, usage, nothing_to_invoke)
    assert set(rest.handlers(store, data_plane, AtOnce())) == set(OPERATIONS)
    store.close()


def test_every_operation_is_told_of() -> None:
    for module in TOLD_IN:
        importlib.import_module(f"tests.conformance.{module}")
    assert len(OPERATIONS) >= 124
    assert frozenset().union(*STORIES.values()) == set(OPERATIONS)
