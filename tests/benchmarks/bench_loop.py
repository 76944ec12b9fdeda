"""The loop: step 10,000 beside step 10 of a fresh instance, on one database, turn by turn so that both have the same noise.

``python -m tests.benchmarks.bench_loop [rounds]``. Engine and SQLite (FULL) without HTTP; audit and history included.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import bindparam, select

from engine.actor import SYSTEM
from engine.bus import run
from engine.commands.deployments import DeployDefinitions
from engine.commands.instances import StartInstance
from engine.commands.tasks import CompleteTask
from engine.store import tables as t
from engine.store.database import Database
from engine.store.migrate import upgrade
from engine.work import Services
from tests.benchmarks.table import Row, ms, p50, show
from tests.diagrams import body, diagram

ROUNDS = 10_000
SAMPLES = 200
LOOP = ("u>x", "x>u?again", "x>e!")

SHAPES: Mapping[str, bytes] = {
    "alone": diagram("", "s>u", *LOOP),
    "beside an open parallel branch": diagram('<userTask id="other"/>', "s>p1>u", *LOOP[:2], "x>p2!", "p1>other>p2>e"),
    "inside a sub-process": diagram(f'<subProcess id="sub">{body("", "s2>u", *LOOP)}</subProcess>', "s>sub>e9"),
}

_OPEN = select(t.task.c.id).where(
    t.task.c.instance_id == bindparam("b_instance"), t.task.c.status == "open", t.task.c.element_id == "u"
)


class Loop:
    """One instance that goes round."""

    def __init__(self, services: Services, steps: int) -> None:
        self.services = services
        self.id: str = run(services, StartInstance("p"), SYSTEM)
        for _ in range(steps):
            self.step()

    def step(self) -> float:
        """One round; seconds for the command alone."""
        with self.services.database.read() as connection:
            task = connection.execute(_OPEN, {"b_instance": self.id}).scalar_one()
        began = time.perf_counter()
        run(self.services, CompleteTask(task, {"again": True, "note": "as before"}), SYSTEM)
        return time.perf_counter() - began

    def size(self) -> int:
        """Characters of the stored state."""
        with self.services.database.read() as connection:
            return len(connection.execute(select(t.instance.c.state).where(t.instance.c.id == self.id)).scalar_one())


def measure(shape: str, content: bytes, rounds: int) -> Row:
    """Late steps of an old loop beside the tenth steps of young ones."""
    with tempfile.TemporaryDirectory() as folder:
        services = Services(Database(f"sqlite:///{Path(folder) / 'loop.db'}"))
        upgrade(services.database)
        run(services, DeployDefinitions({"p.bpmn": content}), SYSTEM)
        old = Loop(services, rounds)
        young = [Loop(services, 9) for _ in range(SAMPLES)]
        sizes = old.size(), young[0].size()
        pairs = [(old.step(), loop.step()) for loop in young]
        services.database.close()
    late, early = (p50(list(column)) for column in itertools.zip_longest(*pairs))
    figure = f"{ms(early)} → {ms(late)}, {sizes[1]} → {sizes[0]} B"
    return Row(f"loop {shape}: step {rounds} / step 10", figure, late / early, most=1.2)


def rows(rounds: int = ROUNDS) -> list[Row]:
    """One row per shape."""
    return [measure(shape, content, rounds) for shape, content in SHAPES.items()]


if __name__ == "__main__":
    show("Loop", rows(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
