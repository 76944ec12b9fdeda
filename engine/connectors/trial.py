"""Trying a connector: one harmless request, or one sign-in at a mail server, and a plain sentence about what happened.

Nothing of the answer is shown but its status and size: it may repeat what was sent.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from engine.connectors.guard import Answer, Bounds, NotReached, request
from engine.connectors.http import authorization, place
from engine.connectors.mail import server_of
from engine.connectors.registry import Connector
from engine.connectors.smtp import MailServer, probe
from engine.errors import FacetError

SECONDS: Final = 10.0
"""How long somebody who presses a button waits at the most."""

Outcome = Literal["works", "answered", "refused", "not-reached"]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it. `works`: the other side said yes; `answered`: it said something else; `refused`: Facet did not
    call; `not-reached`: nobody answered in time. `size`: bytes of the answer's body."""

    outcome: Outcome
    message: str
    message_zh: str
    milliseconds: int
    status: int | None = None
    size: int | None = None


def attempt(connector: Connector, path: str = "") -> Trial:
    """One request GET below the connector's address, with its headers and secret; for a mail connector one sign-in."""
    began = time.perf_counter()
    try:
        if connector.kind == "mail":
            return _mail(server_of(connector), began)
        return _http(connector, path, began)
    except FacetError as error:
        return _failed(error, began)


def attempt_server(server: MailServer) -> Trial:
    """One sign-in at a mail server."""
    began = time.perf_counter()
    try:
        return _mail(server, began)
    except FacetError as error:
        return _failed(error, began)


def _http(connector: Connector, path: str, began: float) -> Trial:
    config = connector.config
    sent = {"Accept": "application/json", **dict(config.get("headers", {})), **authorization(connector)}
    answer = request(
        "GET",
        place(connector, path, {}),
        headers=sent,
        allowed=config.get("allow", ()),
        bounds=Bounds(total=min(SECONDS, float(config.get("timeout") or SECONDS))),
    )
    taken = _since(began)
    message, zh = _said(answer, config, taken)
    outcome: Outcome = "works" if 200 <= answer.status < 300 else "answered"
    return Trial(outcome, message, zh, taken, answer.status, len(answer.body))


def _said(answer: Answer, config: Mapping[str, Any], taken: int) -> tuple[str, str]:
    status = answer.status
    if status in (401, 403):
        if config.get("auth"):
            return (
                f"The other side was reached, but does not accept the secret ({status}).",
                f"已连通，但对方不接受该密钥（{status}）。",
            )
        return (
            f"The other side was reached, but asks who calls ({status}). Give the connector a secret.",
            f"已连通，但对方要求身份验证（{status}）。请为连接器配置密钥。",
        )
    for statuses, message, zh in _SAID:
        if status in statuses:
            return message.format(status=status, taken=taken), zh.format(status=status, taken=taken)
    return f"The other side was reached and answered {status}.", f"已连通，对方应答 {status}。"


_SAID: Final = (
    (
        range(200, 300),
        "It works: the other side answered {status} after {taken} ms.",
        "连接正常：对方在 {taken} 毫秒后应答 {status}。",
    ),
    (
        range(300, 400),
        "The other side sends us elsewhere ({status}). Redirects are not followed: correct the address.",
        "对方要求重定向（{status}）。不跟随重定向，请更正地址。",
    ),
    (
        (404, 405, 410),
        "The other side was reached, but has nothing to read at this path ({status}). Diagrams add paths of their own: try"
        " one that exists.",
        "已连通，但该路径没有可读取的内容（{status}）。流程图会附加路径，请尝试一个存在的路径。",
    ),
    (
        (429, *range(500, 600)),
        "The other side was reached, but cannot answer now ({status}).",
        "已连通，但对方暂时无法应答（{status}）。",
    ),
)


def _mail(server: MailServer, began: float) -> Trial:
    probe(server, SECONDS)
    taken = _since(began)
    return Trial(
        "works",
        f"It works: the mail server let us in after {taken} ms. No mail was sent.",
        f"连接正常：邮件服务器在 {taken} 毫秒后接受登录，未发送邮件。",
        taken,
    )


def _failed(error: FacetError, began: float) -> Trial:
    outcome: Outcome = "not-reached" if isinstance(error, NotReached) else "refused"
    return Trial(outcome, error.message, error.zh, _since(began))


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
