"""Pieces of diagrams, and a service whose answers a test gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from engine.connectors import Call
from engine.store import tables as t
from tests.diagrams import diagram
from tests.engines import House

Answer = Mapping[str, Any] | Exception

CALL = '<callActivity id="call" calledElement="c" facet:propagateAllOutputs="true"/>'
CALLED = diagram('<userTask id="cu"/>', "s>cu>e", key="c")


def service(id: str = "n", parameter: str = "=x", more: str = "") -> str:
    """A service task that calls `test.call` with one parameter."""
    return (
        f'<serviceTask id="{id}" facet:operation="test.call" facet:resultVariable="answer" {more}><extensionElements>'
        f'<facet:parameter name="x" value="{parameter}"/></extensionElements></serviceTask>'
    )


def timer(id: str, duration: str, kind: str = "intermediateCatchEvent", more: str = "") -> str:
    """A timer event."""
    event = f"<timerEventDefinition><timeDuration>{duration}</timeDuration></timerEventDefinition>"
    return f'<{kind} id="{id}" {more}>{event}</{kind}>'


def on(task: str, id: str, duration: str) -> str:
    """An interrupting timer on a task."""
    return timer(id, duration, "boundaryEvent", f'attachedToRef="{task}"')


class Service:
    """An operation that gives its answers one by one, the last one for ever; it keeps what it was asked."""

    def __init__(self, *answers: Answer, during: Callable[[], object] = lambda: None) -> None:
        self.answers = list(answers)
        self.during = during
        self.calls: list[Call] = []

    def __call__(self, call: Call) -> Mapping[str, Any]:
        self.calls.append(call)
        self.during()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def serve(house: House, *answers: Answer, during: Callable[[], object] = lambda: None) -> Service:
    """Makes `test.call` answer so."""
    made = Service(*answers, during=during)
    house.services.operations = {"test.call": made}
    return made


def completed(house: House, instance: str) -> list[str]:
    """Elements that completed, in order."""
    a = t.activity.c
    query = select(a.element_id).where(a.instance_id == instance, a.status == "completed").order_by(a.completed_order)
    return [row.element_id for row in house.rows(query)]


def children(house: House, parent: str) -> list[Any]:
    """Rows of the instances that an instance called, oldest first."""
    return house.rows(select(t.instance).where(t.instance.c.parent_id == parent).order_by(t.instance.c.id))


def deadlocks(house: House) -> int:
    """How often PostgreSQL had to give up one of two transactions in this database."""
    house.services.database.close()
    with house.services.database.read() as connection:
        query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        return int(connection.exec_driver_sql(query).scalar_one())
