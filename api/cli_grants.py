"""`facet grant`: who may do what beside what roles give."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from api.cli_context import Refused, opened, run, voice
from api.cli_users import table
from engine.actor import SYSTEM
from engine.commands.grants import GrantPermission, Resource, RevokePermission, SubjectKind
from engine.policy import ACTIONS
from engine.queries.grants import GrantItem, list_grants
from engine.queries.paging import PageRequest
from engine.work import Services

app = typer.Typer(help="Permissions: add, list, revoke. · 授权管理。", no_args_is_help=True)

Subject = Annotated[str, typer.Argument(help="user:NAME or group:KEY. · user:用户名 或 group:组标识。")]


def _subject(text: str) -> tuple[SubjectKind, str]:
    kind, _, name = text.partition(":")
    if kind not in ("user", "group") or not name:
        raise Refused(
            f"“{text}” is neither user:NAME nor group:KEY.", f"“{text}”应写作 user:用户名 或 group:组标识。", code=2
        )
    return cast(SubjectKind, kind), name


@app.command("add")
def add_grant(
    context: typer.Context,
    subject: Subject,
    action: Annotated[str, typer.Argument(help=f"{', '.join(ACTIONS)}. · 操作。")],
    process: Annotated[str, typer.Argument(help="Process key; * (the default): all. · 流程标识，* 表示全部。")] = "*",
    system: Annotated[
        bool, typer.Option("--system", help="On the whole of Facet (DEPLOY, GRANT). · 系统级授权。")
    ] = False,
) -> None:
    """Let somebody do something with a process. · 授权。"""
    kind, name = _subject(subject)
    resource: Resource = "SYSTEM" if system else "PROCESS"
    granted = action.upper()
    with opened() as services:
        id = run(services, GrantPermission(kind, name, resource, process, granted))
    voice(context).say(
        f"{subject} may {granted} on {process}. ({id})", f"已授予 {subject}：{granted}，流程 {process}。（{id}）"
    )


@app.command("list")
def show_grants(
    context: typer.Context,
    subject: Annotated[str | None, typer.Option(help="Only those of user:NAME or group:KEY. · 仅该用户或组。")] = None,
) -> None:
    """List what was granted. · 列出授权。"""
    say = voice(context)
    kind, name = _subject(subject) if subject is not None else (None, None)
    with opened() as services:
        found = [item for item in _all(services, name) if kind in (None, item.subject_kind)]
    where = {item.id: item.resource_id if item.resource == "PROCESS" else "(system)" for item in found}
    rows = [(i.id, f"{i.subject_kind}:{i.subject}", i.action, where[i.id], i.granted_by) for i in found]
    heads = (("Id", "编号"), ("Who", "对象"), ("May", "操作"), ("Process", "流程"), ("By", "授权人"))
    table(say, heads, rows)


def _all(services: Services, subject: str | None) -> list[GrantItem]:
    found: list[GrantItem] = []
    cursor = None
    with services.database.read() as connection:
        while True:
            page = list_grants(connection, SYSTEM, PageRequest(200, cursor), subject=subject)
            found.extend(page.items)
            if page.next is None:
                return found
            cursor = page.next


@app.command("revoke")
def revoke_grant(
    context: typer.Context, id: Annotated[str, typer.Argument(help="As `grant list` shows it. · 授权编号。")]
) -> None:
    """Take a permission away. · 取消授权。"""
    with opened() as services:
        run(services, RevokePermission(id))
    voice(context).say("The permission is gone.", "授权已取消。")
