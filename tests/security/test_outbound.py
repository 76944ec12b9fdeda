"""Promises 7 and 8 of docs/security.md: service calls reach what administrators chose, and nothing inside by accident."""

from __future__ import annotations

import ast
import ipaddress
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine import bus
from engine.actor import SYSTEM, Actor
from engine.commands.connectors import DeleteSecret, SaveConnector, SaveSecret
from engine.connectors.base import PermanentFailure
from engine.connectors.guard import Bounds, NotReached, check_url, is_public, request
from engine.errors import Conflict, Forbidden, InvalidInput
from engine.playground import Playground
from engine.queries.connectors import get_mail, list_mails, list_secrets
from engine.queries.paging import PageRequest
from engine.store import tables as t
from tests.diagrams import diagram

INSIDE = (
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1",
    "2002:7f00:1::", "2001:0:7f00:1::", "fe80::1", "fec0::1", "fc00::1", "fd00::1", "ff02::1", "2001:db8::1", "100::1",
)  # fmt: skip
REFUSED = (
    "ftp://example.com/", "file:///etc/passwd", "gopher://127.0.0.1/", "//example.com/", "http:///x", "example.com",
    "http://user@example.com/", "http://user:pw@example.com/", "http://example.com:22/", "http://example.com:6379/",
    "http://exa mple.com/", "http://example.com\\@127.0.0.1/", "http://example.com/\r\nX: y", "http://[::1/",
    "http://example.com:99999/", "http://example.com%00.lan/", "javascript:alert(1)", "",
)  # fmt: skip
INSIDE_NAMES = (
    "http://127.0.0.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://0/",
    "http://localhost/", "http://localhost./", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/", "http://169.254.169.254/latest/meta-data/",
)  # fmt: skip


class Server(BaseHTTPRequestHandler):
    """Answers what its path asks for, and remembers what came."""

    seen: list[tuple[str, str, Mapping[str, str], bytes]]
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        self.seen.append((self.command, self.path, dict(self.headers), body))
        path = self.path.partition("?")[0]
        if path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/secret")
            content = b""
        elif path == "/large":
            self.send_response(200)
            content = b"x" * 2_000_000
        else:
            self.send_response(int(path[1:4]) if path[1:4].isdigit() else 200)
            self.send_header("Content-Type", "application/json")
            content = json.dumps({"price": "12.50", "echo": body.decode()}).encode()
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - the library's names

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    handler = type("Handler", (Server,), {"seen": []})
    served = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield served
    served.shutdown()
    served.server_close()


@pytest.fixture
def play() -> Iterator[Playground]:
    with Playground() as playground:
        yield playground


def seen(server: ThreadingHTTPServer) -> list[tuple[str, str, Mapping[str, str], bytes]]:
    found: list[tuple[str, str, Mapping[str, str], bytes]] = server.RequestHandlerClass.seen  # type: ignore[attr-defined]
    return found


def here(server: ThreadingHTTPServer) -> tuple[str, str]:
    """The server's address, and how an administrator allows it."""
    place = f"127.0.0.1:{server.server_address[1]}"
    return f"http://{place}", place


# --- the guard ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", INSIDE)
def test_an_address_inside_is_not_public(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["1.1.1.1", "8.8.8.8", "2606:4700::1111"])
def test_an_address_outside_is_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(PermanentFailure):
        request("GET", url)


@pytest.mark.parametrize("url", INSIDE_NAMES)
def test_a_name_that_leads_inside_is_refused_without_a_packet(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: Any, **__: Any) -> Any:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "create_connection", connect)

    with pytest.raises((PermanentFailure, NotReached)):
        request("GET", url)


def test_one_bad_address_among_good_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("10.0.0.5", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)

    with pytest.raises(PermanentFailure, match="inside the network"):
        request("GET", "http://rebinding.example/")


def test_a_name_is_resolved_once_and_that_address_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    called: list[str] = []

    def resolve(host: str, *_: Any, **__: Any) -> Any:
        asked.append(host)
        return [(2, 1, 6, "", ("93.184.216.34" if len(asked) == 1 else "127.0.0.1", 80))]

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> Any:
        called.append(address[0])
        raise OSError("nobody there")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)

    with pytest.raises(NotReached):
        request("GET", "http://rebinding.example/")
    assert (asked, called) == (["rebinding.example"], ["93.184.216.34"])


def test_redirects_are_answers(server: ThreadingHTTPServer) -> None:
    url, place = here(server)

    assert request("GET", f"{url}/redirect", allowed=(place,)).status == 302
    assert len(seen(server)) == 1


def test_an_answer_has_a_size(server: ThreadingHTTPServer) -> None:
    url, place = here(server)

    with pytest.raises(PermanentFailure, match="larger than"):
        request("GET", f"{url}/large", allowed=(place,))


def test_an_answer_has_a_deadline() -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    place = f"127.0.0.1:{silent.getsockname()[1]}"

    with pytest.raises(NotReached):
        request("GET", f"http://{place}/", allowed=(place,), bounds=Bounds(total=0.2))
    silent.close()


def test_a_drip_of_bytes_does_not_outlive_the_deadline() -> None:
    dripping = socket.create_server(("127.0.0.1", 0))
    place = f"127.0.0.1:{dripping.getsockname()[1]}"
    stop = threading.Event()

    def drip() -> None:
        client, _ = dripping.accept()
        client.sendall(b"HTTP/1.1 200 OK\r\n")
        while not stop.wait(0.05):
            try:
                client.sendall(b"X: y\r\n")
            except OSError:
                break
        client.close()

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    with pytest.raises(NotReached):
        request("GET", f"http://{place}/", allowed=(place,), bounds=Bounds(total=0.4))
    stop.set()
    thread.join(5)
    dripping.close()


def test_only_the_port_that_was_allowed(server: ThreadingHTTPServer) -> None:
    url, place = here(server)

    assert check_url(url, (place,))[1] == "127.0.0.1"
    with pytest.raises(PermanentFailure, match="Port"):
        check_url(url, ("127.0.0.1",))


# --- operations ---------------------------------------------------------------------------------------------------------

CALL = (
    '<serviceTask id="t" facet:operation="http.{method}" facet:resultVariable="answer"><extensionElements>'
    '<facet:parameter name="connector" value="erp"/>{parameters}</extensionElements></serviceTask>'
)


def called(play: Playground, method: str = "get", **parameters: str) -> str:
    """An instance that calls the connector `erp`."""
    given = "".join(f'<facet:parameter name="{name}" value="{value}"/>' for name, value in parameters.items())
    assert play.deploy({"p.bpmn": diagram(CALL.format(method=method, parameters=given), "s>t>e")}).accepted
    return play.start("p", {"id": "7 & 8"})


def connect(play: Playground, server: ThreadingHTTPServer, **config: Any) -> None:
    url, place = here(server)
    bus.run(play.services, SaveSecret("erp-token", "s3cret-value"), SYSTEM)
    whole = {"url": url + "/api", "allow": [place], "auth": {"kind": "bearer", "secret": "erp-token"}, **config}
    bus.run(play.services, SaveConnector("erp", "http", whole), SYSTEM)


def test_a_call_carries_secret_key_and_data(play: Playground, server: ThreadingHTTPServer) -> None:
    connect(play, server)

    instance = called(play, "post", path="/orders", query="={id: id}", body="={amount: 12.50}")

    [(method, path, headers, body)] = seen(server)
    assert (method, path, body) == ("POST", "/api/orders?id=7+%26+8", b'{"amount":12.50}')
    assert headers["Authorization"] == "Bearer s3cret-value"
    assert headers["Idempotency-Key"].startswith(instance)
    found = play.instance(instance)
    assert found.status == "completed"
    assert found.variables["answer"]["body"]["price"] == "12.50"


def test_a_secret_is_nowhere_to_be_seen(play: Playground, server: ThreadingHTTPServer) -> None:
    connect(play, server)
    called(play, "get", path="/404")

    with play.database.read() as connection:
        rows = [
            str(row)
            for table in (t.audit, t.secret, t.connector, t.job, t.incident, t.instance, t.variable_change)
            for row in connection.execute(select(table))
        ]
        names = list_secrets(connection, SYSTEM)

    assert "s3cret-value" not in "".join(rows)
    assert [item.name for item in names] == ["erp-token"]
    assert "s3cret-value" not in repr(SaveSecret("erp-token", "s3cret-value"))


@pytest.mark.parametrize(
    "parameters",
    [
        {"path": "//evil.example/"},
        {"path": "/../admin"},
        {"path": "/%2e%2e/admin"},
        {"path": "/%252e%252e/admin"},
        {"path": "@evil.example/"},
        {"path": "/x?admin=1"},
        {"path": "/x#y"},
        {"path": "/a b"},
        {"path": "/a\\b"},
        {"headers": "={Authorization: &quot;x&quot;}"},
        {"headers": "={Host: &quot;evil.example&quot;}"},
        {"headers": "={Accept: &quot;a\\nX: y&quot;}"},
        {"connector": "other"},
    ],
)
def test_a_diagram_cannot_leave_its_connector(
    play: Playground, server: ThreadingHTTPServer, parameters: Mapping[str, str]
) -> None:
    connect(play, server)

    instance = called(play, "get", **parameters)

    assert seen(server) == []
    assert len(play.instance(instance).incidents) == 1


def test_a_connector_inside_needs_an_administrators_word(play: Playground, server: ThreadingHTTPServer) -> None:
    url, _ = here(server)
    with pytest.raises(PermanentFailure, match="Port"):
        bus.run(play.services, SaveConnector("erp", "http", {"url": url}), SYSTEM)
    bus.run(play.services, SaveConnector("erp", "http", {"url": "http://localhost/"}), SYSTEM)

    instance = called(play, "get", path="/x")

    assert "inside the network" in play.instance(instance).incidents[0].message


def test_an_answer_that_says_no_is_a_bpmn_error(play: Playground, server: ThreadingHTTPServer) -> None:
    connect(play, server)
    boundary = '<boundaryEvent id="b" attachedToRef="t"><errorEventDefinition errorRef="E"/></boundaryEvent>'
    task = CALL.format(method="get", parameters='<facet:parameter name="path" value="/404"/>')
    content = diagram(task + boundary, "s>t>e", "b>e2", roots='<error id="E" name="E" errorCode="HTTP_404"/>')
    connect(play, server, url=here(server)[0])
    assert play.deploy({"p.bpmn": content}).accepted

    assert play.instance(play.start("p")).end_element_id == "e2"


def test_a_passing_failure_is_tried_again_with_the_same_key(play: Playground, server: ThreadingHTTPServer) -> None:
    connect(play, server, url=here(server)[0])

    instance = called(play, "post", path="/503")
    play.advance("PT1H")

    keys = {headers["Idempotency-Key"] for _, _, headers, _ in seen(server)}
    assert len(seen(server)) == 3 and len(keys) == 1
    assert len(play.instance(instance).incidents) == 1


# --- who may ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["staff", "owner", "manager", "integration"])
def test_only_administrators_touch_connectors_and_secrets(play: Playground, role: str) -> None:
    actor = Actor("x", roles=frozenset({role}))
    for command in (
        SaveConnector("erp", "http", {"url": "https://example.com"}),
        SaveSecret("a", "b"),
        DeleteSecret("a"),
    ):
        with pytest.raises(Forbidden):
            bus.run(play.services, command, actor)


@pytest.mark.parametrize(
    "config",
    [
        {"url": "https://example.com", "password": "x"},
        {"url": "https://example.com", "headers": {"Authorization": "Bearer x"}},
        {"url": "https://user:pw@example.com"},
        {"url": "https://example.com", "auth": "Bearer x"},
        {"url": "https://example.com", "allow": ["*"]},
        {"url": "https://example.com?x=1"},
        {},
    ],
)
def test_a_configuration_holds_no_secret_and_no_nonsense(play: Playground, config: Mapping[str, Any]) -> None:
    with pytest.raises((InvalidInput, PermanentFailure)):
        bus.run(play.services, SaveConnector("erp", "http", config), SYSTEM)


def test_a_secret_in_use_stays(play: Playground, server: ThreadingHTTPServer) -> None:
    connect(play, server)

    with pytest.raises(Conflict, match="needs this secret"):
        bus.run(play.services, DeleteSecret("erp-token"), SYSTEM)


# --- mails --------------------------------------------------------------------------------------------------------------

MAIL = (
    '<serviceTask id="t" facet:operation="mail.send"><extensionElements>'
    '<facet:parameter name="to" value="={to}"/><facet:parameter name="subject" value="{subject}"/>'
    '<facet:parameter name="text" value="{text}"/></extensionElements></serviceTask>'
)


def mailed(play: Playground, subject: str = "Hello", to: str = "to", text: str = "**Dear**") -> str:
    content = diagram(MAIL.format(subject=subject, to=to, text=text), "s>t>e")
    assert play.deploy({"p.bpmn": content}).accepted
    return play.start("p", {"to": "ann@example.com, bob@example.com"})


def test_without_a_mail_server_a_mail_is_kept(play: Playground) -> None:
    instance = mailed(play, text="**Dear** &lt;script&gt;alert(1)&lt;/script&gt;")

    with play.database.read() as connection:
        [mail] = list_mails(connection, SYSTEM, PageRequest()).items
        html = get_mail(connection, SYSTEM, mail.id).html or ""
    assert play.instance(instance).status == "completed"
    assert mail.recipients == ["ann@example.com", "bob@example.com"]
    assert mail.status == "kept"
    assert "<strong>Dear</strong>" in html and "<script" not in html


@pytest.mark.parametrize("to", ['"a@b.c\\nBcc: x@y.z"', '"nobody"', '""', "null", '["a@b.c", "@"]'])
def test_a_recipient_is_a_mail_address(play: Playground, to: str) -> None:
    instance = mailed(play, to=to.replace('"', "&quot;"))

    assert len(play.instance(instance).incidents) == 1


WAYS_OUT = ("httpx", "httpcore", "requests", "urllib.request", "http.client", "smtplib", "ftplib", "socket", "aiohttp")
TEXTS = {"url2pathname", "pathname2url"}
"""Functions of urllib.request that write addresses of files and open none."""
KNOWN = {"guard.py": {"httpcore", "socket"}, "smtp.py": {"smtplib"}}


@pytest.mark.parametrize("package", ["engine", "forms"])
def test_the_guard_is_the_only_way_out(package: str) -> None:
    root = Path(__file__).resolve().parents[2] / package

    for path in root.rglob("*.py"):
        imported = {name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) for name in _imported(node)}
        assert imported & set(WAYS_OUT) <= KNOWN.get(path.name, set()), path


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not {alias.name for alias in node.names} <= TEXTS:
        yield node.module or ""
