"""The worker: leases due jobs and finishes them with commands; many may run at once, in threads, processes, machines.

A lease is taken in one short transaction. Internal jobs are one command each; calls of connectors run outside any
transaction and are finished by a command. A worker that dies leaves leases that expire.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable

from engine.actor import SYSTEM
from engine.bus import run
from engine.commands.jobs import ExpireMessages, FailJob, FinishService, Job, LeaseJobs, RunJob
from engine.connectors import OPERATIONS, Call, PermanentFailure
from engine.errors import BpmnError, Conflict, FacetError, LimitExceeded, NotFound, StaleRevision
from engine.feel import FeelError
from engine.metrics import JOBS
from engine.queries.jobs import business_key_of
from engine.store.database import Busy
from engine.work import Services, error_text

log = logging.getLogger(__name__)

BATCH = 10
HOUSEKEEPING = 60
"""Looks for jobs between two rounds of housekeeping."""


def execute(services: Services, job: Job) -> None:
    """Does one leased job, whatever comes of it: done, to be tried again, or an incident."""
    try:
        if job.kind == "service":
            _call(services, job)
        else:
            run(services, RunJob(job), SYSTEM, source="worker")
        JOBS.labels(kind=job.kind, result="done").inc()
    except (StaleRevision, Busy) as error:
        log.info("job %s (%s) postponed: %s", job.id, job.kind, error)
    except Conflict as error:
        _dropped(services, job, error)
    except (FacetError, FeelError) as error:
        final = isinstance(error, NotFound | LimitExceeded | PermanentFailure | FeelError)
        _failed(services, job, str(error.code), error_text(error), getattr(error, "zh", ""), final=final)
    except Exception as error:
        log.exception("job %s (%s) failed", job.id, job.kind)
        _failed(services, job, "unexpected", error_text(error), "", final=False)


def _call(services: Services, job: Job) -> None:
    operation = services.operations.get(job.payload["operation"]) or OPERATIONS.get(job.payload["operation"])
    if operation is None:
        raise PermanentFailure(
            f"There is no operation “{job.payload['operation']}”.", f"没有操作“{job.payload['operation']}”。"
        )
    assert job.instance_id is not None
    call = Call(
        parameters=job.payload["parameters"],
        key=job.id,
        instance_id=job.instance_id,
        business_key=business_key_of(services.database, job.instance_id),
        now=services.clock.now(),
        database=services.database,
    )
    try:
        finish = FinishService(job, dict(operation(call)))
    except BpmnError as error:
        finish = FinishService(job, dict(error.data), error.error_code, error.message)
    run(services, finish, SYSTEM, source="worker")


def _dropped(services: Services, job: Job, error: Conflict) -> None:
    """What the job was for is gone or suspended: a suspended instance keeps its job, an ended one needs none."""
    log.info("job %s (%s) is not wanted: %s", job.id, job.kind, error.message)
    _failed(services, job, error.code, error.message, error.zh, final=False)


def _failed(services: Services, job: Job, code: str, message: str, zh: str, *, final: bool) -> None:
    JOBS.labels(kind=job.kind, result="failed" if final or job.retries <= 1 else "retried").inc()
    run(services, FailJob(job, code, message, zh, final=final), SYSTEM, source="worker")


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
        self._work = threading.Event()
        self._running: list[threading.Thread] = []
        self._rounds = 0

    def start(self) -> None:
        """Begins to work."""
        for number in range(self._threads):
            thread = threading.Thread(target=self._loop, name=f"{self.name}-{number}", daemon=True, args=(number,))
            thread.start()
            self._running.append(thread)

    def stop(self, timeout: float = 30.0) -> None:
        """Finishes what was begun and ends; leases of what was not begun run out."""
        self._stopping.set()
        self._work.set()
        for thread in self._running:
            thread.join(timeout)

    def wake(self) -> None:
        """There is something to do now."""
        self._work.set()

    def run_once(self, name: str | None = None) -> int:
        """One lease and its jobs; returns how many."""
        jobs: list[Job] = run(self.services, LeaseJobs(name or self.name, BATCH, self._lease), SYSTEM, source="worker")
        for job in jobs:
            execute(self.services, job)
        return len(jobs)

    def _loop(self, number: int) -> None:
        name = f"{self.name}-{number}"
        while not self._stopping.is_set():
            self._work.clear()
            try:
                done = self._guarded(lambda: self.run_once(name))
                if number == 0:
                    self._housekeep()
            except Exception:
                log.exception("worker round failed")
                done = 0
            if not done and not self._stopping.is_set():
                self._work.wait(self._poll)

    def _guarded(self, action: Callable[[], int]) -> int:
        try:
            return action()
        except (Busy, StaleRevision):
            return 0

    def _housekeep(self) -> None:
        self._rounds += 1
        if self._rounds % HOUSEKEEPING == 1:
            run(self.services, ExpireMessages(), SYSTEM, source="worker")
