"""Webhooks: who may send messages in, who is told what happens, and what came of each delivery."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from standardwebhooks import Webhook, WebhookVerificationError

from engine import policy
from engine.commands.messages import CorrelateMessage
from engine.commands.users import check_key
from engine.connectors.base import PermanentFailure
from engine.connectors.guard import check_url
from engine.errors import Forbidden, InvalidInput, NotFound
from engine.feel import FeelError, parse
from engine.ids import new_id
from engine.store import tables as t
from engine.variables import plain_loads
from engine.webhooks import EVENTS, delivery_job
from engine.work import Work

LARGEST: Final = 256 * 1024
"""Bytes of an incoming message."""

_h, _w, _d = t.hook.c, t.webhook.c, t.webhook_delivery.c


def new_secret() -> str:
    """A secret as standardwebhooks wants it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


# --- in -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SaveHook:
    """Lets another system send messages to `/hooks/{key}`. `business_key` and `correlation` are FEEL over `body`. Returns
    the secret that the other system signs with when the hook is new or `renew` is asked for; it is shown this once."""

    key: str
    message: str
    name: str = ""
    business_key: str | None = None
    correlation: str | None = None
    disabled: bool = False
    renew: bool = False

    def execute(self, work: Work) -> str | None:
        policy.check_admin(work.actor)
        check_key(self.key)
        if not self.message or len(self.message) > 255:
            raise InvalidInput("A hook names the message that a call becomes.", "须指定调用所对应的消息名称。")
        for text in (self.business_key, self.correlation):
            _checked(text)
        work.audit.update(subject=self.key, detail={"message": self.message, "disabled": self.disabled})
        known = work.connection.execute(select(_h.key).where(_h.key == self.key)).first() is not None
        secret = new_secret() if self.renew or not known else None
        values: dict[str, Any] = {
            "name": (self.name or self.key)[:200],
            "message": self.message,
            "business_key": self.business_key,
            "correlation": self.correlation,
            "disabled": self.disabled,
            "changed_at": work.now,
        }
        if secret is not None:
            values["secret"] = work.services.keys.encrypt(secret)
        if known:
            work.connection.execute(update(t.hook).where(_h.key == self.key).values(**values))
        else:
            work.connection.execute(insert(t.hook), {"key": self.key, "created_at": work.now, **values})
        return secret


def _checked(text: str | None) -> None:
    try:
        if text is not None:
            parse(text.removeprefix("="))
    except FeelError as error:
        raise InvalidInput(f"“{text}”: {error}", f"“{text}”：{error.text('zh')}") from error


@dataclass(frozen=True, slots=True)
class DeleteHook:
    """Closes a hook."""

    key: str

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        work.audit["subject"] = self.key
        if work.connection.execute(delete(t.hook).where(_h.key == self.key)).rowcount == 0:
            raise NotFound(f"There is no hook “{self.key}”.", f"没有 webhook“{self.key}”。")


@dataclass(frozen=True, slots=True)
class ReceiveHook:
    """A call of a hook: signed (standardwebhooks, five minutes), with an id that makes it once whatever happens. Returns 1
    when somebody was reached, 0 when the message is held. Forbidden for a wrong signature, as for a hook that is not there."""

    key: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def execute(self, work: Work) -> int:
        hook: Any = work.connection.execute(
            select(t.hook).where(_h.key == self.key, _h.disabled.is_(False))
        ).one_or_none()
        self._verify(work, hook)
        body = plain_loads(self.body)
        if not isinstance(body, dict):
            raise InvalidInput("The body is no JSON object.", "请求体不是 JSON 对象。")
        work.audit.update(subject=self.key)
        key = self._asked(work, hook.business_key, body)
        correlation = self._asked(work, hook.correlation, body)
        if correlation is not None and not isinstance(correlation, dict):
            raise InvalidInput("The hook's correlation gives no context.", "关联表达式的结果不是上下文。")
        message = CorrelateMessage(
            hook.message,
            body,
            None if key is None else str(key),
            correlation,
            message_id=f"hook/{self.key}/{self._header('webhook-id')}"[:255],
        )
        reached = message.execute(work)
        work.audit["subject"] = self.key
        return reached

    def _header(self, name: str) -> str:
        return next((value for key, value in self.headers.items() if key.lower() == name), "")

    def _verify(self, work: Work, hook: Any) -> None:
        secret = work.services.keys.decrypt(hook.secret) if hook is not None else new_secret()
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        try:
            if len(self.body) > LARGEST:
                raise WebhookVerificationError("too large")
            Webhook(secret).verify(self.body, {name: self._header(name) for name in names})
        except (WebhookVerificationError, ValueError, RecursionError) as error:
            raise Forbidden("The signature is not right, or too old.", "签名无效或已过期。") from error
        if hook is None:
            raise Forbidden("The signature is not right, or too old.", "签名无效或已过期。")

    def _asked(self, work: Work, text: str | None, body: Mapping[str, Any]) -> Any:
        if text is None:
            return None
        context = work.services.feel_context(work.connection, work.now)
        try:
            return parse(text.removeprefix("=")).evaluate({"body": body}, context).value
        except FeelError as error:
            raise InvalidInput(f"“{text}”: {error}", f"“{text}”：{error.text('zh')}") from error


# --- out ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CreateWebhook:
    """Somebody is told what happens: `events` of `engine.webhooks.EVENTS`, of one `process` or of all. `allow`: the host may
    lie inside the network. Returns id and secret, which is shown this once."""

    name: str
    url: str
    events: tuple[str, ...]
    process: str | None = None
    allow: tuple[str, ...] = ()

    def execute(self, work: Work) -> tuple[str, str]:
        policy.check_admin(work.actor)
        if unknown := sorted(set(self.events) - set(EVENTS)) or (not self.events and ["–"]):
            raise InvalidInput(
                f"Events are of {', '.join(EVENTS)}, not {unknown[0]}.", f"事件须取自 {'、'.join(EVENTS)}。"
            )
        try:
            check_url(self.url, self.allow)
        except PermanentFailure as error:
            raise InvalidInput(error.message, error.zh) from error
        id, secret = new_id(), new_secret()
        work.audit.update(subject=self.name[:400], detail={"url": self.url, "events": list(self.events)})
        work.connection.execute(
            insert(t.webhook),
            {
                "id": id,
                "name": self.name[:200],
                "url": self.url,
                "hosts": list(self.allow),
                "events": list(self.events),
                "process": self.process,
                "secret": work.services.keys.encrypt(secret),
                "created_at": work.now,
            },
        )
        work.after.append(work.services.webhooks.forget)
        return id, secret


@dataclass(frozen=True, slots=True)
class DeleteWebhook:
    """Nobody is told any more; the log of deliveries goes with it."""

    id: str

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        work.audit["subject"] = self.id
        if work.connection.execute(delete(t.webhook).where(_w.id == self.id)).rowcount == 0:
            raise NotFound("There is no such webhook.", "没有该 webhook。")
        work.after.append(work.services.webhooks.forget)


@dataclass(frozen=True, slots=True)
class Redeliver:
    """Sends a delivery again."""

    id: str

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        work.audit["subject"] = self.id
        again = update(t.webhook_delivery).where(_d.id == self.id).values(status="due", settled_at=None)
        if work.connection.execute(again).rowcount == 0:
            raise NotFound("There is no such delivery.", "没有该投递记录。")
        work.connection.execute(insert(t.job), delivery_job(self.id, work.now))
        work.after.append(work.services.wake)


@dataclass(frozen=True, slots=True)
class NoteDelivery:
    """What came of an attempt (the worker's). `job`: it is done and goes."""

    id: str
    answer: int | None
    error: str | None = None
    last: bool = False
    job: str | None = None
    audited = False

    def execute(self, work: Work) -> None:
        done = self.error is None
        values: dict[str, Any] = {"attempts": _d.attempts + 1, "answer": self.answer, "error": self.error}
        if done or self.last:
            values.update(status="delivered" if done else "failed", settled_at=work.now)
        work.connection.execute(update(t.webhook_delivery).where(_d.id == self.id).values(**values))
        if self.job is not None:
            work.connection.execute(delete(t.job).where(t.job.c.id == self.job))
