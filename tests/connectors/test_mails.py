"""Mails: sent, kept, failed with a reason, sent again; once, as far as mail allows."""

from __future__ import annotations

import socket
import threading
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.commands.connectors import SaveConnector
from engine.commands.deployments import DeployDefinitions
from engine.commands.instances import RetryIncident
from engine.commands.mails import SendMail
from engine.connectors import outside
from engine.connectors.guard import NotReached
from engine.connectors.smtp import MailServer, probe, send
from engine.errors import Conflict, Forbidden, NotFound
from engine.queries.connectors import MailItem, list_mails
from engine.queries.paging import PageRequest
from engine.store import tables as t
from tests.diagrams import diagram
from tests.mails import MailBox, keep_mail, mail_server
from tests.support import World

TASK = (
    '<serviceTask id="t" facet:operation="mail.send" facet:retries="1"><extensionElements>'
    '<facet:parameter name="to" value="wang.fang@example.com"/><facet:parameter name="subject" value="Your order"/>'
    '<facet:parameter name="text" value="**Dear** Ms Wang"/>{more}</extensionElements></serviceTask>'
)


def serve(world: World, box: MailBox | None) -> None:
    """The installation has this mail server, or none."""
    server = MailServer("127.0.0.1", box.port, "facet@example.com", security="none") if box is not None else None
    world.services.mail_server = server
    world.services.operations = outside(world.services.keys, server)


def mailed(world: World, more: str = "") -> str:
    world.run(DeployDefinitions({"p.bpmn": diagram(TASK.format(more=more), "s>t>e")}))
    return world.start("p")


def mails(world: World, **filters: Any) -> list[MailItem]:
    with world.services.database.read() as connection:
        return list(list_mails(connection, world.actor("ada"), PageRequest(), **filters).items)


def status_of(world: World, instance: str) -> tuple[str, int]:
    with world.services.database.read() as connection:
        row = connection.execute(select(t.instance).where(t.instance.c.id == instance)).one()
    return row.status, row.incidents


def test_a_mail_is_sent_as_text_and_html(world: World) -> None:
    with mail_server(MailBox()) as box:
        serve(world, box)
        instance = mailed(world)

    [mail] = mails(world)
    assert (mail.status, mail.attempts, mail.error, mail.definition_key) == ("sent", 1, None, "p")
    assert mail.sent_at == world.clock.now()
    assert status_of(world, instance) == ("completed", 0)
    [sent] = box.mails
    assert "Subject: Your order" in sent
    assert "<strong>Dear</strong>" in sent


def test_a_mail_that_fails_says_why_and_goes_on_after_it_was_sent_by_hand(world: World) -> None:
    with mail_server(MailBox(refuse="550 no such person")) as box:
        serve(world, box)
        instance = mailed(world)
        [failed] = mails(world, status="failed")
        assert (failed.error, failed.error_zh) == (
            "The mail server refuses sender or recipient.",
            "邮件服务器拒绝了发件人或收件人。",
        )
        assert status_of(world, instance) == ("active", 1)

        box.refuse = ""
        world.run(SendMail(failed.id), by="ada")
        assert [mail.status for mail in mails(world)] == ["sent"]
        with world.services.database.read() as connection:
            incident = connection.execute(select(t.incident.c.id)).scalar_one()
        world.run(RetryIncident(incident), by="ada")

    assert status_of(world, instance)[0] == "completed"
    assert len(box.mails) == 1


def test_a_kept_mail_goes_out_when_there_is_a_server(world: World) -> None:
    serve(world, None)
    instance = mailed(world)
    [mail] = mails(world, status="kept")
    assert status_of(world, instance)[0] == "completed"
    with pytest.raises(Conflict, match="FACET_SMTP_HOST"):
        world.run(SendMail(mail.id), by="ada")
    with mail_server(MailBox()) as box:
        serve(world, box)
        world.run(SendMail(mail.id), by="ada")

    assert len(box.mails) == 1
    assert mails(world)[0].status == "sent"
    with world.services.database.read() as connection:
        assert connection.execute(select(t.job)).all() == []


def test_what_fails_again_is_tried_three_times_and_stands_there_with_its_reason(world: World) -> None:
    id = keep_mail(world)
    serve(world, MailBox(port=9))  # nobody listens there
    world.run(SendMail(id), by="ada")
    assert (mails(world)[0].status, mails(world)[0].attempts) == ("due", 1)
    for _ in range(2):
        world.clock.advance(timedelta(hours=1))
        world.settle()

    [mail] = mails(world)
    assert (mail.status, mail.attempts) == ("failed", 3)
    assert mail.error and mail.error_zh and mail.error != mail.error_zh
    with world.services.database.read() as connection:
        assert connection.execute(select(t.job)).all() == []


def test_a_mail_connector_carries_the_mails_that_name_it(world: World) -> None:
    serve(world, None)
    with mail_server(MailBox()) as box:
        config = {"host": "127.0.0.1", "port": box.port, "sender": "office@example.com", "security": "none"}
        world.run(SaveConnector("office", "mail", {**config, "allow": ["127.0.0.1"]}), by="ada")
        mailed(world, '<facet:parameter name="connector" value="office"/>')

    [mail] = mails(world)
    assert (mail.status, mail.connector) == ("sent", "office")
    assert "From: office@example.com" in box.mails[0]


def test_what_was_sent_or_is_on_its_way_is_not_sent_again(world: World) -> None:
    serve(world, MailBox(port=9))
    for status in ("sent", "due"):
        with pytest.raises(Conflict):
            world.run(SendMail(keep_mail(world, status)), by="ada")
    with pytest.raises(NotFound):
        world.run(SendMail("nothing"), by="ada")


def test_a_mail_whose_carrier_died_can_be_sent(world: World) -> None:
    id = keep_mail(world, "due")
    with mail_server(MailBox()) as box:
        serve(world, box)
        world.clock.advance(timedelta(hours=1))
        world.run(SendMail(id), by="ada")

    assert len(box.mails) == 1


@pytest.mark.parametrize("name", ["lin", "max", "olga"])
def test_only_administrators_send_and_read_mails(world: World, name: str) -> None:
    serve(world, MailBox(port=9))
    with pytest.raises(Forbidden):
        world.run(SendMail(keep_mail(world)), by=name)
    with world.services.database.read() as connection, pytest.raises(Forbidden):
        list_mails(connection, world.actor(name), PageRequest())


def test_the_audit_says_who_sent_it(world: World) -> None:
    id = keep_mail(world)
    serve(world, MailBox(port=9))
    world.run(SendMail(id), by="ada")

    with world.services.database.read() as connection:
        row = connection.execute(select(t.audit).where(t.audit.c.command == "SendMail")).one()
    assert (row.actor, row.subject) == ("ada", id)
    assert (row.detail["before"], row.detail["after"]) == ({"status": "kept"}, {"status": "due"})


def test_a_mail_that_goes_with_its_case_leaves_no_job_behind(world: World) -> None:
    id = keep_mail(world)
    serve(world, MailBox(port=9))
    world.run(SendMail(id), by="ada")
    with world.services.database.write() as connection:
        connection.execute(update(t.mail).where(t.mail.c.id == id).values(status="sent"))
    world.clock.advance(timedelta(hours=1))
    world.settle()

    with world.services.database.read() as connection:
        assert connection.execute(select(t.job)).all() == []


# --- the conversation -------------------------------------------------------------------------------------------------------


def test_a_mail_server_is_called_at_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    called: list[str] = []

    def resolve(host: str, *_: Any, **__: Any) -> Any:
        asked.append(host)
        return [(2, 1, 6, "", ("93.184.216.34" if len(asked) == 1 else "127.0.0.1", 25))]

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> Any:
        called.append(address[0])
        raise OSError("nobody there")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)

    for security in ("none", "tls"):
        asked.clear()
        with pytest.raises(NotReached):
            probe(MailServer("rebinding.example", 25, security=security, inside=False))
        assert asked == ["rebinding.example"]
    assert called == ["93.184.216.34", "93.184.216.34"]


def test_a_server_that_drips_does_not_outlive_the_deadline() -> None:
    dripping = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip() -> None:
        client, _ = dripping.accept()
        while not stop.wait(0.02):
            try:
                client.sendall(b"220-still here\r\n")
            except OSError:
                break
        client.close()

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    with pytest.raises(NotReached):
        send(MailServer("127.0.0.1", dripping.getsockname()[1], security="none"), EmailMessage(), seconds=0.3)
    stop.set()
    thread.join(5)
    dripping.close()
