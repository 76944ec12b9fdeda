"""Outbound webhooks: who is told what happens, and what came of each delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from sqlalchemy import delete, func, insert, select, update

from engine import policy
from engine.actor import Actor
from engine.audit import change
from engine.commands.hooks import renewed
from engine.commands.jobs import Job
from engine.connectors.base import PermanentFailure
from engine.connectors.guard import NotReached, check_url, resolve
from engine.errors import Conflict, InvalidInput, NotFound
from engine.hooks import new_secret
from engine.ids import new_id
from engine.store import tables as t
from engine.webhooks import EVENTS, LONGEST_PAUSE, PAUSES, TEST, delivery_job, delivery_row, no_webhook
from engine.work import Services, Work

LONGEST_URL: Final = 2000
REMOVED_AT_ONCE: Final = 1000
"""Old deliveries that one transaction removes."""

_w, _d, _a, _j = t.webhook.c, t.webhook_delivery.c, t.webhook_attempt.c, t.job.c


# --- who is told ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """What an administrator says of a webhook: `events` of `engine.webhooks.EVENTS`, of one `process` or of all. `inside`: the
    address may lie in one's own network, be without TLS, or use a port other than 443 and 8443."""

    name: str
    url: str
    events: tuple[str, ...]
    process: str | None = None
    inside: bool = False

    def look(self) -> tuple[str, ...]:
        """Looks at the address as every delivery does, outside of any transaction; returns the hosts that the guard is to let
        pass. InvalidInput. A host that cannot be found just now may be there later."""
        if len(self.url) > LONGEST_URL or "#" in self.url:
            raise InvalidInput(
                f"An address has at most {LONGEST_URL} characters and no “#”.",
                f"地址最多 {LONGEST_URL} 个字符，且不含“#”。",
            )
        hosts = self._hosts() if self.inside else ()
        try:
            scheme, host, port = check_url(self.url, hosts)
            if scheme != "https" and not self.inside:
                raise PermanentFailure(
                    "Outside of one's own network an address begins with https://.",
                    "内网以外的地址须以 https:// 开头。",
                )
            resolve(host, port, hosts)
        except PermanentFailure as error:
            raise self._refused(error) from error
        except NotReached:
            pass
        return hosts

    def _refused(self, error: PermanentFailure) -> InvalidInput:
        if self.inside:
            return InvalidInput(error.message, error.zh)
        return InvalidInput(
            f"{error.message} If it lies in your own network, say so (“inside”).",
            f"{error.zh}如位于内部网络，请勾选相应选项（inside）。",
        )

    def _hosts(self) -> tuple[str, ...]:
        try:
            parts = urlsplit(self.url)
            port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
        except ValueError:
            return ()
        return (f"{(parts.hostname or '').rstrip('.')}:{port}",)

    def values(self, work: Work) -> dict[str, Any]:
        """The columns of the webhook. InvalidInput."""
        if not self.name.strip():
            raise InvalidInput("Give the webhook a name.", "请填写 webhook 名称。")
        if unknown := sorted(set(self.events) - set(EVENTS)) or (not self.events and ["–"]):
            raise InvalidInput(
                f"Events are of {', '.join(EVENTS)}, not {unknown[0]}.", f"事件须取自 {'、'.join(EVENTS)}。"
            )
        if self.process is not None:
            known = select(t.definition.c.id).where(t.definition.c.key == self.process).limit(1)
            if work.connection.execute(known).first() is None:
                raise InvalidInput(f"There is no process “{self.process}”.", f"没有流程“{self.process}”。")
        return {
            "name": self.name.strip()[:200],
            "url": self.url,
            "hosts": list(self._hosts() if self.inside else ()),
            "events": [event for event in EVENTS if event in self.events],
            "process": self.process,
        }


def _shown(values: Any) -> dict[str, Any]:
    """What the audit says of a webhook: no secret, nor what may be one in the address."""
    address, asked, _ = str(values["url"]).partition("?")
    names = ("name", "hosts", "events", "process", "disabled")
    return {"url": address + asked, **{name: values[name] for name in names if name in values}}


def _row(work: Work, id: str) -> Any:
    row = work.connection.execute(select(t.webhook).where(_w.id == id).with_for_update()).one_or_none()
    if row is None:
        raise no_webhook()
    work.audit.update(subject=row.name)
    return row


@dataclass(frozen=True, slots=True)
class CreateWebhook:
    """Somebody is told what happens from now on. Returns id and secret, which is shown this once."""

    target: Target

    def prepare(self, services: Services, actor: Actor) -> CreateWebhook:
        policy.check_admin(actor)
        self.target.look()
        return self

    def execute(self, work: Work) -> tuple[str, str]:
        policy.check_admin(work.actor)
        values, id, secret = self.target.values(work), new_id(), new_secret()
        work.audit.update(subject=values["name"], detail=change(None, _shown(values), webhook=id))
        made = {"id": id, "secret": work.services.keys.encrypt(secret), "created_at": work.now}
        work.connection.execute(insert(t.webhook), {**made, **values})
        work.after.append(work.services.webhooks.forget)
        return id, secret


@dataclass(frozen=True, slots=True)
class ChangeWebhook:
    """The webhook is as `target` says; its secret stays."""

    id: str
    target: Target

    def prepare(self, services: Services, actor: Actor) -> ChangeWebhook:
        policy.check_admin(actor)
        self.target.look()
        return self

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        row = _row(work, self.id)
        values = self.target.values(work)
        work.audit["detail"] = change(_shown(row._mapping), _shown({**row._mapping, **values}), webhook=self.id)
        work.connection.execute(update(t.webhook).where(_w.id == self.id).values(**values))
        work.after.append(work.services.webhooks.forget)


def _switch(work: Work, id: str, disabled: bool, **more: Any) -> None:
    policy.check_admin(work.actor)
    row = _row(work, id)
    work.audit["detail"] = change({"disabled": row.disabled}, {"disabled": disabled}, webhook=id, **more)
    work.connection.execute(update(t.webhook).where(_w.id == id).values(disabled=disabled))
    work.after.append(work.services.webhooks.forget)


@dataclass(frozen=True, slots=True)
class PauseWebhook:
    """Nothing is sent until it is resumed; what happens meanwhile is not kept for it."""

    id: str
    reason: str = ""

    def execute(self, work: Work) -> None:
        _switch(work, self.id, True, **({"reason": self.reason} if self.reason else {}))


@dataclass(frozen=True, slots=True)
class ResumeWebhook:
    """What happens from now on is told again."""

    id: str

    def execute(self, work: Work) -> None:
        _switch(work, self.id, False)


@dataclass(frozen=True, slots=True)
class RenewWebhookSecret:
    """A new secret, which is returned and shown this once. For a day messages carry signatures by both; `at_once`: only by the
    new one."""

    id: str
    at_once: bool = False

    def execute(self, work: Work) -> str:
        policy.check_admin(work.actor)
        row, secret = _row(work, self.id), new_secret()
        told = {"webhook": self.id, "at_once": self.at_once}
        work.audit["detail"] = change({"secret": "set"}, {"secret": "new"}, **told)
        values = renewed(work, row, secret, self.at_once)
        work.connection.execute(update(t.webhook).where(_w.id == self.id).values(**values))
        return secret


@dataclass(frozen=True, slots=True)
class DeleteWebhook:
    """Nobody is told any more; the log of deliveries goes with it."""

    id: str

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        row = _row(work, self.id)
        work.audit["detail"] = change(_shown(row._mapping), None, webhook=self.id)
        work.connection.execute(delete(t.webhook).where(_w.id == self.id))
        work.after.append(work.services.webhooks.forget)


# --- what is sent ------------------------------------------------------------------------------------------------------------


def _check_sends(row: Any) -> None:
    if row.disabled:
        raise Conflict("The webhook is paused. Resume it first.", "该 webhook 已暂停，请先恢复。")


@dataclass(frozen=True, slots=True)
class SendTestEvent:
    """Sends a test event, which says nothing of any case. Returns the delivery's id."""

    id: str

    def execute(self, work: Work) -> str:
        policy.check_admin(work.actor)
        row = _row(work, self.id)
        _check_sends(row)
        delivery = delivery_row(self.id, TEST, {"webhook": row.name, "by": work.actor.username}, work.now)
        work.audit["detail"] = change(None, {"status": "due"}, webhook=self.id, delivery=delivery["id"])
        work.connection.execute(insert(t.webhook_delivery), delivery)
        work.connection.execute(insert(t.job), delivery_job(delivery["id"], work.now))
        work.after.append(work.services.wake)
        return str(delivery["id"])


@dataclass(frozen=True, slots=True)
class Redeliver:
    """Sends a delivery again, or now, where it would wait for its next attempt."""

    id: str

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        row = work.connection.execute(
            select(t.webhook_delivery).where(_d.id == self.id).with_for_update()
        ).one_or_none()
        if row is None:
            raise NotFound("There is no such delivery.", "没有该投递记录。")
        _check_sends(_row(work, row.webhook_id))
        if not row.payload:
            raise Conflict("What it said was erased with its case.", "其内容已随案例清除。")
        told = {"webhook": row.webhook_id, "delivery": self.id}
        work.audit["detail"] = change({"status": row.status}, {"status": "due"}, **told)
        values = {"status": "due", "settled_at": None, "next_at": None}
        work.connection.execute(update(t.webhook_delivery).where(_d.id == self.id).values(**values))
        waiting = (_j.kind == "webhook", _j.element_id == self.id, _j.status == "due")
        if work.connection.execute(update(t.job).where(*waiting).values(due_at=work.now)).rowcount == 0:
            work.connection.execute(insert(t.job), delivery_job(self.id, work.now))
        work.after.append(work.services.wake)


@dataclass(frozen=True, slots=True)
class NoteAttempt:
    """What came of an attempt (the worker's): the delivery is done, given up (`last`), or tried again after a pause that is at
    least `wait` seconds. Its job goes with it, or waits. Returns whether it is tried again."""

    job: Job
    answer: int | None = None
    error: str | None = None
    error_zh: str | None = None
    milliseconds: int = 0
    last: bool = False
    wait: int = 0
    audited: ClassVar[bool] = False

    @property
    def delivery(self) -> str:
        """The delivery's id."""
        return str(self.job.payload["delivery"])

    def execute(self, work: Work) -> bool:
        again = self.error is not None and not self.last and self.job.retries > 1
        due = work.now + timedelta(seconds=self._pause()) if again else None
        query = select(_d.id).where(_d.id == self.delivery, _d.status == "due").with_for_update()
        if work.connection.execute(query).first() is not None:
            self._write(work, due)
        if due is None:
            work.connection.execute(delete(t.job).where(_j.id == self.job.id))
            return False
        later = {"due_at": due, "attempts": self.job.attempts + 1, "retries": self.job.retries - 1, "error": self.error}
        work.connection.execute(
            update(t.job)
            .where(_j.id == self.job.id, _j.locked_by == self.job.worker)
            .values(**later, locked_by=None, locked_until=None)
        )
        return True

    def _said(self) -> dict[str, Any]:
        return {"answer": self.answer, "error": self.error, "error_zh": self.error_zh}

    def _pause(self) -> int:
        return max(PAUSES[min(self.job.attempts, len(PAUSES) - 1)], min(self.wait, LONGEST_PAUSE))

    def _write(self, work: Work, due: Any) -> None:
        values: dict[str, Any] = {"error": self.error, "error_zh": self.error_zh, "next_at": due}
        if due is None:
            values.update(status="delivered" if self.error is None else "failed", settled_at=work.now)
        if self.milliseconds:  # it was tried
            last = select(func.coalesce(func.max(_a.number), 0)).where(_a.delivery_id == self.delivery)
            number = int(work.connection.execute(last).scalar_one()) + 1
            attempt = {**self._said(), "milliseconds": self.milliseconds, "at": work.now}
            work.connection.execute(
                insert(t.webhook_attempt), {"delivery_id": self.delivery, "number": number, **attempt}
            )
            values.update(attempts=number, answer=self.answer)
        work.connection.execute(update(t.webhook_delivery).where(_d.id == self.delivery).values(**values))


@dataclass(frozen=True, slots=True)
class RemoveDeliveries:
    """Removes deliveries that are older than `Services.delivery_days`; returns how many, at most `REMOVED_AT_ONCE`."""

    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> int:
        before = work.now - timedelta(days=work.services.delivery_days)
        old = select(_d.id).where(_d.created_at < before).order_by(_d.created_at).limit(REMOVED_AT_ONCE)
        ids = work.connection.execute(old).scalars().all()
        if ids:
            work.connection.execute(delete(t.webhook_delivery).where(_d.id.in_(ids)))
        return len(ids)
