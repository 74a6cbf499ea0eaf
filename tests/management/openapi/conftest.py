"""The gateway of the REST API tests."""

from tests.management.rest.conftest import endpoint, gateway

__all__ = ["endpoint", "gateway"]
