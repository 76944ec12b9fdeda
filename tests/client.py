"""A client that costs next to nothing: one kept-alive connection over a bare socket, JSON in and out."""

from __future__ import annotations

import json
import socket
import time
from types import TracebackType
from typing import Any

import msgspec


class Client:
    """One connection; `token` goes along as a bearer token. Raises OSError when the server goes away."""

    def __init__(self, port: int, token: str | None = None, *, host: str = "127.0.0.1", timeout: float = 60.0) -> None:
        self._socket = socket.create_connection((host, port), timeout=timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        authorization = f"authorization: Bearer {token}\r\n" if token else ""
        self._head = f"host: {host}:{port}\r\n{authorization}content-type: application/json\r\n"
        self.seconds = 0.0
        """How long the last request took."""

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, method: str, path: str, body: Any = None, headers: str = "") -> tuple[int, Any]:
        """Status and decoded body. `headers`: more lines, each ending with CRLF."""
        payload = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\n{self._head}{headers}content-length: {len(payload)}\r\n\r\n"
        request = head.encode() + payload
        began = time.perf_counter()
        self._socket.sendall(request)
        status, content = self._answer()
        self.seconds = time.perf_counter() - began
        return status, msgspec.json.decode(content) if content else None

    def _answer(self) -> tuple[int, bytes]:
        data = self._more(b"")
        while b"\r\n\r\n" not in data:
            data = self._more(data)
        head, _, content = data.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        while len(content) < length:
            content = self._more(content)
        return int(lines[0].split(b" ", 2)[1]), content

    def _more(self, data: bytes) -> bytes:
        part = self._socket.recv(65536)
        if not part:
            raise ConnectionResetError("the server closed the connection")
        return data + part

    def get(self, path: str) -> Any:
        """The body of a GET that succeeds; AssertionError otherwise."""
        return self._checked("GET", path, None)

    def post(self, path: str, body: Any = None) -> Any:
        """The body of a POST that succeeds; AssertionError otherwise."""
        return self._checked("POST", path, {} if body is None else body)

    def _checked(self, method: str, path: str, body: Any) -> Any:
        status, answer = self.send(method, path, body)
        assert 200 <= status < 300, f"{method} {path}: {status} {answer}"
        return answer
