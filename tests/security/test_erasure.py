"""Promise 10 of docs/security.md: what was erased is found in no table, no list, no search and no answer.

The tests put the same words wherever words can be put, erase, and then read every column of every table, on both databases.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import String, insert, select

from engine import bus
from engine.actor import SYSTEM, Actor
from engine.commands.audit import SealAudit
from engine.commands.connectors import SaveConnector, SaveSecret
from engine.commands.decisions import EvaluateDecision
from engine.commands.deployments import DeployDefinitions
from engine.commands.erasures import EraseBusinessKey, ErasePerson
from engine.commands.external import CompleteExternalTask, FailExternalTask, FetchAndLock
from engine.commands.grants import GrantPermission
from engine.commands.identities import AdmitPerson, Vouched
from engine.commands.instances import CancelInstance, RetryIncident, SetVariables, StartInstance
from engine.commands.messages import BroadcastSignal, CorrelateMessage
from engine.commands.notes import AddComment
from engine.commands.sessions import BeginSignIn, CreateToken, OpenSession
from engine.commands.tasks import AssignTask, CompleteTask, DelegateTask, ResolveTask, SaveDraft
from engine.commands.users import ChangeUser, CreateUser, DisableUser, SaveGroup
from engine.errors import Conflict, Forbidden, NotFound
from engine.queries.audit import verify_audit
from engine.queries.erasures import NAMED, Preview, get_receipt, preview_case, preview_person
from engine.store import tables as t
from tests.diagrams import diagram
from tests.engines import House

WORD = "Zwiebelkuchen13800"
"""What nobody may find any more."""
KEY = "CASE-1"
NAME, MAIL, PLACE, AGENT = "Anneliese Zwiebel", "zwiebel@example.com", "203.0.113.77", "Zwiebelbrowser/1"
USER = "zwiebel"

CASE = diagram(
    """<userTask id="u" facet:candidateGroups="office"/>
    <serviceTask id="ask" facet:topic="erp"/>
    <intermediateThrowEvent id="told"><messageEventDefinition messageRef="m" facet:payload='={"word": word}'/>
    </intermediateThrowEvent>
    <userTask id="last" facet:candidateGroups="office"/>""",
    "s>u>ask>told>last>e",
    key="p",
).replace(b"<process", b'<message id="m" name="News"/><process', 1)
DECISION = b"""<?xml version="1.0"?><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d"
 namespace="t"><inputData id="i" name="word"><variable name="word" typeRef="string"/></inputData>
 <decision id="echo" name="echo"><variable name="echo" typeRef="string"/><informationRequirement id="r">
 <requiredInput href="#i"/></informationRequirement><literalExpression id="l"><text>word</text></literalExpression>
 </decision></definitions>"""


@pytest.fixture
def house(any_house: House) -> House:
    any_house.deploy(CASE)
    for key in ("office", "machines"):
        any_house.run(SaveGroup(key, key.title(), role="integration" if key == "machines" else None))
    return any_house


def by(username: str, *roles: str) -> Actor:
    return Actor(username, username.title(), frozenset({"office"}), frozenset(roles))


def found(house: House, *words: str) -> list[tuple[str, str]]:
    """Where one of the words stands: (table, column), looked for in every column of every row."""
    places = set()
    with house.services.database.read() as connection:
        for table in t.metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                for column, value in row.items():
                    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    places |= {(table.name, str(column)) for word in words if word in text}
    return sorted(places)


def holds(house: House) -> bool:
    while house.run(SealAudit()):
        continue
    return verify_audit(house.services.database, house.services.keys, SYSTEM).faults == []


# --- a case -----------------------------------------------------------------------------------------------------------------


def lived(house: House) -> str:
    """A case that went through everything, with the word wherever somebody could write it."""
    ann, erp = by("ann"), Actor("erp", roles=frozenset({"integration"}))
    house.run(CorrelateMessage("Early", {"word": WORD}, KEY, message_id=f"early-{WORD}"))
    start = StartInstance("p", {"word": WORD, "list": [{"deep": WORD}]}, KEY, idempotency_key=f"key {WORD}")
    instance = str(house.run(start, ann))
    task = house.task(instance, "u")
    house.run(SaveDraft(task, {"half": WORD}), ann)
    house.run(AddComment(f"call {WORD}", task_id=task), ann)
    _attach(house, instance, task)
    house.run(SetVariables(instance, {"corrected": WORD}), by("max", "manager"))
    house.run(CompleteTask(task, {"typed": WORD, "list": [WORD]}), ann)
    [row] = house.run(FetchAndLock("w", ["erp"]), erp)
    house.run(FailExternalTask(row.id, f"no {WORD}", "w", retries=1), erp)
    [row] = house.run(FetchAndLock("w", ["erp"]), erp)
    house.run(FailExternalTask(row.id, f"never {WORD}", "w", retries=0), erp)
    incident = house.incidents(instance)[0].id
    house.run(RetryIncident(incident, {"mended": WORD}), by("max", "manager"))
    [row] = house.run(FetchAndLock("w", ["erp"]), erp)
    house.run(CompleteExternalTask(row.id, {"answer": WORD}, "w"), erp)
    house.run(SaveDraft(house.task(instance, "last"), {"half": WORD}), ann)
    _rows_of_connectors(house, instance)
    house.run(CancelInstance(instance, f"by wish of {WORD}"), by("max", "manager"))
    return instance


def _attach(house: House, instance: str, task: str) -> None:
    """A file of the case, and one that was uploaded before it began; their rows as the upload writes them."""
    at, c = house.clock.now(), house.services.database
    with c.write() as connection:
        connection.execute(insert(t.content), {"place": "x", "digest": "0" * 64, "size": 1, "stored_at": at})
        known = {"media_type": "text/plain", "size": 1, "digest": "0" * 64, "place": "x", "uploaded_by": "ann"}
        row = {"id": "a1", "instance_id": instance, "task_id": task, "name": f"{WORD}.txt", "created_at": at, **known}
        connection.execute(insert(t.attachment), row)


def _rows_of_connectors(house: House, instance: str) -> None:
    """What mails, notifications, decisions and jobs of a case leave behind."""
    at = house.clock.now()
    mail = {"key": f"k {WORD}", "recipients": [f"{WORD}@example.com"], "subject": WORD, "text": WORD, "html": WORD}
    hook = {"id": "w1", "name": "w", "url": "https://example.com", "hosts": [], "events": [], "secret": "x"}
    sent = {"id": "d1", "webhook_id": "w1", "event": "x", "payload": {"w": WORD}, "status": "failed", "error": WORD}
    tried = {"delivery_id": "d1", "number": 1, "at": at, "milliseconds": 1, "error": WORD}
    decided = {"decision_key": "k", "decision_version": 1, "inputs": {"w": WORD}, "output": WORD, "detail": [WORD]}
    job = {"kind": "service", "payload": {"parameters": {"w": WORD}}, "due_at": at, "retries": 1, "status": "failed"}
    signal = {"kind": "signal", "payload": {"name": "S", "payload": {"w": WORD}, "source": instance}, "retries": 1}
    unique = {"register": "r", "digest": "0" * 64, "instance_id": instance, "taken_at": at}
    with house.services.database.write() as c:
        c.execute(insert(t.mail), {"id": "m1", "instance_id": instance, "status": "kept", "created_at": at, **mail})
        c.execute(insert(t.webhook), {**hook, "created_at": at})
        c.execute(insert(t.webhook_delivery), {**sent, "instance_id": instance, "created_at": at})
        c.execute(insert(t.webhook_attempt), tried)
        row = {"id": "e1", "instance_id": instance, "evaluated_at": at, **decided}
        c.execute(insert(t.decision_evaluation), row)
        c.execute(insert(t.job), {"id": "j1", "instance_id": instance, "error": WORD, "created_at": at, **job})
        c.execute(insert(t.job), {"id": "j2", "due_at": at, "status": "failed", "created_at": at, **signal})
        c.execute(insert(t.unique_value), unique)


def test_of_a_case_nothing_is_found_in_any_column_of_any_table(house: House) -> None:
    instance = lived(house)
    before = {table for table, _ in found(house, WORD)}
    assert before >= {
        "audit", "attachment", "comment", "decision_evaluation", "incident", "instance", "job", "mail", "outbox",
        "variable_change", "webhook_attempt", "webhook_delivery",
    }  # fmt: skip

    receipt = house.run(EraseBusinessKey(KEY))

    assert found(house, WORD) == []
    assert holds(house)
    assert receipt.instances == 1 and receipt.entries > 5
    kept = house.instance(instance)
    assert (kept.business_key, kept.status, kept.variables) == (KEY, "cancelled", {})
    assert house.rows(select(t.unique_value)) == []


def test_another_case_stays_as_it_is(house: House) -> None:
    lived(house)
    other = house.run(StartInstance("p", {"word": "other"}, "CASE-2"), by("ann"))
    house.run(AddComment("stays", instance_id=other), by("ann"))

    house.run(EraseBusinessKey(KEY))

    assert house.instance(other).variables == {"word": "other"}
    assert {table for table, _ in found(house, "other", "stays")} >= {"instance", "variable_change", "comment", "audit"}


def test_a_message_that_nobody_took_goes_with_its_case_and_never_arrives(house: House) -> None:
    lived(house)
    house.run(CorrelateMessage("Later", {"word": WORD}, KEY))

    house.run(EraseBusinessKey(KEY))

    o = t.outbox.c
    rows = house.rows(select(o.status, o.payload).where(o.name.in_(["Early", "Later"])))
    assert [(row.status, row.payload) for row in rows] == [("expired", {}), ("expired", {})]


def test_erasing_twice_finds_nothing_more_and_holds(house: House) -> None:
    lived(house)
    house.run(EraseBusinessKey(KEY))

    again = house.run(EraseBusinessKey(KEY))

    assert again.entries == 0
    assert holds(house)


def test_what_a_case_called_goes_with_it(house: House) -> None:
    called = diagram('<userTask id="cu"/>', "s>cu>e", key="c")
    caller = diagram(
        '<callActivity id="call" calledElement="c" facet:propagateAllInputs="true"/>', "s>call>e", key="outer"
    )
    house.deploy(called, caller)
    outer = house.start("outer", {"word": WORD}, business_key="OUTER")
    with pytest.raises(Conflict):
        house.run(EraseBusinessKey("OUTER"))
    house.run(CancelInstance(outer))
    house.settle()

    assert house.run(EraseBusinessKey("OUTER")).instances == 2

    assert found(house, WORD) == []


def test_words_that_are_also_names_of_fields_do_no_harm(house: House) -> None:
    """A business key or a person called like a part of the entries takes nothing else along."""
    for key in ("cases", "before", "business_key", "status"):
        instance = house.run(StartInstance("p", {}, key), by("ann"))
        house.run(CancelInstance(instance))
        house.run(EraseBusinessKey(key))
    house.run(CreateUser("person", "Person"))
    house.run(DisableUser("person"))
    house.run(ErasePerson("person"))

    assert holds(house)
    a = t.audit.c
    [row] = house.rows(select(a.detail).where(a.command == "SaveGroup").order_by(a.id).limit(1))
    assert row.detail["after"]["name"] == "Office"


# --- a person ---------------------------------------------------------------------------------------------------------------


def met(house: House) -> None:
    """Somebody whose name stands wherever a name can stand."""
    person = by(USER, "manager")
    vouched = Vouched("https://id.example", f"sub-{USER}", USER, NAME, MAIL, frozenset({"staff"}))
    house.run(AdmitPerson(vouched, {"staff": "office"}))
    house.run(ChangeUser(USER, language="zh", zone="Asia/Shanghai", theme="dark"))
    bus.run(house.services, BeginSignIn(USER, PLACE), SYSTEM, source=PLACE)
    opening = OpenSession(USER, timedelta(hours=1), PLACE, AGENT)
    bus.run(house.services, opening, Actor(USER, system=True), source=PLACE)
    bus.run(house.services, CreateToken(f"{NAME}'s laptop"), person, source=PLACE)
    house.run(GrantPermission("user", USER, "PROCESS", "*", "CANCEL"))
    admin = by(USER, "admin")
    house.run(GrantPermission("group", "office", "PROCESS", "*", "CANCEL"), admin)
    house.run(SaveGroup("office", "Office", head=USER), admin)
    house.run(SaveSecret("s", "value"), admin)
    house.run(SaveConnector("c", "http", {"url": "https://example.com"}), admin)
    house.run(DeployDefinitions({"echo.dmn": DECISION}), admin)
    house.run(EvaluateDecision("echo", {"word": "x"}), person)
    house.run(BroadcastSignal("Alarm"), person)
    _worked(house, person)


def _worked(house: House, person: Actor) -> None:
    other = by("ann", "manager")
    house.run(CreateUser("ann", "Ann"))
    first = str(bus.run(house.services, StartInstance("p", {}, "P-1"), person, source=PLACE))
    task = house.task(first, "u")
    house.run(AddComment("hello", instance_id=first), person)
    house.run(AssignTask(task, USER), other)
    house.run(DelegateTask(task, "ann"), person)
    house.run(ResolveTask(task), other)
    house.run(SaveDraft(task, {"x": 1}), person)
    house.run(CompleteTask(task, {"x": 1}), person)
    second = house.run(StartInstance("p", {}, "P-2"), person)
    house.run(AssignTask(house.task(second, "u"), "ann"), person)
    house.run(CancelInstance(first, "no"), person)
    at = house.clock.now()
    mail = {"recipients": [MAIL], "subject": f"For {NAME}", "text": f"Dear {NAME}", "html": NAME, "status": "sent"}
    with house.services.database.write() as c:
        c.execute(insert(t.mail), {"id": "m1", "created_at": at, **mail})


def test_of_a_person_nothing_is_found_in_any_column_of_any_table(house: House) -> None:
    met(house)
    house.run(DisableUser(USER))

    receipt = house.run(ErasePerson(USER))

    assert found(house, USER, NAME, MAIL, PLACE, AGENT) == []
    assert holds(house)
    assert receipt.key.startswith("erased-") and receipt.entries > 10
    assert ("instance", "initiator") in found(house, receipt.key)
    c = t.user.c
    [account] = house.rows(select(t.user).where(c.username == receipt.key))
    assert (account.disabled, account.email, account.password_hash, account.zone) == (True, None, None, None)


def test_a_person_with_work_in_hand_is_not_erased(house: House) -> None:
    met(house)
    with pytest.raises(Conflict, match="Disable"):
        house.run(ErasePerson(USER))
    house.run(
        AssignTask(house.task(house.rows(select(t.task.c.instance_id).where(t.task.c.status == "open"))[0][0]), USER)
    )
    house.run(DisableUser(USER))

    with pytest.raises(Conflict, match="open tasks"):
        house.run(ErasePerson(USER))


PEOPLE_COLUMNS = {
    "api_token.user_id", "audit.actor", "audit.on_behalf_of", "identity.user_id", "membership.user_id", "permission.subject",
    "session.user_id", "sign_in_attempt.username", "task_candidate.subject", "user_account.username", "user_account.name",
    "user_account.email", "audit.subject", "external_task.worker_id", "job.locked_by", "audit.erased_by",
}  # fmt: skip
"""Columns about people that an erasure treats one by one, or that hold no username."""


def test_every_column_that_names_people_is_known() -> None:
    """A new column that names somebody has to be in the list of those that get a pseudonym."""
    endings = ("_by", "_id", "author", "initiator", "assignee", "owner", "head", "actor", "username", "of")
    named = {f"{column.table.name}.{column.name}" for _, column in NAMED}
    for table in t.metadata.sorted_tables:
        for column in table.c:
            place = f"{table.name}.{column.name}"
            about = column.name.endswith(endings) and not (column.name.endswith("_id") and column.name != "user_id")
            if about and isinstance(column.type, String):
                assert place in named or place in PEOPLE_COLUMNS, place


# --- looking first, and the receipt ---------------------------------------------------------------------------------------


def previewed(house: House, look: Any, key: str) -> Preview:
    with house.services.database.read() as connection:
        preview: Preview = look(connection, SYSTEM, key)
    return preview


def test_a_look_says_what_would_go(house: House) -> None:
    lived(house)

    counts = previewed(house, preview_case, KEY).counts

    told = {name: counts[name] for name in ("cases", "comments", "files", "mails", "notifications", "decisions")}
    assert told == {"cases": 1, "comments": 1, "files": 1, "mails": 1, "notifications": 1, "decisions": 1}
    assert counts["messages"] >= 1 and counts["changes of variables"] > 3 and counts["audit entries"] > 5
    assert found(house, WORD) != []


def test_a_look_says_why_not(house: House) -> None:
    house.run(StartInstance("p", {}, KEY))
    assert previewed(house, preview_case, KEY).refused is not None
    house.run(CreateUser(USER, NAME))
    assert previewed(house, preview_person, USER).refused == ("Disable the person first.", "请先停用该用户。")
    house.run(DisableUser(USER))
    preview = previewed(house, preview_person, USER)
    assert (preview.refused, preview.name, preview.counts["audit entries"]) == (None, NAME, 2)


def test_only_administrators_look_and_read_receipts(house: House) -> None:
    lived(house)
    receipt = house.run(EraseBusinessKey(KEY))
    with house.services.database.read() as connection:
        assert get_receipt(connection, SYSTEM, receipt.id) == receipt
        for look in (preview_case, preview_person):
            with pytest.raises(Forbidden):
                look(connection, by("max", "manager"), KEY)
            with pytest.raises(NotFound):
                look(connection, SYSTEM, "nothing")
        with pytest.raises(Forbidden):
            get_receipt(connection, by("max", "manager"), receipt.id)
        with pytest.raises(NotFound):
            get_receipt(connection, SYSTEM, "nothing")
