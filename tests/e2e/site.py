"""Facet as people meet it: a server process of its own on an empty folder, filled by `facet demo`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from api.demo import PASSWORD

__all__ = ["PASSWORD", "Server"]

READY_WITHIN = 40.0
"""Seconds that a start may take on a busy machine."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """`facet demo --serve` on `folder`. `start` may be called again after `stop`: same port, same data."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("FACET_")} | {
            "FACET_DATA_DIR": str(self.folder / "data"),
            "FACET_PORT": str(self.port),
            "FACET_LOG_FORMAT": "json",
        }
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "api.cli", "demo", "--serve"],
                cwd=Path(__file__).parents[2],
                env=environment,
                stdout=log,
                stderr=log,
            )
        self._wait()

    def _wait(self) -> None:
        ends = time.monotonic() + READY_WITHIN
        while time.monotonic() < ends:
            assert self.process is not None
            assert self.process.poll() is None, self.log()
            try:
                with urllib.request.urlopen(f"{self.address}/health/ready", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"the server did not answer within {READY_WITHIN} s:\n{self.log()}")

    def stop(self) -> None:
        """As a service manager does: SIGTERM, and SIGKILL for who does not listen."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
        self.process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def log(self) -> str:
        return (self.folder / "server.log").read_text("utf-8", "replace")[-4000:]
