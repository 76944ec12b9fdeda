"""Logs: one event a line, as JSON or for reading, with what the event belongs to; other libraries' logs the same way.

`structlog.get_logger(__name__)` gives loggers; `log.info("job failed", job_id=…, attempt=2)` says what happened.
"""

from __future__ import annotations

import logging
import sqlite3
import sys
import traceback
from contextlib import AbstractContextManager
from typing import Any, Final, Literal, TextIO

import msgspec
import structlog
from structlog.contextvars import bound_contextvars
from structlog.typing import EventDict, Processor, WrappedLogger

Format = Literal["auto", "json", "console"]

_HIDDEN: Final = ("password", "secret", "token", "authorization", "cookie", "csrf")
_MOST_LINES: Final = 200
_MOST_FRAMES: Final = 40
_QUIET: Final = ("alembic", "httpcore", "httpx", "spiff", "uvicorn.access")  # only their warnings are of interest


def configure(level: str = "INFO", format: Format = "auto", stream: TextIO | None = None) -> None:
    """Sends all logs of this process to `stream` (standard error): once, at the start.

    `auto` is console on a terminal, else json. Values under names like password, token or cookie are never written.
    """
    output = stream or sys.stderr
    console = format == "console" or (format == "auto" and output.isatty())
    shared = _shared_processors()
    structlog.configure(
        processors=[*shared, *_renderers(console, output)],
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        logger_factory=lambda *names: _Logger(output, *names),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(console, output)],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


def context(
    *,
    request_id: str | None = None,
    instance_id: str | None = None,
    task_id: str | None = None,
    user: str | None = None,
) -> AbstractContextManager[Any]:
    """Everything logged inside the block, in this thread or task, says what it belongs to."""
    given = {"request_id": request_id, "instance_id": instance_id, "task_id": task_id, "user": user}
    return bound_contextvars(**{name: value for name, value in given.items() if value is not None})


class _Logger(structlog.WriteLogger):
    """Writes lines, and knows the name of the module that does."""

    def __init__(self, output: TextIO, name: str = "") -> None:
        super().__init__(output)
        self.name = name


def _shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _hide,
    ]


def _renderers(console: bool, output: TextIO) -> list[Processor]:
    failures = structlog.processors.ExceptionRenderer(places)
    if console:
        return [failures, structlog.dev.ConsoleRenderer(colors=output.isatty(), timestamp_key="at")]
    return [failures, structlog.processors.JSONRenderer(serializer=_json)]


def places(exc_info: Any) -> str:
    """What an exception was and where in the code, without its text: that may quote what people typed. The system's own
    texts (a file, a socket, SQLite) are kept; errors of ours have a code."""
    lines: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None and len(lines) < _MOST_LINES:
        lines.append(f"{type(error).__module__}.{type(error).__qualname__}{_plain(error)}")
        lines.extend(
            f"  {frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
        )
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)


def _plain(error: BaseException) -> str:
    """The part of an exception's text that cannot quote a value."""
    if isinstance(error, OSError) and error.strerror:
        return f": {error.strerror}"
    if isinstance(error, sqlite3.OperationalError):
        return f": {error}"
    code = getattr(error, "sqlstate", None) or getattr(error, "code", None)
    return f": {code}" if isinstance(code, str) and code.replace("-", "").replace("_", "").isalnum() else ""


def _logger_name(logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    record = event.get("_record")
    name = getattr(logger, "name", None) if record is None else record.name
    if name:
        event["logger"] = name
    return event


def _hide(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for name in event:
        if any(word in name.lower() for word in _HIDDEN):
            event[name] = "***"
    return event


def _json(event: EventDict, **_options: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
