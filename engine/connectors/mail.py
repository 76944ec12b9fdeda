"""`mail.send`: a mail by the installation's mail server, or by a mail connector. Without any the mail is kept, to be read in
the administration: a demo needs no server, and nothing is lost."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any, Final

from sqlalchemy import insert, select, update

from engine.connectors.base import Call, Operation, PermanentFailure
from engine.connectors.guard import NotReached, resolve
from engine.connectors.registry import find
from engine.ids import new_id
from engine.keys import Keys
from engine.store import tables as t
from engine.text import markdown_html

MOST_RECIPIENTS: Final = 50
LONGEST_TEXT: Final = 100_000
SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over. `security`: `starttls`, `tls` or `none`; `inside`: the host may lie in one's network."""

    host: str
    port: int = 587
    sender: str = "facet@localhost"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    security: str = "starttls"
    inside: bool = True


class MailOperation:
    """`mail.send` with the installation's server, if it has one."""

    def __init__(self, keys: Keys, server: MailServer | None = None) -> None:
        self._keys = keys
        self._server = server

    def __call__(self, call: Call) -> Mapping[str, Any]:
        """Parameters: `to` (address, addresses by comma or list), `subject`, `text` (Markdown), `connector` (optional).

        Result: `{"status": "sent"}`, or `{"status": "kept"}` where there is no mail server. The same call sends once, as far
        as mail allows.
        """
        recipients = addresses(call.parameters.get("to"))
        subject = " ".join(call.text("subject").split())[:500]
        text = call.text("text")
        if len(text) > LONGEST_TEXT:
            raise PermanentFailure("The mail is too long.", "邮件内容过长。")
        server = self._chosen(call)
        known = self._note(call, recipients, subject, text)
        if known == "sent" or server is None:
            return {"status": known}
        send(server, message(server.sender, recipients, subject, text, call.key))
        with call.database.write() as connection:
            connection.execute(update(t.mail).where(t.mail.c.key == call.key).values(status="sent", sent_at=call.now))
        return {"status": "sent"}

    def _chosen(self, call: Call) -> MailServer | None:
        key = call.parameters.get("connector")
        if key is None:
            return self._server
        connector = find(call.database, self._keys, call.text("connector"), "mail")
        config, auth = connector.config, connector.config.get("auth") or {}
        return MailServer(
            str(config["host"]),
            int(config.get("port") or 587),
            str(config["sender"]),
            auth.get("user"),
            connector.secret(str(auth["secret"])) if auth.get("secret") else None,
            str(config.get("security") or "starttls"),
            str(config["host"]) in config.get("allow", ()),
        )

    def _note(self, call: Call, recipients: Sequence[str], subject: str, text: str) -> str:
        """Writes the mail down before it is sent, so that a second attempt knows of the first."""
        with call.database.write() as connection:
            known = connection.execute(select(t.mail.c.status).where(t.mail.c.key == call.key)).scalar_one_or_none()
            if known is not None:
                return str(known)
            connection.execute(
                insert(t.mail),
                {
                    "id": new_id(),
                    "key": call.key,
                    "instance_id": call.instance_id,
                    "recipients": list(recipients),
                    "subject": subject,
                    "text": text,
                    "html": markdown_html(text),
                    "status": "kept",
                    "created_at": call.now,
                },
            )
        return "kept"


def addresses(value: Any) -> list[str]:
    """Mail addresses out of a parameter. PermanentFailure names the one that is none."""
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    found = [str(part).strip() for part in parts if part is not None and str(part).strip()]
    if not found or len(found) > MOST_RECIPIENTS:
        raise PermanentFailure(
            f"A mail has 1 to {MOST_RECIPIENTS} recipients (“to”).",
            f"邮件须有 1 到 {MOST_RECIPIENTS} 个收件人（“to”）。",
        )
    for text in found:
        try:
            address = Address(addr_spec=text)
        except Exception as error:  # the library raises many kinds
            raise _no_address(text) from error
        if not address.domain or any(ord(c) < 33 for c in text):
            raise _no_address(text)
    return found


def _no_address(text: str) -> PermanentFailure:
    return PermanentFailure(f"“{text[:100]}” is no mail address.", f"“{text[:100]}”不是邮件地址。")


def message(sender: str, recipients: Sequence[str], subject: str, text: str, key: str) -> EmailMessage:
    """Plain text and the same as clean HTML. Header injection is the library's to refuse: it takes no line breaks."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Subject"] = subject
    mail["Message-ID"] = f"<{key}@facet>"
    mail.set_content(text)
    mail.add_alternative(markdown_html(text), subtype="html")
    return mail


def send(server: MailServer, mail: EmailMessage) -> None:
    """Hands the mail over. NotReached when that may work later, PermanentFailure when it never will."""
    resolve(server.host, server.port, (server.host,) if server.inside else ())
    context = ssl.create_default_context()
    try:
        if server.security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=context)
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
        with client:
            if server.security == "starttls":
                client.starttls(context=context)
            if server.user is not None and server.password is not None:
                client.login(server.user, server.password)
            client.send_message(mail)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused) as error:
        raise PermanentFailure(
            "The mail server refuses sender or recipient.", "邮件服务器拒绝了发件人或收件人。"
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        raise NotReached(
            f"The mail server did not take the mail ({type(error).__name__}).",
            f"邮件服务器未接收邮件（{type(error).__name__}）。",
        ) from error


def operations(keys: Keys, server: MailServer | None) -> dict[str, Operation]:
    """The operation by name."""
    return {"mail.send": MailOperation(keys, server)}
