"""Limits of requests: how often, how large, how slow; and that a disabled person is out at once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from api.auth.quota import MOST, Quota, TooManyRequests
from api.edge import Edge
from api.slow import PatientProtocol
from engine.commands.users import DisableUser
from tests.support import World

V1 = "/api/v1"


# --- how often ------------------------------------------------------------------------------------------------------------


def test_a_bucket_gives_what_it_holds_and_fills_again() -> None:
    now = [0.0]
    quota = Quota(60, lambda: now[0])
    for _ in range(60):
        quota.take("a")
    with pytest.raises(TooManyRequests) as refused:
        quota.take("a")
    assert refused.value.data["retry_after"] == 1
    quota.take("b")
    now[0] = 2.0
    quota.take("a")
    quota.take("a")
    with pytest.raises(TooManyRequests):
        quota.take("a")


def test_no_limit_and_bounded_memory() -> None:
    free = Quota(0)
    for _ in range(1000):
        free.take("a")
    quota = Quota(1, lambda: 0.0)
    for number in range(MOST + 10):
        quota.take(str(number))
    assert len(quota._left) == MOST
    quota.take("0")  # forgotten, so it may ask again


@pytest.fixture
def few(world: World) -> Iterator[World]:
    """An installation that allows three requests a minute."""
    state = world.app.state
    before = state.token_quota, state.public_quota
    state.token_quota, state.public_quota = Quota(3, lambda: 0.0), Quota(3, lambda: 0.0)
    yield world
    state.token_quota, state.public_quota = before


def test_a_token_that_asks_too_often_is_told_when_to_come_back(few: World) -> None:
    lin, ann = few.by_token("lin"), few.by_token("ann")
    answers = [lin.get(f"{V1}/me") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["retry-after"] == "20" and answers[-1].json()["code"] == "too-many-requests"
    assert ann.get(f"{V1}/me").status_code == 200
    session = few.client("lin")
    assert [session.get(f"{V1}/me").status_code for _ in range(5)] == [200] * 5


def test_strangers_share_what_their_address_may_ask(few: World) -> None:
    stranger = few.client()
    assert [stranger.get("/sign-in").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert [stranger.get("/health/live").status_code for _ in range(5)] == [200] * 5
    assert few.client("lin").get("/sign-in", follow_redirects=False).status_code == 303


# --- how large ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", f"{V1}/session"), ("POST", f"{V1}/process-instances"), ("POST", "/sign-in"), ("PATCH", f"{V1}/me")],
)
def test_a_large_body_is_refused_whether_announced_or_not(world: World, method: str, path: str) -> None:
    client = world.client("lin")
    whole = b"x" * (3 * 1024 * 1024)

    def unannounced() -> Iterator[bytes]:
        for _ in range(3):
            yield whole[: 1024 * 1024]

    form = path.startswith("/sign")
    headers = {"Content-Type": "application/x-www-form-urlencoded" if form else "application/json"}
    assert client.request(method, path, content=whole, headers=headers).status_code == 413
    assert client.request(method, path, content=unannounced(), headers=headers).status_code == 413


# --- how slow -------------------------------------------------------------------------------------------------------------


class Hasty(PatientProtocol):
    """The real protocol with less patience, so that the test need not wait."""

    head_seconds = 0.5
    head_bytes = 4096


@contextmanager
def serving(world: World) -> Iterator[int]:
    """The application behind a real server with two connections' worth of patience; gives its port."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    app = Edge(world.app, plain=1024, upload=1024, failed=_never, patience=0.5)
    server = uvicorn.Server(uvicorn.Config(app, http=Hasty, lifespan="off", log_config=None, limit_concurrency=100))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


def _never(request: object, error: Exception) -> object:
    raise error


def connect(port: int, sent: bytes) -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", port), timeout=10)
    opened.sendall(sent)
    return opened


def ended(client: socket.socket) -> bytes:
    """What comes until the server closes; TimeoutError when it does not within ten seconds."""
    found = b""
    try:
        while chunk := client.recv(4096):
            found += chunk
    except ConnectionResetError:
        pass
    client.close()
    return found


def test_slow_clients_are_put_out_and_others_are_answered_meanwhile(world: World) -> None:
    head = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
    slow_body = (
        b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
    )
    with serving(world) as port:
        silent = [connect(port, b"") for _ in range(4)]
        crawling = [connect(port, head + b"X-A: ") for _ in range(4)]
        posting = [
            connect(port, slow_body.replace(b"/api/v1/session", path)) for path in (b"/api/v1/session", b"/hooks/x") * 2
        ]
        quick = connect(port, head + b"Connection: close\r\n\r\n")
        assert ended(quick).startswith(b"HTTP/1.1 200")
        assert [ended(one) for one in silent + crawling] == [b""] * 8
        assert all(b" 200 " not in ended(one) for one in posting)
        again = connect(port, head + b"\r\n" + head)  # the second request never ends
        assert ended(again).count(b"HTTP/1.1 200") == 1
        endless = connect(port, head + b"X-A: " + b"a" * 8000)
        assert ended(endless) == b""


# --- out at once ----------------------------------------------------------------------------------------------------------


def test_a_disabled_person_is_out_at_once(world: World) -> None:
    session, token = world.client("lin"), world.by_token("lin")
    assert session.get(f"{V1}/me").status_code == token.get(f"{V1}/me").status_code == 200
    world.run(DisableUser("lin"), by="ada")
    assert session.get(f"{V1}/me").status_code == token.get(f"{V1}/me").status_code == 401
    page = session.get("/inbox", headers={"Accept": "text/html"}, follow_redirects=False)
    assert page.headers["location"].startswith("/sign-in")
    assert (
        session.post(f"{V1}/session", json={"username": "lin", "password": "correct horse battery"}).status_code == 401
    )
