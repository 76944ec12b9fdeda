"""One door to the database, whichever it is: `write()` and `read()` transactions over a pool of connections.

SQLite: a write begins with BEGIN IMMEDIATE behind a lock of this process, since waiting in a queue is far cheaper than
SQLite's own polling; reads are deferred transactions on a snapshot and never wait (WAL). PostgreSQL: READ COMMITTED;
reads commit statement by statement, which shows the same at that level and saves two round trips.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from engine.errors import Conflict, FacetError, InvalidInput

Synchronous = Literal["FULL", "NORMAL"]

WAIT: Final = 15.0
"""Seconds that a write waits for another one, and a request for a connection, before `Busy` is raised."""

CHECKPOINT: Final = 4000
"""Pages (of 4 kB) in SQLite's log before they are copied into the file: a page that many transactions change is copied once."""

_SCHEMA_LOCK: Final = 0x_FACE7
_RETRY: Final = frozenset({"40001", "40P01", "55P03"})  # serialization failure, deadlock, lock not available
_SQLITE_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class Busy(Conflict):
    """The database could not take the transaction just now; nothing of it was kept, so that it may be tried again."""

    code = "busy"
    status = 503

    def __init__(self) -> None:
        super().__init__("Too much is going on just now. Please try again.", "系统繁忙，请稍后重试。")


class Database:
    """Connections to one database.

    `url`: ``sqlite:///relative/path``, ``sqlite:////absolute/path`` or ``postgresql://user:password@host/name``;
    `synchronous`: SQLite only; FULL keeps every commit over a power cut, NORMAL may lose the last ones;
    `pool_size`: connections kept open; twice as many are opened under load.
    Raises InvalidInput for another kind of address. Opens nothing until it is used.
    """

    def __init__(self, url: str, *, synchronous: Synchronous = "FULL", pool_size: int = 8) -> None:
        self.url: Final = _address(url)
        self.is_sqlite: Final = self.url.get_backend_name() == "sqlite"
        self.engine: Final = (
            _sqlite(self.url, synchronous, pool_size) if self.is_sqlite else _postgres(self.url, pool_size)
        )
        self._reading: Final = (
            self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        )
        self._writer: Final = _Writer(self.engine, _Turn()) if self.is_sqlite else None

    def write(self) -> AbstractContextManager[Connection]:
        """A transaction that may change things: commits at the end of the block, rolls back if it raises.

        Raises Busy when others hold the database for too long, when PostgreSQL gives up a deadlock or a serialization,
        or when the connection is lost before the commit. RuntimeError inside another `write` of the same thread.
        """
        return _Transaction(self.engine, "BEGIN IMMEDIATE" if self.is_sqlite else None, self._writer)

    def read(self) -> AbstractContextManager[Connection]:
        """A transaction that only looks and never waits for writers; what was written on SQLite is rolled back."""
        return _Transaction(self._reading, "BEGIN" if self.is_sqlite else None, None, keep=False)

    def install(self) -> None:
        """Creates SQLite's file with its folder and switches it to WAL: once, since the file's header keeps it."""
        if not self.is_sqlite:
            return
        path = Path(self.url.database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=WAIT, isolation_level=None)
        try:
            _switch_to_wal(connection)
        finally:
            connection.close()

    @contextmanager
    def change_schema(self) -> Iterator[Connection]:
        """A transaction for migrations, kept whole or not at all; over all processes one at a time, the others wait.

        SQLite's foreign keys are not enforced meanwhile, since a table is altered by dropping it and making it anew;
        they are checked before the commit. Raises Busy as `write`, Conflict when rows refer to nothing.
        """
        engine = _sqlite(self.url, "FULL", 1, foreign_keys=False) if self.is_sqlite else self.engine
        writer = _Writer(engine, self._writer.turn) if self._writer is not None else None
        try:
            with _Transaction(engine, "BEGIN IMMEDIATE" if self.is_sqlite else None, writer) as connection:
                if not self.is_sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
                yield connection
                if self.is_sqlite and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
                    raise Conflict(f"Rows refer to nothing: {lost[:5]}.", f"部分数据的引用无效：{lost[:5]}。")
        finally:
            if writer is not None:
                writer.close()
                engine.dispose()

    def close(self) -> None:
        """Closes all connections that are not in use."""
        if self._writer is not None:
            self._writer.close()
        self.engine.dispose()


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """Statements of the block travel to PostgreSQL in one round trip; on SQLite there is none to save.

    Only for statements whose outcome nobody looks at: no rows, no rowcount. Errors appear at the end of the block.
    """
    driver: Any = connection.connection.driver_connection
    if not hasattr(driver, "pipeline"):
        yield
        return
    errors: Any = connection.dialect.loaded_dbapi.Error
    try:
        with driver.pipeline():
            yield
    except errors as error:  # behind SQLAlchemy's back: give it the class that it would have had
        raise DBAPIError.instance(None, None, error, errors, dialect=connection.dialect) from error


class _Turn:
    """Who may write to SQLite: one thread of this process at a time."""

    __slots__ = ("_lock", "_owner")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = 0

    def take(self) -> None:
        if self._owner == threading.get_ident():
            raise RuntimeError("Database.write() inside Database.write()")
        if not self._lock.acquire(timeout=WAIT):
            raise Busy
        self._owner = threading.get_ident()

    def give(self) -> None:
        self._owner = 0
        self._lock.release()


class _Writer:
    """The one connection over which SQLite is written, for whoever has the turn.

    The pages that writers change again and again stay in its cache; another connection would have to read them anew after
    each transaction of somebody else.
    """

    __slots__ = ("_connection", "_engine", "turn")

    def __init__(self, engine: Engine, turn: _Turn) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self.turn: Final = turn

    def connect(self) -> Connection:
        known = self._connection
        if known is None or known.closed or known.invalidated:
            known = self._connection = self._engine.connect()
        return known

    def close(self) -> None:
        """Waits for the turn; whoever writes next opens another connection."""
        if self._connection is None:
            return
        self.turn.take()
        try:
            known, self._connection = self._connection, None
            if known is not None:
                known.close()
        finally:
            self.turn.give()


class _Transaction:
    """One transaction. A class, not a generator: it is entered for every request."""

    __slots__ = ("_begin", "_connection", "_engine", "_keep", "_writer")

    def __init__(self, engine: Engine, begin: str | None, writer: _Writer | None, *, keep: bool = True) -> None:
        self._keep = keep
        self._engine = engine
        self._begin = begin
        self._writer = writer
        self._connection: Connection | None = None

    def __enter__(self) -> Connection:
        if self._writer is not None:
            self._writer.turn.take()
        try:
            return self._open()
        except BaseException:
            self._leave()
            raise

    def _open(self) -> Connection:
        try:
            source = self._writer if self._writer is not None else self._engine
            self._connection = connection = source.connect()
            connection.begin()
            if self._begin is not None:
                driver = connection.connection.driver_connection
                assert driver is not None
                driver.execute(self._begin)
        except PoolTimeout as error:
            raise Busy from error
        except (DBAPIError, sqlite3.OperationalError) as error:
            raise _translated(error) from error
        return connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if error is not None:
                if isinstance(error, StatementError) and (translated := _translated(error)) is not error:
                    raise translated from error
                return
            if self._keep:
                self._commit()
        finally:
            self._leave()

    def _commit(self) -> None:
        assert self._connection is not None
        try:
            self._connection.commit()
        except DBAPIError as failure:
            if failure.connection_invalidated:  # whether it was kept is not known: do not invite a second try
                raise
            raise _translated(failure) from failure

    def _leave(self) -> None:
        connection, self._connection = self._connection, None
        try:
            if connection is not None and self._writer is not None:
                connection.rollback()  # what was not committed
            elif connection is not None:
                connection.close()  # rolls back too
        finally:
            if self._writer is not None:
                self._writer.turn.give()


def _translated(error: Exception) -> Exception:
    """Busy for what a second try may cure, our own error where a value could not be written, else the error itself."""
    cause = error.orig if isinstance(error, StatementError) else error
    if isinstance(cause, FacetError):
        return cause
    if isinstance(cause, sqlite3.OperationalError):
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # extended codes carry the primary one in the low byte
        return Busy() if code in _SQLITE_BUSY else error
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return Busy() if lost or getattr(cause, "sqlstate", None) in _RETRY else error


def _address(url: str) -> URL:
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and address.database in (None, "", ":memory:"):
        raise InvalidInput(
            "SQLite needs a file: sqlite:///data/facet.db.", "SQLite 需要文件路径，例如 sqlite:///data/facet.db。"
        )
    if address.get_backend_name() == "sqlite":
        return address.set(drivername="sqlite+pysqlite")
    if address.get_backend_name() == "postgresql":
        return address.set(drivername="postgresql+psycopg")
    raise InvalidInput(
        f"Facet keeps its data in SQLite or PostgreSQL, not in {address.get_backend_name()}.",
        f"Facet 支持 SQLite 与 PostgreSQL，不支持 {address.get_backend_name()}。",
    )


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    until = time.monotonic() + WAIT
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:  # another process is switching: SQLite does not wait here by itself
            if time.monotonic() > until:
                raise _translated(error) from error
            time.sleep(0.02)


def _sqlite(url: URL, synchronous: Synchronous, pool_size: int, *, foreign_keys: bool = True) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=2 * pool_size,
        pool_timeout=WAIT,
        hide_parameters=True,  # an error's text goes to logs
        pool_use_lifo=True,  # the connection that read last has the warmest cache
        pool_reset_on_return=None,  # every transaction here ends itself
        connect_args={"isolation_level": None, "timeout": WAIT, "cached_statements": 512, "check_same_thread": False},
    )

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT}")

    event.listen(engine, "connect", prepare)
    return engine


def _postgres(url: URL, pool_size: int) -> Engine:
    options = f"-c TimeZone=UTC -c lock_timeout={int(WAIT * 1000)}"
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=2 * pool_size,
        pool_timeout=WAIT,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        connect_args={"options": options},
    )
    event.listen(engine, "connect", _json_as_text)
    return engine


def _json_as_text(connection: Any, _record: object) -> None:
    adapters = connection.adapters
    adapters.register_loader("jsonb", adapters.get_loader(adapters.types["text"].oid, 0))  # 0: text format


# --- for tests --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Count:
    """What went to the database: the statements, in order, and how many transactions were committed."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0


@contextmanager
def count_statements(database: Database) -> Iterator[Count]:
    """Counts statements and commits of all threads; BEGIN and COMMIT are no statements."""
    count = Count()

    def executed(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        count.statements.append(statement)

    def committed(_connection: Connection) -> None:
        count.commits += 1

    event.listen(database.engine, "before_cursor_execute", executed)
    event.listen(database.engine, "commit", committed)
    try:
        yield count
    finally:
        event.remove(database.engine, "before_cursor_execute", executed)
        event.remove(database.engine, "commit", committed)
