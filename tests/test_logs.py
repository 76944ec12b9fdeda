"""Every line says what happened, where, and to whom it belongs; secrets stay out."""

from __future__ import annotations

import io
import json
import logging
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from engine import logs
from engine.store.database import Database


def _lines(output: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_events_carry_their_context() -> None:
    output = io.StringIO()
    logs.configure("INFO", "json", output)
    log = structlog.get_logger("engine.worker")

    with logs.context(request_id="r-1", instance_id="i-1", user="li"):
        log.info("job failed", attempt=2, amount=Decimal("67000.00"))
    log.info("done")

    first, second = _lines(output)
    assert first.pop("at").endswith("Z")
    assert first == {
        "event": "job failed",
        "level": "info",
        "logger": "engine.worker",
        "request_id": "r-1",
        "instance_id": "i-1",
        "user": "li",
        "attempt": 2,
        "amount": "67000.00",
    }
    assert "request_id" not in second


def test_other_libraries_log_the_same_way() -> None:
    output = io.StringIO()
    logs.configure("INFO", "json", output)

    with logs.context(request_id="r-1"):
        logging.getLogger("another.library").info("upgrade to %s", "0001")
        logging.getLogger("httpx").info("too much detail")

    (line,) = _lines(output)
    assert (line["event"], line["logger"], line["request_id"]) == ("upgrade to 0001", "another.library", "r-1")


def test_levels_below_are_silent() -> None:
    output = io.StringIO()
    logs.configure("WARNING", "json", output)

    structlog.get_logger("a").info("no")
    logging.getLogger("a").info("no")
    structlog.get_logger("a").warning("yes")

    assert [line["event"] for line in _lines(output)] == ["yes"]


@pytest.mark.parametrize("format", ["json", "console"])
def test_secrets_and_local_variables_stay_out(format: logs.Format) -> None:
    output = io.StringIO()
    logs.configure("INFO", format, output)
    log = structlog.get_logger("a")

    log.info("sign-in", password="hunter2", api_token="hunter2", Authorization="hunter2")
    try:
        password = "hunter2"
        int(f"not a number{password[:0]}")
    except ValueError:
        log.exception("failed")

    assert "hunter2" not in output.getvalue()
    assert "builtins.ValueError" in output.getvalue() and "invalid literal" not in output.getvalue()
    assert "***" in output.getvalue()


def test_a_line_break_in_a_value_begins_no_new_line() -> None:
    output = io.StringIO()
    logs.configure("INFO", "json", output)

    structlog.get_logger("a").info("tried", name='x\n{"event": "forged"}')

    assert len(_lines(output)) == 1


def test_auto_is_json_where_nobody_reads() -> None:
    output = io.StringIO()
    logs.configure("INFO", "auto", output)

    structlog.get_logger("a").info("said")

    assert _lines(output)[0]["event"] == "said"


class _Refused(Exception):
    code = "too-bad"


@pytest.mark.parametrize("format", ["json", "console"])
@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("4111 1111 1111 1111"), "builtins.ValueError"),
        (KeyError("4111 1111 1111 1111"), "builtins.KeyError"),
        (_Refused("4111 1111 1111 1111"), "_Refused: too-bad"),
        (FileNotFoundError(2, "No such file or directory", "4111 1111 1111 1111"), "No such file or directory"),
        (sqlite3.OperationalError("database is locked"), "database is locked"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_exception_is_told_without_what_it_quotes(error: Exception, told: str, format: logs.Format) -> None:
    output = io.StringIO()
    logs.configure("INFO", format, output)

    def fail(secret: str) -> None:
        raise RuntimeError(f"while looking at {secret}") from error

    try:
        fail("4111 1111 1111 1111")
    except RuntimeError:
        structlog.get_logger("engine.x").exception("failed")
        logging.getLogger("another.library").exception("failed too")

    written = output.getvalue()
    assert "4111" not in written
    assert written.count(told) == 2 and written.count("builtins.RuntimeError") == 2
    assert "test_logs.py" in written and "in fail" in written


def test_a_statement_that_fails_is_told_without_its_parameters(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    database.install()

    with pytest.raises(DBAPIError) as caught, database.write() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:card)"), {"card": "4111 1111 1111 1111"})
    database.close()

    assert "4111" not in str(caught.value)
