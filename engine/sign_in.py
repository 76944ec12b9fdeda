"""Signing in with a password: count the attempt, check outside any transaction, open the session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from engine import bus
from engine.actor import SYSTEM, Actor
from engine.commands.sessions import BeginSignIn, Opened, OpenSession
from engine.commands.users import SetPassword
from engine.errors import Forbidden
from engine.passwords import PASSWORDS
from engine.work import Services


class WrongPassword(Forbidden):
    """Name and password do not fit; which of the two is not said."""

    code = "wrong-password"
    status = 401


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an attempt comes from: `replaces` is the digest of the session that this browser had before."""

    address: str
    agent: str = ""
    replaces: str | None = None
    request_id: str | None = None


def sign_in(services: Services, username: str, password: str, origin: Origin, *, lifetime: timedelta) -> Opened:
    """A new session for whoever knows the password. WrongPassword, TooManyAttempts (5 per account and address, 50 per
    address, within 15 minutes). Takes as long for unknown users as for known ones."""
    _prove(services, username, password, origin)
    command = OpenSession(username, lifetime, origin.address, origin.agent, origin.replaces)
    return bus.run(services, command, Actor(username, system=True), request_id=origin.request_id, source=origin.address)


def change_password(
    services: Services, actor: Actor, old: str, new: str, origin: Origin, *, keep_session: str | None = None
) -> None:
    """One's own password, by whoever knows the old one; other sessions end. WrongPassword, TooManyAttempts, InvalidInput."""
    _prove(services, actor.username, old, origin)
    command = SetPassword(actor.username, PASSWORDS.hash(new), keep_session)
    bus.run(services, command, actor, request_id=origin.request_id, source=origin.address)


def _prove(services: Services, username: str, password: str, origin: Origin) -> None:
    begin = BeginSignIn(username[:200], origin.address[:100])
    stored = bus.run(services, begin, SYSTEM, request_id=origin.request_id, source=origin.address)
    if not PASSWORDS.verify(password, stored):
        raise WrongPassword("The name or the password is not right.", "用户名或密码不正确。")
