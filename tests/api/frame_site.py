"""A tiny site that serves the frame of all pages, with its real files and the real security policy, for browser tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from jinja2 import DictLoader

from api.assets import DIST, load_assets
from api.formats import Formats
from api.i18n import translator
from api.templating import make_environment, page_values

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
PAGE = """{% extends "base.html" %}
{% import "components/ui.html" as ui with context %}
{% block title %}{{ t("Inbox") }}{% endblock %}
{% block head %}{{ ui.diagram_head() }}{% endblock %}
{% block page_actions %}{{ ui.action("/withdraw", "Withdraw", kind="danger", confirm="Really withdraw?") }}{% endblock %}
{% block content %}
{{ ui.alert("Saved", "success") }}{{ ui.status("active") }}{{ ui.person("林晓") }}
{% call ui.table(["Case", ui.sort_head("Started", "#", "descending")]) %}
<tr><td data-label="Case">JC-20261122-0007</td><td data-label="Started">{{ fmt.moment(fmt.now) }}</td></tr>
{% endcall %}
<button type="button" class="btn" hx-post="/remind" hx-swap="none">Remind</button>
{{ ui.diagram("/sales.bpmn", {"active": {"approve": 2}, "completed": ["start"], "taken": ["flow"]}) }}
{% endblock %}"""


@dataclass
class Site:
    """A running site; `posted` collects (path, form values)."""

    address: str
    posted: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)

    def page(self, lang: str = "en", theme: str = "light") -> str:
        return f"{self.address}/?lang={lang}&theme={theme}"


def render(lang: str, theme: str) -> str:
    environment = make_environment(load_assets(), loaders=[DictLoader({"page.html": PAGE})])
    formats = Formats(lang, ZoneInfo("Asia/Shanghai"), datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
    user = SimpleNamespace(
        username="lin", name="Lin Xiao", groups=("consultant",), roles=("manager", "admin"), oversees=True, grants=True
    )
    values = page_values(translator(lang), formats, theme=theme)
    return environment.get_template("page.html").render(
        values | {"user": user, "csrf_token": "tok", "nav": "inbox", "counts": {"inbox": 120}, "late": {"inbox": True}}
    )


@contextmanager
def running(files: dict[str, bytes]) -> Iterator[Site]:
    """Serve the frame at / and `files` (path to content) until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = parse_qs(parts.query)
            if parts.path == "/":
                self.answer("text/html; charset=utf-8", render(query["lang"][0], query["theme"][0]).encode())
            elif parts.path in files:
                self.answer("application/xml", files[parts.path])
            elif parts.path.startswith("/static/dist/") and (file := DIST / parts.path.rpartition("/")[2]).is_file():
                self.answer(TYPES.get(file.suffix, "text/plain"), file.read_bytes())
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            site.posted.append((self.path, parse_qs(body.decode("utf-8", "replace"))))
            if self.headers.get("HX-Request"):
                headers = {"HX-Trigger": '{"toast": {"text": "Reminded", "kind": "success"}}'}
                self.answer("text/html", b"", headers)
            else:
                self.answer("text/html; charset=utf-8", b"<h1>done</h1>")

        def answer(self, kind: str, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(200)
            for name, value in ({"Content-Type": kind, "Content-Security-Policy": POLICY} | (headers or {})).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Tests need no access log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
