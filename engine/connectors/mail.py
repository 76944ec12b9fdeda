"""`mail.send`: a mail by the installation's mail server, or by a mail connector. Without any the mail is kept, to be read in
the administration: a demo needs no server, and nothing is lost. A mail that could not be sent is kept as well, with the
reason; an administrator sends it again (`engine.mailing`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from engine.connectors.base import Call, Operation, PermanentFailure
from engine.connectors.registry import Connector, find
from engine.connectors.smtp import MailServer, send
from engine.errors import FacetError
from engine.ids import new_id
from engine.keys import Keys
from engine.store import tables as t
from engine.text import markdown_html

MOST_RECIPIENTS: Final = 50
LONGEST_TEXT: Final = 100_000
_m = t.mail.c


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
        id, known = self._written_down(call, recipients, subject, text, "kept" if server is None else "due")
        if known == "sent" or server is None:
            return {"status": "sent" if known == "sent" else "kept"}
        try:
            send(server, message(server.sender, recipients, subject, text, call.key))
        except FacetError as error:
            with call.database.write() as connection:
                note(connection, id, call.now, error, last=True)
            raise
        with call.database.write() as connection:
            note(connection, id, call.now)
        return {"status": "sent"}

    def _chosen(self, call: Call) -> MailServer | None:
        if call.parameters.get("connector") is None:
            return self._server
        return server_of(find(call.database, self._keys, call.text("connector"), "mail"))

    def _written_down(
        self, call: Call, recipients: Sequence[str], subject: str, text: str, status: str
    ) -> tuple[str, str]:
        """Writes the mail down before it is sent, so that a second attempt knows of the first. Its id and status."""
        with call.database.write() as connection:
            known = connection.execute(select(_m.id, _m.status).where(_m.key == call.key)).one_or_none()
            if known is not None:
                return str(known.id), str(known.status)
            id = new_id()
            connection.execute(
                insert(t.mail),
                {
                    "id": id,
                    "key": call.key,
                    "instance_id": call.instance_id,
                    "connector": call.parameters.get("connector"),
                    "recipients": list(recipients),
                    "subject": subject,
                    "text": text,
                    "html": markdown_html(text),
                    "status": status,
                    "created_at": call.now,
                },
            )
        return id, status


def note(
    connection: Connection, id: str, now: datetime, error: FacetError | None = None, *, last: bool = False
) -> None:
    """What came of an attempt: sent, or the reason why not; `last`: nobody tries again by itself."""
    values: dict[str, Any] = {"attempts": _m.attempts + 1, "tried_at": now}
    if error is None:
        values |= {"status": "sent", "sent_at": now, "error": None, "error_zh": None}
    else:
        values |= {"error": error.message[:1000], "error_zh": error.zh[:1000], **({"status": "failed"} if last else {})}
    connection.execute(update(t.mail).where(_m.id == id, _m.status != "sent").values(**values))


def server_of(connector: Connector) -> MailServer:
    """The mail server that a connector of kind mail describes. PermanentFailure when its secret is not there."""
    config, auth = connector.config, connector.config.get("auth") or {}
    return MailServer(
        host=str(config["host"]),
        port=int(config.get("port") or 587),
        sender=str(config["sender"]),
        user=auth.get("user"),
        password=connector.secret(str(auth["secret"])) if auth.get("secret") else None,
        security=str(config.get("security") or "starttls"),
        inside=False,
        allowed=tuple(config.get("allow", ())),
    )


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


def operations(keys: Keys, server: MailServer | None) -> dict[str, Operation]:
    """The operation by name."""
    return {"mail.send": MailOperation(keys, server)}
