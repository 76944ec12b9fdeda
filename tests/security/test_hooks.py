"""Promise 14 of docs/security.md, the way in: signed messages of other systems arrive once, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from engine import bus
from engine.actor import SYSTEM
from engine.commands.hooks import DeleteHook, ReceiveHook, RenewHookSecret, SaveHook, sender
from engine.errors import FacetError, InvalidInput, NotFound
from engine.hooks import SignatureRefused
from engine.playground import Playground
from engine.queries.hooks import admit
from engine.store import tables as t
from tests.diagrams import diagram

WAITING = diagram(
    '<intermediateCatchEvent id="c"><messageEventDefinition messageRef="M"/></intermediateCatchEvent>',
    "s>c>e",
    roots='<message id="M" name="paid"/>',
)


@pytest.fixture
def play() -> Iterator[Playground]:
    """With the real time: the library that checks signatures in these tests knows no other."""
    with Playground(now=datetime.now(tz=UTC).isoformat()) as playground:
        yield playground


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


def receive(play: Playground, key: str, headers: dict[str, str], body: bytes) -> int:
    """As `POST /hooks/{key}` does it."""
    with play.database.read() as connection:
        found = admit(connection, play.services.keys, key, headers, body, play.clock.now())
    if found.signed is None:
        assert found.error is not None and found.note
        raise found.error
    return bus.run(play.services, ReceiveHook(found.signed), sender(key))


BODY = b'{"order":"A1","amount":12.50}'


def test_a_signed_message_reaches_the_one_who_waits_once(play: Playground) -> None:
    secret, instance = opened(play)
    headers = signed(secret, BODY)

    assert receive(play, "bank", headers, BODY) == 1
    assert receive(play, "bank", headers, BODY) == 1

    found = play.instance(instance)
    assert found.status == "completed"
    assert str(found.variables["amount"]) == "12.50"
    with play.database.read() as connection:
        assert len(connection.execute(select(t.outbox.c.id)).all()) == 1


def test_a_message_that_nobody_waits_for_is_held(play: Playground) -> None:
    secret, _ = opened(play)
    body = b'{"order":"B2"}'

    assert receive(play, "bank", signed(secret, body), body) == 0
    assert play.instance(play.start("p", {}, business_key="B2")).status == "completed"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("body", "signature"),
        ("id", "signature"),
        ("secret", "signature"),
        ("version", "signature"),
        ("garbage", "signature"),
        ("old", "old"),
        ("early", "early"),
        ("missing", "missing"),
        ("space", "id"),
        ("long", "id"),
        ("time", "time"),
        ("fraction", "time"),
    ],
)
def test_what_is_not_signed_rightly_is_refused_and_says_why(play: Playground, wrong: str, reason: str) -> None:
    secret, instance = opened(play)
    now = datetime.now(tz=UTC)
    headers, body = signed(secret, BODY), BODY
    stamp = headers["Webhook-Timestamp"]
    changed: dict[str, dict[str, str]] = {
        "id": {"Webhook-Id": "msg_2"},
        "secret": signed("whsec_" + "A" * 32, BODY),
        "version": {"Webhook-Signature": headers["Webhook-Signature"].replace("v1,", "v2,")},
        "garbage": {"Webhook-Signature": ", ,, v1 v1, ,v1,é x,y,z " + "v1,AAAA " * 2000},
        "old": signed(secret, BODY, at=now - timedelta(minutes=10)),
        "early": signed(secret, BODY, at=now + timedelta(minutes=10)),
        "missing": {"Webhook-Id": ""},
        "space": signed(secret, BODY, id="a b"),
        "long": signed(secret, BODY, id="a" * 201),
        "time": {"Webhook-Timestamp": "nan"},
        "fraction": {"Webhook-Timestamp": f"{stamp}.0"},
    }
    headers |= changed.get(wrong, {})
    if wrong == "body":
        body = BODY.replace(b"12.50", b"99.50")

    with pytest.raises(SignatureRefused) as refused:
        receive(play, "bank", headers, body)
    assert (refused.value.reason, refused.value.status) == (reason, 401)
    assert play.instance(instance).status == "active"


@pytest.mark.parametrize("away", [-299, -1, 0, 1, 299])
def test_clocks_may_differ_by_five_minutes(play: Playground, away: int) -> None:
    secret, _ = opened(play)
    at = play.clock.now() + timedelta(seconds=away)

    assert receive(play, "bank", signed(secret, BODY, at=at), BODY) == 1


def test_one_of_several_signatures_is_enough(play: Playground) -> None:
    secret, _ = opened(play)
    headers = signed(secret, BODY)
    headers["Webhook-Signature"] = f"v1a,abc= v1,AAAA {headers['Webhook-Signature']}"

    assert receive(play, "bank", headers, BODY) == 1


DEEP = b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}"
WIDE = b'{"a":[' + b"1," * 60_000 + b"1]}"


@pytest.mark.parametrize(
    "body", [b"[1]", b"nonsense", b'{"a": NaN}', b'"text"', b"", b'{"a":1', DEEP, b'{"a":1}{"b":2}']
)
def test_a_body_that_is_no_object_is_refused(play: Playground, body: bytes) -> None:
    secret, _ = opened(play)

    with pytest.raises(InvalidInput):
        receive(play, "bank", signed(secret, body), body)


@pytest.mark.parametrize("body", [WIDE, b'{"a":' + b'{"a":' * 100 + b"1" + b"}" * 101])
def test_a_body_is_held_to_the_limits_of_variables(play: Playground, body: bytes) -> None:
    secret, _ = opened(play)

    with pytest.raises(FacetError) as refused:
        receive(play, "bank", signed(secret, body), body)
    assert refused.value.status == 422


@pytest.mark.parametrize("key", ["other", "", "a/b", "bank\0", "b" * 300])
def test_a_hook_that_is_not_there_is_not_found(play: Playground, key: str) -> None:
    secret, _ = opened(play)

    with pytest.raises(NotFound):
        receive(play, key, signed(secret, BODY), BODY)


def test_a_hook_that_is_switched_off_is_as_if_it_were_not_there(play: Playground) -> None:
    secret, _ = opened(play)
    assert bus.run(play.services, SaveHook("bank", "paid", disabled=True), SYSTEM) is None
    with pytest.raises(NotFound) as off:
        receive(play, "bank", signed(secret, BODY), BODY)
    bus.run(play.services, DeleteHook("bank"), SYSTEM)
    with pytest.raises(NotFound) as gone:
        receive(play, "bank", signed(secret, BODY), BODY)
    assert str(off.value) == str(gone.value)


def test_an_old_secret_is_good_for_a_day_after_it_was_renewed(play: Playground) -> None:
    secret, _ = opened(play)
    renewed = bus.run(play.services, RenewHookSecret("bank"), SYSTEM)
    assert renewed != secret
    assert receive(play, "bank", signed(secret, BODY), BODY) == 1
    assert receive(play, "bank", signed(renewed, BODY, "msg_2"), BODY) == 0

    later = play.clock.now() + timedelta(hours=25)
    play.advance("PT25H")
    with pytest.raises(SignatureRefused, match="signature"):
        receive(play, "bank", signed(secret, BODY, "msg_3", later), BODY)
    assert receive(play, "bank", signed(renewed, BODY, "msg_3", later), BODY) == 0


def test_a_secret_that_leaked_ends_at_once(play: Playground) -> None:
    secret, _ = opened(play)
    bus.run(play.services, RenewHookSecret("bank"), SYSTEM)
    newest = bus.run(play.services, RenewHookSecret("bank", at_once=True), SYSTEM)

    with pytest.raises(SignatureRefused):
        receive(play, "bank", signed(secret, BODY), BODY)
    assert receive(play, "bank", signed(newest, BODY), BODY) == 1


@pytest.mark.parametrize(
    ("expression", "key"),
    [("body.order", "A1"), ("=body.amount", "12.50"), ("body.nothing", None), ('"X-" + body.order', "X-A1")],
)
def test_the_business_key_is_what_the_expression_says(play: Playground, expression: str, key: str | None) -> None:
    secret, _ = opened(play)
    bus.run(play.services, SaveHook("bank", "other", business_key=expression), SYSTEM)

    assert receive(play, "bank", signed(secret, BODY), BODY) == 0
    with play.database.read() as connection:
        assert connection.execute(select(t.outbox.c.business_key)).scalar_one() == key


@pytest.mark.parametrize("columns", [{"business_key": "body"}, {"business_key": "true"}, {"correlation": "1"}])
def test_an_expression_that_gives_nonsense_refuses_the_message(play: Playground, columns: dict[str, str]) -> None:
    secret, _ = opened(play)
    bus.run(play.services, SaveHook("bank", "paid", **columns), SYSTEM)

    with pytest.raises(InvalidInput):
        receive(play, "bank", signed(secret, BODY), BODY)


def test_a_call_may_send_messages_and_nothing_else() -> None:
    actor = sender("bank")
    assert (actor.roles, actor.system, actor.grants) == (frozenset({"integration"}), False, frozenset())
