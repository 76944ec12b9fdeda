"""Bytes on the socket that are no request, or two at once: refused, and the next honest request is answered."""

from __future__ import annotations

import random
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from api.edge import HEADERS
from tests.security.wire import exchange, request, serving, status
from tests.support import make_world

POST = b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
GET = b"GET /health/live HTTP/1.1\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, world_template: Path, shared_app: FastAPI) -> Iterator[int]:
    world = make_world(tmp_path_factory.mktemp("wire") / "world", world_template, app=shared_app)
    with serving(world.app) as listening:
        yield listening
    world.close()


def healthy(port: int) -> bool:
    return status(exchange(port, request("GET /health/live HTTP/1.1"))) == 200


SMUGGLED = {
    "length and chunks": POST
    + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n",
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nG",
    "two encodings": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "unknown encoding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "space before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "negative length": POST + b"Content-Length: -5\r\n\r\nhello",
    "signed length": POST + b"Content-Length: +5\r\n\r\nhello",
    "endless length": POST + b"Content-Length: 99999999999999999999999\r\n\r\nhello",
    "no chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
    "negative chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n",
    "endless chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nx\r\n",
    "bare line feeds": b"GET /health/live HTTP/1.1\nHost: x\n\n",
    "folded header": GET + b"Host: x\r\nX-A: b\r\n c\r\n\r\n",
    "NUL in a header": GET + b"Host: x\r\nX-A: a\x00b\r\n\r\n",
    "bare CR in a header": GET + b"Host: x\r\nX-A: a\rb\r\n\r\n",
    "version 9": b"GET /health/live HTTP/9.9\r\nHost: x\r\n\r\n",
    "mixed case method": b"gEt /health/live HTTP/1.1\r\nHost: x\r\n\r\n",
    "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": bytes.fromhex("1603010200010001fc0303") + b"\0" * 200,
    "CONNECT": b"CONNECT evil.test:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "two hosts": GET + b"Host: facet.test\r\nHost: evil.test\r\nConnection: close\r\n\r\n",
    "host with markup": GET + b'Host: x"><script>\r\nConnection: close\r\n\r\n',
    "host with a path": GET + b"Host: evil.test/?\r\nConnection: close\r\n\r\n",
    "host with a user": GET + b"Host: facet.test@evil.test\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("sent", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_what_can_be_read_in_two_ways_is_refused_once_with_all_headers(port: int, sent: bytes) -> None:
    answer = exchange(port, sent, timeout=2)
    assert status(answer) == 400 and answer.count(b"HTTP/1.1 ") == 1
    assert all(f"\r\n{name}: {value}\r\n".encode() in answer for name, value in HEADERS.items())
    assert healthy(port)


@pytest.mark.parametrize(
    "headers", [b"Content-Length: 1000000000\r\n\r\nx", b"Content-Length: 3000000\r\nExpect: 100-continue\r\n\r\n"]
)
def test_a_large_body_is_refused_before_it_comes(port: int, headers: bytes) -> None:
    assert status(exchange(port, POST + headers)) == 413


def test_long_addresses_and_heads_end_the_connection(port: int) -> None:
    assert status(exchange(port, request("GET /" + "a" * 70_000 + " HTTP/1.1"))) in (0, 400)
    assert status(exchange(port, request("GET /health/live HTTP/1.1", "X-A: " + "b" * 90_000))) in (0, 400, 431)
    assert healthy(port)


@pytest.mark.parametrize(
    "path",
    [
        "/static/dist/../../../etc/passwd", "/static/dist/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/static/dist/..%5c..%5cx",
        "/static/dist/%00", "/static/dist/" + "a" * 5000, "/..;/metrics", "/;/inbox", "/inbox;a=b", "//inbox", "/%2finbox",
        "/./inbox", "/api/v1/../../metrics", "/api//v1/me", "/tasks/%zz%ff", "/inbox%00", "/inbox%0d%0aX-Evil:%201",
    ],
)  # fmt: skip
def test_odd_addresses_lead_nowhere(port: int, path: str) -> None:
    answer = exchange(port, request(f"GET {path} HTTP/1.1", "Cookie: facet_session=x"))
    assert status(answer) in (400, 401, 404), answer[:200]
    assert b"\r\nx-evil" not in answer.lower() and b"root:" not in answer and b"Traceback" not in answer


@pytest.mark.parametrize(
    "path", ["/inbox/", "/api/v1/tasks/", "/static/dist", "//evil.test/inbox/", "//evil.test/%2e%2e/", "/inbox//"]
)
def test_no_redirect_leads_to_the_host_that_was_asked(port: int, path: str) -> None:
    answer = exchange(port, f"GET {path} HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n".encode())
    assert b"location: http" not in answer and b"location: //" not in answer
    assert status(answer) in (303, 308, 404)


def test_an_address_of_another_site_is_read_as_ours(port: int) -> None:
    answer = exchange(port, request("GET http://evil.test/inbox HTTP/1.1", "Accept: text/html"))
    assert status(answer) == 303 and b"\r\nlocation: /sign-in" in answer and b"evil" not in answer


def test_pipelined_requests_are_answered_one_by_one(port: int) -> None:
    answer = exchange(port, (GET + b"Host: x\r\n\r\n") * 50 + request("GET /health/live HTTP/1.1"))
    assert answer.count(b"HTTP/1.1 200 OK") == 51


def test_two_hundred_pieces_of_garbage_change_nothing(port: int) -> None:
    dice = random.Random(20260302)
    for _ in range(200):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            try:
                client.sendall(dice.randbytes(dice.randrange(1, 300)) + b"\r\n\r\n")
                client.settimeout(0.02)
                client.recv(100)
            except OSError:
                continue
    assert healthy(port)


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_other_methods_do_nothing_and_echo_nothing(port: int, method: str) -> None:
    answer = exchange(port, request(f"{method} /sign-in HTTP/1.1", "X-Secret: 4711"))
    assert (
        status(answer) == 405
        and b"4711" not in answer
        and b"\r\nallow: GET, POST\r\n" in answer.replace(b"HEAD, ", b"")
    )


@pytest.mark.parametrize("given", ["<script>", "::1%eth0", "[::1]:80", ", , ,", "a" * 5000, "1.2.3.4\x01"])
def test_a_forwarded_address_may_be_anything(port: int, given: str) -> None:
    answer = exchange(
        port, request("GET /sign-in HTTP/1.1", f"X-Forwarded-For: {given}", "X-Forwarded-Proto: javascript")
    )
    assert status(answer) in (200, 400) and given.encode() not in answer


def test_requests_as_old_and_plain_clients_send_them_are_answered(port: int) -> None:
    for plain in (b"GET /health/live HTTP/1.0\r\n\r\n", b"GET /health/live HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
                  b"GET /health/live HTTP/1.1\r\nHost: [::1]:8000\r\nConnection: close\r\n\r\n",
                  b"GET /health/live HTTP/1.1\r\nHost: facet-1.example.com:443\r\nConnection: close\r\n\r\n"):  # fmt: skip
        assert status(exchange(port, plain)) == 200


def test_head_on_the_socket_has_the_length_and_no_body(port: int) -> None:
    head = exchange(port, request("HEAD /sign-in HTTP/1.1"))
    got = exchange(port, request("GET /sign-in HTTP/1.1"))
    length = re.search(rb"\r\ncontent-length: (\d+)\r\n", got)
    assert length is not None and int(length[1]) > 1000 and length[0] in head
    assert status(head) == 200 and head.endswith(b"\r\n\r\n")


def test_head_on_a_stream_without_an_end_ends(port: int) -> None:
    assert status(exchange(port, request("HEAD /events HTTP/1.1"), timeout=2)) == 405
