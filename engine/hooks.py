"""Messages that other systems send in: signed as https://www.standardwebhooks.com asks for.

The signature covers id, time and body. A time that is more than `TOLERANCE` away is refused, and an id makes its message once
(`engine.commands.hooks`), so that a recorded call cannot be played again. While a secret is being renewed the old one is good
too.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from standardwebhooks import Webhook

from engine.errors import Conflict, FacetError, InvalidInput, NotFound
from engine.keys import Keys
from engine.variables import plain_loads

TOLERANCE: Final = timedelta(minutes=5)
"""By how much the sender's clock may differ."""
OVERLAP: Final = timedelta(hours=24)
"""How long the old secret stays good after a new one was made."""
LARGEST: Final = 256 * 1024
"""Bytes of a message."""
NOTED_EVERY: Final = timedelta(minutes=1)
"""How exactly a hook remembers when it was last called: its row is not written with every message."""
PREFIX: Final = "whsec_"
KEY_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
"""The last part of a hook's address."""
REASONS: Final = ("missing", "id", "time", "old", "early", "signature", "secret", "body", "expression")
"""Why a call was refused; `secret`: ours cannot be read any more."""

_KEY: Final = re.compile(KEY_PATTERN)
_ID: Final = re.compile(r"[\x21-\x7e]{1,200}")
_TIME: Final = re.compile(r"[0-9]{1,11}")
_MOST_SIGNATURES: Final = 10

_SAID: Final[Mapping[str, tuple[str, str]]] = {
    "missing": (
        "The headers webhook-id, webhook-timestamp and webhook-signature are needed.",
        "缺少请求头 webhook-id、webhook-timestamp 或 webhook-signature。",
    ),
    "id": (
        "webhook-id has 1 to 200 characters, without spaces.",
        "webhook-id 须为 1 到 200 个字符，且不含空格。",
    ),
    "time": ("webhook-timestamp is in whole seconds since 1970.", "webhook-timestamp 须为自 1970 年起的整秒数。"),
    "old": ("The message is older than five minutes, or a clock is wrong.", "消息已超过五分钟，或时钟不准。"),
    "early": ("The message comes from the future: a clock is wrong.", "消息时间晚于当前时间，时钟不准。"),
    "signature": ("The signature does not fit this message.", "签名与消息不符。"),
}


class SignatureRefused(FacetError):
    """The message does not come from who holds the secret, or not now. `reason`: one of `REASONS`."""

    code = "signature-refused"
    status = 401

    def __init__(self, reason: str) -> None:
        super().__init__(*_SAID[reason], data={"reason": reason})
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Signed:
    """A message whose signature holds: made by `verified` only."""

    hook: str
    id: str
    body: Mapping[str, Any] = field(repr=False)


def is_key(text: str) -> bool:
    """Whether a hook may have this key."""
    return _KEY.fullmatch(text) is not None


def no_hook() -> NotFound:
    """The answer for a hook that is not there, or that is switched off: the two are not told apart."""
    return NotFound("There is no such hook, or it is switched off.", "没有该入站 webhook，或其已停用。")


def new_secret() -> str:
    """A secret as the standard wants it: 24 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()


def signature(secret: str, id: str, seconds: int, body: str) -> str:
    """The signature of a message, with its version in front."""
    return Webhook(secret).sign(id, datetime.fromtimestamp(seconds, UTC), body)


def usable(keys: Keys, row: Any, now: datetime) -> list[str]:
    """The secrets of a row (`secret`, `old_secret`, `old_until`) that are good now, the new one first. Conflict when it cannot
    be read any more."""
    found = [keys.decrypt(row.secret)]
    if row.old_secret is not None and row.old_until is not None and row.old_until > now:
        with suppress(Conflict):
            found.append(keys.decrypt(row.old_secret))
    return found


def verified(hook: str, given: Iterable[str], headers: Mapping[str, str], body: bytes, now: datetime) -> Signed:
    """The message, if one of the secrets `given` signed it. SignatureRefused; InvalidInput when it is no JSON object.

    `headers`: names in any case.
    """
    known = {name.lower(): value for name, value in headers.items()}
    id, stamp, signatures = (known.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (id and stamp and signatures):
        raise SignatureRefused("missing")
    if not _ID.fullmatch(id):
        raise SignatureRefused("id")
    seconds = _checked_time(stamp, now)
    sent = [one.encode() for one in signatures.split(" ")[:_MOST_SIGNATURES]]
    text = _text(body)
    expected = [signature(secret, id, seconds, text).encode() for secret in given]
    if not any(hmac.compare_digest(one, right) for one in sent for right in expected):
        raise SignatureRefused("signature")
    return Signed(hook, id, _object(text))


def _checked_time(stamp: str, now: datetime) -> int:
    if not _TIME.fullmatch(stamp):
        raise SignatureRefused("time")
    away = timedelta(seconds=int(stamp)) - (now - datetime.fromtimestamp(0, UTC))
    if away < -TOLERANCE:
        raise SignatureRefused("old")
    if away > TOLERANCE:
        raise SignatureRefused("early")
    return int(stamp)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:  # RFC 8259, 8.1: JSON between systems is UTF-8
        raise InvalidInput("The body is not UTF-8.", "请求体不是 UTF-8 编码。") from error


def _object(text: str) -> Mapping[str, Any]:
    found = plain_loads(text)
    if not isinstance(found, dict):
        raise InvalidInput("The body is no JSON object.", "请求体不是 JSON 对象。")
    return found
