"""The server's side: hands files to the helper process, and says what became of it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Timer
from typing import Final

from engine.bpmn.model import Problem

_HOME: Final = Path(__file__).resolve().parents[2]
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "VIRTUAL_ENV", "TZ", "PYTHONPATH")
"""What the helper sees of the environment: never the secret or the database's address."""


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What reading one upload may cost."""

    seconds: int = 8
    """Of processor time."""
    memory: int = 1024 * 1024 * 1024
    """Bytes of address space of the helper process (enforced where the system can)."""
    wait: float = 30.0
    """Seconds of the clock."""


class UploadInspector:
    """Keeps one helper process, started when it is first needed and replaced when it died; uploads come one by one.

    Any number of threads may use it. `close` in the end.
    """

    def __init__(self, limits: UploadLimits = UploadLimits()) -> None:
        self.limits: Final = limits
        self._lock = Lock()
        self._helper: subprocess.Popen[bytes] | None = None

    def inspect(self, files: Mapping[str, bytes]) -> list[Problem]:
        """Reads, lints and compiles the files. Empty when that was possible within the limits, whatever it found: the
        deployment says that itself. Else the one problem that they cost too much."""
        with self._lock:
            if self._ask(dict(files)):
                return []
            self._end()
        return [_too_costly(files)]

    def close(self) -> None:
        """Ends the helper process."""
        with self._lock:
            self._end()

    def _ask(self, files: dict[str, bytes]) -> bool:
        helper = self._running()
        assert helper.stdin is not None and helper.stdout is not None
        watch = Timer(self.limits.wait, helper.kill)
        watch.start()
        try:
            message = pickle.dumps(files)
            helper.stdin.write(len(message).to_bytes(8, "big") + message)
            helper.stdin.flush()
            return helper.stdout.read(1) == b"1"
        except OSError:  # it died while it was being written to
            return False
        finally:
            watch.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._helper is None or self._helper.poll() is not None:
            self._end()
            self._helper = subprocess.Popen(
                [sys.executable, "-m", "engine.uploads.helper", str(self.limits.seconds), str(self.limits.memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=_HOME,
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
                start_new_session=True,
            )
        return self._helper

    def _end(self) -> None:
        helper, self._helper = self._helper, None
        if helper is None:
            return
        helper.kill()
        helper.wait()
        for pipe in (helper.stdin, helper.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was not written any more
                    continue


def _too_costly(files: Mapping[str, bytes]) -> Problem:
    return Problem(
        "error",
        "too-costly",
        "Reading these files takes too much time or memory. Split the process or the table into smaller ones.",
        "读取这些文件所需的时间或内存过多，请拆分为较小的流程或决策表。",
        ", ".join(sorted(files))[:200],
    )
