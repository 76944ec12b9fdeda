"""Every line says what happened, where, and to whom it belongs; secrets stay out."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import structlog

from engine import logs


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


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
    assert "ValueError: invalid literal" in output.getvalue()
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
