"""One server for all tests of this folder: starting it takes longer than most of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.site import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Facet with the demo's people and processes; tests leave their cases in it."""
    running = Server(tmp_path_factory.mktemp("facet"))
    running.start()
    yield running
    running.stop()
