"""Every operation of the model has a handler, and a story that checks its whole answer."""

import importlib
from pathlib import Path

from tests.conformance.story import CONNECTIONS, OPERATIONS, REST, ROUTES, TOLD
from tests.management.gateway import Endpoint, Gateway


def test_every_operation_has_a_handler() -> None:
    gateway = Gateway(Endpoint())
    for service, handlers in gateway.endpoint.handlers.items():
        assert set(handlers) == set(OPERATIONS[service]), service
    gateway.store.close()


def test_every_operation_is_told_of() -> None:
    for module in Path(__file__).parent.glob("test_operations_of_*.py"):
        importlib.import_module(f"tests.conformance.{module.stem}")
    for service, least in ((REST, 124), (ROUTES, 103), (CONNECTIONS, 3)):
        assert len(OPERATIONS[service]) >= least
        assert TOLD[service] == set(OPERATIONS[service]), service
