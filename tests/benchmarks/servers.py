"""Servers as an installation runs them, each a process (or several) of its own, on a free port of this machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import OWNER, Cluster, free_port, ordinary_user, server_programs

ROOT = Path(__file__).resolve().parents[2]


def start(arguments: list[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """A Python process in a group of its own; what it prints goes to `log`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FACET_")}
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**clean, "PYTHONPATH": str(ROOT), **environment},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 60.0) -> None:
    """Returns when `url` answers at all. RuntimeError with the log when the process ends or takes too long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} does not answer:\n{log.read_text(errors='replace')[-3000:]}")


def stop(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> None:
    """Ends the process and what it started, and waits for it."""
    try:
        os.killpg(process.pid, number)
        process.wait(20)
    except ProcessLookupError:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


@contextmanager
def serving(arguments: list[str], environment: Mapping[str, str], path: str, port: int, log: Path) -> Iterator[int]:
    """A server for the length of the block; its port."""
    process = start(arguments, environment, log)
    try:
        wait_until_ready(f"http://127.0.0.1:{port}{path}", process, log)
        yield port
    finally:
        stop(process)


def facet_environment(folder: Path, url: str | None = None, **more: str) -> dict[str, str]:
    """Settings of an installation in `folder`; `url` None: SQLite with full durability."""
    return {
        "FACET_DATA_DIR": str(folder),
        "FACET_DATABASE_URL": url or f"sqlite:///{folder / 'facet.db'}",
        "FACET_SECRET": "a secret for measurements only, nothing else",
        "FACET_LOG_LEVEL": "WARNING",
        "FACET_TOKEN_REQUESTS_PER_MINUTE": "0",
        **more,
    }


@contextmanager
def facet_server(folder: Path, url: str | None = None, *, processes: int = 1, worker: bool = True) -> Iterator[int]:
    """``facet serve``; PostgreSQL is migrated before."""
    environment = facet_environment(folder, url)
    log, port = folder / "facet.log", free_port()
    if url is not None:
        subprocess.run(
            [sys.executable, "-m", "api.cli", "migrate"],
            cwd=ROOT,
            env={**os.environ, **environment},
            check=True,
            stdout=subprocess.DEVNULL,
        )
    arguments = ["-m", "api.cli", "serve", "--port", str(port), "--workers", str(processes)]
    with serving([*arguments, *([] if worker else ["--no-worker"])], environment, "/health/ready", port, log):
        yield port


@contextmanager
def floor_server(folder: Path, url: str, *, processes: int = 1) -> Iterator[int]:
    """`tests.benchmarks.floor` under the same server with the same options."""
    port = free_port()
    arguments = ["-m", "uvicorn", "--factory", "tests.benchmarks.floor:create_app", "--port", str(port)]
    options = [
        "--log-level",
        "warning",
        "--no-access-log",
        "--no-server-header",
        "--workers",
        str(processes),
        "--timeout-worker-healthcheck",
        "60",
    ]
    with serving([*arguments, *options], {"FLOOR_URL": url}, "/", port, folder / "floor.log"):
        yield port


@contextmanager
def postgres() -> Iterator[Cluster | None]:
    """A private PostgreSQL with its default durability; None where there are no server programs."""
    programs = server_programs()
    if programs is None:
        yield None
        return
    home = Path(tempfile.mkdtemp(prefix="facet-bench-"))
    user = ordinary_user()
    if user:
        os.chown(home, user["user"], user["group"])
    data, port = home / "data", free_port()
    initdb = [programs / "initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C"]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home}"
    begin = [programs / "pg_ctl", "-D", data, "-l", home / "log", "-o", options, "-w", "start"]
    try:
        subprocess.run(initdb, check=True, capture_output=True, cwd=home, **user)
        subprocess.run(begin, check=True, stdout=subprocess.DEVNULL, cwd=home, **user)
        yield Cluster(port)
    finally:
        end = [programs / "pg_ctl", "-D", data, "-m", "fast", "stop"]
        subprocess.run(end, check=False, capture_output=True, cwd=home, **user)
        shutil.rmtree(home, ignore_errors=True)
