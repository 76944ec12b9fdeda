"""What has to hold in a database, whatever was killed: nothing lost, nothing stuck, nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, func, select, text

from engine.runtime.codec import decode
from engine.runtime.instance import Instance
from engine.store import tables as t
from engine.store.database import Database
from engine.work import Services
from tests.crash.load import Load


def check_living(services: Services) -> int:
    """Every active instance stands as its rows say: tasks, timers and subscriptions belong to live tokens, and every live
    token that waits has them. Returns how many instances were looked at."""
    with _moment(services.database) as connection:
        rows = connection.execute(select(t.instance).where(t.instance.c.status == "active")).all()
        living = {row.id: _decoded(services, connection, row) for row in rows}
        _check_tasks(connection, living)
        _check_waits(connection, living)
    return len(rows)


@contextmanager
def _moment(database: Database) -> Iterator[Connection]:
    """All statements see the same moment, while others go on."""
    if database.is_sqlite:
        with database.read() as connection:
            yield connection
        return
    with database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        yield connection


def _decoded(services: Services, connection: Connection, row: Any) -> Instance:
    spec = services.definitions.get(connection, row.definition_id).spec
    known = {"business_key": row.business_key, "initiator": row.initiator, "variables": row.variables}
    return decode(spec, row.state, id=row.id, **known)


def _check_tasks(connection: Connection, living: dict[str, Instance]) -> None:
    task = t.task.c
    rows = connection.execute(select(task.instance_id, task.token, task.element_id).where(task.status == "open")).all()
    tokens = {
        (instance.id, token.id, token.element_id)
        for instance in living.values()
        for token in instance.tasks.values()
        if token.live and token.element_id in ("a", "b")
    }
    assert {tuple(row) for row in rows} == tokens


def _check_waits(connection: Connection, living: dict[str, Instance]) -> None:
    def rows(table: Any, *conditions: Any) -> list[tuple[Any, ...]]:
        query = select(table.c.instance_id, table.c.token, table.c.wait).where(*conditions)
        return [tuple(row) for row in connection.execute(query).all()]

    def waits(kind: str) -> list[tuple[Any, ...]]:
        return [
            (instance.id, token.id, wait.id)
            for instance in living.values()
            for token in instance.tasks.values()
            for wait in token.waits.values()
            if wait.kind == kind
        ]

    assert sorted(rows(t.job, t.job.c.kind == "timer")) == sorted(waits("timer"))
    assert sorted(rows(t.subscription, t.subscription.c.instance_id.is_not(None))) == sorted(waits("message"))


def unfinished(services: Services) -> int:
    """Instances that are still active, and jobs that are still to be done."""
    with services.database.read() as connection:
        active = select(func.count()).select_from(t.instance).where(t.instance.c.status == "active")
        jobs = select(func.count()).select_from(t.job)
        return connection.execute(active).scalar_one() + connection.execute(jobs).scalar_one()


def stuck(services: Services) -> str:
    """What the unfinished instances wait for, for people."""
    with services.database.read() as connection:
        active = select(t.activity.c.element_id, func.count()).where(t.activity.c.status == "active")
        jobs = select(t.job.c.kind, t.job.c.status, t.job.c.error, func.count(), func.max(t.job.c.locked_until))
        jobs = jobs.group_by(t.job.c.kind, t.job.c.status, t.job.c.error)
        waiting = connection.execute(active.group_by(t.activity.c.element_id)).all()
        return f"active: {waiting}, jobs: {connection.execute(jobs).all()[:20]}"


def check_end(services: Services, load: Load) -> None:
    """All cases are finished: what was acknowledged is there, and everything happened once."""
    assert load.refused == []
    with services.database.read() as connection:
        _check_whole(services, connection)
        _check_cases(connection, load)
        _check_completions(connection, load)
        _check_once(connection)
        _check_numbers(connection)


def _check_whole(services: Services, connection: Connection) -> None:
    if services.database.is_sqlite:
        assert connection.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    assert connection.execute(select(t.incident.c.message)).scalars().all() == []
    assert connection.execute(select(t.job.c.id)).scalars().all() == []
    waiting = select(t.subscription.c.id).where(t.subscription.c.instance_id.is_not(None))
    assert connection.execute(waiting).scalars().all() == []
    assert connection.execute(select(t.task.c.id).where(t.task.c.status == "open")).scalars().all() == []


def _check_cases(connection: Connection, load: Load) -> None:
    i = t.instance.c
    cases = connection.execute(
        select(i.id, i.business_key, i.status, i.variables).where(i.definition_key == "case")
    ).all()
    assert {row.business_key: row.id for row in cases} == load.started
    assert len(cases) == len(load.started)
    for row in cases:
        assert row.status == "completed"
        assert row.variables["passes"] == 1
        assert row.variables["told"] == row.business_key
        assert row.variables.get("reminders") in (None, 1)
    children = connection.execute(select(i.parent_id).where(i.definition_key == "child")).scalars().all()
    assert sorted(children) == sorted(load.started.values())


def _check_completions(connection: Connection, load: Load) -> None:
    v = t.variable_change.c
    kept: dict[str, list[str]] = {}
    said = select(v.name, v.value).join(t.instance, t.instance.c.id == v.instance_id)
    said = said.where(v.name.like("answer%"), t.instance.c.definition_key == "case")
    for name, value in connection.execute(said).all():
        kept.setdefault(name.removeprefix("answer_"), []).append(value)
    tasks = connection.execute(select(t.task.c.id, t.task.c.status, t.task.c.ended_by)).all()
    assert {row.id for row in tasks} == set(kept)
    for row in tasks:
        assert (row.status, row.ended_by) == ("completed", "clerk")
        assert len(kept[row.id]) == 1
        assert kept[row.id][0] in load.offered[row.id]
    assert load.completed.items() <= {task: values[0] for task, values in kept.items()}.items()


def _check_once(connection: Connection) -> None:
    a = t.activity.c
    rows = connection.execute(select(a.instance_id, a.element_id, a.status)).all()
    passes = Counter((row.instance_id, row.element_id) for row in rows)
    assert {key for key, number in passes.items() if number != 1} == set()
    assert {row.status for row in rows} <= {"completed", "cancelled"}
    audited = (
        select(t.audit.c.task_id, func.count()).where(t.audit.c.command == "CompleteTask").group_by(t.audit.c.task_id)
    )
    assert {number for _, number in connection.execute(audited).all()} == {1}
    messages = connection.execute(select(t.outbox.c.status, t.outbox.c.receiver_instance_id)).all()
    assert {row.status for row in messages} == {"delivered"}
    assert max(Counter(row.receiver_instance_id for row in messages).values()) == 1


def _check_numbers(connection: Connection) -> None:
    v = t.variable_change.c
    for name, series in (("no", "CASE-"), ("child_no", "CHILD-")):
        key = "case" if name == "no" else "child"
        query = select(v.value).join(t.instance, t.instance.c.id == v.instance_id)
        given = connection.execute(query.where(v.name == name, t.instance.c.definition_key == key)).scalars().all()
        assert sorted(given) == [f"{series}{n:04d}" for n in range(1, len(given) + 1)]
        last = connection.execute(select(t.counter.c.value).where(t.counter.c.series == series)).scalar_one()
        assert last == len(given)
