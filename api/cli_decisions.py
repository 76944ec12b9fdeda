"""`facet dmn eval`: asks a decision the way a business rule task does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

import engine.dmn
from api.cli_context import Refused, Voice, load_settings, voice
from engine.calendars import defaults
from engine.definitions import evaluate
from engine.feel import Context, Warning_, parse, string_of
from engine.runtime.environment import Decided
from engine.settings import Settings

app = typer.Typer(help="Decisions: ask them. · 决策：求值。", no_args_is_help=True)


@app.callback()
def main() -> None:
    """Decisions: ask them. · 决策：求值。"""


@app.command("eval")
def evaluate_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A .dmn file. · DMN 文件。")],
    decision: Annotated[str, typer.Option("--decision", "-d", help="Id or name of the decision. · 决策的 id 或名称。")],
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", help="name=FEEL, e.g. amount=1200 or region='\"north\"'. · 输入：名称=FEEL。"),
    ] = None,
) -> None:
    """Evaluate a decision of a file. · 对文件中的决策求值。"""
    say = voice(context)
    settings = load_settings()
    model = engine.dmn.read(_content(file), file=str(file), imports=_neighbours(file))
    found = model.decision(decision)
    if found is None:
        raise Refused(*_unknown(model, decision), code=2)
    moment = _moment(settings)
    answer = evaluate(model, found.id or found.name, 0, read_inputs(inputs or [], moment), moment)
    _print(answer, say)
    if answer.problems and answer.value is None:
        raise typer.Exit(1)


def _content(file: Path) -> bytes:
    if not file.is_file():
        raise Refused(f"There is no file “{file}”.", f"没有文件“{file}”。", code=2)
    return file.read_bytes()


def _neighbours(file: Path) -> dict[str, bytes]:
    """What the file may import: the other models of its folder."""
    return {path.name: path.read_bytes() for path in sorted(file.parent.glob("*.dmn")) if path != file}


def _moment(settings: Settings) -> Context:
    return Context(now=datetime.now(UTC), zone=ZoneInfo(settings.zone), calendars=defaults())


def _unknown(model: engine.dmn.Definitions, decision: str) -> tuple[str, str]:
    known = ", ".join(sorted(model.decisions)) or "–"
    return f"There is no decision “{decision}”; the file has: {known}.", f"没有决策“{decision}”；文件中有：{known}。"


def read_inputs(given: Sequence[str], moment: Context) -> dict[str, Any]:
    """`name=FEEL` pairs as values. Refused names the pair that is none, or whose expression is not FEEL."""
    values: dict[str, Any] = {}
    for pair in given:
        name, equals, text = pair.partition("=")
        if not equals or not name.strip():
            raise Refused(
                f"“{pair}” is no input: write name=value, the value in FEEL.",
                f"“{pair}”不是输入：请写 名称=FEEL 值。",
                code=2,
            )
        result = parse(text).evaluate({}, moment)
        if result.value is None and result.warnings:
            raise Refused(*_no_value(name.strip(), text, result.warnings[0]), code=2)
        values[name.strip()] = result.value
    return values


def _no_value(name: str, text: str, why: Warning_) -> tuple[str, str]:
    quoted = f"{name}='\"{text}\"'"
    return (
        f"The value of “{name}” is null: {why.text('en')} Texts need quotes: {quoted}.",
        f"“{name}”的值为空：{why.text('zh')} 文本需要引号：{quoted}。",
    )


def _print(answer: Decided, say: Voice) -> None:
    typer.echo(string_of(answer.value))
    for step in answer.detail:
        rules = ", ".join(str(rule) for rule in step["matched"])
        matched = say(f" (rules {rules})", f"（规则 {rules}）") if rules else ""
        typer.echo(f"  {step['name'] or step['decision']}: {string_of(step['output'])}{matched}", err=True)
    for problem in answer.problems:
        text = say(str(problem), str(getattr(problem, "zh", problem)))
        typer.secho(f"  ! {text}", err=True, fg="yellow")
