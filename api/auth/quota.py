"""How often one API token, or one address without a session, may ask: a bucket per key and server process.

A process keeps its own buckets, so that counting costs no statement: with several processes the limit is that many times
higher. Failed sign-ins are counted in the database instead (`engine.commands.sessions`).
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from typing import Final

from engine.errors import FacetError

MOST: Final = 20_000
"""Keys that are remembered; beyond them the ones that asked longest ago are forgotten."""


class TooManyRequests(FacetError):
    """The token or address asked too often; `data["retry_after"]` in seconds."""

    code = "too-many-requests"
    status = 429


class Quota:
    """Token buckets: each key may ask `per_minute` times at once, and as often again within every minute. 0: no limit."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_minute)
        self._clock = clock
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Counts one request. TooManyRequests."""
        if self._most <= 0:
            return
        now = self._clock()
        with self._lock:
            left, at = self._left.pop(key, (self._most, now))
            left = min(self._most, left + (now - at) * self._most / 60)
            self._left[key] = (left - 1 if left >= 1 else left, now)
            if len(self._left) > MOST:
                self._left.popitem(last=False)
        if left < 1:
            wait = ceil((1 - left) * 60 / self._most)
            raise TooManyRequests(
                "Too many requests. Please wait a moment.", "请求过于频繁，请稍候再试。", data={"retry_after": wait}
            )
