"""Promises 9 and 10 of docs/security.md: the audit shows what was done to it, and forgets people without breaking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from engine import bus
from engine.actor import SYSTEM, Actor
from engine.audit import Head, Verification
from engine.commands.audit import SealAudit
from engine.commands.erasures import EraseBusinessKey, ErasePerson
from engine.commands.instances import CancelInstance
from engine.commands.notes import AddComment
from engine.commands.tasks import CompleteTask, SaveDraft
from engine.commands.users import CreateUser, DisableUser, SaveGroup
from engine.errors import Conflict, Forbidden, NotFound
from engine.keys import Keys
from engine.playground import Playground
from engine.queries.audit import audit_head, verify_audit
from engine.store import tables as t
from engine.store.database import Database
from tests.diagrams import diagram

CASE = diagram('<userTask id="u" facet:candidateGroups="office"/>', "s>u>e")
ANN = "ann.secret"
_a = t.audit.c


BOTH = pytest.mark.parametrize("play", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)


@pytest.fixture
def play(request: pytest.FixtureRequest) -> Iterator[Playground]:
    url = None
    if getattr(request, "param", "sqlite") == "postgres":
        url = request.getfixturevalue("postgres_url")
        emptied = Database(url)
        with emptied.write() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        emptied.close()
    with Playground(url) as playground:
        assert playground.deploy({"p.bpmn": CASE}).accepted
        bus.run(playground.services, SaveGroup("office", "Office"), SYSTEM)
        bus.run(playground.services, CreateUser(ANN, "Ann Lee", "hash", "ann@example.com", ("office",)), SYSTEM)
        yield playground


def ann() -> Actor:
    return Actor(ANN, "Ann Lee", frozenset({"office"}))


def worked(play: Playground, key: str = "CASE-1") -> str:
    """A case that Ann carried through: draft, comment, form, with the customer's phone number everywhere."""
    instance = play.start("p", {"phone": "13800000000"}, business_key=key)
    [task] = play.tasks(instance)
    bus.run(play.services, SaveDraft(task.id, {"phone": "13800000000"}), ann(), source="10.1.2.3")
    bus.run(play.services, AddComment("call 13800000000", task_id=task.id), ann(), source="10.1.2.3")
    bus.run(play.services, CompleteTask(task.id, {"iban": "DE13800000000"}), ann(), source="10.1.2.3")
    return instance


def checked(play: Playground, *heads: Head) -> Verification:
    while bus.run(play.services, SealAudit(), SYSTEM):
        continue
    return verify_audit(play.database, play.services.keys, SYSTEM, heads)


def tamper(play: Playground, statement: Any) -> None:
    with play.database.write() as connection:
        connection.execute(statement)


def everything(play: Playground) -> str:
    """All rows of all tables, as text."""
    with play.database.read() as connection:
        return "\n".join(str(row) for table in t.metadata.sorted_tables for row in connection.execute(select(table)))


@BOTH
def test_what_was_written_holds(play: Playground) -> None:
    worked(play)

    result = checked(play)

    assert result.faults == []
    assert result.checked == result.head.position > 5
    assert bus.run(play.services, SealAudit(), SYSTEM) == 0


CHANGES = {
    "actor": {"actor": "somebody"},
    "detail": {"detail": {"x": 1}},
    "subject": {"subject": "another"},
    "source": {"source": "1.1.1.1"},
    "on behalf": {"on_behalf_of": "boss"},
    "command": {"command": "Nothing"},
    "instance": {"instance_id": "elsewhere"},
    "mac": {"mac": "0" * 64},
    "commitments": {"commitments": {}},
    "erased without an account": {"actor": "somebody", "erased_by": {"actor": "nobody"}},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_shows(play: Playground, change: str) -> None:
    worked(play)
    checked(play)

    tamper(play, update(t.audit).where(_a.position == 3).values(**CHANGES[change]))

    faults = checked(play).faults
    assert faults
    assert all(fault.message and fault.message_zh for fault in faults)


def test_a_deletion_shows(play: Playground) -> None:
    worked(play)
    checked(play)

    tamper(play, delete(t.audit).where(_a.position == 3))

    assert "removed" in checked(play).faults[0].message


def test_a_cut_end_shows_when_the_head_was_exported(play: Playground) -> None:
    worked(play)
    head = checked(play).head

    tamper(play, delete(t.audit).where(_a.position > head.position - 2))

    assert checked(play).faults == []
    assert checked(play, head).faults != []


def test_another_order_shows(play: Playground) -> None:
    worked(play)
    checked(play)

    with play.database.write() as connection:
        for place in (
            "UPDATE audit SET position = -2 WHERE position = 2",
            "UPDATE audit SET position = 2 WHERE position = 3",
        ):
            connection.execute(text(place))
        connection.execute(text("UPDATE audit SET position = 3 WHERE position = -2"))

    assert checked(play).faults


def test_a_rewritten_chain_shows(play: Playground) -> None:
    """Who has the database but not the key can write a whole new chain, and it does not hold."""
    worked(play)
    head = checked(play).head
    own = play.services.keys
    tamper(play, update(t.audit).values(position=None, mac=None, salts=None, commitments=None))
    play.services.keys = Keys(b"x" * 40)
    checked(play)

    play.services.keys = own

    assert checked(play, head).faults


@BOTH
def test_a_case_is_forgotten_and_the_chain_holds(play: Playground) -> None:
    instance = worked(play)
    other = worked(play, "CASE-2")
    checked(play)

    assert bus.run(play.services, EraseBusinessKey("CASE-1"), SYSTEM).instances == 1

    assert checked(play).faults == []
    with play.database.read() as connection:
        rows = "".join(
            str(row)
            for table, column in (
                (t.instance, t.instance.c.id),
                (t.task, t.task.c.instance_id),
                (t.variable_change, t.variable_change.c.instance_id),
                (t.comment, t.comment.c.instance_id),
                (t.audit, _a.instance_id),
            )
            for row in connection.execute(select(table).where(column == instance))
        )
    assert "13800000000" not in rows
    assert play.instance(other).variables["phone"] == "13800000000"
    assert play.trace(instance) == ["s", "u", "e"]


def test_a_running_case_is_not_forgotten(play: Playground) -> None:
    instance = play.start("p", {}, business_key="CASE-1")

    with pytest.raises(Conflict, match="still runs"):
        bus.run(play.services, EraseBusinessKey("CASE-1"), SYSTEM)
    bus.run(play.services, CancelInstance(instance, "by wish of 13800000000"), SYSTEM)
    bus.run(play.services, EraseBusinessKey("CASE-1"), SYSTEM)

    assert "13800000000" not in everything(play)


@BOTH
def test_a_person_is_forgotten_and_the_chain_holds(play: Playground) -> None:
    worked(play)
    with pytest.raises(Conflict, match="Disable"):
        bus.run(play.services, ErasePerson(ANN), SYSTEM)
    bus.run(play.services, DisableUser(ANN), SYSTEM)

    pseudonym = bus.run(play.services, ErasePerson(ANN), SYSTEM).key

    assert checked(play).faults == []
    kept = everything(play)
    for trace in (ANN, "Ann Lee", "ann@example.com", "10.1.2.3"):
        assert trace not in kept
    assert pseudonym in kept


def test_an_erasure_that_claims_more_than_it_did_shows(play: Playground) -> None:
    worked(play)
    bus.run(play.services, EraseBusinessKey("CASE-1"), SYSTEM)
    checked(play)
    with play.database.read() as connection:
        own = connection.execute(select(_a.id).where(_a.command == "EraseBusinessKey")).scalar_one()

    tamper(play, update(t.audit).where(_a.position == 2).values(actor="x", erased_by={"actor": own}))

    assert "accounts" in checked(play).faults[-1].message


def test_only_administrators_erase_and_verify(play: Playground) -> None:
    for command in (EraseBusinessKey("CASE-1"), ErasePerson(ANN)):
        with pytest.raises(Forbidden):
            bus.run(play.services, command, ann())
    with pytest.raises(Forbidden):
        verify_audit(play.database, play.services.keys, ann())
    with pytest.raises(NotFound):
        bus.run(play.services, EraseBusinessKey("nothing"), SYSTEM)


def test_the_head_is_the_end(play: Playground) -> None:
    assert audit_head(play.database).position == 0
    result = checked(play)
    assert audit_head(play.database) == result.head
