"""A set of interpreter processes (Monty, a Rust interpreter for a subset of Python, never inside this process).

It does not survive a fork, so it begins lazily and per process; a worker that does not stop in time is killed and
replaced.
"""

from __future__ import annotations

import os
from datetime import datetime
from threading import Lock

from pydantic_monty import Monty, MontySession, OSPolicy

from engine.scripts import failures


class Sandbox:
    """Up to `workers` processes; a script waits `wait` seconds for a free one, and its process is killed `grace` seconds
    after its time (at most `seconds`) is over."""

    def __init__(
        self, binary: str | None, memory: int, workers: int, wait: float, seconds: float, grace: float
    ) -> None:
        self._binary = binary
        self._memory = memory
        self._workers = workers
        self._wait = wait
        self._seconds = seconds
        self._grace = grace
        self._lock = Lock()
        self._pool: Monty | None = None
        self._pid = 0

    def session(self, seconds: float, now: datetime | None) -> MontySession:
        """A fresh interpreter for `seconds`; its clock stands still at `now`. TimeoutError when none becomes free."""
        policy: OSPolicy = {"sleep": "zero"} if now is None else {"sleep": "zero", "datetime": now}
        return self._started().checkout(
            script_name="script",
            limits={
                "max_feed_duration_secs": seconds,
                "max_memory": self._memory,
                "max_suspensions": 10_000,
                "max_recursion_depth": 500,
            },
            assert_message_annotations=False,
            os_policy=policy,
        )

    def close(self) -> None:
        """End the processes. A further session begins new ones."""
        with self._lock:
            if self._pool is not None and self._pid == os.getpid():
                self._pool.__exit__(None, None, None)
                self._pool = None

    def _started(self) -> Monty:
        with self._lock:
            if self._pool is not None and self._pid != os.getpid():
                raise failures.forked()  # it would hang here, and break in the parent
            if self._pool is None:
                pool = Monty(
                    binary_path=self._binary,
                    min_processes=1,
                    max_processes=self._workers,
                    checkout_timeout=self._wait,
                    request_timeout=self._seconds + 5.0,
                    max_checkouts_per_worker=500,
                    feed_duration_limit_grace=self._grace,
                )
                self._pool, self._pid = pool.__enter__(), os.getpid()
            return self._pool
