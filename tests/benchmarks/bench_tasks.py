"""Ten user tasks in a line over HTTP, beside the floor: latency with one client, throughput with eight.

``python -m tests.benchmarks.bench_tasks``. Sign-in (token), form validation, audit and history included. Rounds of both
servers alternate, so that the noise of the machine falls on both.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from queue import Empty, SimpleQueue

from tests.benchmarks import floor
from tests.benchmarks.installation import STEPS, complete, line, open_tasks, prepare, start
from tests.benchmarks.servers import facet_server, floor_server, postgres
from tests.benchmarks.table import Row, ms, p50, show
from tests.client import Client

ROUNDS = 5
ALONE = 15
"""Instances of a round with one client."""
TOGETHER = 48
"""Instances of a round with eight clients."""
CLIENTS = 8


def alone(port: int, token: str, count: int) -> list[float]:
    """Seconds for each completion by one client, instance after instance."""
    with Client(port, token) as client:
        samples = []
        for _ in range(count):
            instance = start(client, "line")
            for _ in range(STEPS):
                (task,) = open_tasks(client, instance_id=instance)
                samples.append(complete(client, task))
    return samples


def floor_alone(port: int, count: int) -> list[float]:
    """The same number of floor transactions."""
    with Client(port) as client:
        samples = []
        for n in range(count * STEPS):
            client.post(f"/step/s{n % floor.ROWS}", {"data": {"a": 1}})
            samples.append(client.seconds)
    return samples


def together(work: Iterable[str], act: Callable[[Client, str], object], port: int, token: str | None) -> float:
    """Seconds that eight clients need for all of `work`."""
    queue: SimpleQueue[str] = SimpleQueue()
    for item in work:
        queue.put(item)
    clients = [Client(port, token) for _ in range(CLIENTS)]
    failures: list[BaseException] = []
    threads = [threading.Thread(target=_drain, args=(client, queue, act, failures)) for client in clients]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    for client in clients:
        client.__exit__(None, None, None)
    if failures:
        raise failures[0]
    return seconds


def _drain(
    client: Client, queue: SimpleQueue[str], act: Callable[[Client, str], object], failures: list[BaseException]
) -> None:
    try:
        while True:
            act(client, queue.get_nowait())
    except Empty:
        return
    except BaseException as error:
        failures.append(error)


def throughput(port: int, token: str, count: int) -> float:
    """Completions per second over different instances; starting and listing is not counted."""
    with Client(port, token) as client:
        for _ in range(count):
            start(client, "line")
        seconds = 0.0
        for step in range(STEPS):
            tasks = open_tasks(client, definition_key="line", element_id=f"t{step}")
            assert len(tasks) == count
            seconds += together(tasks, complete, port, token)
    return count * STEPS / seconds


def floor_throughput(port: int, count: int) -> float:
    """Floor transactions per second."""
    work = [f"/step/s{n % floor.ROWS}" for n in range(count * STEPS)]
    return len(work) / together(work, lambda client, path: client.post(path, {"data": {"a": 1}}), port, None)


def measure(name: str, floor_port: int, port: int, token: str, least: float, most: float | None) -> list[Row]:
    """Both questions for one kind of database; the figures are medians over the rounds."""
    alone(port, token, 3)
    floor_alone(floor_port, 3)
    latencies = [(p50(floor_alone(floor_port, ALONE)), p50(alone(port, token, ALONE))) for _ in range(ROUNDS)]
    rates = [(floor_throughput(floor_port, TOGETHER), throughput(port, token, TOGETHER)) for _ in range(ROUNDS)]
    low, mine = p50([pair[0] for pair in latencies]), p50([pair[1] for pair in latencies])
    ceiling, rate = p50([pair[0] for pair in rates]), p50([pair[1] for pair in rates])
    return [
        Row(
            f"{name}: complete, 1 client, p50",
            f"{ms(mine)} (floor {ms(low)})",
            p50([b / a for a, b in latencies]),
            most=most,
        ),
        Row(
            f"{name}: complete, 8 clients",
            f"{rate:.0f}/s (floor {ceiling:.0f}/s)",
            p50([b / a for a, b in rates]),
            least=least,
        ),
    ]


def sqlite_rows() -> list[Row]:
    """One process, full durability."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        installed = prepare(f"sqlite:///{folder / 'facet.db'}", line())
        floor_url = f"sqlite:///{folder / 'floor.db'}"
        floor.prepare(floor_url)
        with floor_server(folder, floor_url) as low, facet_server(folder) as port:
            return measure("SQLite (FULL)", low, port, installed.token, 0.35, 3.0)


def postgres_rows() -> list[Row]:
    """Two processes; empty where there is no PostgreSQL."""
    with postgres() as cluster, tempfile.TemporaryDirectory() as name:
        if cluster is None:
            return []
        folder = Path(name)
        url, floor_url = cluster.create_database("facet"), cluster.create_database("floor")
        installed = prepare(url, line())
        floor.prepare(floor_url)
        with floor_server(folder, floor_url, processes=2) as low, facet_server(folder, url, processes=2) as port:
            return measure("PostgreSQL, 2 processes", low, port, installed.token, 0.40, 3.0)


def rows() -> list[Row]:
    """Both databases."""
    return [*sqlite_rows(), *postgres_rows()]


if __name__ == "__main__":
    show("Ten user tasks in a line, over HTTP", rows())
