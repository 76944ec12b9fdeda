"""Promises 4 to 6 of docs/security.md: whatever a diagram does when it runs ends, is kept, and is told."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from engine import bus
from engine.actor import SYSTEM
from engine.chains import LONGEST, Chain
from engine.commands.instances import StartInstance
from engine.errors import FacetError, LimitExceeded
from engine.playground import Playground
from engine.runtime.environment import Limits
from engine.store import tables as t
from tests.diagrams import diagram
from tests.security.hostile import PLAIN, script, timer

LIMITS = Limits(steps=2_000, tokens=2_000, cardinality=500)


@pytest.fixture(scope="module")
def play() -> Iterator[Playground]:
    """One engine for all: what harms it shows in the benign instances that follow."""
    with Playground(limits=LIMITS) as playground:
        yield playground


def several(body: str, sequential: bool = False, **attributes: str) -> bytes:
    """A multi-instance user task."""
    more = "".join(f' facet:{name}="{value}"' for name, value in attributes.items())
    kind = ' isSequential="true"' if sequential else ""
    return diagram(
        f'<userTask id="u"><multiInstanceLoopCharacteristics{kind}{more}>{body}</multiInstanceLoopCharacteristics></userTask>',
        "s>u>e",
    )


def output(expression: str, then: str = "") -> bytes:
    """A task that writes the value of an expression into `x`."""
    text = expression.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    task = f'<task id="t"><extensionElements><facet:output target="x" source="={text}"/></extensionElements></task>'
    return diagram(task, f"s>t{then}>e")


NESTED = (
    '<subProcess id="b"><multiInstanceLoopCharacteristics><loopCardinality>500</loopCardinality>'
    '</multiInstanceLoopCharacteristics><startEvent id="s2"/><task id="t2"><multiInstanceLoopCharacteristics>'
    "<loopCardinality>500</loopCardinality></multiInstanceLoopCharacteristics></task>"
    '<sequenceFlow id="g1" sourceRef="s2" targetRef="t2"/></subProcess>'
)
ENDLESS = (
    '<task id="t"><standardLoopCharacteristics><loopCondition>true</loopCondition></standardLoopCharacteristics></task>'
)
HOSTILE = {
    "a billion instances": several("<loopCardinality>1000000000</loopCardinality>"),
    "a billion instances one by one": several("<loopCardinality>=10**9</loopCardinality>", sequential=True),
    "instances beyond all numbers": several("<loopCardinality>=1e6000</loopCardinality>"),
    "a collection of a billion": several("", collection="=for i in 1..1000000000 return i"),
    "a collection of large texts": several(
        "", collection="=for i in 1..400 return string join(for j in 1..3000 return &quot;x&quot;)"
    ),
    "instances within instances": diagram(NESTED, "s>b>e"),
    "an endless loop": diagram(ENDLESS, "s>t>e"),
    "an endless circle": diagram('<exclusiveGateway id="x0"/>', "s>x0>t1>x1", "x1>x0?true", "x1>e!"),
    "a fork back into itself": diagram(
        '<parallelGateway id="p1"/><exclusiveGateway id="x0"/>', "s>x0>p1", "p1>x0", "p1>x0", "p1>t1>e"
    ),
    "a computed timer of ages": timer("timeDuration", '=duration("P999999999Y")'),
    "a computed cycle without a pause": diagram(
        '<userTask id="u"/><boundaryEvent id="b" attachedToRef="u" cancelActivity="false"><timerEventDefinition>'
        '<timeCycle>="R/PT"+string(0)+"S"</timeCycle></timerEventDefinition></boundaryEvent>',
        "s>u>e",
        "b>e9",
    ),
    "a script without an end": script("while True:\n  pass"),
    "a script that fills memory": script("x = 'a' * 10**10"),
    "a script that computes": script("x = 10**10**10"),
    "a script with a result of billions": script("x=[1]*1000\ny=[x]*1000\nz=[y]*1000"),
    "a script with a deep result": script("x=[]\nfor i in range(100):\n  x=[x]"),
    "a script that gives no number": script("x = float('nan')"),
    "a script that gives NUL": script("x = 'a\\0b'"),
    "a script that raises": script("raise KeyError(1)"),
    "an expression that calls itself": output("{f: function(n) f(n+1), r: f(1)}.r"),
    "an expression of nested loops": output("for a in 1..100, b in 1..100, c in 1..100, d in 1..100 return a"),
    "an expression that doubles": output(
        '{a:"aaaaaaaaaaaaaaaaaaaaaaaaaaaa",'
        + ",".join(f"{b}:{a}+{a}" for a, b in zip("abcdefghijklmnopqrstuvw", "bcdefghijklmnopqrstuvwx", strict=True))
        + "}"
    ),
    "a value that is too large": output('for i in 1..40000 return "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"'),
    "a value that is a function": output("function(a) a"),
    "an assignee of a million letters": diagram(
        '<userTask id="u" facet:assignee="=string join(for i in 1..5000 return &quot;aaaaaaaaaaaaaaa&quot;)"/>', "s>u>e"
    ),
    "a million candidates": diagram(
        '<userTask id="u" facet:candidateUsers="=for i in 1..5000 return string(i)"/>', "s>u>e"
    ),
    "a process that is computed": diagram('<callActivity id="c" calledElement="=&quot;p&quot;"/>', "s>c>e"),
    "parameters that are too large": diagram(
        '<serviceTask id="t" facet:operation="records.number"><extensionElements><facet:parameter name="series" '
        'value="=for i in 1..40000 return &quot;aaaaaaaaaaaaaaaaaaaaaaaaaaa&quot;"/></extensionElements></serviceTask>',
        "s>t>e",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_process_ends_in_an_incident_and_a_benign_one_works_afterwards(play: Playground, name: str) -> None:
    # given
    result = play.deploy({"p.bpmn": HOSTILE[name]})
    assert result.accepted, [problem.message for problem in result.problems]

    # when
    instance = play.start("p", {"kept": "what was there"})
    play.advance("PT1M")

    # then
    found = play.instance(instance)
    whole = [play.instance(id) for id in play.instances("p") if play.instance(id).incidents]
    assert found.status == "active", "nothing may pretend to be completed"
    assert whole and all(incident.message for one in whole for incident in one.incidents)
    assert found.variables == {"kept": "what was there"} or set(found.variables) <= {"kept", "x", "y"}
    play.cancel(instance)

    assert play.deploy({"p.bpmn": PLAIN}).accepted
    instance = play.start("p")
    play.complete(play.tasks(instance)[0])
    assert play.instance(instance).status == "completed"


def test_a_form_is_kept_when_the_step_after_it_makes_too_much(play: Playground) -> None:
    content = output('for i in 1..40000 return "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"').replace(
        b'<task id="t">', b'<userTask id="u"/><task id="t">'
    )
    content = content.replace(b'sourceRef="s" targetRef="t"', b'sourceRef="s" targetRef="u"').replace(
        b"</process>", b'<sequenceFlow id="more" sourceRef="u" targetRef="t"/></process>'
    )
    assert play.deploy({"p.bpmn": content}).accepted
    instance = play.start("p")

    play.complete(play.tasks(instance)[0], {"answer": "typed for an hour"})

    found = play.instance(instance)
    assert found.variables == {"answer": "typed for an hour"}
    assert [incident.element_id for incident in found.incidents] == ["t"]
    assert play.tasks(instance) == []


def test_too_much_in_a_form_is_told_to_its_sender_and_the_task_stays(play: Playground) -> None:
    assert play.deploy({"p.bpmn": PLAIN}).accepted
    instance = play.start("p")
    [task] = play.tasks(instance)

    with pytest.raises(LimitExceeded) as caught:
        play.complete(task, {"answer": "x" * 600_000})

    assert caught.value.status == 422 and caught.value.zh
    assert [one.id for one in play.tasks(instance)] == [task.id]
    play.complete(task, {"answer": "short"})
    assert play.instance(instance).status == "completed"


@pytest.mark.parametrize(
    "value",
    ["x" * 600_000, [0] * 60_000, {"a": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}, "a\0b"],
    ids=["size", "values", "depth", "NUL"],
)
def test_data_that_is_no_data_is_refused_at_the_door(play: Playground, value: Any) -> None:
    assert play.deploy({"p.bpmn": PLAIN}).accepted

    with pytest.raises(FacetError) as caught:
        bus.run(play.services, StartInstance("p", {"x": value}), SYSTEM)

    assert caught.value.status == 422


def test_many_small_steps_cannot_fill_an_instance(play: Playground) -> None:
    """Each of them is below every limit; together they are not."""
    grow = diagram(
        '<exclusiveGateway id="x0"/><userTask id="u"/><task id="t"><extensionElements>'
        '<facet:output target="all" source="=concatenate(all, [text])"/></extensionElements></task>',
        "s>x0>u>t>x0",
    )
    assert play.deploy({"p.bpmn": grow}).accepted
    instance = play.start("p", {"all": [], "text": "y" * 100_000})

    for _ in range(4):
        play.complete(play.tasks(instance)[0])
    assert play.instance(instance).incidents == []
    play.complete(play.tasks(instance)[0])

    found = play.instance(instance)
    assert len(found.variables["all"]) == 4
    assert [incident.element_id for incident in found.incidents] == ["t"]


def test_a_scope_that_became_full_can_be_mended(play: Playground) -> None:
    assert play.deploy({"p.bpmn": PLAIN}).accepted
    instance = play.start("p", {"a": "y" * 300_000, "b": "z" * 200_000})

    with pytest.raises(LimitExceeded):
        play.set_variables(instance, {"c": "z" * 100_000})
    play.set_variables(instance, {"a": "", "c": "z" * 100_000})

    assert play.instance(instance).variables["c"] == "z" * 100_000


@pytest.mark.parametrize(
    "value",
    [
        {"typename": "list", "value": 1},
        {"$date": "nonsense"},
        {"$$": {"$range": [1, 2, "??"]}},
        {"py/object": "os.system"},
        {"__class__": "x"},
        [{"$datetime": 1}],
        "\ud7ff\ue000\U0010ffff",
        Decimal("1E-50"),
    ],
    ids=repr,
)
def test_no_value_can_poison_saved_state(play: Playground, value: Any) -> None:
    assert play.deploy({"p.bpmn": PLAIN}).accepted
    instance = play.start("p", {"x": value})

    play.complete(play.tasks(instance)[0], {"y": value})

    found = play.instance(instance)
    assert found.status == "completed"
    assert found.variables == {"x": value, "y": value}


def test_a_long_loop_is_not_taken_for_the_end() -> None:
    """SpiffWorkflow calls a loop of more than about 500 rounds completed, with the wrong data."""
    count = diagram(
        '<exclusiveGateway id="x0"/><task id="t"><extensionElements><facet:output target="n" source="=n+1"/>'
        "</extensionElements></task>",
        "s>x0>t>x1",
        "x1>x0?n &lt; 1500".replace("&lt;", "<"),
        "x1>e!",
    )
    with Playground() as play:
        assert play.deploy({"p.bpmn": count}).accepted
        found = play.instance(play.start("p", {"n": 0}))

    assert (found.status, found.variables) == ("completed", {"n": 1500})


SIGNAL = '<signal id="S" name="S"/>'
MESSAGE = '<message id="M" name="M"/>'
CHAINS = {
    "a signal that starts its own thrower": diagram(
        '<startEvent id="s"><signalEventDefinition signalRef="S"/></startEvent><startEvent id="s0"/>'
        '<intermediateThrowEvent id="i"><signalEventDefinition signalRef="S"/></intermediateThrowEvent>',
        "s>i>e",
        "s0>i",
        roots=SIGNAL,
    ),
    "a message that starts its own sender": diagram(
        '<startEvent id="s"><messageEventDefinition messageRef="M"/></startEvent><startEvent id="s0"/>'
        '<intermediateThrowEvent id="i"><messageEventDefinition messageRef="M"/></intermediateThrowEvent>',
        "s>i>e",
        "s0>i",
        roots=MESSAGE,
    ),
}


@pytest.mark.parametrize("name", CHAINS)
def test_processes_that_start_each_other_come_to_a_stop(name: str) -> None:
    with Playground() as play:
        assert play.deploy({"p.bpmn": CHAINS[name]}).accepted

        play.start("p")

        assert len(play.instances()) <= play.services.call_depth + 1
        assert play.deploy({"p.bpmn": PLAIN}).accepted
        assert play.tasks(play.start("p"))


def test_a_process_may_start_its_successor_again_and_again_when_time_passes() -> None:
    monthly = diagram(
        '<startEvent id="s"><messageEventDefinition messageRef="M"/></startEvent><startEvent id="s0"/>'
        '<intermediateCatchEvent id="c"><timerEventDefinition><timeDuration>P1M</timeDuration></timerEventDefinition>'
        '</intermediateCatchEvent><endEvent id="e"><messageEventDefinition messageRef="M"/></endEvent>',
        "s>c>e",
        "s0>c",
        roots=MESSAGE,
    )
    with Playground() as play:
        assert play.deploy({"p.bpmn": monthly}).accepted
        play.start("p")

        play.advance("P6Y")

        assert len(play.instances()) > 60


def test_a_conversation_without_end_is_stopped() -> None:
    chat = diagram(
        '<exclusiveGateway id="x0"/><intermediateThrowEvent id="i"><messageEventDefinition messageRef="M"/>'
        '</intermediateThrowEvent><intermediateCatchEvent id="c"><messageEventDefinition messageRef="M"/>'
        "</intermediateCatchEvent>",
        "s>x0>i>c>x0",
        roots=MESSAGE,
    )
    chain = Chain(LONGEST - 20)
    with Playground() as play:
        assert play.deploy({"p.bpmn": chat}).accepted
        with play.database.write() as connection:
            connection.execute(delete(t.job))
        play.services.limits = LIMITS
        bus.run(play.services, StartInstance("p"), SYSTEM)
        with play.database.write() as connection:
            for row in connection.execute(select(t.job.c.id, t.job.c.payload)).all():
                later = update(t.job).where(t.job.c.id == row.id).values(payload=chain.onto(row.payload))
                connection.execute(later)

        play.advance("PT1S")

        with play.database.read() as connection:
            errors = connection.execute(select(t.job.c.error).where(t.job.c.status == "failed")).scalars().all()
    assert errors and all("without end" in (error or "") for error in errors)
