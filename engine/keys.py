"""Keys for one purpose each, derived from the installation's secret (`Settings.secret_key`)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.fernet import Fernet, InvalidToken

from engine.errors import Conflict


@dataclass(frozen=True, slots=True)
class Keys:
    """`secret`: 32 bytes or more. Without one: a secret of this process, for tests and dry runs."""

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def derived(self, purpose: str) -> bytes:
        """32 bytes for one purpose; another purpose gets others."""
        return hmac.new(self.secret, f"facet/{purpose}/1".encode(), hashlib.sha256).digest()

    def encrypt(self, text: str) -> str:
        """The text as it may lie in the database (Fernet: AES-128-CBC with HMAC-SHA256)."""
        return self._fernet().encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """The inverse of `encrypt`. Conflict when the installation's secret is another one now."""
        try:
            return self._fernet().decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise Conflict(
                "A stored secret cannot be read: FACET_SECRET has changed since it was saved. Save it again.",
                "无法读取已保存的密钥：FACET_SECRET 在保存后已更改，请重新保存。",
            ) from error

    def _fernet(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self.derived("secrets")))
