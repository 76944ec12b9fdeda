"""Compensation and transactions (BPMN 10.6, 10.3.5, 13.5.5)."""

from __future__ import annotations

import pytest

from tests.conformance.support import shows
from tests.runtime.conftest import Stage
from tests.runtime.parts import MULTI, ROOTS, boundary, catch, end, event_sub, start, sub, throw, undone

BACK = throw("back", "compensation")
THREE = f"<{MULTI}><loopCardinality>3</loopCardinality></{MULTI}>"


def undone_in(stage: Stage) -> list[str]:
    return [id for id in stage.trace if id.startswith("undo")]


@shows("compensation", "of all that the scope has completed, latest first, once per completion", "13.5.5")
def test_what_was_done_twice_is_undone_twice(stage: Stage) -> None:
    stage.run(undone("u1") + undone("u2") + BACK, "s>u1>x1", "x1>u2!", "x1>back?last", "u2>u1", "back>e")
    stage.complete("u1")
    stage.complete("u2")
    stage.complete("u1", {"last": True})
    assert undone_in(stage) == ["undou1", "undou2", "undou1"]
    assert stage.status == "completed"


@shows("compensation", "of one activity (activityRef), by a throw event and by an end event", "10.6.1")
@pytest.mark.parametrize("kind", ["throw", "end"])
def test_only_the_named_activity_is_undone(stage: Stage, kind: str) -> None:
    event = '<compensateEventDefinition activityRef="u1"/>'
    last = throw("back", event) if kind == "throw" else end("back", event)
    stage.run(undone("u1") + undone("u2") + last, "s>u1>u2>back" + (">t>e" if kind == "throw" else ""))
    stage.complete("u1")
    stage.complete("u2")
    assert undone_in(stage) == ["undou1"]
    assert stage.status == "completed"


@shows("compensation", "of an activity that was not completed does nothing", "13.5.5")
def test_nothing_done_nothing_undone(stage: Stage) -> None:
    stage.run(undone("u1") + BACK, "s>p1>u1>e1", "p1>back>t>e2")
    assert undone_in(stage) == []
    assert "t" in stage.trace
    stage.complete("u1")
    assert stage.status == "completed"


@shows("compensation", "the thrower waits until the handlers are done", "10.5.7")
def test_the_thrower_waits_for_handlers_that_take_time(stage: Stage) -> None:
    slow = undone("u1").replace('<task id="undou1"', '<userTask id="undou1"')
    stage.run(slow + BACK, "s>u1>back>t>e")
    stage.complete("u1")
    assert stage.open == ["undou1"]
    assert "t" not in stage.trace
    stage.complete("undou1")
    assert stage.trace[-3:] == ["back", "t", "e"]


@shows("compensation", "with waitForCompletion false the thrower goes on at once", "10.5.7")
def test_a_thrower_that_does_not_wait_goes_on_at_once(stage: Stage) -> None:
    slow = undone("u1").replace('<task id="undou1"', '<userTask id="undou1"')
    back = throw("back", '<compensateEventDefinition waitForCompletion="false"/>')
    stage.run(slow + back, "s>u1>back>t>e")
    stage.complete("u1")
    assert stage.open == ["undou1"]
    assert "e" in stage.trace
    assert stage.status == "active"
    stage.complete("undou1")
    assert stage.status == "completed"


@shows("compensation", "of a sub-process: what it completed, in reverse order", "13.5.5")
def test_a_completed_sub_process_is_undone_from_within(stage: Stage) -> None:
    stage.run(sub("c", undone("u1") + undone("u2"), "si>u1>u2>ei") + undone("u3") + BACK, "s>c>u3>back>e")
    for task in ("u1", "u2", "u3"):
        stage.complete(task)
    assert undone_in(stage) == ["undou3", "undou2", "undou1"]
    assert stage.status == "completed"


@shows("compensation", "of a sub-process by the handler on its border", "13.5.5")
def test_a_handler_on_the_border_of_a_sub_process_stands_for_all_of_it(stage: Stage) -> None:
    inner = undone("u1")
    border = (
        '<boundaryEvent id="bc" attachedToRef="c"><compensateEventDefinition/></boundaryEvent>'
        '<task id="undoc" isForCompensation="true"/>'
        '<association id="ac" associationDirection="One" sourceRef="bc" targetRef="undoc"/>'
    )
    stage.run(sub("c", inner, "si>u1>ei") + border + BACK, "s>c>back>e")
    stage.complete("u1")
    assert undone_in(stage) == ["undoc"]


@shows(
    "compensation",
    "event sub-process: it replaces the handlers, sees the data as it was, and may throw to them",
    "13.5.5",
)
def test_a_compensation_event_sub_process_sees_the_data_of_its_time(stage: Stage) -> None:
    seen = (
        '<scriptTask id="undo_look" scriptFormat="feel" facet:resultVariable="seen"><script>kept</script></scriptTask>'
    )
    handler = event_sub(
        "h", start("sh", "compensation") + seen + throw("again", "compensation"), "sh>undo_look>again>eh"
    )
    data = '<property id="pk" name="kept"/>'
    fill = '<scriptTask id="fill" scriptFormat="feel" facet:resultVariable="kept"><script>amount</script></scriptTask>'
    inner = sub("c", data + fill + undone("u1") + handler, "si>fill>u1>ei")
    stage.run(inner + BACK, "s>c>u2>back>e", variables={"amount": 5})
    stage.complete("u1")
    stage.complete("u2", {"amount": 9})
    assert undone_in(stage) == ["undo_look", "undou1"]
    assert stage.variables["seen"] == 5
    assert stage.status == "completed"


@shows(
    "compensation", "of a multi-instance activity: instance by instance, latest first, each with its own data", "13.5.5"
)
@pytest.mark.parametrize("sequential", [False, True])
def test_a_multi_instance_task_is_undone_instance_by_instance(stage: Stage, sequential: bool) -> None:
    loop = f'<{MULTI} isSequential="{str(sequential).lower()}" facet:collection="items" facet:elementVariable="item"/>'
    note = '<scriptTask id="undot1" isForCompensation="true" scriptFormat="feel" facet:resultVariable="log"><script>append(log, item)</script></scriptTask>'
    task = undone("t1", "task", loop).replace('<task id="undot1" isForCompensation="true"/>', note)
    stage.run(task + BACK, "s>t1>back>e", variables={"items": ["a", "b", "c"], "log": []})
    assert stage.variables["log"] == ["c", "b", "a"]
    assert stage.status == "completed"


@shows("compensation", "of a multi-instance or looping sub-process, from within each instance", "13.5.5")
def test_a_multi_instance_sub_process_is_undone_from_within(stage: Stage) -> None:
    stage.run(sub("c", undone("t1", "task") + undone("t2", "task"), "si>t1>t2>ei", loop=THREE) + BACK, "s>c>back>e")
    assert len(undone_in(stage)) == 6
    assert undone_in(stage)[:2] == ["undot2", "undot1"]
    assert stage.status == "completed"


@shows("compensation", "an error of a handler leaves by the way of the thrower", "13.5.5")
def test_an_error_in_a_handler_climbs_from_the_thrower(stage: Stage) -> None:
    bad = '<serviceTask id="undou1" isForCompensation="true" facet:topic="undo"/>'
    task = undone("u1").replace('<task id="undou1" isForCompensation="true"/>', bad)
    stage.run(sub("c", task + BACK, "si>u1>back>ei") + boundary("b", "c", "error"), "s>c>e", "b>t>e2", roots=ROOTS)
    stage.complete("u1")
    [work] = stage.play.external("undo")
    stage.play.bpmn_error(work, "BAD")
    assert stage.status == "completed"
    assert "t" in stage.trace


@shows("compensation", "from an event sub-process, of the scope around it", "13.5.5")
def test_an_error_handler_compensates_its_scope(stage: Stage) -> None:
    handler = event_sub("h", start("sh", "error") + BACK, "sh>back>eh")
    stage.run(undone("u1") + end("bad", "error") + handler, "s>u1>bad", roots=ROOTS)
    stage.complete("u1")
    assert undone_in(stage) == ["undou1"]
    assert stage.status == "completed"


@shows(
    "transaction",
    "cancel end event: the rest is cancelled, what was done is undone, out by the cancel boundary",
    "13.5.2",
)
def test_a_cancelled_transaction_undoes_what_it_completed(stage: Stage) -> None:
    inner = undone("u1") + undone("u2") + end("no", "cancel")
    stage.run(
        sub("c", inner, "si>p1>u1>u3>no", "p1>u2>u4>ei", kind="transaction") + boundary("b", "c", "cancel"),
        "s>c>e", "b>t>e2",
    )  # fmt: skip
    for task in ("u1", "u2", "u3"):
        stage.complete(task)
    assert sorted(undone_in(stage)) == ["undou1", "undou2"]
    assert stage.open == []
    assert stage.status == "completed"
    assert stage.trace[-3:] == ["b", "t", "e2"]
    assert "c" not in stage.trace


@shows("transaction", "completed: it can be compensated like a sub-process", "10.3.5")
def test_a_completed_transaction_can_be_compensated(stage: Stage) -> None:
    stage.run(sub("c", undone("u1"), "si>u1>ei", kind="transaction") + BACK, "s>c>back>e")
    stage.complete("u1")
    assert undone_in(stage) == ["undou1"]


@shows("transaction", "hazard: an error leaves without compensation", "10.3.5")
def test_a_hazard_leaves_without_compensation(stage: Stage) -> None:
    inner = sub("c", undone("u1") + end("bad", "error"), "si>u1>bad", kind="transaction")
    stage.run(inner + boundary("b", "c", "error"), "s>c>e", "b>t>e2", roots=ROOTS)
    stage.complete("u1")
    assert undone_in(stage) == []
    assert stage.status == "completed"


@shows("transaction", "cancelled while a handler takes time: nothing interrupts the undoing", "13.5.2")
def test_boundary_and_handlers_are_closed_while_a_transaction_is_undone(stage: Stage) -> None:
    slow = undone("u1").replace('<task id="undou1"', '<userTask id="undou1"')
    inner = slow + end("no", "cancel") + event_sub("h", start("sh", "message"), "sh>th>eh")
    stage.run(
        sub("c", inner, "si>u1>no", kind="transaction") + boundary("b", "c", "cancel") + boundary("b2", "c", "PT1H"),
        "s>c>e", "b>t>e2", "b2>t2>e3", roots=ROOTS,
    )  # fmt: skip
    stage.complete("u1")
    assert stage.play.message("Paid") == 0
    stage.play.advance("PT2H")
    assert stage.open == ["undou1"]
    stage.complete("undou1")
    assert stage.trace[-3:] == ["b", "t", "e2"]


@shows("transaction", "multi-instance: a cancel in one instance leaves by the border of the whole", "13.5.2")
def test_a_cancel_in_one_of_several_transactions_ends_all(stage: Stage) -> None:
    inner = sub("c", undone("u1") + end("no", "cancel"), "si>u1>no", kind="transaction", loop=THREE)
    stage.run(inner + boundary("b", "c", "cancel"), "s>c>e", "b>t>e2")
    stage.complete("u1")
    assert stage.open == []
    assert stage.status == "completed"
    assert stage.trace.count("t") == 1


@shows("compensation", "an interrupted scope undoes nothing by itself", "13.5.5")
def test_interrupting_a_scope_forgets_what_it_could_undo(stage: Stage) -> None:
    inner = sub("c", undone("u1") + catch("w", "message"), "si>u1>w>ei")
    stage.run(inner + boundary("b", "c", "signal") + BACK, "s>c>e", "b>back>e2", roots=ROOTS)
    stage.complete("u1")
    stage.play.signal("Alarm")
    assert undone_in(stage) == []
    assert stage.status == "completed"
