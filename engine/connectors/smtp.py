"""Handing mails to a mail server, at an address that was looked at and within a deadline."""

from __future__ import annotations

import smtplib
import ssl
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, Final

from engine.connectors.base import PermanentFailure
from engine.connectors.guard import NotReached, connect, hang_up

SECONDS: Final = 20.0
"""Until a single answer of the server."""
IN_ALL: Final = 50.0
"""Seconds of a whole conversation: less than a worker's lease."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over. `security`: `starttls`, `tls` or `none`; `inside`: the host may lie in one's network;
    `allowed`: hosts of which an administrator said so (``host`` or ``host:port``)."""

    host: str
    port: int = 587
    sender: str = "facet@localhost"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    security: str = "starttls"
    inside: bool = True
    allowed: Collection[str] = ()


class _Guarded(smtplib.SMTP):
    """Connects to addresses that were looked at; the name stays for TLS. After `seconds` the connection is cut."""

    def __init__(self, server: MailServer, seconds: float) -> None:
        self._watch(server, seconds)
        super().__init__(server.host, server.port, timeout=SECONDS)

    def _watch(self, server: MailServer, seconds: float) -> None:
        self._allowed = (server.host,) if server.inside else server.allowed
        self._alarm = threading.Timer(seconds, self._cut)
        self._alarm.daemon = True

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        connection = connect(host, port, self._allowed, timeout)
        self._alarm.start()
        return connection

    def _cut(self) -> None:
        if self.sock is not None:
            hang_up(self.sock)

    def close(self) -> None:
        self._alarm.cancel()
        super().close()


class _GuardedTls(smtplib.SMTP_SSL, _Guarded):
    """The same with TLS from the first byte: `SMTP_SSL` wraps what `_Guarded` opens."""

    def __init__(self, server: MailServer, seconds: float, context: ssl.SSLContext) -> None:
        self._watch(server, seconds)
        super().__init__(server.host, server.port, timeout=SECONDS, context=context)


def send(server: MailServer, mail: EmailMessage, seconds: float = IN_ALL) -> None:
    """Hands the mail over. NotReached when that may work later, PermanentFailure when it never will."""
    with _conversation(server, seconds) as client:
        client.send_message(mail)


def probe(server: MailServer, seconds: float = IN_ALL) -> None:
    """Connects and signs in, and sends nothing. NotReached, PermanentFailure."""
    with _conversation(server, seconds) as client:
        client.noop()


@contextmanager
def _conversation(server: MailServer, seconds: float) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context()
    try:
        with _GuardedTls(server, seconds, context) if server.security == "tls" else _Guarded(server, seconds) as client:
            if server.security == "starttls":
                client.starttls(context=context)
            if server.user is not None and server.password is not None:
                client.login(server.user, server.password)
            yield client
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused) as error:
        raise PermanentFailure(
            "The mail server refuses sender or recipient.", "邮件服务器拒绝了发件人或收件人。"
        ) from error
    except smtplib.SMTPAuthenticationError as error:
        raise NotReached(
            "The mail server does not accept the user name or password.", "邮件服务器不接受用户名或密码。"
        ) from error
    except (OSError, ValueError, smtplib.SMTPException) as error:  # ValueError: what was cut off in the middle
        raise NotReached(
            f"The mail server did not answer as it should ({type(error).__name__}).",
            f"邮件服务器应答异常（{type(error).__name__}）。",
        ) from error
