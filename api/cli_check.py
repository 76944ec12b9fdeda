"""`facet check` and `facet migrate`: is everything there that Facet needs, and the tables of its database."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import make_url, text

from api.assets import AssetsMissing, load_assets
from api.cli_context import Refused, Voice, load_settings, release, sentence, voice
from engine.files import open_files
from engine.scripts import ScriptEnvironment
from engine.settings import PREFIX, Settings, misspelt
from engine.store.database import Database
from engine.store.migrate import current, downgrade, pending, upgrade


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check: `good` False is a fault, None merely something to know."""

    good: bool | None
    english: str
    chinese: str


def check(context: typer.Context) -> None:
    """Show settings, versions and the state of the database. · 检查设置、版本和数据库。"""
    say = voice(context)
    settings = load_settings()
    say.say("Settings", "设置", bold=True)
    for name, value, given in settings_in_force(settings):
        mark = "" if given else say(" (default)", "（默认）")
        typer.echo(f"  {name} = {value}{mark}")
    say.say("Checks", "检查", bold=True)
    faults = 0
    for finding in findings(settings):
        faults += finding.good is False
        _show(say, finding)
    if faults:
        raise typer.Exit(1)


def _show(say: Voice, finding: Finding) -> None:
    mark, colour = {True: ("✓", "green"), None: ("·", "blue"), False: ("✗", "red")}[finding.good]
    typer.echo(f"  {typer.style(mark, fg=colour)} {say(finding.english, finding.chinese)}")


def settings_in_force(settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """Name, value and whether it was given, of every setting; secrets and passwords are masked."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if name == "database_url":
            value = make_url(value).render_as_string(hide_password=True)
        shown = "–" if value is None or value == "" else str(value)  # SecretStr shows stars
        yield PREFIX + name.upper(), shown, name in settings.model_fields_set


def findings(settings: Settings) -> Iterator[Finding]:
    """Everything worth knowing, one after the other; a fault does not hide the next."""
    yield _versions()
    yield from _variables()
    yield _data_folder(settings.data_dir)
    yield from _database(settings)
    yield _guarded(lambda: _files(settings))
    yield _guarded(_assets)
    yield _guarded(_sandbox)


def _versions() -> Finding:
    parts = (
        f"Facet {release()}",
        f"Python {platform.python_version()}",
        f"SpiffWorkflow {release('SpiffWorkflow')}",
        f"SQLite {sqlite3.sqlite_version}",
    )
    return Finding(True, ", ".join(parts), "，".join(parts))


def _variables() -> Iterator[Finding]:
    for name, nearest in misspelt(os.environ).items():
        english = f"{name} means nothing" + (f"; {nearest} was meant?" if nearest else ".")
        chinese = f"{name} 不是设置项" + (f"，是否想写 {nearest}？" if nearest else "。")
        yield Finding(False, english, chinese)


def _data_folder(folder: Path) -> Finding:
    existing = next(path for path in (folder, *folder.resolve().parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        return Finding(False, f"The data directory {folder} cannot be written.", f"数据目录 {folder} 不可写。")
    return Finding(True, f"Data directory: {folder.resolve()}", f"数据目录：{folder.resolve()}")


def _guarded(look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Exception as error:  # whatever it is, the check goes on and names it
        english, chinese = sentence(error)
        return Finding(False, english, chinese)


def _database(settings: Settings) -> Iterator[Finding]:
    with closing(Database(settings.database_url)) as database:
        if database.is_sqlite and not Path(database.url.database or "").exists():
            yield Finding(None, "SQLite: the file is made at the first start.", "SQLite：首次启动时创建数据库文件。")
            return
        yield _guarded(lambda: _server(database))
        yield _guarded(lambda: _schema(database))


def _server(database: Database) -> Finding:
    with database.read() as connection:
        if database.is_sqlite:
            verdict = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
            good = verdict == "ok"
            return Finding(
                good,
                f"SQLite file: {database.url.database} ({verdict})",
                f"SQLite 文件：{database.url.database}（{verdict}）",
            )
        version = connection.execute(text("SHOW server_version")).scalar_one()
        encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
        place = f"{database.url.host}/{database.url.database}"
        return Finding(
            encoding == "UTF8",
            f"PostgreSQL {version} at {place}, encoding {encoding}",
            f"PostgreSQL {version}（{place}），编码 {encoding}",
        )


def _schema(database: Database) -> Finding:
    steps = pending(database)
    revision = current(database)
    if not steps:
        return Finding(True, f"Tables: up to date (revision {revision}).", f"表结构：最新（版本 {revision}）。")
    good = None if database.is_sqlite else False
    how = (
        ("the next start applies them", "下次启动时自动执行")
        if database.is_sqlite
        else ("run: facet migrate", "请运行：facet migrate")
    )
    return Finding(
        good, f"Tables: {len(steps)} change(s) pending; {how[0]}.", f"表结构：{len(steps)} 项更新待执行，{how[1]}。"
    )


def _files(settings: Settings) -> Finding:
    next(open_files(settings).everything(), None)  # whether it answers
    place = settings.files_url or str(settings.data_dir / "attachments")
    return Finding(True, f"File store: {place}", f"文件存储：{place}")


def _assets() -> Finding:
    try:
        load_assets()
    except AssetsMissing as error:
        return Finding(False, str(error), f"缺少浏览器文件，请运行 pip install -e . 重新构建。（{error}）")
    return Finding(True, "Browser files: there.", "浏览器文件：完整。")


def _sandbox() -> Finding:
    with ScriptEnvironment() as scripts:
        scripts.run("answer = 6 * 7", {}, now=datetime.now(UTC))
    return Finding(True, "Script sandbox: works.", "脚本沙箱：正常。")


def migrate(
    context: typer.Context,
    revision: Annotated[str, typer.Option(help="Where to; head is the newest. · 目标版本。")] = "head",
    down: Annotated[
        bool, typer.Option("--down", help="Back to that revision (base: nothing left). · 回退到该版本。")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask. · 不再询问。")] = False,
) -> None:
    """Bring the tables of the database up to date. · 升级数据库表结构。"""
    say = voice(context)
    with closing(Database(load_settings().database_url)) as database:
        if down:
            _down(database, revision, say, yes)
            return
        database.install()
        steps = pending(database)
        upgrade(database, revision)
        for step in steps:
            typer.echo(f"  {step.id}  {step.title}")
        now = current(database)
        say.say(f"The database is at revision {now}.", f"数据库已处于版本 {now}。")


def _down(database: Database, revision: str, say: Voice, yes: bool) -> None:
    if revision == "head":
        raise Refused(
            "Say where to: --down --revision base, or an older revision.",
            "请指明目标版本：--down --revision base。",
            code=2,
        )
    question = say(
        "Data that only the newer tables can hold is deleted. Go on?", "只有新表结构才能保存的数据将被删除。继续吗？"
    )
    if not yes and not typer.confirm(question):
        raise typer.Exit(1)
    downgrade(database, revision)
    now: Any = current(database)
    say.say(f"The database is at revision {now}.", f"数据库已处于版本 {now}。")
