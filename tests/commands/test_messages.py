"""Messages find one receiver, whenever they come; signals reach everybody who listens."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from engine import worker
from engine.commands.deployments import DeployDefinitions
from engine.commands.instances import ResumeInstance, StartInstance, SuspendInstance
from engine.commands.jobs import ExpireMessages
from engine.commands.messages import BroadcastSignal, CorrelateMessage
from engine.commands.tasks import CompleteTask
from engine.errors import InvalidInput, LimitExceeded
from engine.store import tables as t
from tests.commands.parts import completed, deadlocks
from tests.diagrams import diagram
from tests.engines import House, at_once

PAID = '<message id="m" name="paid"/>'
ALARM = '<signal id="sig" name="alarm"/>'


def receive(id: str = "w", more: str = "") -> str:
    return f'<intermediateCatchEvent id="{id}"><messageEventDefinition messageRef="m" {more}/></intermediateCatchEvent>'


def throw(id: str, more: str = "") -> str:
    return f'<intermediateThrowEvent id="{id}"><messageEventDefinition messageRef="m" {more}/></intermediateThrowEvent>'


STARTED = '<startEvent id="s"><messageEventDefinition messageRef="m"/></startEvent>'
LISTENS = '<intermediateCatchEvent id="w"><signalEventDefinition signalRef="sig"/></intermediateCatchEvent>'


def outbox(house: House) -> list[Any]:
    return house.rows(select(t.outbox).order_by(t.outbox.c.id))


def status(house: House) -> list[str]:
    return [row.status for row in outbox(house)]


# --- who receives it ----------------------------------------------------------------------------------------------------


def test_it_goes_to_the_one_with_the_business_key(any_house: House) -> None:
    house = any_house
    house.deploy(diagram(receive(), "s>w>e", roots=PAID))
    ids = [house.start("p", business_key=key) for key in ("A", "B", "C")]

    assert house.run(CorrelateMessage("paid", {"n": 1}, "B")) == 1

    assert [house.instance(id).status for id in ids] == ["active", "completed", "active"]
    assert house.instance(ids[1]).variables == {"n": 1}
    assert outbox(house)[0].receiver_instance_id == ids[1]


def test_without_a_key_it_goes_to_the_oldest(house: House) -> None:
    house.deploy(diagram(receive(), "s>w>e", roots=PAID))
    ids = [house.start("p", business_key=key) for key in ("A", "B")]
    house.run(CorrelateMessage("paid"))
    assert [house.instance(id).status for id in ids] == ["completed", "active"]


def test_keys_are_what_the_diagram_says_or_variables_of_who_waits_by_its_business_key(any_house: House) -> None:
    house = any_house
    house.deploy(diagram(receive(more='facet:correlationKey="order"'), "s>w>e", roots=PAID))
    house.deploy(diagram(receive(), "s>w>e", roots=PAID, key="q"))
    first, second = house.start("p", {"order": 5}), house.start("q", {"order": 6, "region": "N"}, business_key="B")

    assert house.run(CorrelateMessage("paid", correlation={"order": 7})) == 0
    assert house.run(CorrelateMessage("paid", correlation={"order": 6, "region": "N"})) == 1
    assert house.run(CorrelateMessage("paid", correlation={"order": 5})) == 1

    assert house.instance(second).status == "completed"
    assert house.instance(first).status == "completed"


def test_an_instance_has_it_before_a_process_that_it_could_start(house: House) -> None:
    house.deploy(diagram(receive(), "s>w>e", roots=PAID))
    house.deploy(diagram(STARTED, "s>u>e", roots=PAID, key="q"))
    waiting = house.start("p", business_key="A")

    house.run(CorrelateMessage("paid", {}, "A"))
    house.run(CorrelateMessage("paid", {}, "A"))

    assert house.instance(waiting).status == "completed"
    (started,) = house.rows(select(t.instance).where(t.instance.c.definition_key == "q"))
    assert started.business_key == "A"


def test_a_start_by_message_derives_the_business_key(house: House) -> None:
    house.deploy(diagram(STARTED, "s>u>e", roots=PAID, attributes='facet:businessKey="&quot;O-&quot; + string(n)"'))
    house.run(CorrelateMessage("paid", {"n": 4}))
    (started,) = house.rows(select(t.instance))
    assert started.business_key == "O-4"


# --- early, late, twice -------------------------------------------------------------------------------------------------


def test_an_early_one_is_held_until_somebody_waits(any_house: House) -> None:
    house = any_house
    house.deploy(diagram('<userTask id="u"/>' + receive(), "s>u>w>e", roots=PAID))
    instance = house.start("p", business_key="A")
    assert house.run(CorrelateMessage("paid", {"n": 1}, "A")) == 0

    house.complete(instance, "u")

    assert house.instance(instance).variables == {"n": 1}
    assert status(house) == ["delivered"]


@pytest.mark.parametrize("correlation", [{"order": 5}, {"order": 5, "region": "N"}])
def test_an_early_one_finds_variables_too(any_house: House, correlation: dict[str, Any]) -> None:
    house = any_house
    house.deploy(diagram(receive(), "s>w>e", roots=PAID))
    assert house.run(CorrelateMessage("paid", {}, correlation=correlation)) == 0

    other = house.start("p", {"order": 6, "region": "N"}, business_key="A")
    instance = house.start("p", {"order": 5, "region": "N"}, business_key="B")

    assert house.instance(other).status == "active"
    assert house.instance(instance).status == "completed"


def test_a_thrown_one_finds_variables_too(house: House) -> None:
    house.deploy(diagram(receive(), "s>w>e", roots=PAID))
    house.deploy(diagram(throw("t", 'facet:correlationKey="order"'), "s>t>e", roots=PAID, key="q"))
    instance = house.start("p", {"order": 5}, business_key="B")
    house.start("q", {"order": 5})
    assert house.instance(instance).status == "completed"


def test_an_early_one_starts_a_process_that_is_deployed_later(any_house: House) -> None:
    house = any_house
    assert house.run(CorrelateMessage("paid", {"n": 1})) == 0
    house.deploy(diagram(STARTED, "s>u>e", roots=PAID))
    house.settle()
    (started,) = house.rows(select(t.instance))
    assert started.variables == {"n": 1}
    assert status(house) == ["delivered"]


def test_several_early_ones_are_received_in_their_order(any_house: House) -> None:
    house = any_house
    house.deploy(diagram(receive(), "s>w>u>x1", "x1>w?n < 3", "x1>e!", roots=PAID))
    for n in (1, 2, 3):
        house.run(CorrelateMessage("paid", {"n": n}, "A"))
    instance = house.start("p", business_key="A")
    seen = []
    while house.instance(instance).status == "active":
        seen.append(house.instance(instance).variables["n"])
        house.complete(instance, "u")
    assert seen == [1, 2, 3]
    assert status(house) == ["delivered"] * 3


def test_an_event_that_does_not_interrupt_receives_all_that_came_early(house: House) -> None:
    boundary = '<boundaryEvent id="b" attachedToRef="u" cancelActivity="false"><messageEventDefinition messageRef="m"/></boundaryEvent>'
    house.deploy(diagram('<userTask id="u"/>' + boundary, "s>u>e", "b>t1>e2", roots=PAID))
    for _ in range(3):
        house.run(CorrelateMessage("paid", {}, "A"))
    instance = house.start("p", business_key="A")
    assert completed(house, instance).count("t1") == 3


def test_it_expires(any_house: House) -> None:
    house = any_house
    house.deploy(diagram(receive(), "s>w>e", roots=PAID))
    house.run(CorrelateMessage("paid", {}, "A", expires_in=timedelta(hours=1)))
    house.run(CorrelateMessage("paid", {}, "B"))
    house.clock.advance(timedelta(hours=1))

    instance = house.start("p", business_key="A")
    assert house.instance(instance).status == "active"
    assert house.run(ExpireMessages()) == 1
    assert status(house) == ["expired", "held"]
    house.clock.advance(timedelta(days=1))
    assert house.run(ExpireMessages()) == 1


def test_one_that_is_not_to_be_held_is_not(house: House) -> None:
    house.deploy(diagram(receive(), "s>w>e", roots=PAID))
    house.run(CorrelateMessage("paid", {}, "A", expires_in=timedelta()))
    assert house.instance(house.start("p", business_key="A")).status == "active"
    with pytest.raises(InvalidInput):
        house.run(CorrelateMessage("paid", {}, "A", expires_in=timedelta(seconds=-1)))


def test_the_same_id_again_changes_nothing(any_house: House) -> None:
    house = any_house
    house.deploy(diagram(STARTED, "s>u>e", roots=PAID))
    long = "x" * 400
    for id in ("1", "1", "2", long, long):
        assert house.run(CorrelateMessage("paid", {}, message_id=id)) == 1
    assert len(house.rows(select(t.instance.c.id))) == 3


def test_a_thrown_one_with_the_id_of_another_is_that_one(any_house: House) -> None:
    house = any_house
    house.deploy(diagram(throw("t", 'facet:messageId="&quot;once&quot;"'), "s>u>t>e", roots=PAID))
    for _ in range(2):
        instance = house.start()
        house.complete(instance, "u", {"form": "kept"})
        assert house.instance(instance).status == "completed"
    assert status(house) == ["held"]


# --- suspended, busy, gone ----------------------------------------------------------------------------------------------


def test_one_for_a_suspended_instance_is_held_until_it_is_resumed(any_house: House) -> None:
    house = any_house
    house.deploy(diagram(receive(), "s>w>e", roots=PAID))
    house.deploy(diagram(STARTED, "s>u>e", roots=PAID, key="q"))
    instance = house.start("p", business_key="A")
    house.run(SuspendInstance(instance))

    assert house.run(CorrelateMessage("paid", {"n": 1}, "A")) == 0
    assert house.rows(select(t.instance.c.id).where(t.instance.c.definition_key == "q")) == []

    house.run(ResumeInstance(instance))
    house.settle()
    assert house.instance(instance).variables == {"n": 1}
    assert status(house) == ["delivered"]


def test_without_a_key_it_goes_past_a_suspended_instance(house: House) -> None:
    house.deploy(diagram(receive(), "s>w>e", roots=PAID))
    first, second = house.start(), house.start()
    house.run(SuspendInstance(first))
    assert house.run(CorrelateMessage("paid")) == 1
    assert house.instance(second).status == "completed"


def test_a_process_that_is_switched_off_is_not_started(house: House) -> None:
    house.deploy(diagram(STARTED, "s>u>e", roots=PAID))
    with house.services.database.write() as connection:
        connection.execute(update(t.definition).values(suspended=True))
    assert house.run(CorrelateMessage("paid")) == 0


def test_a_delivery_is_done_once_however_many_jobs_there_are(any_house: House) -> None:
    house = any_house
    other = house.another()
    house.deploy(diagram(receive(), "s>w>e", roots=PAID))
    for n in range(6):
        house.run(CorrelateMessage("paid", {"n": n}, "A"))
    ids = [house.run(StartInstance("p", {}, business_key="A")) for _ in range(6)]
    jobs = house.lease("both", 50)

    at_once(*(partial(_execute_all, one, jobs) for one in (house, other, house, other)))
    house.settle()

    received = [house.instance(id).variables["n"] for id in ids]
    assert sorted(received) == list(range(6))
    assert status(house) == ["delivered"] * 6
    assert house.jobs() == []


def _execute_all(house: House, jobs: list[Any]) -> None:
    for job in jobs:
        worker.execute(house.services, job)


@pytest.mark.postgres
def test_two_for_one_receiver_at_once_reach_it_one_after_the_other(postgres_house: House) -> None:
    house = postgres_house
    other = house.another()
    house.deploy(diagram(receive() + receive("w2"), "s>w>w2>e", roots=PAID))
    for round in range(12):
        key = f"K{round}"
        instance = house.start("p", business_key=key)
        reached = at_once(
            partial(house.run, CorrelateMessage("paid", {"a": 1}, key)),
            partial(other.run, CorrelateMessage("paid", {"b": 2}, key)),
        )
        assert reached == [1, 1]
        assert house.instance(instance).variables == {"a": 1, "b": 2}
    assert deadlocks(house) == 0


@pytest.mark.postgres
def test_one_that_comes_at_the_moment_in_which_somebody_begins_to_wait_is_not_missed(postgres_house: House) -> None:
    house = postgres_house
    other = house.another()
    house.deploy(diagram('<userTask id="u"/>' + receive(), "s>u>w>e", roots=PAID))
    for round in range(30):
        key = f"K{round}"
        instance = house.start("p", business_key=key)
        task = house.task(instance)
        at_once(
            partial(house.run, CompleteTask(task, {})), partial(other.run, CorrelateMessage("paid", {"n": round}, key))
        )
        house.settle()
        assert house.instance(instance).status == "completed", round


@pytest.mark.postgres
def test_who_begins_to_wait_waits_for_whoever_is_about_to_hold_a_message(postgres_house: House) -> None:
    """The same with the moment stretched: the sender has looked and found nobody, and has not committed yet."""
    house = postgres_house
    other = house.another()
    house.deploy(diagram('<userTask id="u"/>' + receive(), "s>u>w>e", roots=PAID))
    instance = house.start("p", business_key="A")
    task = house.task(instance)
    looked, go_on = threading.Event(), threading.Event()
    with pytest.MonkeyPatch.context() as patch:

        def slow(work: Any, command: str) -> None:
            if command == "CorrelateMessage":
                looked.set()
                go_on.wait(5)

        patch.setattr("engine.work.Work.write_audit", slow)
        sender = threading.Thread(target=other.run, args=(CorrelateMessage("paid", {"n": 1}, "A"),))
        sender.start()
        assert looked.wait(5)
        receiver = threading.Thread(target=house.run, args=(CompleteTask(task, {}),))
        receiver.start()
        receiver.join(0.3)
        go_on.set()
        sender.join()
        receiver.join()
    house.settle()
    assert house.instance(instance).status == "completed"


@pytest.mark.postgres
def test_a_message_and_the_deployment_of_what_it_starts_at_once(postgres_house: House) -> None:
    house = postgres_house
    other = house.another()
    for round in range(8):
        name = f"paid{round}"
        content = diagram(STARTED, "s>u>e", roots=f'<message id="m" name="{name}"/>', key=f"p{round}")
        at_once(
            partial(house.run, DeployDefinitions({"p.bpmn": content})), partial(other.run, CorrelateMessage(name, {}))
        )
        house.settle()
        assert len(house.rows(select(t.instance.c.id).where(t.instance.c.definition_key == f"p{round}"))) == 1


# --- limits -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (CorrelateMessage("", {}), InvalidInput),
        (CorrelateMessage("n" * 256, {}), InvalidInput),
        (CorrelateMessage("paid", {}, "k" * 201), InvalidInput),
        (CorrelateMessage("paid", {"x": "y" * 600_000}), LimitExceeded),
        (CorrelateMessage("paid", {"x": "\0"}), InvalidInput),
        (BroadcastSignal("alarm", {"x": "y" * 600_000}), LimitExceeded),
        (BroadcastSignal(""), InvalidInput),
    ],
)
def test_what_nobody_could_keep_is_refused(any_house: House, command: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        any_house.run(command)
    assert outbox(any_house) == []


def test_a_long_key_is_compared_in_full(any_house: House) -> None:
    house = any_house
    house.deploy(diagram(receive(more='facet:correlationKey="order"'), "s>w>e", roots=PAID))
    first, second = (house.start("p", {"order": "x" * 390 + end}) for end in ("1", "2"))
    house.run(CorrelateMessage("paid", correlation={"order": "x" * 390 + "2"}))
    assert [house.instance(id).status for id in (first, second)] == ["active", "completed"]


# --- signals ------------------------------------------------------------------------------------------------------------


def test_a_signal_reaches_everybody_and_starts_processes(any_house: House) -> None:
    house = any_house
    begins = '<startEvent id="s"><signalEventDefinition signalRef="sig"/></startEvent>'
    house.deploy(diagram(LISTENS, "s>w>e", roots=ALARM))
    house.deploy(diagram(begins, "s>u>e", roots=ALARM, key="q"))
    ids = [house.start() for _ in range(3)]
    house.run(SuspendInstance(ids[0]))

    assert house.run(BroadcastSignal("alarm", {"level": 2})) == 4
    house.settle()

    assert [house.instance(id).status for id in ids] == ["active", "completed", "completed"]
    (started,) = house.rows(select(t.instance).where(t.instance.c.definition_key == "q"))
    assert started.variables == {"level": 2}
    house.run(ResumeInstance(ids[0]))
    house.settle()
    assert house.instance(ids[0]).variables == {"level": 2}


def test_a_thrown_signal_reaches_others_and_oneself_once(house: House) -> None:
    thrown = '<intermediateThrowEvent id="t"><signalEventDefinition signalRef="sig"/></intermediateThrowEvent>'
    house.deploy(diagram(LISTENS, "s>w>t1>e", roots=ALARM))
    house.deploy(diagram(LISTENS + thrown, "s>p1", "p1>w>t1>e", "p1>t>e2", roots=ALARM, key="q"))
    other = house.start("p")
    own = house.start("q")
    assert house.instance(other).status == "completed"
    assert completed(house, own).count("t1") == 1
