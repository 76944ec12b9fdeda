"""Builders that tests of several areas share: a small company with people, sample processes, and clients that are signed in.

world = make_world(tmp_path)            # or the fixture `world` of tests/api
lin = world.client("lin")               # an HTTP client with lin's session
id = world.start("purchase", {"title": "Desk", "amount": "1200.50"}, by="lin")
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.app import create_app
from api.auth import cookies
from engine import bus, logs, worker
from engine.actor import SYSTEM, Actor
from engine.clock import VirtualClock
from engine.commands.deployments import DeployDefinitions
from engine.commands.instances import StartInstance
from engine.commands.jobs import LeaseJobs
from engine.commands.sessions import CreateToken, Opened, OpenSession
from engine.commands.tasks import CompleteTask
from engine.commands.users import CreateUser, SaveGroup
from engine.files import LocalFiles
from engine.passwords import Passwords
from engine.queries.users import by_username
from engine.settings import Settings
from engine.store import tables as t
from engine.store.database import Database
from engine.store.migrate import upgrade
from engine.work import Services

NOW = "2026-03-02T09:00:00+08:00"
PASSWORD = "correct horse battery"

GROUPS: Mapping[str, tuple[str, str, str | None]] = {
    "office": ("Office", "办公室", None),
    "approver": ("Approvers", "审批人", None),
    "buyer": ("Buyers", "采购", None),
    "managers": ("Managers", "管理层", "manager"),
    "owners": ("Process owners", "流程负责人", "owner"),
    "admins": ("Administrators", "管理员", "admin"),
    "machines": ("Machines", "集成账号", "integration"),
}
PEOPLE: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "lin": ("Lin Xiao", ("office",)),
    "outsider": ("Ou Tsai", ()),
    "ann": ("Ann Approver", ("approver",)),
    "abe": ("Abe Approver", ("approver",)),
    "bo": ("Bo Buyer", ("buyer",)),
    "max": ("Max Manager", ("managers",)),
    "olga": ("Olga Owner", ("owners",)),
    "ada": ("Ada Admin", ("admins",)),
    "erp": ("ERP", ("machines",)),
}

_HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:facet="urn:facet:bpmn:1" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="urn:test">'
)

PURCHASE = f"""<?xml version="1.0" encoding="UTF-8"?>{_HEAD}
  <process id="purchase" name="Purchase" facet:name-zh="采购" isExecutable="true" facet:sensitiveVariables="iban"
           facet:candidateStarterGroups="office">
    <startEvent id="start" facet:formKey="request"><outgoing>f1</outgoing></startEvent>
    <userTask id="approve" name="Approve" facet:name-zh="审批" facet:candidateGroups="approver" facet:formKey="approve"
              facet:dueDate="PT48H"><incoming>f1</incoming><outgoing>f2</outgoing></userTask>
    <exclusiveGateway id="decided" default="no"><incoming>f2</incoming><outgoing>yes</outgoing><outgoing>no</outgoing>
    </exclusiveGateway>
    <userTask id="order" name="Order" facet:name-zh="下单" facet:candidateGroups="buyer,approver" facet:formKey="order"
              facet:notWhoDid="approve"><incoming>yes</incoming><outgoing>f3</outgoing></userTask>
    <endEvent id="bought"><incoming>f3</incoming></endEvent>
    <endEvent id="refused"><incoming>no</incoming></endEvent>
    <sequenceFlow id="f1" sourceRef="start" targetRef="approve"/>
    <sequenceFlow id="f2" sourceRef="approve" targetRef="decided"/>
    <sequenceFlow id="yes" sourceRef="decided" targetRef="order">
      <conditionExpression xsi:type="tFormalExpression">decision = "approve"</conditionExpression></sequenceFlow>
    <sequenceFlow id="no" sourceRef="decided" targetRef="refused"/>
    <sequenceFlow id="f3" sourceRef="order" targetRef="bought"/>
  </process>
</definitions>"""

REQUEST: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "title": "Request",
    "x-zh": "申请",
    "properties": {
        "title": {"type": "string", "title": "What", "x-zh": "物品", "maxLength": 100},
        "amount": {"type": "string", "format": "money", "title": "Amount", "x-zh": "金额"},
        "iban": {"type": "string", "title": "Account", "x-zh": "账号", "maxLength": 40},
        "offer": {"type": "string", "format": "file", "title": "Offer", "x-zh": "报价单"},
    },
    "required": ["title", "amount"],
}
APPROVE: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "title": "Approve",
    "x-zh": "审批",
    "properties": {
        "title": {"type": "string", "title": "What", "x-zh": "物品", "readOnly": True},
        "amount": {"type": "string", "format": "money", "title": "Amount", "x-zh": "金额", "readOnly": True},
        "decision": {
            "type": "string",
            "title": "Decision",
            "x-zh": "决定",
            "oneOf": [
                {"const": "approve", "title": "Approve", "x-zh": "同意"},
                {"const": "reject", "title": "Reject", "x-zh": "拒绝"},
            ],
        },
        "comment": {"type": "string", "title": "Comment", "x-zh": "意见", "maxLength": 500},
        "photo": {"type": "string", "format": "file", "title": "File", "x-zh": "附件"},
    },
    "required": ["decision"],
}
ORDER: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "title": "Order",
    "x-zh": "下单",
    "properties": {
        "amount": {"type": "string", "format": "money", "title": "Amount", "x-zh": "金额", "readOnly": True},
        "number": {"type": "string", "title": "Order number", "x-zh": "订单号", "maxLength": 40},
        "paid": {"type": "string", "format": "money", "title": "Paid", "x-zh": "已付"},
        "rest": {"type": "string", "format": "money", "title": "Rest", "x-zh": "余额", "x-calc": "amount - paid"},
    },
    "required": ["number", "paid"],
}

ODDS = f"""<?xml version="1.0" encoding="UTF-8"?>{_HEAD}
  <message id="m1" name="Ping"/>
  <signal id="s1" name="Alarm"/>
  <process id="outside" name="Outside" facet:name-zh="外部" isExecutable="true">
    <startEvent id="begin"><outgoing>a1</outgoing></startEvent>
    <serviceTask id="ask" name="Ask the ERP" facet:topic="erp.ask"><incoming>a1</incoming><outgoing>a2</outgoing></serviceTask>
    <endEvent id="asked"><incoming>a2</incoming></endEvent>
    <boundaryEvent id="oops" attachedToRef="ask"><outgoing>a3</outgoing><errorEventDefinition/></boundaryEvent>
    <endEvent id="failed"><incoming>a3</incoming></endEvent>
    <sequenceFlow id="a1" sourceRef="begin" targetRef="ask"/>
    <sequenceFlow id="a2" sourceRef="ask" targetRef="asked"/>
    <sequenceFlow id="a3" sourceRef="oops" targetRef="failed"/>
  </process>
  <process id="waiting" name="Waiting" facet:name-zh="等待" isExecutable="true">
    <startEvent id="w0"><outgoing>w1</outgoing></startEvent>
    <intermediateCatchEvent id="ping" name="Ping"><incoming>w1</incoming><outgoing>w2</outgoing>
      <messageEventDefinition messageRef="m1"/></intermediateCatchEvent>
    <intermediateCatchEvent id="alarm" name="Alarm"><incoming>w2</incoming><outgoing>w3</outgoing>
      <signalEventDefinition signalRef="s1"/></intermediateCatchEvent>
    <exclusiveGateway id="ready" name="Ready?"><incoming>w3</incoming><outgoing>w4</outgoing></exclusiveGateway>
    <userTask id="check" name="Check" facet:name-zh="检查"><incoming>w4</incoming><outgoing>w5</outgoing></userTask>
    <endEvent id="done"><incoming>w5</incoming></endEvent>
    <sequenceFlow id="w1" sourceRef="w0" targetRef="ping"/>
    <sequenceFlow id="w2" sourceRef="ping" targetRef="alarm"/>
    <sequenceFlow id="w3" sourceRef="alarm" targetRef="ready"/>
    <sequenceFlow id="w4" sourceRef="ready" targetRef="check">
      <conditionExpression xsi:type="tFormalExpression">level &gt; 0</conditionExpression></sequenceFlow>
    <sequenceFlow id="w5" sourceRef="check" targetRef="done"/>
  </process>
</definitions>"""

LEVEL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="level_model" name="level" namespace="urn:test">
  <inputData id="amount_input" name="amount"><variable name="amount" typeRef="number"/></inputData>
  <decision id="level" name="level"><variable name="level" typeRef="string"/>
    <informationRequirement id="r1"><requiredInput href="#amount_input"/></informationRequirement>
    <decisionTable id="t1" hitPolicy="UNIQUE">
      <input id="i1"><inputExpression id="e1" typeRef="number"><text>amount</text></inputExpression></input>
      <output id="o1" typeRef="string"/>
      <rule id="r_low"><inputEntry id="c1"><text>&lt; 1000</text></inputEntry>
        <outputEntry id="c2"><text>"low"</text></outputEntry></rule>
      <rule id="r_high"><inputEntry id="c3"><text>&gt;= 1000</text></inputEntry>
        <outputEntry id="c4"><text>"high"</text></outputEntry></rule>
    </decisionTable></decision>
</definitions>"""


def files(**more: str) -> dict[str, bytes]:
    """The sample deployment: purchase with its forms, two odd processes, one decision."""
    texts = {
        "purchase.bpmn": PURCHASE,
        "forms/request.json": json.dumps(REQUEST),
        "forms/approve.json": json.dumps(APPROVE),
        "forms/order.json": json.dumps(ORDER),
        "odds.bpmn": ODDS,
        "level.dmn": LEVEL,
        **more,
    }
    return {name: text.encode() for name, text in texts.items()}


@dataclass
class World:
    """One installation with people and processes, its clock in the test's hands."""

    folder: Path
    settings: Settings
    services: Services
    clock: VirtualClock
    app: FastAPI
    clients: dict[str, TestClient] = field(default_factory=dict)
    sessions: dict[str, Opened] = field(default_factory=dict)

    def client(self, username: str | None = None) -> TestClient:
        """An HTTP client: with a session of `username`, or a stranger's."""
        if username is None:
            return TestClient(self.app, raise_server_exceptions=False)
        if username not in self.clients:
            if username not in self.sessions:
                self.sessions[username] = bus.run(self.services, OpenSession(username, timedelta(hours=12)), SYSTEM)
            opened = self.sessions[username]
            self.clients[username] = TestClient(
                self.app,
                cookies={cookies.SESSION: opened.cookie},
                headers={"X-CSRF-Token": opened.csrf},
                raise_server_exceptions=False,
            )
        return self.clients[username]

    def sign_out(self) -> None:
        """Forgets all sessions: the next `client` gets a new one."""
        self.clients.clear()
        self.sessions.clear()

    def by_token(self, username: str, *scopes: str) -> TestClient:
        """An HTTP client with an API token of `username`."""
        issued = bus.run(self.services, CreateToken("test", scopes), self.actor(username))
        headers = {"Authorization": f"Bearer {issued.secret}"}
        return TestClient(self.app, headers=headers, raise_server_exceptions=False)

    def actor(self, username: str) -> Actor:
        """The person as the engine sees them."""
        with self.services.database.read() as connection:
            found = by_username(connection, username)
        assert found is not None, username
        return found

    def run(self, command: Any, by: str | None = None) -> Any:
        """Runs a command, and every job that is due after it."""
        result = bus.run(self.services, command, self.actor(by) if by is not None else SYSTEM)
        self.settle()
        return result

    def settle(self) -> None:
        """Does what a worker would do now."""
        while jobs := bus.run(self.services, LeaseJobs("test", 10, 60), SYSTEM):
            for job in jobs:
                worker.execute(self.services, job)

    def start(self, key: str, variables: Mapping[str, Any] | None = None, *, by: str | None = None, **more: Any) -> str:
        """Starts an instance; returns its id."""
        id: str = self.run(StartInstance(key, variables or {}, **more), by)
        return id

    def purchase(self, amount: str = "1200.50", *, by: str = "lin", **more: Any) -> str:
        """A purchase that waits for its approval."""
        return self.start("purchase", {"title": "Desk", "amount": amount}, by=by, **more)

    def task(self, instance_id: str, element_id: str | None = None) -> str:
        """Id of the open task of an instance."""
        query = select(t.task.c.id).where(t.task.c.instance_id == instance_id, t.task.c.status == "open")
        if element_id is not None:
            query = query.where(t.task.c.element_id == element_id)
        with self.services.database.read() as connection:
            return str(connection.execute(query).scalar_one())

    def complete(self, task_id: str, data: Mapping[str, Any], by: str) -> None:
        """Completes a task."""
        self.run(CompleteTask(task_id, data), by)

    def approved(self, *, by: str = "ann", **more: Any) -> str:
        """A purchase that was approved and waits to be ordered."""
        id = self.purchase(**more)
        self.complete(self.task(id), {"decision": "approve"}, by)
        return id

    def save(self, file: Path) -> None:
        """Keeps the present state in `file`, for `restore`."""
        with self.services.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(self.folder / "facet.db", file)

    def restore(self, file: Path) -> None:
        """Goes back to the state in `file`; people stay signed in if their sessions are in it."""
        self.services.database.close()
        self.clients.clear()
        self.services.live.clear()
        for ending in ("-wal", "-shm"):
            (self.folder / f"facet.db{ending}").unlink(missing_ok=True)
        shutil.copy(file, self.folder / "facet.db")

    def close(self) -> None:
        """Closes what is open."""
        self.services.database.close()


def furnish(services: Services) -> None:
    """People, groups and the sample processes."""
    for key, (name, zh, role) in GROUPS.items():
        bus.run(services, SaveGroup(key, name, zh, role), SYSTEM)
    hashed = Passwords(memory=8 * 1024, passes=1).hash(PASSWORD)
    for username, (name, groups) in PEOPLE.items():
        bus.run(services, CreateUser(username, name, hashed, groups=groups), SYSTEM)
    bus.run(services, DeployDefinitions(files(), name="samples"), SYSTEM)


def make_template(folder: Path) -> Path:
    """A database file with people, groups and the sample processes; `make_world` copies it. Logs become quiet."""
    logs.configure("ERROR", "json")
    folder.mkdir(parents=True, exist_ok=True)
    database = Database(f"sqlite:///{folder}/facet.db", synchronous="NORMAL")
    upgrade(database)
    furnish(Services(database, clock=VirtualClock(datetime.fromisoformat(NOW))))
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return folder / "facet.db"


def make_postgres_world(folder: Path, url: str) -> World:
    """An installation on an empty PostgreSQL database."""
    logs.configure("ERROR", "json")
    folder.mkdir(parents=True, exist_ok=True)
    database = Database(url)
    upgrade(database)
    clock = VirtualClock(datetime.fromisoformat(NOW))
    services = Services(database, clock=clock, files=LocalFiles(folder / "attachments"))
    furnish(services)
    settings = Settings(data_dir=folder, database_url=url, log_level="ERROR")
    return World(folder, settings, services, clock, create_app(settings, services))


def make_world(folder: Path, template: Path | None = None, *, app: FastAPI | None = None, **settings: Any) -> World:
    """An installation in `folder`, from a template made before where one is given.

    `app`: an application made before is given this installation's services, which is quicker than making one.
    """
    source = template or make_template(folder / "template")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, folder / "facet.db")
    chosen = Settings(data_dir=folder, log_level="ERROR", **settings)
    database = Database(chosen.database_url, synchronous="NORMAL")
    clock = VirtualClock(datetime.fromisoformat(NOW))
    services = Services(database, clock=clock, files=LocalFiles(folder / "attachments"))
    app = app or create_app(chosen, services)
    app.state.settings, app.state.services = chosen, services
    return World(folder, chosen, services, clock, app)
