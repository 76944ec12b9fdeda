"""`facet deploy` and `facet lint`: files and process folders, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from api.cli_context import Refused, Voice, opened, run, voice
from engine import bus
from engine.actor import SYSTEM
from engine.bpmn.model import Problem
from engine.commands.deployments import DeployDefinitions, Deployment, kind_of
from engine.errors import DeploymentRejected, InvalidInput
from engine.playground import Playground
from engine.variables import plain_dumps
from engine.work import Services

_COLOURS = {"error": "red", "warning": "yellow", "info": "blue"}
_WORDS = {"error": "错误", "warning": "警告", "info": "提示"}


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is deployed together: `files` by their names inside the deployment, `paths` where each lies."""

    name: str
    files: dict[str, bytes]
    paths: dict[str, Path]

    def place(self, file: str) -> str:
        """The path of a file of the bundle, as given on the command line; forms are also known by their key."""
        path = self.paths.get(file) or next((p for n, p in self.paths.items() if Path(n).stem == file), None)
        return str(path) if path is not None else file


def bundles(paths: Sequence[Path]) -> list[Bundle]:
    """One bundle per process folder (or folder of process folders), one for all single files. Refused: nothing there."""
    found: list[Bundle] = []
    single: dict[str, Path] = {}
    for path in paths:
        if path.is_dir():
            found.extend(_folders(path))
        elif path.is_file():
            single[path.name] = path
        else:
            raise Refused(f"There is no file or folder “{path}”.", f"没有文件或文件夹“{path}”。", code=2)
    if single:
        found.append(_bundle(next(iter(single)), single))
    return found


def _folders(folder: Path) -> list[Bundle]:
    own = _contents(folder)
    if own:
        return [_bundle(folder.resolve().name, own)]
    below = [_bundle(sub.name, files) for sub in sorted(folder.iterdir()) if sub.is_dir() and (files := _contents(sub))]
    if not below:
        raise Refused(f"“{folder}” holds no diagram and no decision.", f"“{folder}”中没有流程图或决策。", code=2)
    return below


def _contents(folder: Path) -> dict[str, Path]:
    """Diagrams, decisions, calendars and forms of a process folder; empty when it has no diagram or decision."""
    own = [
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and (kind_of(path.name) in ("bpmn", "dmn", "calendar") or path.suffix == ".form")
    ]
    forms = [path for path in sorted(folder.glob("forms/*")) if path.is_file() and kind_of(path.name) == "form"]
    calendars = sorted(folder.glob("calendars/*.calendar.json"))
    if not any(kind_of(path.name) in ("bpmn", "dmn") for path in own):
        return {}
    return {path.relative_to(folder).as_posix(): path for path in (*own, *forms, *calendars)}


def _bundle(name: str, paths: dict[str, Path]) -> Bundle:
    return Bundle(name, {name: path.read_bytes() for name, path in paths.items()}, paths)


def deploy(
    context: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(help="Files, or folders such as processes/sales. · 文件或流程文件夹。")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is wrong. · 只检查，不部署。")] = False,
    name: Annotated[str, typer.Option(help="Name of the deployment. · 部署名称。")] = "",
) -> None:
    """Deploy diagrams, decisions and forms. · 部署流程图、决策和表单。"""
    say = voice(context)
    refused = False
    with opened() as services:
        for bundle in bundles(paths):
            refused |= not deploy_bundle(services, bundle, say, name=name, dry_run=dry_run)
    if refused:
        raise typer.Exit(1)


def deploy_bundle(
    services: Services, bundle: Bundle, say: Voice, *, name: str = "", dry_run: bool = False, quiet: bool = False
) -> bool:
    """Deploys one bundle and prints what came of it (`quiet`: only what is new or wrong). False: it was refused."""
    try:
        result = run(services, DeployDefinitions(bundle.files, name or bundle.name, dry_run=dry_run))
    except DeploymentRejected as error:
        print_problems(bundle, _problems(error), say)
        say.say(f"{bundle.name}: not deployed.", f"{bundle.name}：未部署。", error=True)
        return False
    if not quiet:
        print_problems(bundle, result.problems, say)
    _print_result(bundle, result, say, dry_run, quiet)
    return True


def _print_result(bundle: Bundle, result: Deployment, say: Voice, dry_run: bool, quiet: bool) -> None:
    if dry_run:
        say.say(f"{bundle.name}: can be deployed.", f"{bundle.name}：可以部署。")
    elif not result.definitions:
        say.say(f"{bundle.name}: deployed.", f"{bundle.name}：已部署。")
    for d in result.definitions:
        if d.new:
            say.say(f"{d.key} “{d.name}”: version {d.version}", f"{d.key}“{d.name}”：版本 {d.version}")
        elif not quiet:
            say.say(
                f"{d.key} “{d.name}”: unchanged, version {d.version}", f"{d.key}“{d.name}”：无变化，版本 {d.version}"
            )


def lint(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Files, or process folders. · 文件或流程文件夹。")],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON array of all problems. · 以 JSON 数组输出。")
    ] = False,
) -> None:
    """Say what is wrong with diagrams, decisions and forms; needs no database. · 检查流程图、决策和表单。"""
    say = voice(context)
    found = [(bundle, problem) for bundle in bundles(files) for problem in inspect_bundle(bundle)]
    if as_json:
        typer.echo(msgspec.json.format(plain_dumps([_data(b, p) for b, p in found])))
    else:
        for bundle, problem in found:
            print_problems(bundle, [problem], say)
        errors = sum(p.severity == "error" for _, p in found)
        rest = len(found) - errors
        say.say(f"{errors} error(s), {rest} other finding(s).", f"{errors} 个错误，{rest} 个其他提示。")
    if any(problem.severity == "error" for _, problem in found):
        raise typer.Exit(1)


def inspect_bundle(bundle: Bundle) -> list[Problem]:
    """Everything that a deployment would say about the files, errors first as they stand; nothing is kept."""
    with Playground() as play:
        try:
            return list(bus.run(play.services, DeployDefinitions(bundle.files, dry_run=True), SYSTEM).problems)
        except DeploymentRejected as error:
            return _problems(error)
        except InvalidInput as error:
            return [Problem("error", error.code, error.message, error.zh)]


def _problems(error: DeploymentRejected) -> list[Problem]:
    problems = error.data["problems"]
    assert isinstance(problems, list)
    return problems


def print_problems(bundle: Bundle, problems: Sequence[Problem], say: Voice) -> None:
    """One line each: `file:line severity element rule sentence`."""
    for p in problems:
        place = f"{bundle.place(p.file)}:{p.line}" if p.line else bundle.place(p.file) or bundle.name
        word = typer.style(say(p.severity, _WORDS[p.severity]), fg=_COLOURS[p.severity], bold=True)
        parts = (
            typer.style(place, bold=True),
            word,
            p.element_id or "",
            f"[{p.rule}]",
            say(p.message, p.message_zh or p.message),
        )
        typer.echo(" ".join(part for part in parts if part), err=True)


def _data(bundle: Bundle, problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "rule": problem.rule,
        "file": bundle.place(problem.file),
        "line": problem.line,
        "element_id": problem.element_id,
        "element_name": problem.element_name,
        "message": problem.message,
        "message_zh": problem.message_zh or problem.message,
        "data": dict(problem.data),
    }
