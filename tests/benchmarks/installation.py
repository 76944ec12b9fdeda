"""An installation to be measured: people with tokens, processes, and what the client asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.actor import SYSTEM
from engine.bus import run
from engine.commands.deployments import DeployDefinitions
from engine.commands.sessions import CreateToken
from engine.commands.users import CreateUser, SaveGroup
from engine.store.database import Database
from engine.store.migrate import upgrade
from engine.work import Services
from tests.client import Client
from tests.diagrams import diagram

STEPS = 10
FORM = b"""{"type": "object", "title": "Step", "required": ["decision", "amount"], "additionalProperties": false,
 "properties": {"decision": {"type": "string", "enum": ["approve", "reject"]}, "amount": {"type": "integer", "minimum": 1},
                "comment": {"type": "string", "maxLength": 200}}}"""
DATA = {"decision": "approve", "amount": 1200, "comment": "as agreed with the customer"}


def line(steps: int = STEPS) -> dict[str, bytes]:
    """User tasks in a line, each with a form, for the members of a group."""
    tasks = "".join(
        f'<userTask id="t{n}" name="Step {n}" facet:candidateUsers="clerk" facet:formKey="step"/>' for n in range(steps)
    )
    path = ">".join(["s", *(f"t{n}" for n in range(steps)), "e"])
    return {"line.bpmn": diagram(tasks, path, key="line"), "step.json": FORM}


def many() -> dict[str, bytes]:
    """One multi-instance task, as many at once as the start says."""
    loop = '<multiInstanceLoopCharacteristics facet:collection="items" facet:elementVariable="item"/>'
    task = f'<userTask id="m" facet:candidateUsers="clerk">{loop}</userTask>'
    return {"many.bpmn": diagram(task, "s>m>e", key="many")}


@dataclass(frozen=True, slots=True)
class Installation:
    """A prepared database and the secret of the clerk's token."""

    token: str


def prepare(url: str, *deployments: Mapping[str, bytes]) -> Installation:
    """Tables, the clerk and the deployments, by the engine itself."""
    services = Services(Database(url))
    try:
        upgrade(services.database)
        run(services, SaveGroup("staff", "Staff"), SYSTEM)
        run(services, CreateUser("clerk", "Clerk", groups=("staff",)), SYSTEM)
        for files in deployments:
            run(services, DeployDefinitions(dict(files)), SYSTEM)
        return Installation(run(services, CreateToken("bench", username="clerk"), SYSTEM).secret)
    finally:
        services.database.close()


def start(client: Client, key: str, variables: Mapping[str, object] | None = None) -> str:
    """Starts an instance; its id."""
    return str(client.post("/api/v1/process-instances", {"key": key, "variables": dict(variables or {})})["id"])


def open_tasks(client: Client, **filter: str) -> list[str]:
    """Ids of all open tasks that match."""
    found: list[str] = []
    cursor = ""
    query = "".join(f"&{name}={value}" for name, value in filter.items())
    while True:
        page = client.get(f"/api/v1/tasks?limit=200{query}{cursor}")
        found.extend(item["id"] for item in page["items"])
        if page.get("next") is None:
            return found
        cursor = f"&cursor={page['next']}"


def complete(client: Client, task: str, data: Mapping[str, object] = DATA) -> float:
    """Completes a task; seconds."""
    client.post(f"/api/v1/tasks/{task}/complete", {"data": dict(data)})
    return client.seconds
