"""A mail server that tests talk to, and mails without one."""

from __future__ import annotations

import base64
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import insert

from engine.ids import new_id
from engine.store import tables as t
from tests.support import World


def keep_mail(world: World, status: str = "kept", subject: str = "Your order", **more: object) -> str:
    """A mail that waits for somebody to send it; returns its id."""
    id = new_id()
    values = {
        "id": id,
        "key": f"test/{id}",
        "recipients": ["wang.fang@example.com"],
        "subject": subject,
        "text": "**Dear** Ms Wang",
        "html": "<p><strong>Dear</strong> Ms Wang</p>",
        "status": status,
        "created_at": world.clock.now(),
        **more,
    }
    with world.services.database.write() as connection:
        connection.execute(insert(t.mail), values)
    return id


@dataclass
class MailBox:
    """What a mail server got. `refuse`: what it answers to a recipient; `password`: what it accepts."""

    port: int = 0
    mails: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    refuse: str = ""
    password: str = ""


@contextmanager
def mail_server(box: MailBox) -> Iterator[MailBox]:
    """A server on a free port of this machine that speaks as much SMTP (RFC 5321) as a client needs to hand mails over."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 test\r\n")
            while line := self.rfile.readline().decode().strip():
                box.said.append(line)
                self.wfile.write(self._answer(line.upper()).encode() + b"\r\n")
                if line.upper() == "QUIT":
                    return

        def _answer(self, line: str) -> str:
            if line.startswith("EHLO"):
                return "250-test\r\n250 AUTH PLAIN" if box.password else "250 test"
            if line.startswith("AUTH PLAIN"):
                return "235 welcome" if self._known() else "535 no"
            if line.startswith("RCPT") and box.refuse:
                return box.refuse
            if line == "DATA":
                self.wfile.write(b"354 go on\r\n")
                box.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
            return "221 bye" if line == "QUIT" else "250 ok"

        def _known(self) -> bool:
            given = base64.b64decode(box.said[-1].split()[-1]).decode()
            return given.endswith("\0" + box.password)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield box
        server.shutdown()
