"""A real server on a real socket, and bytes sent to it as they are: for requests that no HTTP client would send."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from api.slow import PatientProtocol


@contextmanager
def serving(app: FastAPI, *, trusted: str = "127.0.0.1") -> Iterator[int]:
    """The application behind the server that `facet serve` starts; gives its port. `trusted`: proxies that are believed."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        lifespan="off",
        log_config=None,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=trusted,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


def exchange(port: int, sent: bytes, *, timeout: float = 5.0) -> bytes:
    """Sends bytes and gives what comes until the server closes, or until it is silent for `timeout` seconds."""
    found = b""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as client:
        try:
            client.sendall(sent)
            while chunk := client.recv(65536):
                found += chunk
        except (TimeoutError, ConnectionError):
            pass
    return found


def request(line: str, *headers: str, body: bytes = b"") -> bytes:
    """A request that asks for the connection to be closed."""
    lines = [line, "Host: facet.test", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def status(answer: bytes) -> int:
    """The status of the first answer; 0 where there is none."""
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0
