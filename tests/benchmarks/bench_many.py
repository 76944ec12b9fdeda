"""200 multi-instance tasks of one instance, opened together and completed one after the other over HTTP: total seconds.

``python -m tests.benchmarks.bench_many``.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.benchmarks.installation import complete, many, open_tasks, prepare, start
from tests.benchmarks.servers import facet_server
from tests.benchmarks.table import Row, ms, p50, show
from tests.client import Client

TASKS = 200
ROUNDS = 3


def once(client: Client) -> float:
    """Seconds to complete all tasks of a new instance."""
    instance = start(client, "many", {"items": list(range(TASKS))})
    tasks = open_tasks(client, instance_id=instance)
    assert len(tasks) == TASKS
    began = time.perf_counter()
    for task in tasks:
        complete(client, task, {"done": True})
    seconds = time.perf_counter() - began
    assert client.get(f"/api/v1/process-instances/{instance}")["status"] == "completed"
    return seconds


def rows() -> list[Row]:
    """The median of some rounds on SQLite with full durability."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        installed = prepare(f"sqlite:///{folder / 'facet.db'}", many())
        with facet_server(folder) as port, Client(port, installed.token) as client:
            once(client)
            seconds = p50([once(client) for _ in range(ROUNDS)])
    return [
        Row(
            f"{TASKS} multi-instance tasks completed",
            f"{seconds:.2f} s ({ms(seconds / TASKS)} each)",
            seconds,
            most=1.5,
        )
    ]


if __name__ == "__main__":
    show("Multi-instance, over HTTP", rows())
