"""Servers and workers of their own that can be killed: real processes, forked from one that has imported everything."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from api.cli_context import Voice
from api.cli_serve import run_server, run_worker
from engine.settings import Settings

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.crash.processes"])


def _begin(environment: Mapping[str, str], log: Path) -> Settings:
    for name in [name for name in os.environ if name.startswith("FACET_")]:
        del os.environ[name]
    os.environ.update(environment)
    output = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    os.dup2(output, 1)
    os.dup2(output, 2)
    return Settings()


def _serve(environment: Mapping[str, str], log: Path, worker: bool) -> None:
    run_server(_begin(environment, log), Voice("en"), worker=worker)


def _work(environment: Mapping[str, str], log: Path) -> None:
    run_worker(_begin(environment, log), Voice("en"))


class Victim:
    """A process as `facet serve` or `facet worker` starts it, for tests that kill it."""

    def __init__(self, kind: str, environment: Mapping[str, str], log: Path) -> None:
        self.kind = kind
        self.environment = environment
        self.log = log
        self._process: ForkServerProcess | None = None

    def start(self) -> None:
        """Starts it (again)."""
        if self.kind == "worker":
            self._process = _FORKS.Process(target=_work, args=(self.environment, self.log), daemon=True)
        else:
            embedded = self.kind == "server with worker"
            self._process = _FORKS.Process(target=_serve, args=(self.environment, self.log, embedded), daemon=True)
        self._process.start()

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Ends it at whatever point it is, and waits until it is gone."""
        if self._process is None or self._process.pid is None or not self._process.is_alive():
            return
        os.kill(self._process.pid, number)
        self._process.join(30)
        assert self._process.exitcode is not None

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.is_alive()

    def wait_until_it_answers(self, port: int, seconds: float = 30.0) -> None:
        """Returns when somebody listens; AssertionError with the log when the process ends instead."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self.alive, self.log.read_text(errors="replace")[-3000:]
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                threading.Event().wait(0.005)
        raise AssertionError(f"no answer:\n{self.log.read_text(errors='replace')[-3000:]}")
