"""`facet serve` and `facet worker` as processes: they answer, and they end when they are told to."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.benchmarks.servers import facet_environment, start, stop, wait_until_ready
from tests.cli.conftest import Facet
from tests.postgres import free_port


def _get(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read().decode()


def _ends(process: subprocess.Popen[bytes]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(30)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def test_a_server_makes_its_database_answers_and_ends(tmp_path: Path, log: Path) -> None:
    port = free_port()
    process = start(["-m", "api.cli", "serve", "--port", str(port)], facet_environment(tmp_path), log)
    try:
        wait_until_ready(f"http://127.0.0.1:{port}/health/live", process, log)
        assert _get(f"http://127.0.0.1:{port}/health/ready")[0] == 200
        assert "facet_jobs_due" in _get(f"http://127.0.0.1:{port}/metrics")[1]
        assert _ends(process) == 0
    finally:
        stop(process, signal.SIGKILL)

    assert (tmp_path / "facet.db").exists()
    assert f"Facet is ready: http://127.0.0.1:{port}" in log.read_text()
    assert "Traceback" not in log.read_text() and '"exception"' not in log.read_text()


def test_a_worker_runs_until_it_is_told_to_end(tmp_path: Path, log: Path) -> None:
    process = start(["-m", "api.cli", "worker"], facet_environment(tmp_path), log)
    try:
        for _ in range(600):
            if "The worker runs" in log.read_text():
                break
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        assert _ends(process) == 0
    finally:
        stop(process, signal.SIGKILL)

    assert "Traceback" not in log.read_text() and '"exception"' not in log.read_text()


def test_a_port_that_is_taken_is_one_sentence(facet: Facet) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = facet("serve", "--port", str(taken.getsockname()[1]))

    assert result.exit_code == 1
    assert "Choose another port" in result.stderr
    assert result.stderr.count("\n") == 1


def test_several_processes_are_for_postgresql(facet: Facet) -> None:
    result = facet("serve", "--workers", "2")

    assert result.exit_code == 2
    assert "need PostgreSQL" in result.stderr


@pytest.mark.postgres
def test_a_postgresql_that_lacks_its_tables_is_said(
    facet: Facet, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACET_DATABASE_URL", postgres_url)

    assert "Run: facet migrate" in facet("serve").stderr
    assert "run: facet migrate" in facet("check").stdout

    assert facet("migrate").exit_code == 0
    assert "up to date" in facet("check").stdout


def test_the_module_is_the_command() -> None:
    shown = subprocess.run([sys.executable, "-m", "api.cli", "--version"], capture_output=True, text=True, check=True)

    assert shown.stdout.startswith("facet ")
