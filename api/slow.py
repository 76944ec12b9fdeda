"""Clients that take their time hold a socket, never a worker, and that not for long.

Reading a request's head is bounded here, in seconds and bytes; its body and the reading of the answer in `api.edge`.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.edge import HEAD_BYTES, HEADERS

HEAD_SECONDS: Final = 15.0
"""From the connection, or the first byte of a further request, to the last of its headers."""
_HEADERS: Final = [(name.encode(), value.encode()) for name, value in {**HEADERS, "cache-control": "no-store"}.items()]


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's own protocol, which knows no limit for heads."""

    head_seconds = HEAD_SECONDS
    head_bytes = HEAD_BYTES

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._deadline: asyncio.TimerHandle | None = None
        self._head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._deadline is not None:
            self._head += len(data)
            if self._head > self.head_bytes:
                self._end()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP gets its answer with the headers that all answers have."""
        known = self.server_state.default_headers
        self.server_state.default_headers = [*known, *_HEADERS]
        try:
            super().send_400_response(msg)
        finally:
            self.server_state.default_headers = known

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        self._arrived()
        super().on_headers_complete()

    def _wait(self) -> None:
        if self._deadline is None:
            self._head = 0
            self._deadline = self.loop.call_later(self.head_seconds, self._end)

    def _arrived(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self) -> None:
        self._arrived()
        if not self.transport.is_closing():
            self.transport.close()
