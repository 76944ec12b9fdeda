"""How the newest version of a process is started by itself: its start timers and its message and signal subscriptions."""

from __future__ import annotations

from sqlalchemy import delete, insert, or_, select

from engine import record
from engine.ids import new_id
from engine.runtime.environment import Environment
from engine.runtime.spec import ProcessSpec
from engine.runtime.starts import StartTrigger, schedule_to_data, start_triggers
from engine.store import tables as t
from engine.work import Work


def store_triggers(work: Work, id: str, key: str, spec: ProcessSpec, environment: Environment) -> None:
    """Start timers and start subscriptions of the process `key` move to the definition `id`."""
    _drop_older(work, key)
    triggers = list(start_triggers(spec, environment))
    timers = [_timer(work, id, trigger) for trigger in triggers if trigger.schedule is not None]
    subscriptions = [_subscription(work, id, key, trigger) for trigger in triggers if trigger.schedule is None]
    if timers:
        work.connection.execute(insert(t.job), timers)
        work.after.append(work.services.wake)
    if subscriptions:
        work.connection.execute(insert(t.subscription), subscriptions)
    _wake_held(work, {str(trigger.name) for trigger in triggers if trigger.kind == "message"})


def _drop_older(work: Work, key: str) -> None:
    older = select(t.definition.c.id).where(t.definition.c.key == key)
    s, j = t.subscription.c, t.job.c
    work.connection.execute(delete(t.subscription).where(s.definition_key == key, s.instance_id.is_(None)))
    work.connection.execute(delete(t.job).where(j.kind == "start_timer", j.definition_id.in_(older)))


def _timer(work: Work, id: str, trigger: StartTrigger) -> record.Row:
    assert trigger.schedule is not None
    return record.job_row(
        "start_timer",
        work.now,
        definition_id=id,
        element_id=trigger.element_id,
        payload=schedule_to_data(trigger.schedule),
        due_at=trigger.schedule.due,
    )


def _subscription(work: Work, id: str, key: str, trigger: StartTrigger) -> record.Row:
    return {
        "id": new_id(),
        "kind": trigger.kind,
        "name": record.clean(str(trigger.name), 255),
        "definition_id": id,
        "definition_key": key,
        "element_id": trigger.element_id,
        "created_at": work.now,
    }


def _wake_held(work: Work, names: set[str]) -> None:
    """Messages that came before the process existed are delivered now."""
    if not names:
        return
    record.lock_message_names(work.connection, names, sending=False)
    o = t.outbox.c
    held = work.connection.execute(
        select(o.id)
        .where(o.status == "held", o.name.in_(names), or_(o.expires_at.is_(None), o.expires_at > work.now))
        .order_by(o.id)
    ).scalars()
    jobs = [record.deliver_job(id, work.now) for id in held]
    if jobs:
        work.connection.execute(insert(t.job), jobs)
        work.after.append(work.services.wake)
