"""Promise 14 of docs/security.md: webhooks are signed both ways, arrive once, and tell no variables."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from engine import bus
from engine.actor import SYSTEM, Actor
from engine.commands.webhooks import CreateWebhook, DeleteWebhook, ReceiveHook, Redeliver, SaveHook
from engine.errors import FacetError, Forbidden, InvalidInput
from engine.playground import Playground
from engine.store import tables as t
from tests.diagrams import diagram

WAITING = diagram(
    '<intermediateCatchEvent id="c"><messageEventDefinition messageRef="M"/></intermediateCatchEvent>',
    "s>c>e",
    roots='<message id="M" name="paid"/>',
)
CASE = diagram('<userTask id="u" facet:candidateGroups="office"/>', "s>u>e")
ANONYMOUS = Actor("hook", system=True)


@pytest.fixture
def play() -> Iterator[Playground]:
    with Playground() as playground:
        yield playground


# --- in -------------------------------------------------------------------------------------------------------------------


def opened(play: Playground) -> tuple[str, str]:
    """A hook with its secret, and an instance that waits for its message."""
    assert play.deploy({"p.bpmn": WAITING}).accepted
    secret = bus.run(play.services, SaveHook("bank", "paid", business_key="body.order"), SYSTEM)
    assert secret is not None
    return secret, play.start("p", {}, business_key="A1")


def signed(secret: str, body: bytes, id: str = "msg_1", at: datetime | None = None) -> dict[str, str]:
    moment = at or datetime.now(tz=UTC)
    return {
        "Webhook-Id": id,
        "Webhook-Timestamp": str(int(moment.timestamp())),
        "Webhook-Signature": Webhook(secret).sign(id, moment, body.decode()),
    }


BODY = b'{"order":"A1","amount":12.50}'


def test_a_signed_message_reaches_the_one_who_waits_once(play: Playground) -> None:
    secret, instance = opened(play)
    call = ReceiveHook("bank", signed(secret, BODY), BODY)

    assert bus.run(play.services, call, ANONYMOUS) == 1
    assert bus.run(play.services, call, ANONYMOUS) == 1

    found = play.instance(instance)
    assert found.status == "completed"
    assert str(found.variables["amount"]) == "12.50"
    with play.database.read() as connection:
        assert len(connection.execute(select(t.outbox.c.id)).all()) == 1


@pytest.mark.parametrize("wrong", ["body", "id", "secret", "old", "early", "hook", "missing", "large"])
def test_what_is_not_signed_rightly_is_refused_alike(play: Playground, wrong: str) -> None:
    secret, instance = opened(play)
    now = datetime.now(tz=UTC)
    body, key, headers = BODY, "bank", signed(secret, BODY)
    if wrong == "body":
        body = BODY.replace(b"12.50", b"99.50")
    elif wrong == "id":
        headers["Webhook-Id"] = "msg_2"
    elif wrong == "secret":
        headers = signed("whsec_" + "A" * 32, BODY)
    elif wrong == "old":
        headers = signed(secret, BODY, at=now - timedelta(minutes=10))
    elif wrong == "early":
        headers = signed(secret, BODY, at=now + timedelta(minutes=10))
    elif wrong == "hook":
        key = "other"
    elif wrong == "missing":
        headers = {}
    else:
        body = b'{"order":"' + b"x" * 300_000 + b'"}'
        headers = signed(secret, body)

    with pytest.raises(Forbidden, match="signature"):
        bus.run(play.services, ReceiveHook(key, headers, body), ANONYMOUS)
    assert play.instance(instance).status == "active"


@pytest.mark.parametrize("body", [b"[1]", b"nonsense", b'{"a": NaN}', b'"text"'])
def test_a_body_that_is_no_object_is_refused(play: Playground, body: bytes) -> None:
    secret, _ = opened(play)

    with pytest.raises(FacetError) as caught:
        bus.run(play.services, ReceiveHook("bank", signed(secret, body), body), ANONYMOUS)
    assert caught.value.status in (403, 422)


def test_a_hook_can_be_switched_off_and_its_secret_renewed(play: Playground) -> None:
    secret, _ = opened(play)
    renewed = bus.run(play.services, SaveHook("bank", "paid", renew=True), SYSTEM)
    assert renewed not in (None, secret)
    with pytest.raises(Forbidden):
        bus.run(play.services, ReceiveHook("bank", signed(secret, BODY), BODY), ANONYMOUS)

    assert bus.run(play.services, SaveHook("bank", "paid", disabled=True), SYSTEM) is None
    with pytest.raises(Forbidden):
        bus.run(play.services, ReceiveHook("bank", signed(str(renewed), BODY), BODY), ANONYMOUS)


# --- out ------------------------------------------------------------------------------------------------------------------


class Listener(BaseHTTPRequestHandler):
    seen: list[tuple[dict[str, str], bytes]]
    answers: list[int]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.answers.pop(0) if self.answers else 204)
        self.send_header("Content-Length", "0")
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
    made: tuple[str, str] = bus.run(
        play.services, CreateWebhook("crm", f"http://{place}/in", events, process, (place,)), SYSTEM
    )
    assert play.deploy({"p.bpmn": CASE}).accepted
    return made


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
    headers, body = handler.seen[0]
    signature = Webhook(secret).sign(headers["webhook-id"], play.clock.now(), body.decode())
    assert headers["webhook-signature"] == signature
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
    assert play.instance(instance).incidents == []
    bus.run(play.services, Redeliver(row.id), SYSTEM)
    play.advance("PT1S")
    assert log(play)[0].status == "delivered"


def test_only_what_was_asked_for(play: Playground, listener: tuple[str, type[Listener]]) -> None:
    place, handler = listener
    id, _ = told(play, place, "instance.started", process="another")

    play.start("p")
    bus.run(play.services, DeleteWebhook(id), SYSTEM)
    play.start("p")

    assert handler.seen == [] and log(play) == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:22/", "file:///etc/passwd", "https://user:pw@example.com/", "x"])
def test_an_address_has_to_be_one(play: Playground, url: str) -> None:
    with pytest.raises(InvalidInput):
        bus.run(play.services, CreateWebhook("crm", url, ("task.created",)), SYSTEM)


def test_an_address_inside_is_not_called_without_an_administrators_word(play: Playground) -> None:
    bus.run(play.services, CreateWebhook("crm", "http://localhost/", ("instance.started",)), SYSTEM)
    assert play.deploy({"p.bpmn": CASE}).accepted

    play.start("p")

    [row] = log(play)
    assert row.status == "failed" and "inside the network" in row.error


def test_only_administrators_and_no_secret_in_the_open(play: Playground) -> None:
    secret, _ = opened(play)
    for command in (SaveHook("x", "y"), CreateWebhook("x", "https://example.com", ("task.created",)), Redeliver("x")):
        with pytest.raises(Forbidden):
            bus.run(play.services, command, Actor("max", roles=frozenset({"manager"})))

    with play.database.read() as connection:
        kept = [str(row) for table in (t.hook, t.webhook, t.audit) for row in connection.execute(select(table))]
    assert secret not in "".join(kept)
