"""`facet user`, `facet group` and `facet token`: who may come in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import typer

from api.cli_context import Refused, Voice, opened, run, voice
from engine.actor import SYSTEM, Actor
from engine.commands.sessions import SCOPES, CreateToken, RevokeToken
from engine.commands.users import (
    ROLES,
    ChangeUser,
    CreateUser,
    DisableUser,
    EnableUser,
    SaveGroup,
    SetPassword,
)
from engine.passwords import PASSWORDS
from engine.queries.paging import PageRequest
from engine.queries.users import UserItem, get_user, list_groups, list_tokens, list_users
from engine.work import Services

users = typer.Typer(help="People: add, list, password, groups, disable, enable. · 用户管理。", no_args_is_help=True)
groups = typer.Typer(help="Groups: add, list. · 组管理。", no_args_is_help=True)
tokens = typer.Typer(help="API tokens: create, list, revoke. · API 令牌管理。", no_args_is_help=True)

Username = Annotated[str, typer.Argument(help="Name for signing in. · 登录名。")]
Stdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input. · 从标准输入读取密码。")
]


# --- users ------------------------------------------------------------------------------------------------------------


@users.command("add")
def add_user(
    context: typer.Context,
    username: Username,
    name: Annotated[str, typer.Option(help="Name that others see. · 显示名。")] = "",
    email: Annotated[str | None, typer.Option(help="E-mail address. · 电子邮箱。")] = None,
    group: Annotated[
        list[str] | None, typer.Option("--group", "-g", help="A group's key; repeatable. · 所属组，可多次使用。")
    ] = None,
    password_stdin: Stdin = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="For accounts that only use tokens. · 仅使用令牌的账号。")
    ] = False,
) -> None:
    """Add a person. The groups owner, manager and admin are made when first named. · 新增用户。"""
    say = voice(context)
    with opened() as services:
        hashed = None if no_password else PASSWORDS.hash(_password(say, password_stdin))
        for key in group or ():
            _make_role_group(services, key)
        run(services, CreateUser(username, name or username, hashed, email, tuple(group or ())))
    say.say(f"User {username} has been added.", f"已新增用户 {username}。")


def _make_role_group(services: Services, key: str) -> None:
    """On a new installation nobody could be an administrator: the group of a role is made when it is first named."""
    known = {
        "owner": ("Process owners", "流程负责人"),
        "manager": ("Managers", "管理者"),
        "admin": ("Administrators", "管理员"),
    }
    if key not in known:
        return
    with services.database.read() as connection:
        there = any(g.key == key for g in list_groups(connection))
    if not there:
        run(services, SaveGroup(key, *known[key], role=key))


def _password(say: Voice, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise Refused(
            "Nobody can type a password here: use --password-stdin.",
            "此处无法输入密码，请使用 --password-stdin。",
            code=2,
        )
    question = say("Password", "密码")
    return str(typer.prompt(question, hide_input=True, confirmation_prompt=say("Once more", "再次输入")))


@users.command("password")
def set_password(context: typer.Context, username: Username, password_stdin: Stdin = False) -> None:
    """Set a new password; the person's sessions end. · 重设密码。"""
    say = voice(context)
    with opened() as services:
        with services.database.read() as connection:
            get_user(connection, SYSTEM, username)
        run(services, SetPassword(username, PASSWORDS.hash(_password(say, password_stdin))))
    say.say(f"{username} has a new password.", f"{username} 的密码已更改。")


@users.command("groups")
def set_groups(
    context: typer.Context,
    username: Username,
    keys: Annotated[
        list[str] | None, typer.Argument(help="The keys of all groups from now on. · 今后所属的全部组。")
    ] = None,
) -> None:
    """Say which groups a person is in, from now on only these. · 设置用户所属的组。"""
    with opened() as services:
        for key in keys or ():
            _make_role_group(services, key)
        run(services, ChangeUser(username, groups=tuple(keys or ())))
    listed = ", ".join(keys or ()) or "–"
    voice(context).say(f"{username} is in: {listed}", f"{username} 所属组：{listed}")


@users.command("disable")
def disable_user(context: typer.Context, username: Username) -> None:
    """Nobody signs in under this name any more; sessions and tokens end at once. · 停用用户。"""
    with opened() as services:
        run(services, DisableUser(username))
    voice(context).say(f"{username} is disabled.", f"{username} 已停用。")


@users.command("enable")
def enable_user(context: typer.Context, username: Username) -> None:
    """Let a disabled person sign in again. · 启用用户。"""
    with opened() as services:
        run(services, EnableUser(username))
    voice(context).say(f"{username} is enabled.", f"{username} 已启用。")


@users.command("list")
def show_users(
    context: typer.Context,
    group: Annotated[
        str | None, typer.Option("--group", "-g", help="Only members of this group. · 仅该组成员。")
    ] = None,
) -> None:
    """List all people. · 列出用户。"""
    say = voice(context)
    with opened() as services:
        found = _all_users(services, group)
    rows = [(u.username, u.name, ", ".join(u.groups), say("disabled", "已停用") if u.disabled else "") for u in found]
    table(say, (("User", "用户"), ("Name", "姓名"), ("Groups", "组"), ("", "")), rows)


def _all_users(services: Services, group: str | None) -> list[UserItem]:
    found: list[UserItem] = []
    request = PageRequest(limit=200)
    with services.database.read() as connection:
        while True:
            page = list_users(connection, SYSTEM, request, group=group)
            found.extend(page.items)
            if page.next is None:
                return found
            request = PageRequest(limit=200, cursor=page.next)


# --- groups -----------------------------------------------------------------------------------------------------------


@groups.command("add")
def add_group(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="Key, as diagrams name it. · 组标识，与流程图一致。")],
    name: Annotated[str, typer.Option(help="English name. · 英文名。")] = "",
    name_zh: Annotated[str, typer.Option("--name-zh", help="Chinese name. · 中文名。")] = "",
    role: Annotated[str | None, typer.Option(help=f"{', '.join(ROLES)}. · 角色。")] = None,
    head: Annotated[str | None, typer.Option(help="Who hears of what is late. · 组长。")] = None,
) -> None:
    """Add a group, or change it. · 新增或修改组。"""
    with opened() as services:
        run(services, SaveGroup(key, name or key, name_zh, role, head))
    voice(context).say(f"Group {key} is saved.", f"组 {key} 已保存。")


@groups.command("list")
def show_groups(context: typer.Context) -> None:
    """List all groups. · 列出组。"""
    say = voice(context)
    with opened() as services, services.database.read() as connection:
        found = list_groups(connection)
    rows = [(g.key, say(g.name, g.name_zh or g.name), g.role or "staff", g.head or "", str(g.members)) for g in found]
    heads = (("Group", "组"), ("Name", "名称"), ("Role", "角色"), ("Head", "组长"), ("Members", "成员数"))
    table(say, heads, rows)


# --- tokens -----------------------------------------------------------------------------------------------------------


@tokens.command("create")
def create_token(
    context: typer.Context,
    username: Username,
    name: Annotated[str, typer.Option(help="What it is for. · 用途。")] = "cli",
    scope: Annotated[
        list[str] | None, typer.Option("--scope", "-s", help=f"{', '.join(SCOPES)}; none: all. · 权限范围。")
    ] = None,
    days: Annotated[int | None, typer.Option(help="Days until it expires. · 有效天数。", min=1)] = None,
) -> None:
    """Make an API token for somebody; it is shown this once, on standard output. · 创建 API 令牌。"""
    command = CreateToken(name, tuple(scope or ()), timedelta(days=days) if days else None, username)
    with opened() as services:
        issued = run(services, command)
    typer.echo(issued.secret)
    voice(context).say("Keep it: it is not shown again.", "请妥善保存，令牌不会再次显示。", error=True)


@tokens.command("list")
def show_tokens(context: typer.Context, username: Username) -> None:
    """List somebody's API tokens. · 列出用户的 API 令牌。"""
    say = voice(context)
    with opened() as services, services.database.read() as connection:
        get_user(connection, SYSTEM, username)
        found = list_tokens(connection, Actor(username))
    rows = [
        (k.id, k.name, ", ".join(k.scopes) or say("everything", "全部"), str(k.expires_at or ""), str(k.used_at or ""))
        for k in found
    ]
    heads = (("Id", "编号"), ("Name", "用途"), ("May", "权限"), ("Until", "到期"), ("Used", "最近使用"))
    table(say, heads, rows)


@tokens.command("revoke")
def revoke_token(
    context: typer.Context, id: Annotated[str, typer.Argument(help="As `token list` shows it. · 令牌编号。")]
) -> None:
    """End a token at once. · 吊销令牌。"""
    with opened() as services:
        run(services, RevokeToken(id))
    voice(context).say("The token is revoked.", "令牌已吊销。")


# --- printing ---------------------------------------------------------------------------------------------------------


def table(say: Voice, heads: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as they need to be; Chinese characters take two places."""
    lines = [[say(*head) for head in heads], *rows]
    widths = [max(_width(line[n]) for line in lines) for n in range(len(heads))]
    for number, line in enumerate(lines):
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True))
        typer.secho("  ".join(cells).rstrip(), bold=number == 0)


def _width(text: str) -> int:
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)
