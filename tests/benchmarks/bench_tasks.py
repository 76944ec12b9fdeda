"""Ten user tasks in a line over HTTP, beside the floor: latency with one client, throughput with eight.

``python -m tests.benchmarks.bench_tasks``. Sign-in (token), form validation, audit and history included. Both servers
are asked by turns, so that the noise of the machine falls on both.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from tests.benchmarks import floor
from tests.benchmarks.installation import STEPS, complete, line, open_tasks, prepare, start
from tests.benchmarks.servers import facet_server, floor_server, postgres
from tests.benchmarks.table import Row, ms, p50, show
from tests.client import Client

ALONE = 40
"""Instances that one client takes through."""
TOGETHER = 64
"""Instances that eight clients take through, in each round."""
ROUNDS = 4
CLIENTS = 8
WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Pair:
    """The servers that are compared: ports of floor and Facet, and the clerk's token."""

    floor: int
    facet: int
    token: str


def alone(pair: Pair, count: int) -> list[tuple[float, float]]:
    """Seconds of floor and Facet by one client, instance after instance: the medians over each one's ten steps."""
    with Client(pair.floor) as low, Client(pair.facet, pair.token) as client:
        return [(p50(_floor_steps(low, n)), p50(_steps(client))) for n in range(count)]


def _steps(client: Client) -> list[float]:
    instance = start(client, "line")
    samples = []
    for _ in range(STEPS):
        (task,) = open_tasks(client, instance_id=instance)
        samples.append(complete(client, task))
    return samples


def _floor_steps(client: Client, number: int) -> list[float]:
    return [_floor_step(client, f"/step/s{(number + step) % floor.ROWS}") for step in range(STEPS)]


def _floor_step(client: Client, path: str) -> float:
    client.post(path, {"data": {"a": 1}})
    return client.seconds


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


def throughput(pair: Pair, count: int) -> list[tuple[float, float]]:
    """Requests per second of floor and Facet, step by step over different instances; starting and listing is not counted."""
    with Client(pair.facet, pair.token) as client:
        for _ in range(count):
            start(client, "line")
    rates = []
    for step in range(STEPS):
        with Client(pair.facet, pair.token) as client:
            tasks = open_tasks(client, definition_key="line", element_id=f"t{step}")
        assert len(tasks) == count
        low = together([f"/step/s{n % floor.ROWS}" for n in range(count)], _floor_step, pair.floor, None)
        rates.append((count / low, count / together(tasks, complete, pair.facet, pair.token)))
    return rates


def measure(name: str, pair: Pair, least: float, most: float) -> list[Row]:
    """Both questions for one kind of database. Floor and Facet are asked by turns; ratios are medians over the turns."""
    alone(pair, WARM_UP)
    seconds = alone(pair, ALONE)
    throughput(pair, CLIENTS)
    rates = [rate for _ in range(ROUNDS) for rate in throughput(pair, TOGETHER)]
    slow = f"{ms(p50([b for _, b in seconds]))} (floor {ms(p50([a for a, _ in seconds]))})"
    fast = f"{p50([b for _, b in rates]):.0f}/s (floor {p50([a for a, _ in rates]):.0f}/s)"
    return [
        Row(f"{name}: complete, 1 client, p50", slow, p50([b / a for a, b in seconds]), most=most),
        Row(f"{name}: complete, 8 clients", fast, p50([b / a for a, b in rates]), least=least),
    ]


def sqlite_rows() -> list[Row]:
    """One process, full durability."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        installed = prepare(f"sqlite:///{folder / 'facet.db'}", line())
        floor_url = f"sqlite:///{folder / 'floor.db'}"
        floor.prepare(floor_url)
        with floor_server(folder, floor_url) as low, facet_server(folder) as port:
            return measure("SQLite (FULL)", Pair(low, port, installed.token), 0.35, 3.0)


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
            return measure("PostgreSQL, 2 processes", Pair(low, port, installed.token), 0.40, 3.0)


def rows() -> list[Row]:
    """Both databases."""
    return [*sqlite_rows(), *postgres_rows()]


if __name__ == "__main__":
    show("Ten user tasks in a line, over HTTP", rows())
