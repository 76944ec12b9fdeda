"""Connectors, secrets and mails on both databases."""

from __future__ import annotations

from sqlalchemy import insert

from engine import bus
from engine.actor import SYSTEM
from engine.commands.connectors import (
    DeleteConnector,
    DeleteSecret,
    DisableConnector,
    EnableConnector,
    SaveConnector,
    SaveSecret,
)
from engine.commands.jobs import LeaseJobs
from engine.commands.mails import SendMail
from engine.connectors.registry import load
from engine.connectors.smtp import MailServer
from engine.ids import new_id
from engine.queries import connectors as q
from engine.queries.paging import PageRequest
from engine.store import tables as t
from engine.worker import execute
from tests.engines import House


def test_a_connector_from_its_beginning_to_its_end(any_house: House) -> None:
    services = any_house.services
    auth = {"kind": "header", "header": "X-Key", "secret": "token"}
    for url in ("https://one.example.com", "https://two.example.com"):
        bus.run(services, SaveConnector("erp", "http", {"url": url, "auth": auth, "timeout": 7}), SYSTEM)
    bus.run(services, SaveSecret("token", "first"), SYSTEM)
    bus.run(services, SaveSecret("token", "second"), SYSTEM)
    bus.run(services, DisableConnector("erp"), SYSTEM)

    found = load(services.database, services.keys, "erp")
    with services.database.read() as connection:
        [item] = q.list_connectors(connection, SYSTEM)
        [secret] = q.list_secrets(connection, SYSTEM)
        [choice] = q.list_choices(connection, SYSTEM)
        uses = q.list_uses(connection, SYSTEM, services.definitions, "erp")
    assert (found.config["url"], found.secret("token"), found.disabled) == ("https://two.example.com", "second", True)
    assert (item.missing, item.config["timeout"], choice.disabled, secret.used_by, uses) == (
        None,
        7,
        True,
        ("erp",),
        [],
    )

    bus.run(services, EnableConnector("erp"), SYSTEM)
    bus.run(services, DeleteConnector("erp"), SYSTEM)
    bus.run(services, DeleteSecret("token"), SYSTEM)
    with services.database.read() as connection:
        assert (q.list_connectors(connection, SYSTEM), q.list_secrets(connection, SYSTEM)) == ([], [])


def test_mails_are_paged_and_sent_again(any_house: House) -> None:
    services = any_house.services
    services.mail_server = MailServer("127.0.0.1", 9, security="none")
    rows = [
        {"id": new_id(), "recipients": ["a@b.example"], "subject": str(number), "text": "x", "status": "kept", "created_at": any_house.clock.now()}
        for number in range(5)
    ]  # fmt: skip
    with services.database.write() as connection:
        connection.execute(insert(t.mail), rows)

    subjects, cursor = [], None
    for _ in range(3):
        with services.database.read() as connection:
            page = q.list_mails(connection, SYSTEM, PageRequest(2, cursor), status="kept")
        subjects += [mail.subject for mail in page.items]
        cursor = page.next
    assert (subjects, cursor) == (["4", "3", "2", "1", "0"], None)

    bus.run(services, SendMail(rows[0]["id"]), SYSTEM)
    for job in bus.run(services, LeaseJobs("w", 10, 60), SYSTEM):
        execute(services, job)
    with services.database.read() as connection:
        detail = q.get_mail(connection, SYSTEM, rows[0]["id"])
    assert (detail.mail.status, detail.mail.attempts, bool(detail.mail.error)) == ("due", 1, True)
