"""`facet audit`: whether the audit's chain holds, its head for keeping elsewhere, and erasing personal data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from api.cli_context import Refused, opened, run, voice
from engine.actor import SYSTEM
from engine.audit import Head, read_heads
from engine.commands.audit import SealAudit
from engine.commands.erasures import EraseBusinessKey, ErasePerson
from engine.queries.audit import audit_head, verify_audit

app = typer.Typer(help="The audit: verify, export, erase. · 审计：校验、导出、清除。", no_args_is_help=True)

Heads = Annotated[
    Path | None, typer.Option("--heads", help="File of exported heads to compare with. · 用于比对的已导出文件。")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask. · 不再确认。")]


@app.command("verify")
def verify(context: typer.Context, heads: Heads = None) -> None:
    """Check that no entry was changed, removed or moved. Exit code 1 if one was. · 校验审计链。"""
    say = voice(context)
    known = _read(heads) if heads is not None else []
    with opened() as services:
        while run(services, SealAudit()):
            continue
        result = verify_audit(services.database, services.keys, SYSTEM, known)
    for fault in result.faults:
        place = f"{fault.position}".rjust(8)
        say.say(f"{place}  {fault.message}", f"{place}  {fault.message_zh}", error=True)
    if result.faults:
        raise Refused(
            f"The audit was tampered with: {len(result.faults)} fault(s) in {result.checked} entries. If FACET_SECRET has "
            "changed, every entry is named.",
            f"审计记录被篡改：{result.checked} 条中有 {len(result.faults)} 处异常。若更改过 FACET_SECRET，则所有条目都会报错。",
        )
    say.say(f"The audit holds: {result.checked} entries.", f"审计记录完整：共 {result.checked} 条。")


@app.command("export")
def export(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to add a line to; else it is printed. · 追加到的文件。")
    ] = None,
) -> None:
    """Write the head of the chain: keep it where the database's owner cannot change it. · 导出审计链末端。"""
    with opened() as services:
        while run(services, SealAudit()):
            continue
        head = audit_head(services.database)
        now = services.clock.now()
    line = json.dumps({"at": now.isoformat(timespec="seconds"), "position": head.position, "mac": head.mac})
    if out is None:
        typer.echo(line)
        return
    with out.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    voice(context).say(f"Position {head.position} is in {out}.", f"位置 {head.position} 已写入 {out}。")


@app.command("erase-case")
def erase_case(context: typer.Context, business_key: str, yes: Yes = False) -> None:
    """Erase what was said in the ended cases of a business key. · 清除某业务主键下已结束案件的内容。"""
    say = voice(context)
    _confirm(say("This cannot be undone. Go on?", "此操作不可恢复，是否继续？"), yes)
    with opened() as services:
        number = run(services, EraseBusinessKey(business_key)).instances
    say.say(f"{number} process instance(s) were erased.", f"已清除 {number} 个流程实例的内容。")


@app.command("erase-person")
def erase_person(context: typer.Context, username: str, yes: Yes = False) -> None:
    """Replace a disabled person by a pseudonym, everywhere. · 将已停用的用户替换为化名。"""
    say = voice(context)
    _confirm(say("This cannot be undone. Go on?", "此操作不可恢复，是否继续？"), yes)
    with opened() as services:
        pseudonym = run(services, ErasePerson(username)).key
    say.say(f"The person is now {pseudonym}.", f"该用户现为 {pseudonym}。")


def _confirm(question: str, yes: bool) -> None:
    if not yes:
        typer.confirm(question, abort=True)


def _read(path: Path) -> list[Head]:
    try:
        return list(read_heads(path.read_text(encoding="utf-8").splitlines()))
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(f"{path} holds no exported heads.", f"{path} 不是导出的审计链文件。") from error
