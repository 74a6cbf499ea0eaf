"""One Lambda service per module, stopped at its end."""

from collections.abc import Iterator

import pytest

from tests.functions_operations.lab import Lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("data"))
    yield lab
    lab.close()
