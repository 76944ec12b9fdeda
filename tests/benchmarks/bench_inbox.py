"""The inbox: a page of 50 with 1,000 and with 100,000 open tasks, over HTTP.

``python -m tests.benchmarks.bench_inbox``. Of all open tasks a third is assigned to the reader, a third is offered to the
reader's group, a third is other people's; asked for mine, my groups' and all that I may see, as a member and as a manager.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from engine.actor import SYSTEM
from engine.bus import run
from engine.commands.deployments import DeployDefinitions
from engine.commands.instances import StartInstance
from engine.commands.sessions import CreateToken
from engine.commands.users import CreateUser, SaveGroup
from engine.ids import new_id
from engine.store import tables as t
from engine.store.database import Database
from engine.store.migrate import upgrade
from engine.work import Services
from tests.benchmarks.installation import line
from tests.benchmarks.servers import facet_server
from tests.benchmarks.table import Row, ms, p50, show
from tests.client import Client

FEW, MANY = 1_000, 100_000
SAMPLES = 60
CHUNK = 2_000
PAGES = {
    "mine": "/api/v1/tasks?scope=mine",
    "my groups'": "/api/v1/tasks?scope=groups",
    "all": "/api/v1/tasks?scope=all",
    "mine, by due date": "/api/v1/tasks?scope=mine&sort=due",
}


def seed(url: str, count: int) -> Mapping[str, str]:
    """A database with `count` open tasks; the tokens of a member and of a manager."""
    services = Services(Database(url, synchronous="NORMAL"))
    try:
        upgrade(services.database)
        run(services, SaveGroup("sales", "Sales"), SYSTEM)
        run(services, SaveGroup("boss", "Managers", role="manager"), SYSTEM)
        run(services, CreateUser("clerk", "Clerk", groups=("sales",)), SYSTEM)
        run(services, CreateUser("boss", "Boss", groups=("sales", "boss")), SYSTEM)
        run(services, DeployDefinitions(line()), SYSTEM)
        template = run(services, StartInstance("line"), SYSTEM)
        _multiply(services.database, template, count - 1)
        return {who: run(services, CreateToken("bench", username=who), SYSTEM).secret for who in ("clerk", "boss")}
    finally:
        services.database.close()


def _multiply(database: Database, template: str, count: int) -> None:
    """Copies of one instance with its open task, spread over assignees, groups and due dates."""
    with database.read() as connection:
        instance = dict(connection.execute(select(t.instance).where(t.instance.c.id == template)).one()._mapping)
        task = dict(connection.execute(select(t.task).where(t.task.c.instance_id == template)).one()._mapping)
    chance = random.Random(7)
    for first in range(0, count, CHUNK):
        numbers = range(first, min(first + CHUNK, count))
        rows = [_copy(instance, task, n, chance) for n in numbers]
        with database.write() as connection:
            connection.execute(insert(t.instance), [row[0] for row in rows])
            connection.execute(insert(t.task), [row[1] for row in rows])
            candidates = [row[2] for row in rows if row[2] is not None]
            connection.execute(insert(t.task_candidate), candidates)


def _copy(instance: Mapping[str, Any], task: Mapping[str, Any], n: int, chance: random.Random) -> tuple[Any, Any, Any]:
    moment = task["created_at"] - timedelta(seconds=chance.randrange(90 * 86_400))
    owner = n % 3
    copy = {**instance, "id": new_id(), "business_key": f"K-{n:06d}", "started_at": moment, "start_key": None}
    copy["root_id"] = copy["id"]
    mine = {
        **task,
        "id": new_id(),
        "instance_id": copy["id"],
        "root_id": copy["id"],
        "business_key": copy["business_key"],
        "created_at": moment,
        "due_at": moment + timedelta(hours=chance.randrange(1, 200)),
        "assignee": ("clerk" if n % 6 == 0 else "boss") if owner == 0 else "somebody" if owner == 2 else None,
        "candidate_users": [],
        "candidate_groups": ["sales"] if owner == 1 else [],
    }
    offered = {"task_id": mine["id"], "kind": "group", "subject": "sales", "created_at": moment}
    return copy, mine, offered if owner == 1 else None


def questions(few: tuple[int, Mapping[str, str]], many: tuple[int, Mapping[str, str]]) -> Iterator[Row]:
    """One row per page and reader; both sizes are asked turn by turn."""
    for who in ("clerk", "boss"):
        with Client(few[0], few[1][who]) as small, Client(many[0], many[1][who]) as large:
            for name, path in PAGES.items():
                pairs = []
                for _ in range(SAMPLES):
                    for client in (small, large):
                        assert len(client.get(f"{path}&limit=50" if "?" in path else path)["items"]) == 50
                    pairs.append((small.seconds, large.seconds))
                low, high = p50([pair[0] for pair in pairs]), p50([pair[1] for pair in pairs])
                title = f"inbox {name} ({'member' if who == 'clerk' else 'manager'})"
                held = name != "mine, by due date"  # sorts all of one's own tasks: only told
                yield Row(
                    f"{title}: {MANY:,} / {FEW:,} open",
                    f"{ms(low)} → {ms(high)}",
                    high / low,
                    most=2.0 if held else None,
                )
                yield Row(f"{title}: ms with {MANY:,}", ms(high), high * 1000, most=25.0 if held else None)


def rows() -> list[Row]:
    """On SQLite."""
    with ExitStack() as stack:
        sides = []
        for count in (FEW, MANY):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            tokens = seed(f"sqlite:///{folder / 'facet.db'}", count)
            sides.append((stack.enter_context(facet_server(folder, worker=False)), tokens))
        return list(questions(*sides))


if __name__ == "__main__":
    show("The inbox, over HTTP", rows())
