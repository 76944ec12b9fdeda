"""Passwords: argon2id hashes, never the text. Slow on purpose, so only a few are computed at the same time."""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Final

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher

from engine.errors import InvalidInput

SHORTEST: Final = 8
LONGEST: Final = 128
AT_ONCE: Final = 4
"""Hashes computed at the same time: each takes 19 MiB and some 30 ms of a core."""


class Passwords:
    """Hashes and checks. `memory` in KiB; the defaults are those of the OWASP password storage guide (argon2id)."""

    def __init__(self, *, memory: int = 19 * 1024, passes: int = 2, lanes: int = 1) -> None:
        self._hash = PasswordHash((Argon2Hasher(time_cost=passes, memory_cost=memory, parallelism=lanes),))
        self._turn = BoundedSemaphore(AT_ONCE)
        self._nobody = self._hash.hash("nobody has this password")

    def hash(self, text: str) -> str:
        """The hash to store. InvalidInput: too short or too long."""
        if not SHORTEST <= len(text) <= LONGEST:
            raise InvalidInput(
                f"A password has {SHORTEST} to {LONGEST} characters.", f"密码长度为 {SHORTEST} 到 {LONGEST} 个字符。"
            )
        with self._turn:
            return self._hash.hash(text)

    def verify(self, text: str, stored: str | None) -> bool:
        """Whether `text` is the password behind `stored`. None (no such user) takes as long and is False."""
        if len(text) > LONGEST:
            return False
        with self._turn:
            try:
                right = self._hash.verify(text, stored if stored is not None else self._nobody)
            except PwdlibError:
                return False
        return right and stored is not None


PASSWORDS: Final = Passwords()
"""The one that everybody uses: its bound on concurrency is the process's."""
