"""One environment for all script tests: its workers are reused, as in a server."""

from collections.abc import Iterator

import pytest

from engine.scripts import ScriptEnvironment


@pytest.fixture(scope="session")
def env() -> Iterator[ScriptEnvironment]:
    with ScriptEnvironment() as environment:
        yield environment
