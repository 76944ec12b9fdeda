"""Another system, on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.api.conftest import shared_app, world, world_template

__all__ = ["other", "shared_app", "world", "world_template"]


@dataclass
class Other:
    """Answers with the status that the last part of the path asks for, and repeats what it was told. `seen`: what came."""

    place: str = ""
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.place}"


@pytest.fixture
def other() -> Iterator[Other]:
    system = Other()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            system.seen.append((self.command, self.path, dict(self.headers)))
            wanted = self.path.partition("?")[0].rpartition("/")[2]
            content = json.dumps({"headers": dict(self.headers), "path": self.path, "note": "all is well"}).encode()
            self.send_response(int(wanted) if wanted.isdecimal() else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Quiet."""

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    system.place = f"127.0.0.1:{served.server_address[1]}"
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield system
    served.shutdown()
    served.server_close()
