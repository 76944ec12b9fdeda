"""The schema's versions: Alembic behind five functions.

SQLite is brought up to date by whoever starts first (`prepare`), PostgreSQL only when somebody asks for it
(``facet migrate``): several machines may use it, and its owner decides when it changes.
"""

from __future__ import annotations

from dataclasses import dataclass

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from engine.errors import FacetError
from engine.places import MIGRATIONS
from engine.store.database import Database


class SchemaOutdated(FacetError):
    """The database has not the tables that this version of Facet needs."""

    code = "schema-outdated"
    status = 503


@dataclass(frozen=True, slots=True)
class Revision:
    """One step of the schema: its id and its one-line description."""

    id: str
    title: str


def upgrade(database: Database, revision: str = "head") -> None:
    """Applies the steps up to `revision`, all or none; nothing if there are none. Other processes wait meanwhile.

    Creates SQLite's file where there is none. Raises SchemaOutdated for a revision that this Facet does not know.
    """
    database.install()
    with database.change_schema() as connection:
        _run(connection, revision, down=False)


def downgrade(database: Database, revision: str) -> None:
    """Takes the steps after `revision` back (``base``: all of them), with the data that only they can hold."""
    with database.change_schema() as connection:
        _run(connection, revision, down=True)


def current(database: Database) -> str | None:
    """The id of the last step that was applied; None for an empty database."""
    with database.read() as connection:
        return _current(connection)


def pending(database: Database) -> list[Revision]:
    """The steps that are still to be applied, in their order. SchemaOutdated: the database is newer than this Facet."""
    applied = current(database)
    try:
        steps = list(ScriptDirectory.from_config(_config()).iterate_revisions("head", applied or "base"))
    except (CommandError, RevisionError) as error:
        raise _unknown(str(applied)) from error
    return [Revision(step.revision, step.doc) for step in reversed(steps)]


def prepare(database: Database) -> None:
    """What a starting process does: upgrades SQLite, checks PostgreSQL. SchemaOutdated: steps are missing there."""
    if database.is_sqlite:
        database.install()
    steps = pending(database)
    if not steps:
        return
    if not database.is_sqlite:
        raise SchemaOutdated(
            f"The database lacks {len(steps)} change(s) of its tables. Run: facet migrate.",
            f"数据库结构有 {len(steps)} 项更新尚未执行，请运行：facet migrate。",
        )
    upgrade(database)


def _run(connection: Connection, revision: str, *, down: bool) -> None:
    config = _config()
    config.attributes["connection"] = connection
    try:
        (command.downgrade if down else command.upgrade)(config, revision)
    except (CommandError, RevisionError) as error:
        raise _unknown(str(_current(connection))) from error


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _unknown(revision: str) -> SchemaOutdated:
    return SchemaOutdated(
        f"The database is at revision {revision}, which this version of Facet cannot bring where you want it.",
        f"数据库当前版本为 {revision}，此版本的 Facet 无法将其迁移到目标版本。",
    )
