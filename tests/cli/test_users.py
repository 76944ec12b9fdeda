"""`facet user`, `facet group`, `facet token`."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from engine.clock import SystemClock
from engine.commands.sessions import digest_of
from engine.passwords import PASSWORDS
from engine.queries.users import by_token, by_username
from engine.store import tables as t
from engine.store.database import Database
from tests.cli.conftest import Facet


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'data' / 'facet.db'}")


def _stored(database: Database, username: str) -> str | None:
    with database.read() as connection:
        return connection.execute(select(t.user.c.password_hash).where(t.user.c.username == username)).scalar_one()


def test_the_first_administrator_of_an_empty_installation(facet: Facet, database: Database) -> None:
    result = facet("user", "add", "lin", "--group", "admin", "--password-stdin", input="a good secret\n")

    assert result.exit_code == 0, result.stderr
    assert PASSWORDS.verify("a good secret", _stored(database, "lin"))
    with database.read() as connection:
        actor = by_username(connection, "lin")
    assert actor is not None
    assert actor.roles == {"admin"}


def test_a_new_password_replaces_the_old_one(facet: Facet, database: Database) -> None:
    facet("user", "add", "lin", "--password-stdin", input="a good secret\n")

    assert facet("user", "password", "lin", "--password-stdin", input="a better secret\n").exit_code == 0

    assert not PASSWORDS.verify("a good secret", _stored(database, "lin"))
    assert PASSWORDS.verify("a better secret", _stored(database, "lin"))


@pytest.mark.parametrize(
    ("arguments", "input", "sentence"),
    [
        (("user", "add", "lin", "--password-stdin"), "short\n", "A password has 8"),
        (("user", "add", "l in", "--no-password"), None, "without spaces"),
        (("user", "add", "lin", "-g", "nobodys", "--no-password"), None, "no group “nobodys”"),
        (("user", "add", "lin"), None, "--password-stdin"),
        (("user", "password", "nobody", "--password-stdin"), "12345678\n", "no user “nobody”"),
        (("user", "disable", "nobody"), None, "no user “nobody”"),
        (("group", "add", "g", "--role", "king"), None, "A role is one of"),
        (("token", "create", "nobody"), None, "no user “nobody”"),
        (("token", "list", "nobody"), None, "no user “nobody”"),
        (("token", "revoke", "x"), None, "no such token"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    facet: Facet, arguments: tuple[str, ...], input: str | None, sentence: str
) -> None:
    result = facet(*arguments, input=input)

    assert result.exit_code in (1, 2)
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1


def test_people_and_groups_are_listed(facet: Facet) -> None:
    facet("group", "add", "qc", "--name", "Quality", "--name-zh", "质检")
    facet("user", "add", "lin", "--name", "林静", "-g", "qc", "--no-password")
    facet("user", "add", "otto", "--no-password")
    facet("user", "disable", "otto")
    facet("group", "add", "qc", "--name", "Quality", "--name-zh", "质检", "--head", "lin")

    shown = facet("user", "list").stdout.splitlines()
    assert shown[1].split() == ["lin", "林静", "qc"]
    assert shown[2].split() == ["otto", "otto", "disabled"]
    assert facet("group", "list").stdout.splitlines()[1].split() == ["qc", "Quality", "staff", "lin", "1"]
    assert "质检" in facet("--lang", "zh", "group", "list").stdout
    assert "otto" not in facet("user", "list", "--group", "qc").stdout

    facet("user", "enable", "otto")
    facet("user", "groups", "otto", "qc")
    assert "disabled" not in facet("user", "list", "--group", "qc").stdout
    assert "otto" in facet("user", "list", "--group", "qc").stdout


def test_a_token_opens_until_it_is_revoked(facet: Facet, database: Database) -> None:
    facet("user", "add", "robot", "--no-password")
    secret = facet("token", "create", "robot", "--name", "erp", "-s", "messages").stdout.strip()

    def holder() -> str | None:
        with database.read() as connection:
            caller = by_token(connection, digest_of(secret), SystemClock().now())
        return caller.actor.username if caller is not None else None

    assert holder() == "robot"
    (line,) = facet("token", "list", "robot").stdout.splitlines()[1:]
    assert line.split()[1:3] == ["erp", "messages"]
    assert secret not in line
    facet("token", "revoke", line.split()[0])
    assert holder() is None
