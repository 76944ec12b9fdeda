"""A throw-away PostgreSQL: one private cluster a session, one database a test module.

Needs the server programs (Debian: package postgresql), no running server and no rights: the cluster lives in a temporary
directory, on a free loopback port, and belongs to an ordinary user even when the tests run as root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

# Nothing in a test has to outlive a power cut, so the server may skip waiting for the disk.
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
OWNER = "facet"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server."""

    port: int

    def url(self, database: str, driver: str = "postgresql+psycopg") -> str:
        return f"{driver}://{OWNER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        """Create a database and return its SQLAlchemy URL."""
        with psycopg.connect(self.url("postgres", "postgresql"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)


def server_programs() -> Path | None:
    """Directory of initdb and pg_ctl: the newest version under Debian's place, else the one on PATH."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: float(path.parent.name))
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


def ordinary_user() -> dict[str, Any]:
    """Arguments for subprocess that leave root behind: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def skip_or_fail(reason: str) -> None:
    """A developer's machine may lack a server or browser; in CI that is a fault and not a reason to skip."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{reason}; in CI it must be there")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    programs = server_programs()
    if programs is None:
        skip_or_fail("PostgreSQL is not installed")
        return
    home = Path(tempfile.mkdtemp(prefix="facet-postgres-"))
    user = ordinary_user()
    if user:
        os.chown(home, user["user"], user["group"])
    data, log, port = home / "data", home / "log", free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} {FAST}"
    initdb = [programs / "initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    start = [programs / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start"]
    try:
        subprocess.run(initdb, check=True, capture_output=True, cwd=home, **user)
        subprocess.run(start, check=True, stdout=subprocess.DEVNULL, cwd=home, **user)
        yield Cluster(port)
    finally:
        stop = [programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"]
        subprocess.run(stop, check=False, capture_output=True, cwd=home, **user)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def postgres_url(postgres_cluster: Cluster, request: pytest.FixtureRequest) -> str:
    """SQLAlchemy URL of an empty database that belongs to the test module alone."""
    module = request.module.__name__.rpartition(".")[2][:40]
    return postgres_cluster.create_database(f"{module}_{uuid.uuid4().hex[:8]}")
