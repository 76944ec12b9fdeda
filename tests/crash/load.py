"""Clients that keep an installation busy over HTTP whatever happens to it, and remember every answer that they were given.

Everything is sent again until it is answered: starts and messages carry idempotency keys, a task that was completed by a
request whose answer got lost says so. What was acknowledged has to be true afterwards.
"""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from typing import Any

from engine.actor import SYSTEM
from engine.bus import run
from engine.commands.deployments import DeployDefinitions
from engine.commands.sessions import CreateToken
from engine.commands.users import CreateUser, SaveGroup
from engine.work import Services
from tests.client import Client
from tests.diagrams import HEAD, body

TIMER = "<timerEventDefinition><timeDuration>{}</timeDuration></timerEventDefinition>"
NUMBER = (
    '<serviceTask id="{}" facet:operation="records.number" facet:resultVariable="{}"><extensionElements>'
    '<facet:parameter name="series" value="{}"/></extensionElements></serviceTask>'
)
COUNT = '<scriptTask id="{}" scriptFormat="feel" facet:resultVariable="{}"><script>if {} = null then 1 else {} + 1</script></scriptTask>'

CASE = body(
    '<userTask id="a" facet:candidateUsers="clerk"/>'
    f'<boundaryEvent id="late" attachedToRef="a" cancelActivity="false">{TIMER.format("PT0.15S")}</boundaryEvent>'
    f'<intermediateCatchEvent id="wait">{TIMER.format("PT0.1S")}</intermediateCatchEvent>'
    '<intermediateCatchEvent id="go"><messageEventDefinition messageRef="m_go"/></intermediateCatchEvent>'
    '<callActivity id="call" calledElement="child"/><userTask id="b" facet:candidateUsers="clerk"/>'
    + NUMBER.format("number", "no", "CASE-")
    + COUNT.format("count", "passes", "passes", "passes")
    + COUNT.format("remind", "reminders", "reminders", "reminders"),
    "s>number>a>wait>go>count>call>b>e",
    "late>remind>e2",
)
CHILD = body(NUMBER.format("child_number", "child_no", "CHILD-"), "s0>child_number>e0", prefix="c")
DIAGRAM = (
    f'{HEAD}<message id="m_go" name="go"/><process id="case" isExecutable="true">{CASE}</process>'
    f'<process id="child" isExecutable="true">{CHILD}</process></definitions>'
).encode()

MOST_ACTIVE = 30
"""No new cases are started while so many are under way: a backlog would only measure the machine."""


def install(services: Services) -> str:
    """Deploys the processes and makes the clerk, who may send messages; the token's secret."""
    run(services, SaveGroup("robots", "Robots", role="integration"), SYSTEM)
    run(services, CreateUser("clerk", "Clerk", groups=("robots",)), SYSTEM)
    run(services, DeployDefinitions({"case.bpmn": DIAGRAM}), SYSTEM)
    return run(services, CreateToken("load", username="clerk"), SYSTEM).secret


class Load:
    """Clients in threads. Read `started`, `completed`, `offered`, `sent` after `finish`."""

    def __init__(self, port: int, token: str, seed: int, clients: int = 4) -> None:
        self.port = port
        self.token = token
        self.started: dict[str, str] = {}
        """Business key → instance id, acknowledged."""
        self.completed: dict[str, str] = {}
        """Task id → the answer whose completion was acknowledged."""
        self.offered: defaultdict[str, list[str]] = defaultdict(list)
        """Task id → every answer that was sent for it."""
        self.active = 0
        """Instances that are under way, as whoever looked last told."""
        self.sent: set[str] = set()
        """Ids of acknowledged messages."""
        self.answers = 0
        """How often somebody was answered."""
        self.refused: list[tuple[str, int, Any]] = []
        """Answers that nobody should get."""
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._draining = threading.Event()
        self._threads = [
            threading.Thread(target=self._guarded, args=(number, random.Random(seed + number)), daemon=True)
            for number in range(clients)
        ]

    def begin(self) -> None:
        """Starts the clients."""
        for thread in self._threads:
            thread.start()

    def wait_for(self, answers: int, seconds: float = 5.0) -> None:
        """Returns when so many more answers have been given, or nobody gives any."""
        target, until = self.answers + answers, time.monotonic() + seconds
        while self.answers < target and time.monotonic() < until:
            time.sleep(0.001)

    def drain(self) -> None:
        """No new cases from now on."""
        self._draining.set()

    def finish(self) -> None:
        """Ends the clients; what they wait for is answered first."""
        self._ending.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()

    def give_up(self) -> None:
        """Ends the clients without waiting for anybody."""
        self._ending.set()

    def _guarded(self, number: int, chance: random.Random) -> None:
        client = _Stubborn(self, chance)
        serial = 0
        while not self._ending.is_set():
            try:
                tasks = client.ask("GET", "/api/v1/tasks?limit=50")[1]["items"]
                if self.active < MOST_ACTIVE and not self._draining.is_set():
                    serial += 1
                    self._start(client, f"case-{number}-{serial}")
                if tasks:
                    self._complete(client, chance.choice(tasks)["id"], f"{number}-{chance.getrandbits(64):x}")
                else:
                    self._ending.wait(0.02)
            except Ended:
                return

    def _start(self, client: _Stubborn, key: str) -> None:
        """A case, and its message: as often too early as not."""
        start = {"key": "case", "business_key": key}
        message = {"name": "go", "business_key": key, "message_id": f"go-{key}", "payload": {"told": key}}
        first = client.chance.random() < 0.5
        if first:
            self._send(client, message)
        status, answer = client.ask("POST", "/api/v1/process-instances", start, f"idempotency-key: {key}\r\n")
        if status == 201:
            self.started[key] = answer["id"]
        else:
            self.refused.append((key, status, answer))
        if not first or client.chance.random() < 0.3:
            self._send(client, message)

    def _send(self, client: _Stubborn, message: dict[str, Any]) -> None:
        status, answer = client.ask("POST", "/api/v1/messages", message)
        if status == 200:
            self.sent.add(message["message_id"])
        else:
            self.refused.append((message["message_id"], status, answer))

    def _complete(self, client: _Stubborn, task: str, answer: str) -> None:
        with self._lock:
            self.offered[task].append(answer)
        status, said = client.ask("POST", f"/api/v1/tasks/{task}/complete", {"data": {f"answer_{task}": answer}})
        if status == 200:
            with self._lock:
                self.completed[task] = answer
        elif status not in (404, 409, 412):  # a colleague was faster, or this client's own lost request
            self.refused.append((task, status, said))


class Ended(Exception):
    """The test is over."""


class _Stubborn:
    """Sends again until there is an answer."""

    def __init__(self, load: Load, chance: random.Random) -> None:
        self.chance = chance
        self._load = load
        self._client: Client | None = None

    def ask(self, method: str, path: str, body: Any = None, headers: str = "") -> tuple[int, Any]:
        """Status and body of the first answer that is no passing failure (503)."""
        while True:
            try:
                if self._client is None:
                    self._client = Client(self._load.port, self._load.token, timeout=20)
                status, answer = self._client.send(method, path, body, headers)
            except OSError:
                self._client = None
                if self._load._ending.wait(0.01):
                    raise Ended from None
                continue
            self._load.answers += 1
            if status != 503:
                return status, answer
