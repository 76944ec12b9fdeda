"""The runtime by itself and with SQLite: long loops, thousands of instances, wide and deep processes.

``python -m tests.benchmarks.bench_engine``. The loop is measured turn by turn beside a young instance, so that both have the
same noise; the multi-instance activity of 5,000 items goes through commands and database like any other step.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from pathlib import Path

from sqlalchemy import bindparam, select

from engine.actor import SYSTEM
from engine.bus import run as command
from engine.commands.deployments import DeployDefinitions
from engine.commands.instances import StartInstance
from engine.commands.tasks import CompleteTask
from engine.runtime import stimuli
from engine.runtime.advance import advance
from engine.runtime.codec import encode
from engine.runtime.instance import Instance
from engine.store import tables as t
from engine.store.database import Database
from engine.store.migrate import upgrade
from engine.work import Services
from tests.benchmarks.table import Row, ms, p50, show
from tests.diagrams import body, diagram
from tests.runtime.test_scale import ENVIRONMENT, SHAPES, begin, open_tasks

ROUNDS = 10_000
SAMPLES = 300
ITEMS = 5_000

_OPEN = (
    select(t.task.c.id)
    .where(t.task.c.instance_id == bindparam("b_instance"), t.task.c.status == "open")
    .order_by(t.task.c.id)
)


def _round(instance: Instance) -> float:
    """One round of a loop with its state written; seconds."""
    [token, *_] = open_tasks(instance, "u")
    began = time.perf_counter()
    advance(instance, stimuli.CompleteTask(token, {"again": True, "note": "as before"}), ENVIRONMENT)
    encode(instance)
    return time.perf_counter() - began


def loop(shape: str, content: bytes) -> Row:
    """Round 10,000 beside round 10."""
    old = begin(content)
    for _ in range(ROUNDS):
        _round(old)
    young = [begin(content) for _ in range(SAMPLES)]
    for instance in young:
        for _ in range(9):
            _round(instance)
    pairs = [(_round(old), _round(instance)) for instance in young]
    late, early = (p50(list(column)) for column in itertools.zip_longest(*pairs))
    return Row(f"core, loop {shape}: round {ROUNDS} / round 10", f"{ms(early)} → {ms(late)}", late / early, most=1.2)


def _many(services: Services, count: int) -> list[float]:
    """Seconds of each of the first completions of a multi-instance task with `count` items."""
    instance = command(services, StartInstance("p", {"count": count}), SYSTEM)
    with services.database.read() as connection:
        tasks = list(connection.execute(_OPEN, {"b_instance": instance}).scalars())
    assert len(tasks) == count
    times = []
    for task in tasks[:100]:
        began = time.perf_counter()
        command(services, CompleteTask(task, {"done": True}), SYSTEM)
        times.append(time.perf_counter() - began)
    return times[5:]


def many() -> Row:
    """A step of 5,000 instances beside a step of 100, through commands and SQLite with full durability."""
    each = (
        '<multiInstanceLoopCharacteristics facet:collection="for i in 1..count return i" facet:elementVariable="item"'
        ' facet:outputCollection="out" facet:outputElement="done"/>'
    )
    with tempfile.TemporaryDirectory() as folder:
        services = Services(Database(f"sqlite:///{Path(folder) / 'many.db'}"))
        upgrade(services.database)
        command(
            services, DeployDefinitions({"p.bpmn": diagram(f'<userTask id="u">{each}</userTask>', "s>u>e")}), SYSTEM
        )
        small, large = p50(_many(services, 100)), p50(_many(services, ITEMS))
        services.database.close()
    return Row(f"commands, a step of {ITEMS} instances / of 100", f"{ms(small)} → {ms(large)}", large / small)


def _whole(content: bytes, steps: int) -> float:
    """Seconds from the start to the end of an instance."""
    began = time.perf_counter()
    instance = begin(content)
    done = 0
    while instance.status == "active":
        advance(instance, stimuli.CompleteTask(open_tasks(instance)[0], {}), ENVIRONMENT)
        encode(instance)
        done += 1
    assert done == steps
    return time.perf_counter() - began


def shapes() -> list[Row]:
    """Whole instances of the large shapes, compiled and run once."""
    inner = body('<userTask id="u"/>', "s50>u>e50", prefix="z")
    for level in range(49, 0, -1):
        inner = body(
            f'<subProcess id="c{level}">{inner}</subProcess>', f"s{level}>c{level}>e{level}", prefix=f"f{level}"
        )
    row = ">".join(f"u{n}" for n in range(2000))
    branches = [f"p1>u{n}>p2" for n in range(200)]
    return [
        Row("core, 2,000 user tasks in a row", ms(_whole(diagram("", f"s>{row}>e"), 2000))),
        Row("core, 200 parallel branches", ms(_whole(diagram("", "s>p1", *branches, "p2>e"), 200))),
        Row("core, 50 nested sub-processes", ms(_whole(diagram(inner), 1))),
    ]


def rows() -> list[Row]:
    """Everything."""
    return [*(loop(shape, content) for shape, content in SHAPES.items()), many(), *shapes()]


def run() -> list[tuple[str, float | str, str]]:
    """The same as (name, value, unit): the ratio where there is one, else the figure."""
    return [(row.name, row.figure, "") if row.ratio is None else (row.name, row.ratio, "ratio") for row in rows()]


if __name__ == "__main__":
    show("Runtime", rows())
