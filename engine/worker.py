"""The worker: leases due jobs and finishes them with commands; many may run at once, in threads, processes, machines.

A lease is taken in one short transaction and prolonged while the work lasts. Internal jobs are one command each; calls of
connectors run outside any transaction and are finished by a command. A worker that dies leaves leases that expire.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from engine.actor import SYSTEM
from engine.bus import run
from engine.cleaning import clean
from engine.commands.audit import SealAudit
from engine.commands.jobs import (
    ExpireMessages,
    ExtendLease,
    FailJob,
    FinishService,
    Job,
    LeaseJobs,
    ReleaseJobs,
    RunJob,
)
from engine.commands.webhooks import RemoveDeliveries
from engine.connectors import OPERATIONS, Call, PermanentFailure
from engine.delivery import deliver
from engine.errors import BpmnError, FacetError, InvalidInput, LimitExceeded, NotFound, StaleRevision
from engine.feel import FeelError
from engine.mailing import send_again
from engine.metrics import JOBS
from engine.queries.audit import audit_head, has_unsealed
from engine.queries.jobs import business_key_of
from engine.scripts.errors import ScriptBusy, ScriptError
from engine.store.database import Busy
from engine.variables import dumps, loads
from engine.work import Services, error_text

log = logging.getLogger(__name__)

BATCH = 10
HOUSEKEEPING = 60
"""Looks for jobs between two rounds of housekeeping."""
TIDYING = 3600.0
"""Seconds between two looks for files that nobody has any more."""
ORPHANS = 24
"""Of so many looks one goes through everything that is in the file store."""
POSTPONED = 1.0
"""Seconds until a job is tried again that found the database busy or its instance moved by others."""
FINAL = (InvalidInput, LimitExceeded, NotFound, PermanentFailure, FeelError, ScriptError)
"""Errors of which the next attempt would be the same."""


def execute(services: Services, job: Job) -> None:
    """Does one leased job, whatever comes of it: done, to be tried again, or an incident. Raises nothing but Busy."""
    result = "done"
    try:
        if job.kind == "service":
            run(services, _answer(services, job), SYSTEM, source="worker")
        elif job.kind == "script":
            run(services, _script(services, job), SYSTEM, source="worker")
        elif job.kind == "webhook":
            result = deliver(services, job)
        elif job.kind == "mail":
            send_again(services, job)
        else:
            run(services, RunJob(job), SYSTEM, source="worker")
        JOBS.labels(kind=job.kind, result=result).inc()
    except (StaleRevision, Busy, ScriptBusy) as error:
        log.info("job %s (%s) is postponed: %s", job.id, job.kind, error)
        run(services, ReleaseJobs(job.worker, (job.id,), POSTPONED), SYSTEM, source="worker")
    except (FacetError, FeelError) as error:
        _failed(
            services, job, str(error.code), error_text(error), getattr(error, "zh", ""), final=isinstance(error, FINAL)
        )
    except Exception as error:
        log.exception("job %s (%s) failed", job.id, job.kind)
        _failed(services, job, "unexpected", error_text(error), "", final=False)


def _answer(services: Services, job: Job) -> FinishService:
    """What the service says: its result or a BPMN error; or what it said before the instance was suspended."""
    if (known := _known(job)) is not None:
        return known
    name = job.payload["operation"]
    operation = services.operations.get(name) or OPERATIONS.get(name)
    if operation is None:
        raise PermanentFailure(f"There is no operation “{name}”.", f"没有操作“{name}”。")
    assert job.instance_id is not None
    call = Call(
        parameters=job.payload["parameters"],
        key=job.key,
        instance_id=job.instance_id,
        business_key=business_key_of(services.database, job.instance_id),
        now=services.clock.now(),
        database=services.database,
        zone=services.zone,
        asked_at=job.asked_at,
    )
    try:
        return FinishService(job, _values(operation(call)))
    except BpmnError as error:
        return FinishService(job, _values(error.data), error.error_code, error.message)


def _known(job: Job) -> FinishService | None:
    """What was answered before the instance was suspended."""
    answer = job.payload.get("answer")
    return None if answer is None else FinishService(job, answer["result"], answer["error_code"], answer["message"])


def _script(services: Services, job: Job) -> FinishService:
    """What a script leaves behind that was too long for its turn; no transaction is open while it runs."""
    if (known := _known(job)) is not None:
        return known
    if services.scripts is None:
        raise PermanentFailure("Scripts are switched off here.", "此处已禁用脚本。")
    try:
        outcome = services.scripts.run(_source(services, job), job.payload["variables"], now=job.payload["now"])
    except BpmnError as error:
        return FinishService(job, {}, error.error_code, error.message)
    return FinishService(job, _values({"values": outcome.values, "result": outcome.result}))


def _source(services: Services, job: Job) -> str:
    assert job.definition_id is not None and job.element_id is not None
    with services.database.read() as connection:
        return services.definitions.get(connection, job.definition_id).process.nodes[job.element_id].script or ""


def _values(result: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an answer as they would come back from the database. InvalidInput for what is no value."""
    values: dict[str, Any] = loads(dumps(dict(result)))
    return values


def _failed(services: Services, job: Job, code: str, message: str, zh: str, *, final: bool) -> None:
    JOBS.labels(kind=job.kind, result="failed" if final or job.retries <= 1 else "retried").inc()
    if run(services, FailJob(job, code, message, zh, final=final), SYSTEM, source="worker") and job.instance_id is None:
        log.warning("job %s (%s) failed: %s", job.id, job.kind, code)  # no incident says so; the job has the sentence


class Worker:
    """A loop in threads of its own: `start()`, `stop()`; `wake()` cuts its pause short."""

    def __init__(
        self, services: Services, *, threads: int = 2, poll_seconds: float = 1.0, lease_seconds: int = 60
    ) -> None:
        self.services = services
        self.name = f"worker-{uuid.uuid4()}"
        self._threads = threads
        self._poll = poll_seconds
        self._lease = lease_seconds
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._work = threading.Event()
        self._running: list[threading.Thread] = []
        self._held: dict[str, tuple[str, ...]] = {}
        """Jobs that are leased and not done yet, by the name of the thread that has them."""
        self._rounds = 0
        self._told: date | None = None

    def start(self) -> None:
        """Begins to work."""
        self._begin("leases", self._prolong)
        if self.services.files is not None:
            self._begin("files", self._tidy)
        for number in range(self._threads):
            self._begin(str(number), self._loop, number)

    def _begin(self, name: str, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, name=f"{self.name}-{name}", daemon=True, args=args)
        thread.start()
        self._running.append(thread)

    def stop(self, timeout: float = 30.0) -> None:
        """Finishes the jobs that were begun and ends; what was leased and not begun is given back."""
        self._stopping.set()
        self._work.set()
        for thread in self._running[1:]:
            thread.join(timeout)
        self._ended.set()
        for thread in self._running[:1]:
            thread.join(timeout)

    def wake(self) -> None:
        """There is something to do now."""
        self._work.set()

    def run_once(self, name: str | None = None) -> int:
        """One lease and its jobs; returns how many."""
        holder = name or self.name
        jobs: list[Job] = run(self.services, LeaseJobs(holder, BATCH, self._lease), SYSTEM, source="worker")
        try:
            for number, job in enumerate(jobs):
                self._held[holder] = tuple(left.id for left in jobs[number:])
                if self._stopping.is_set():
                    run(self.services, ReleaseJobs(holder, self._held[holder]), SYSTEM, source="worker")
                    return number
                self._execute(job)
        finally:
            self._held.pop(holder, None)
        return len(jobs)

    def _execute(self, job: Job) -> None:
        try:
            execute(self.services, job)
        except Exception:  # its lease runs out, then somebody tries again; the other jobs go on
            log.exception("job %s (%s) could not be finished", job.id, job.kind)

    def _loop(self, number: int) -> None:
        name = f"{self.name}-{number}"
        while not self._stopping.is_set():
            self._work.clear()
            try:
                done = self.run_once(name)
                if number == 0:
                    self._housekeep()
            except (Busy, StaleRevision):
                done = 0
            except Exception:
                log.exception("worker round failed")
                done = 0
            if not done and not self._stopping.is_set():
                self._work.wait(self._poll)

    def _prolong(self) -> None:
        """Keeps the leases of what takes longer than a lease lasts."""
        while not self._ended.wait(self._lease / 3):
            for holder, jobs in list(self._held.items()):
                try:
                    run(self.services, ExtendLease(holder, jobs, self._lease), SYSTEM, source="worker")
                except Exception:
                    log.exception("leases of %s could not be prolonged", holder)

    def _tidy(self) -> None:
        """In a thread of its own: a file store may take its time."""
        looks = 0
        while not self._stopping.wait(TIDYING if looks else 0):
            looks += 1
            try:
                clean(self.services, orphans=looks % ORPHANS == 2)
            except Exception:
                log.exception("files could not be tidied")

    def _housekeep(self) -> None:
        self._rounds += 1
        if self._rounds % HOUSEKEEPING == 1:
            run(self.services, ExpireMessages(), SYSTEM, source="worker")
            run(self.services, RemoveDeliveries(), SYSTEM, source="worker")
        while has_unsealed(self.services.database) and run(self.services, SealAudit(), SYSTEM, source="worker"):
            continue
        self._tell_head()

    def _tell_head(self) -> None:
        """Once a day, and when it starts, the worker tells the log where the audit's chain ends: logs go elsewhere."""
        today = self.services.clock.now().date()
        if today != self._told:
            self._told = today
            head = audit_head(self.services.database)
            log.info("audit head: position %d mac %s", head.position, head.mac)
