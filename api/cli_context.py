"""What every command of the command line shares: its language, its settings, its engine, its one-sentence errors."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, NoReturn, TypeVar

import typer
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from typer.core import TyperGroup
from typer.exceptions import TyperException

from api.assets import AssetsMissing
from engine import bus
from engine.actor import SYSTEM
from engine.assembly import close_services, open_services
from engine.bus import Command
from engine.dmn import DmnError
from engine.errors import FacetError
from engine.feel import FeelError
from engine.settings import PREFIX, Settings
from engine.work import Services

R = TypeVar("R")

LANGUAGES: Final = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Voice:
    """Speaks one language: `voice(english, chinese)` is the sentence in it."""

    language: str

    def __call__(self, english: str, chinese: str) -> str:
        return chinese if self.language == "zh" else english

    def say(self, english: str, chinese: str, *, error: bool = False, bold: bool = False) -> None:
        """Prints the sentence, to standard error if `error`."""
        typer.secho(self(english, chinese), err=error, bold=bold)


class Refused(Exception):
    """The command cannot be done as it was asked for: a sentence in both languages, exit code `code`."""

    def __init__(self, english: str, chinese: str, *, code: int = 1) -> None:
        super().__init__(english)
        self.chinese = chinese
        self.code = code


def release(package: str = "facet") -> str:
    """The version of an installed package; Facet itself may also run from a checkout that nobody installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"


KNOWN: Final = (FacetError, DmnError, FeelError, Refused, AssetsMissing, ValidationError, DBAPIError, OSError)
"""Errors that say themselves what is wrong; any other is a fault of Facet's."""


def choose_language(wish: str | None, environment: Mapping[str, str]) -> str:
    """`--lang`, else FACET_LANGUAGE, else the locale of the terminal (LC_ALL, LC_MESSAGES, LANG), else English."""
    for name in ("FACET_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        wish = wish or environment.get(name)
    return "zh" if wish is not None and wish.lower().startswith("zh") else "en"


def voice(context: typer.Context) -> Voice:
    """The voice of this call of the command line."""
    found = context.find_object(Voice)
    return found if found is not None else Voice(choose_language(None, os.environ))


class Sentences(TyperGroup):
    """Commands whose errors are one sentence and an exit code, never a stack trace."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, TyperException):
            raise
        except Exception as error:
            if not isinstance(error, KNOWN) and os.environ.get("FACET_LOG_LEVEL", "").upper() == "DEBUG":
                raise
            _fail(voice(ctx), error)


def _fail(say: Voice, error: Exception) -> NoReturn:
    english, chinese = sentence(error)
    typer.secho(say("Error: ", "错误：") + say(english, chinese), err=True, fg="red")
    raise typer.Exit(error.code if isinstance(error, Refused) else 1)


def sentence(error: Exception) -> tuple[str, str]:
    """What is wrong, in English and in Chinese."""
    if isinstance(error, ValidationError):
        return _settings_sentence(error)
    if isinstance(error, Refused):
        return str(error), error.chinese
    if isinstance(error, FeelError):
        return error.text("en"), error.text("zh")
    if isinstance(error, DBAPIError):
        reason = str(error.orig).strip().splitlines()[0] if error.orig is not None else str(error)
        return f"The database does not answer: {reason}", f"数据库无法访问：{reason}"
    if not isinstance(error, KNOWN):
        what = f"{type(error).__name__}: {error}"
        return (
            f"Something unexpected went wrong: {what} (FACET_LOG_LEVEL=DEBUG shows where)",
            f"出现意外错误：{what}（设置 FACET_LOG_LEVEL=DEBUG 可查看位置）",
        )
    english = str(getattr(error, "message", error))
    return english, str(getattr(error, "zh", "") or getattr(error, "message_zh", "") or english)


def _settings_sentence(error: ValidationError) -> tuple[str, str]:
    parts = [(PREFIX + str(e["loc"][0]).upper() if e["loc"] else PREFIX, str(e["msg"])) for e in error.errors()]
    listed = "; ".join(f"{name}: {message}" for name, message in parts)
    return f"A setting is wrong: {listed}.", f"设置有误：{listed}。"


def load_settings(**given: object) -> Settings:
    """The settings of the environment; what was `given` on the command line wins, also in processes started from here."""
    for name, value in given.items():
        if value is not None:
            os.environ[PREFIX + name.upper()] = str(value)
    return Settings()


@contextmanager
def opened() -> Iterator[Services]:
    """The engine on a database that has its tables: SQLite is brought up to date, PostgreSQL is only checked."""
    services = open_services(load_settings())
    try:
        yield services
    finally:
        close_services(services)


def run(services: Services, command: Command[R]) -> R:
    """Runs a command as the system. Its source in the audit is the command line, and who typed it on this machine."""
    return bus.run(services, command, SYSTEM, source=f"cli {_account()}"[:100])


def _account() -> str:
    """The operating system's name of who runs this; the number of an account without a name, as in a container."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
