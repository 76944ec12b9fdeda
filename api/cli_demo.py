"""`facet demo`: a company to try Facet with; `make run` is `facet demo --serve`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from api import demo as company
from api.cli_context import Refused, Voice, load_settings, voice
from api.cli_deploy import Bundle, bundles, deploy_bundle
from api.cli_serve import Host, Port, run_server
from engine.assembly import close_services, open_services
from engine.places import PROCESSES
from engine.work import Services


def demo(
    context: typer.Context,
    serve: Annotated[bool, typer.Option("--serve", help="Then serve it, worker included. · 并启动服务。")] = False,
    host: Host = None,
    port: Port = None,
) -> None:
    """Fill an empty database with demo users and the processes that come with Facet. · 演示数据。"""
    say = voice(context)
    settings = load_settings(host=host, port=port)
    services = open_services(settings)
    try:
        fill(services, say)
        if serve:
            run_server(settings, say, services=services, ready=lambda: print_people(say))
        else:
            print_people(say)
    finally:
        close_services(services)


def fill(services: Services, say: Voice) -> None:
    """People and processes: what is missing of them. Refused when a process that comes with Facet is not accepted."""
    say.say(f"Database: {services.database.url!r}", f"数据库：{services.database.url!r}")
    if company.prepare(services):
        say.say(
            f"{len(company.USERS)} demo users, {len(company.GROUPS)} groups.",
            f"已建立 {len(company.USERS)} 个演示用户、{len(company.GROUPS)} 个组。",
        )
    for bundle in _processes():
        if not deploy_bundle(services, bundle, say, quiet=True):
            raise Refused(f"The process {bundle.name} was not accepted.", f"流程 {bundle.name} 未能部署。")


def _processes() -> Iterator[Bundle]:
    yield from bundles([PROCESSES])


def print_people(say: Voice) -> None:
    """Who can sign in, and with which password."""
    say.say(
        f"Sign in as one of them; the password is always “{company.PASSWORD}”:",
        f"可用下列用户登录，密码均为“{company.PASSWORD}”：",
        bold=True,
    )
    for user in company.USERS:
        groups = ", ".join(user.groups)
        typer.echo(f"  {user.username:<10} {user.name}  {say(user.title, user.title_zh)} ({groups})")
