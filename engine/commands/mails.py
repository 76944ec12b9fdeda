"""Mails that were not sent: an administrator sends them again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

from sqlalchemy import delete, insert, select, update

from engine import policy, record
from engine.audit import change
from engine.connectors.mail import note
from engine.errors import Conflict, FacetError, NotFound
from engine.store import tables as t
from engine.work import Work

ATTEMPTS: Final = 3
FORGOTTEN: Final = timedelta(minutes=10)
"""After this time a mail that is still on its way has nobody who carries it: its case was cancelled, its worker died."""

_m = t.mail.c


@dataclass(frozen=True, slots=True)
class SendMail:
    """Sends a mail that was kept or had failed, by the server that it was meant for. The case that it belongs to does not
    move: where it stands at an incident, trying that again finds the mail sent. NotFound, Conflict."""

    id: str

    def execute(self, work: Work) -> None:
        policy.check_admin(work.actor)
        row = work.connection.execute(select(t.mail).where(_m.id == self.id).with_for_update()).one_or_none()
        if row is None:
            raise no_mail()
        told = change({"status": row.status}, {"status": "due"})
        work.audit.update(instance_id=row.instance_id, subject=self.id, detail=told)
        if row.status == "sent":
            raise Conflict("This mail has been sent already.", "该邮件已发送。")
        if row.status == "due" and work.now - (row.tried_at or row.created_at) < FORGOTTEN:
            raise Conflict("This mail is on its way.", "该邮件正在发送。")
        if row.connector is None and work.services.mail_server is None:
            raise no_server()
        work.connection.execute(update(t.mail).where(_m.id == self.id).values(status="due", tried_at=work.now))
        job = record.job_row("mail", work.now, payload={"mail": self.id}, retries=ATTEMPTS)
        work.connection.execute(insert(t.job), job)
        work.after.append(work.services.wake)


@dataclass(frozen=True, slots=True)
class NoteMail:
    """What came of an attempt (the worker's). `job`: it is done and goes."""

    id: str
    error: FacetError | None = None
    last: bool = False
    job: str | None = None
    done: bool = False
    audited: ClassVar[bool] = False

    def execute(self, work: Work) -> None:
        if self.done or self.error is not None:
            note(work.connection, self.id, work.now, self.error, last=self.last)
        if self.job is not None:
            work.connection.execute(delete(t.job).where(t.job.c.id == self.job))


def no_mail() -> NotFound:
    """The answer for a mail that is not there."""
    return NotFound("There is no such mail.", "没有该邮件。")


def no_server() -> Conflict:
    """The answer where nobody could send it."""
    return Conflict(
        "There is no mail server: set FACET_SMTP_HOST, or name a mail connector in the diagram.",
        "没有邮件服务器：请设置 FACET_SMTP_HOST，或在流程图中指定邮件连接器。",
    )


__all__ = ["ATTEMPTS", "NoteMail", "SendMail", "no_mail", "no_server"]
