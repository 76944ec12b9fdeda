"""Another system, as webhooks meet it: a server of its own that writes down what it is told and answers what it is asked to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


@dataclass
class Receiver:
    """`answers` are given in their order, then 204."""

    address: str = ""
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def verified(self, secret: str) -> list[Any]:
        """What came, after the signature of each was checked by the standard's own library."""
        return [Webhook(secret).verify(body, headers) for headers, body in self.seen]

    def wait(self, count: int, seconds: float = 30) -> None:
        """Until so many calls have come."""
        ends = time.monotonic() + seconds
        while len(self.seen) < count:
            assert time.monotonic() < ends, [json.loads(body)["type"] for _, body in self.seen]
            time.sleep(0.05)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Another system that listens on a port of its own."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.address = f"http://127.0.0.1:{served.server_address[1]}/facet"
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        served.shutdown()
        served.server_close()
