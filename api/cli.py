"""The command line: `facet serve`, `facet deploy PATH…` and so on; one module per noun (`api/cli_*.py`)."""

from __future__ import annotations

import os
from typing import Annotated, Literal

import typer

from api import cli_audit, cli_check, cli_decisions, cli_demo, cli_deploy, cli_files, cli_grants, cli_serve, cli_users
from api.cli_context import Sentences, Voice, choose_language, release

app = typer.Typer(
    cls=Sentences,
    help="Facet runs a company's processes end to end. · 企业流程平台：流程、决策、表单与任务。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)

app.command("serve")(cli_serve.serve)
app.command("worker")(cli_serve.work)
app.command("demo")(cli_demo.demo)
app.command("deploy")(cli_deploy.deploy)
app.command("lint")(cli_deploy.lint)
app.command("migrate")(cli_check.migrate)
app.command("check")(cli_check.check)
app.add_typer(cli_users.users, name="user")
app.add_typer(cli_users.groups, name="group")
app.add_typer(cli_users.tokens, name="token")
app.add_typer(cli_grants.app, name="grant")
app.add_typer(cli_decisions.app, name="dmn")
app.add_typer(cli_audit.app, name="audit")
app.add_typer(cli_files.app, name="files")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"facet {release()}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    lang: Annotated[Literal["en", "zh"] | None, typer.Option(help="Language of what is printed. · 输出语言。")] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version. · 显示版本。")
    ] = False,
) -> None:
    """Facet runs a company's processes end to end. · 企业流程平台：流程、决策、表单与任务。"""
    context.obj = Voice(choose_language(lang, os.environ))


if __name__ == "__main__":
    app()
