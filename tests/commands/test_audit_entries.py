"""Every command leaves an entry that says who, for whom, and what it changed: before and after.

A command of `engine.commands` without a row in `ROWS`, or without a reason in `SILENT`, fails `test_every_command_has_a_row`.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import engine.commands
from engine.commands.deployments import DeployDefinitions
from engine.store import tables as t
from tests.api.conftest import shared_app as shared_app
from tests.api.conftest import world, world_template
from tests.commands.audit_rows import WORK
from tests.commands.audit_settings import SETTINGS
from tests.commands.audit_stage import HOC, WHISPER
from tests.support import World

__all__ = ["shared_app", "world", "world_template"]

ROWS = {**WORK, **SETTINGS}
SILENT = {
    "BeginSignIn": "counts an attempt; the session that follows is an entry",
    "DoomContents": "what was removed from a case is an entry; its content follows",
    "DropContents": "what was removed from a case is an entry; its content follows",
    "ExpireMessages": "the message's own row says that nobody wanted it in time",
    "ExtendLease": "a heartbeat of the worker",
    "ExtendLock": "a heartbeat of an external worker",
    "FetchAndLock": "a lease; what comes of it is an entry",
    "ForgetUploads": "takes away uploads that no form named, after the days that the setting says",
    "LeaseJobs": "a lease; what comes of it is an entry",
    "MarkUnused": "a time from which a content counts as unused",
    "NoteAttempt": "the log of deliveries says it",
    "NoteMail": "the mail's own row says it",
    "NoteRefusal": "a counter of the hook",
    "ReleaseJobs": "a lease that was given back",
    "RemoveDeliveries": "takes away what is older than the setting says",
    "SaveDraft": "half a sentence, every few seconds; the task says whose it is and when it was saved",
    "SealAudit": "writes the chain itself",
    "TouchSession": "a time of last use",
    "TouchToken": "a time of last use",
}
"""Commands without an entry, and why."""


def commands() -> dict[str, type[Any]]:
    """Every command of the package, by name."""
    found = {}
    for item in pkgutil.iter_modules(engine.commands.__path__):
        module = importlib.import_module(f"engine.commands.{item.name}")
        for name, each in vars(module).items():
            if is_dataclass(each) and isinstance(each, type) and hasattr(each, "execute"):
                found[name] = each
    return found


def test_every_command_has_a_row() -> None:
    loud = {each for each in commands().values() if getattr(each, "audited", True)}
    assert set(ROWS) == loud
    assert set(SILENT) == {name for name, each in commands().items() if not getattr(each, "audited", True)}


@pytest.mark.parametrize("command", ROWS, ids=lambda command: command.__name__)
def test_an_entry_says_what_was_changed(world: World, command: type[Any]) -> None:
    row = ROWS[command]
    world.run(DeployDefinitions({"hoc.bpmn": HOC}))

    row.do(world)

    a = t.audit.c
    with world.services.database.read() as connection:
        query = select(t.audit).where(a.command == command.__name__).order_by(a.id.desc()).limit(1)
        entry = connection.execute(query).one()
    assert (entry.actor, entry.subject, entry.on_behalf_of) == (row.actor, row.subject, row.on_behalf_of)
    assert entry.detail["before"] == row.before
    assert entry.detail["after"] == row.after
    assert {name: entry.detail[name] for name in row.more} == row.more
    assert WHISPER not in str(entry.detail) and "DE13800000000" not in str(entry.detail)


def test_the_page_about_the_audit_names_every_command() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")
    assert [name for name in commands() if f"`{name}`" not in page] == []
