"""Promise 14 of docs/security.md, the way out: events are signed, tried until they arrive, and tell no variables; and who may."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import select, update
from standardwebhooks import Webhook

from engine import bus
from engine.actor import SYSTEM, Actor
from engine.commands.hooks import DeleteHook, RenewHookSecret, SaveHook
from engine.commands.webhooks import (
    ChangeWebhook,
    CreateWebhook,
    DeleteWebhook,
    PauseWebhook,
    Redeliver,
    RemoveDeliveries,
    RenewWebhookSecret,
    ResumeWebhook,
    SendTestEvent,
    Target,
)
from engine.errors import Conflict, Forbidden, InvalidInput
from engine.playground import Playground
from engine.queries.webhooks import get_delivery
from engine.store import tables as t
from tests.diagrams import diagram

CASE = diagram('<userTask id="u" facet:candidateGroups="office"/>', "s>u>e")


@pytest.fixture
def play() -> Iterator[Playground]:
    """With the real time: the library that checks signatures in these tests knows no other."""
    with Playground(now=datetime.now(tz=UTC).isoformat()) as playground:
        yield playground


class Listener(BaseHTTPRequestHandler):
    seen: list[tuple[dict[str, str], bytes]]
    answers: list[int]
    wait = ""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.answers.pop(0) if self.answers else 204)
        self.send_header("Content-Length", "0")
        if self.wait:
            self.send_header("Retry-After", self.wait)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def listener() -> Iterator[tuple[str, type[Listener]]]:
    handler = type("Handler", (Listener,), {"seen": [], "answers": []})
    served = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"127.0.0.1:{served.server_address[1]}", handler
    served.shutdown()
    served.server_close()


def told(play: Playground, place: str, *events: str, process: str | None = None) -> tuple[str, str]:
    assert play.deploy({"p.bpmn": CASE}).accepted
    target = Target("crm", f"http://{place}/in", events, process, inside=True)
    return bus.run(play.services, CreateWebhook(target), SYSTEM)


def log(play: Playground) -> list[Any]:
    with play.database.read() as connection:
        return list(connection.execute(select(t.webhook_delivery).order_by(t.webhook_delivery.c.id)).all())


def test_events_are_told_in_order_signed_and_without_variables(
    play: Playground, listener: tuple[str, type[Listener]]
) -> None:
    place, handler = listener
    _, secret = told(play, place, "instance.started", "task.created", "task.ended", "instance.ended")

    instance = play.start("p", {"iban": "DE13800000000"}, business_key="A1")
    play.complete(play.tasks(instance)[0], {"phone": "13800000000"})

    kinds = [json.loads(body)["type"] for _, body in handler.seen]
    assert sorted(kinds) == ["instance.ended", "instance.started", "task.created", "task.ended"]
    assert all(b"3800000000" not in body for _, body in handler.seen)
    assert all(json.loads(body)["data"]["business_key"] == "A1" for _, body in handler.seen)
    for headers, body in handler.seen:
        Webhook(secret).verify(body, headers)
    by_kind = {json.loads(body)["type"]: json.loads(body)["data"] for _, body in handler.seen}
    assert by_kind["task.ended"]["task_id"] == by_kind["task.created"]["task_id"]
    assert (by_kind["task.ended"]["element_id"], by_kind["task.ended"]["status"]) == ("u", "completed")
    assert {row.status for row in log(play)} == {"delivered"}


def test_what_does_not_arrive_is_tried_again_under_the_same_id(
    play: Playground, listener: tuple[str, type[Listener]]
) -> None:
    place, handler = listener
    told(play, place, "instance.started")
    handler.answers.extend([500, 302, 200])

    play.start("p")
    play.advance("PT10M")

    assert len(handler.seen) == 3
    assert len({headers["webhook-id"] for headers, _ in handler.seen}) == 1
    assert [(row.status, row.attempts, row.answer) for row in log(play)] == [("delivered", 3, 200)]


def test_in_the_end_it_is_given_up_and_may_be_sent_again(
    play: Playground, listener: tuple[str, type[Listener]]
) -> None:
    place, handler = listener
    told(play, place, "instance.started")
    handler.answers.extend([500] * 8)

    instance = play.start("p")
    play.advance("P2D")

    [row] = log(play)
    assert (row.status, row.attempts) == ("failed", 8)
    with play.database.read() as connection:  # the log has it: no other trace
        assert connection.execute(select(t.job.c.id)).all() == []
        assert connection.execute(select(t.audit.c.id).where(t.audit.c.command == "FailJob")).all() == []
    assert play.instance(instance).incidents == []
    bus.run(play.services, Redeliver(row.id), SYSTEM)
    play.advance("PT1S")
    assert log(play)[0].status == "delivered"


def test_only_what_was_asked_for(play: Playground, listener: tuple[str, type[Listener]]) -> None:
    place, handler = listener
    assert play.deploy({"q.bpmn": CASE.replace(b'id="p"', b'id="another"')}).accepted
    id, _ = told(play, place, "instance.started", process="another")

    play.start("p")
    assert handler.seen == []
    play.start("another")
    assert len(handler.seen) == 1
    bus.run(play.services, DeleteWebhook(id), SYSTEM)
    play.start("another")

    assert len(handler.seen) == 1 and log(play) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:22/", "file:///etc/passwd", "https://user:pw@example.com/", "x", "", "http://example.com/",
        "https://localhost/", "https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "https://169.254.169.254/",
        "https://[::ffff:10.0.0.1]/", "https://example.com:22/", "https://example.com/#x", "https://e.com/" + "x" * 2000,
    ],
)  # fmt: skip
def test_an_address_has_to_be_one_that_may_be_called(play: Playground, url: str) -> None:
    id, _ = bus.run(play.services, CreateWebhook(Target("crm", "https://example.com/", ("task.created",))), SYSTEM)
    for command in (CreateWebhook, lambda target: ChangeWebhook(id, target)):
        with pytest.raises(InvalidInput):
            bus.run(play.services, command(Target("crm", url, ("task.created",))), SYSTEM)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "https://user:pw@example.com/", "http://[::1/", "http://a:b/"])
def test_an_administrators_word_does_not_make_everything_an_address(play: Playground, url: str) -> None:
    with pytest.raises(InvalidInput):
        bus.run(play.services, CreateWebhook(Target("crm", url, ("task.created",), inside=True)), SYSTEM)


def test_a_host_is_looked_at_again_with_every_delivery(play: Playground, monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target("crm", "https://crm.example/", ("instance.started",))
    answers: list[list[Any]] = [[(2, 1, 6, "", ("93.184.216.34", 443))], [(2, 1, 6, "", ("10.0.0.5", 443))]]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers.pop(0))
    bus.run(play.services, CreateWebhook(target), SYSTEM)
    assert play.deploy({"p.bpmn": CASE}).accepted

    play.start("p")

    [row] = log(play)
    assert row.status == "failed" and "inside the network" in row.error


def test_the_log_has_every_attempt(play: Playground, listener: tuple[str, type[Listener]]) -> None:
    place, handler = listener
    told(play, place, "instance.started")
    handler.answers.extend([500, 503, 200])
    play.start("p")
    [waiting] = log(play)
    assert (waiting.status, waiting.next_at) == ("due", play.clock.now() + timedelta(seconds=5))

    play.advance("PT10M")

    with play.database.read() as connection:
        detail = get_delivery(connection, SYSTEM, waiting.id)
    assert [(one.number, one.answer) for one in detail.tries] == [(3, 200), (2, 503), (1, 500)]
    assert all(one.milliseconds > 0 for one in detail.tries)
    assert [one.error is None for one in detail.tries] == [True, False, False]
    assert detail.delivery.next_at is None and detail.payload["type"] == "instance.started"


def test_it_waits_as_long_as_it_is_asked_to(play: Playground, listener: tuple[str, type[Listener]]) -> None:
    place, handler = listener
    told(play, place, "instance.started")
    handler.answers.append(503)
    handler.wait = "7200"

    play.start("p")

    assert log(play)[0].next_at == play.clock.now() + timedelta(hours=2)


def test_who_wants_nothing_any_more_is_left_alone(play: Playground, listener: tuple[str, type[Listener]]) -> None:
    place, handler = listener
    id, _ = told(play, place, "instance.started")
    handler.answers.append(410)

    play.start("p")
    play.start("p")

    assert len(handler.seen) == 1 and [row.status for row in log(play)] == ["failed"]
    with pytest.raises(Conflict, match="paused"):
        bus.run(play.services, Redeliver(log(play)[0].id), SYSTEM)
    bus.run(play.services, ResumeWebhook(id), SYSTEM)
    play.start("p")
    assert len(handler.seen) == 2


def test_what_waits_when_it_is_paused_is_set_aside(play: Playground, listener: tuple[str, type[Listener]]) -> None:
    place, handler = listener
    id, _ = told(play, place, "instance.started")
    handler.answers.append(500)
    play.start("p")
    bus.run(play.services, PauseWebhook(id), SYSTEM)

    play.start("p")
    play.advance("PT1H")

    assert len(handler.seen) == 1
    assert [(row.status, row.error) for row in log(play)] == [("failed", "The webhook is paused.")]
    with pytest.raises(Conflict):
        bus.run(play.services, SendTestEvent(id), SYSTEM)


def test_sending_again_does_not_wait_and_does_not_send_twice(
    play: Playground, listener: tuple[str, type[Listener]]
) -> None:
    place, handler = listener
    told(play, place, "instance.started")
    handler.answers.append(500)
    play.start("p")

    bus.run(play.services, Redeliver(log(play)[0].id), SYSTEM)
    play.advance("P2D")

    assert len(handler.seen) == 2 and [row.status for row in log(play)] == ["delivered"]


def test_a_renewed_secret_signs_beside_the_old_one_for_a_day(
    play: Playground, listener: tuple[str, type[Listener]]
) -> None:
    place, handler = listener
    id, old = told(play, place, "instance.started")
    new = bus.run(play.services, RenewWebhookSecret(id), SYSTEM)

    play.start("p")
    play.advance("PT25H")
    play.start("p")
    at_once = bus.run(play.services, RenewWebhookSecret(id, at_once=True), SYSTEM)
    play.start("p")

    (first, _), (second, _), (third, _) = handler.seen
    for headers, secrets in ((first, [new, old]), (second, [new]), (third, [at_once])):
        moment = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        body = handler.seen[[first, second, third].index(headers)][1].decode()
        made = [Webhook(secret).sign(headers["webhook-id"], moment, body) for secret in secrets]
        assert headers["webhook-signature"].split(" ") == made


def test_a_test_event_tells_of_no_case(play: Playground, listener: tuple[str, type[Listener]]) -> None:
    place, handler = listener
    id, secret = told(play, place, "instance.ended")

    bus.run(play.services, SendTestEvent(id), SYSTEM)
    play.advance("PT1S")

    [(headers, body)] = handler.seen
    Webhook(secret).verify(body, headers)
    assert json.loads(body)["type"] == "webhook.test" and json.loads(body)["data"]["webhook"] == "crm"


def test_what_was_erased_is_not_sent(play: Playground, listener: tuple[str, type[Listener]]) -> None:
    place, handler = listener
    told(play, place, "instance.started")
    handler.answers.append(500)
    play.start("p")
    with play.database.write() as connection:
        connection.execute(update(t.webhook_delivery).values(payload={}))

    play.advance("P2D")

    assert len(handler.seen) == 1 and [row.status for row in log(play)] == ["failed"]
    with pytest.raises(Conflict, match="erased"):
        bus.run(play.services, Redeliver(log(play)[0].id), SYSTEM)


def test_old_deliveries_are_removed_with_their_attempts(play: Playground, listener: tuple[str, type[Listener]]) -> None:
    place, _ = listener
    told(play, place, "instance.started")
    play.start("p")
    play.advance("P20D")
    play.start("p")
    assert bus.run(play.services, RemoveDeliveries(), SYSTEM) == 0

    play.advance("P11D")

    assert bus.run(play.services, RemoveDeliveries(), SYSTEM) == 1
    assert len(log(play)) == 1
    with play.database.read() as connection:
        assert len(connection.execute(select(t.webhook_attempt.c.number)).all()) == 1


@pytest.mark.parametrize(
    "target",
    [
        Target(" ", "https://example.com/", ("task.created",)),
        Target("crm", "https://example.com/", ()),
        Target("crm", "https://example.com/", ("task.exploded",)),
        Target("crm", "https://example.com/", ("task.created",), "nowhere"),
    ],
)
def test_a_webhook_names_what_there_is(play: Playground, target: Target) -> None:
    with pytest.raises(InvalidInput):
        bus.run(play.services, CreateWebhook(target), SYSTEM)


HOOK = SaveHook("x", "y")
WEBHOOK = CreateWebhook(Target("x", "https://example.com", ("task.created",)))


@pytest.mark.parametrize(
    "command",
    [
        HOOK, RenewHookSecret("bank"), DeleteHook("bank"), WEBHOOK, ChangeWebhook("x", WEBHOOK.target), PauseWebhook("x"),
        ResumeWebhook("x"), RenewWebhookSecret("x"), DeleteWebhook("x"), SendTestEvent("x"), Redeliver("x"),
    ],
)  # fmt: skip
def test_only_administrators(play: Playground, command: Any) -> None:
    bus.run(play.services, SaveHook("bank", "paid"), SYSTEM)
    for role in ("staff", "owner", "manager", "integration"):
        with pytest.raises(Forbidden):
            bus.run(play.services, command, Actor("max", roles=frozenset({role})))


def test_changes_are_audited_with_before_and_after_and_no_secret_is_in_the_open(play: Playground) -> None:
    secret = bus.run(play.services, SaveHook("bank", "paid", business_key="body.order"), SYSTEM)
    renewed = bus.run(play.services, RenewHookSecret("bank"), SYSTEM)
    bus.run(play.services, SaveHook("bank", "booked", business_key="body.id"), SYSTEM)
    asked = Target("crm", "https://example.com/in?token=4711", ("task.created",))
    id, told = bus.run(play.services, CreateWebhook(asked), SYSTEM)
    bus.run(play.services, ChangeWebhook(id, Target("crm", "https://example.com/in", ("task.ended",))), SYSTEM)
    fresh = bus.run(play.services, RenewWebhookSecret(id), SYSTEM)
    bus.run(play.services, PauseWebhook(id), SYSTEM)
    bus.run(play.services, DeleteWebhook(id), SYSTEM)

    with play.database.read() as connection:
        entries = connection.execute(select(t.audit.c.command, t.audit.c.detail).order_by(t.audit.c.id)).all()
        kept = str([row for table in (t.hook, t.webhook, t.audit) for row in connection.execute(select(table))])
    assert not any(one in kept for one in (secret, renewed, told, fresh)) and "4711" not in str(entries)
    details = {entry.command: entry.detail for entry in entries}
    assert details["SaveHook"] == {
        "before": {"message": "paid", "business_key": "body.order"},
        "after": {"message": "booked", "business_key": "body.id"},
    }
    assert details["ChangeWebhook"]["before"]["events"] == ["task.created"]
    assert details["ChangeWebhook"]["after"]["events"] == ["task.ended"]
    assert details["PauseWebhook"]["after"] == {"disabled": True}
    assert details["DeleteWebhook"]["before"]["url"] == "https://example.com/in"
