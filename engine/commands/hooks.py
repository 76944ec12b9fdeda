"""Inbound webhooks: who may send messages in, and what a call becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Final

from sqlalchemy import delete, insert, select, update

from engine import policy
from engine.actor import Actor
from engine.audit import change
from engine.commands.messages import CorrelateMessage
from engine.errors import InvalidInput
from engine.feel import FeelError, parse
from engine.hooks import NOTED_EVERY, OVERLAP, Signed, is_key, new_secret, no_hook
from engine.store import tables as t
from engine.variables import check
from engine.work import Work

LONGEST_EXPRESSION: Final = 2000

_h = t.hook.c


@dataclass(frozen=True, slots=True)
class SaveHook:
    """Lets another system send messages to `/hooks/{key}`, or changes how. `business_key` and `correlation` are FEEL over
    `body`. Returns the secret that the other system signs with when the hook is new; it is shown this once."""

    key: str
    message: str
    name: str = ""
    business_key: str | None = None
    correlation: str | None = None
    disabled: bool = False

    def execute(self, work: Work) -> str | None:
        policy.check_admin(work.actor)
        if not is_key(self.key):
            raise InvalidInput(
                "A hook's key has 1 to 100 letters, digits or . _ - and begins with a letter or digit.",
                "标识由 1 到 100 个字母、数字或 . _ - 组成，以字母或数字开头。",
            )
        if not 1 <= len(self.message) <= 255:
            raise InvalidInput("A hook names the message that a call becomes.", "须指定调用所对应的消息名称。")
        for text in (self.business_key, self.correlation):
            _check_expression(text)
        row = _row(work, self.key)
        values = self._values()
        work.audit.update(subject=self.key, detail=change(_shown(row), values))
        if row is not None:
            work.connection.execute(update(t.hook).where(_h.key == self.key).values(**values, changed_at=work.now))
            return None
        secret = new_secret()
        made = {"key": self.key, "secret": work.services.keys.encrypt(secret), "created_at": work.now}
        work.connection.execute(insert(t.hook), {**made, **values, "changed_at": work.now})
        return secret

    def _values(self) -> dict[str, Any]:
        return {
            "name": (self.name or self.key)[:200],
            "message": self.message,
            "business_key": self.business_key or None,
            "correlation": self.correlation or None,
            "disabled": self.disabled,
        }


def _check_expression(text: str | None) -> None:
    if text is not None and len(text) > LONGEST_EXPRESSION:
        raise InvalidInput(
            f"An expression has at most {LONGEST_EXPRESSION} characters.", f"表达式最多 {LONGEST_EXPRESSION} 个字符。"
        )
    try:
        if text:
            parse(text.removeprefix("="))
    except FeelError as error:
        raise _said(text, error) from error


def _said(text: str | None, error: FeelError) -> InvalidInput:
    return InvalidInput(f"“{text}”: {error}", f"“{text}”：{error.text('zh')}")


def _row(work: Work, key: str) -> Any:
    return work.connection.execute(select(t.hook).where(_h.key == key).with_for_update()).one_or_none()


def _shown(row: Any) -> dict[str, Any] | None:
    """What the audit says of a hook: everything but its secrets."""
    names = ("name", "message", "business_key", "correlation", "disabled")
    return {name: getattr(row, name) for name in names} if row is not None else None


@dataclass(frozen=True, slots=True)
class RenewHookSecret:
    """A new secret, which is returned and shown this once. The old one stays good for a day, so that nothing is lost while the
    other system changes over; `at_once`: it ends now."""

    key: str
    at_once: bool = False

    def execute(self, work: Work) -> str:
        policy.check_admin(work.actor)
        row = _row(work, self.key)
        if row is None:
            raise no_hook()
        work.audit.update(subject=self.key, detail=change({"secret": "set"}, {"secret": "new"}, at_once=self.at_once))
        secret = new_secret()
        work.connection.execute(
            update(t.hook).where(_h.key == self.key).values(**renewed(work, row, secret, self.at_once))
        )
        return secret


def renewed(work: Work, row: Any, secret: str, at_once: bool) -> dict[str, Any]:
    """The columns of a hook or webhook with a new secret beside the old one, or in its place."""
    return {
        "secret": work.services.keys.encrypt(secret),
        "old_secret": None if at_once else row.secret,
        "old_until": None if at_once else work.now + OVERLAP,
    }


@dataclass(frozen=True, slots=True)
class DeleteHook:
    """Closes a hook."""

    key: str

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        row = _row(work, self.key)
        if row is None:
            raise no_hook()
        work.audit.update(subject=self.key, detail=change(_shown(row), None))
        work.connection.execute(delete(t.hook).where(_h.key == self.key))


# --- what comes in --------------------------------------------------------------------------------------------------------


def sender(hook: str) -> Actor:
    """Who a call of a hook is: may send messages, nothing else."""
    return Actor(f"hook:{hook}", hook, roles=frozenset({"integration"}))


@dataclass(frozen=True, slots=True)
class ReceiveHook:
    """A call of a hook becomes its message; the call's id makes it once, whatever happens. Returns 1 when somebody was
    reached, 0 when the message is held. NotFound when the hook was closed meanwhile; InvalidInput when an expression of the
    hook fails on this body."""

    message: Signed

    def execute(self, work: Work) -> int:
        signed = self.message
        hook: Any = work.connection.execute(
            select(t.hook).where(_h.key == signed.hook, _h.disabled.is_(False))
        ).one_or_none()
        if hook is None:
            raise no_hook()
        check(signed.body, work.services.data_limits)  # before anything is computed from it
        correlation = _asked(work, hook.correlation, signed.body)
        if correlation is not None and not isinstance(correlation, Mapping):
            raise InvalidInput("The hook's correlation gives no context.", "关联表达式的结果不是上下文。")
        key = _business_key(_asked(work, hook.business_key, signed.body))
        id = f"hook/{signed.hook}/{signed.id}"
        reached = CorrelateMessage(hook.message, signed.body, key, correlation, message_id=id).execute(work)
        work.audit["subject"] = signed.hook
        if hook.received_at is None or work.now - hook.received_at > NOTED_EVERY:
            work.connection.execute(update(t.hook).where(_h.key == signed.hook).values(received_at=work.now))
        return reached


def _asked(work: Work, text: str | None, body: Mapping[str, Any]) -> Any:
    if text is None:
        return None
    context = work.services.feel_context(work.connection, work.now)
    try:
        return parse(text.removeprefix("=")).evaluate({"body": body}, context).value
    except FeelError as error:
        raise _said(text, error) from error


def _business_key(value: Any) -> str | None:
    """Texts and numbers; null is none."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    raise InvalidInput("The hook's business key is neither text nor number.", "业务主键表达式的结果不是文本或数字。")


@dataclass(frozen=True, slots=True)
class NoteRefusal:
    """A hook remembers why it refused a call (`engine.hooks.REASONS`), for whoever sets up the other side."""

    key: str
    reason: str
    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> None:
        values = {"refused_at": work.now, "refusal": self.reason}
        work.connection.execute(update(t.hook).where(_h.key == self.key).values(**values))
