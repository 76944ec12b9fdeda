"""`facet files`: whether every attached file is there, removing what nobody has any more, moving to another store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Final

import typer

from api.cli_context import Refused, load_settings, opened, voice
from engine.cleaning import LEAST_AGE, clean, without_row
from engine.errors import NotFound
from engine.files import FileStore, open_files
from engine.queries.contents import Content, contents, usage
from engine.work import Services

app = typer.Typer(help="Attached files: check, clean, copy. · 附件：检查、清理、迁移。", no_args_is_help=True)

_CHUNK: Final = 1024 * 1024


@app.command("check")
def check(
    context: typer.Context,
    deep: Annotated[
        bool, typer.Option("--deep", help="Read every content and compare it. · 逐个读取并比对内容。")
    ] = False,
) -> None:
    """Compare the file store with the database. Exit code 1 if something is missing. · 核对文件存储与数据库。"""
    say = voice(context)
    with opened() as services:
        files = _store(services)
        with services.database.read() as connection:
            used = usage(connection)
        orphans = list(without_row(services, files.everything(), services.clock.now() - LEAST_AGE))
        bad = list(_bad(services, files, deep))
    megabytes = f"{used.bytes / 1024 / 1024:.1f}"
    say.say(f"{used.contents} contents, {megabytes} MB.", f"共 {used.contents} 个文件内容，{megabytes} MB。")
    say.say(
        f"{used.unused} are without an attachment; {len(orphans)} pieces are not in the database. The worker removes both.",
        f"其中 {used.unused} 个已无附件引用；另有 {len(orphans)} 个不在数据库中。工作进程会清理。",
    )
    for content, reason, chinese in bad:
        say.say(f"  {content.place}  {reason}", f"  {content.place}  {chinese}", error=True)
    if bad:
        raise Refused(f"{len(bad)} contents are missing or damaged.", f"{len(bad)} 个文件内容缺失或损坏。")


def _bad(services: Services, files: FileStore, deep: bool) -> Iterator[tuple[Content, str, str]]:
    with services.database.read() as connection:
        for content in contents(connection):
            try:
                with files.open(content.place) as stream:
                    sha = hashlib.sha256()
                    while deep and (chunk := stream.read(_CHUNK)):
                        sha.update(chunk)
            except NotFound:
                yield content, "missing", "缺失"
                continue
            if deep and sha.hexdigest() != content.digest:
                yield content, "damaged", "已损坏"


@app.command("clean")
def clean_now(
    context: typer.Context,
    now: Annotated[
        bool,
        typer.Option(
            "--now", help="Do not wait for the grace time: for erased cases. · 不等待宽限期（用于已清除的数据）。"
        ),
    ] = False,
) -> None:
    """Remove what nobody has any more, as the worker does. · 清理不再使用的文件内容。"""
    with opened() as services:
        _store(services)
        done = clean(services, grace=timedelta(0) if now else None)
    voice(context).say(
        f"Removed: {done.contents} contents, {done.uploads} uploads that no form named, {done.orphans} pieces.",
        f"已删除：{done.contents} 个文件内容、{done.uploads} 个未被使用的上传、{done.orphans} 个残留。",
    )


@app.command("copy")
def copy(
    context: typer.Context,
    source: Annotated[
        str, typer.Option("--from", help="The old store: a folder or an address. · 原存储：目录或地址。")
    ],
) -> None:
    """Copy all contents from another store into the one of FACET_FILES_URL; those that are there stay. · 迁移文件存储。"""
    settings = load_settings()
    old = open_files(settings, source)
    copied = missing = 0
    with opened() as services, services.database.read() as connection:
        files = _store(services)
        there = {kept.place for kept in files.everything()}
        for content in contents(connection):
            if content.place in there:
                continue
            try:
                with old.open(content.place) as stream:
                    files.copy(content.place, stream)
                copied += 1
            except NotFound:
                missing += 1
    voice(context).say(f"{copied} contents were copied.", f"已复制 {copied} 个文件内容。")
    if missing:
        raise Refused(f"{missing} contents are not in {source}.", f"{source} 中缺少 {missing} 个文件内容。")


def _store(services: Services) -> FileStore:
    assert services.files is not None, "opened() always has one"
    return services.files
