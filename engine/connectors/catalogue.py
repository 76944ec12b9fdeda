"""What service tasks can call, described for those who draw diagrams; and what the linter holds diagrams against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from engine.bpmn import CallInfo
from engine.store import tables as t


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation (`facet:parameter`)."""

    name: str
    about: str
    about_zh: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Described:
    """An operation as people read it. `kind`: the kind of connector that it goes through, if any; `result`: what the result
    variable holds."""

    name: str
    about: str
    about_zh: str
    parameters: tuple[Parameter, ...]
    result: str
    result_zh: str
    kind: str | None = None


_CONNECTOR: Final = Parameter("connector", "Key of an HTTP connector.", "HTTP 连接器的标识。", required=True)
_PATH: Final = Parameter(
    "path",
    'Below the connector\'s address: /orders/7. May be FEEL: ="/orders/" + id.',
    '连接器地址之下的路径，如 /orders/7；可用 FEEL：="/orders/" + id。',
)
_QUERY: Final = Parameter("query", "A context: ={page: 1}.", "查询参数，上下文：={page: 1}。")
_BODY: Final = Parameter(
    "body",
    "Any value, sent as JSON; a text as it is where headers name a content type. Not with http.get.",
    "任意值，以 JSON 发送；若在 headers 中指定了 Content-Type，文本按原样发送。http.get 不用。",
)
_HEADERS: Final = Parameter(
    "headers",
    "A context of Accept, Accept-Language, Content-Type, If-Match, If-None-Match, X-Correlation-ID, X-Request-ID.",
    "上下文，可设 Accept、Accept-Language、Content-Type、If-Match、If-None-Match、X-Correlation-ID、X-Request-ID。",
)
_ANSWER: Final = "A context: status, headers (content-type, etag, location), body (JSON as values, else text)."
_ANSWER_ZH: Final = "上下文：status、headers（content-type、etag、location）、body（JSON 转为值，否则为文本）。"
_METHODS: Final = (
    ("get", "Reads.", "读取。", False),
    ("post", "Creates, or asks for something to be done.", "新建，或请求执行某项操作。", True),
    ("put", "Writes the whole.", "整体写入。", True),
    ("patch", "Changes a part.", "部分修改。", True),
    ("delete", "Removes.", "删除。", True),
)

CATALOGUE: Final[Mapping[str, Described]] = {
    one.name: one
    for one in (
        *(
            Described(
                f"http.{method}",
                about,
                zh,
                (_CONNECTOR, _PATH, _QUERY, *((_BODY,) if body else ()), _HEADERS),
                _ANSWER,
                _ANSWER_ZH,
                "http",
            )
            for method, about, zh, body in _METHODS
        ),
        Described(
            "mail.send",
            "Sends a mail; without a mail server it is kept.",
            "发送邮件；没有邮件服务器时保留邮件。",
            (
                Parameter(
                    "to",
                    "Addresses: a list, or a text with commas. At most 50.",
                    "收件人：列表或以逗号分隔的文本，最多 50 个。",
                    required=True,
                ),
                Parameter("subject", "One line.", "主题，单行。", required=True),
                Parameter("text", "Markdown.", "正文，Markdown 格式。", required=True),
                Parameter(
                    "connector",
                    "Key of a mail connector; left out: the installation's mail server.",
                    "邮件连接器的标识；不填则使用系统邮件服务器。",
                ),
            ),
            "A context: status, “sent” or “kept”.",
            "上下文：status 为 “sent”（已发送）或 “kept”（已保留）。",
            "mail",
        ),
        Described(
            "records.number",
            "The next number of a series; the same call gives the same number again.",
            "编号序列的下一个编号；同一次调用重复执行得到相同编号。",
            (
                Parameter(
                    "series",
                    "Text before the number; {date} becomes the day: JC-{date}-.",
                    "编号前缀；{date} 替换为当天日期，如 JC-{date}-。",
                    required=True,
                ),
                Parameter("digits", "Digits of the number at least; 4 if left out.", "编号最少位数，默认 4。"),
            ),
            "A context: result, as in JC-20260302-0001.",
            "上下文：result，如 JC-20260302-0001。",
        ),
    )
}
"""The operations that come with Facet, by name."""


def calls(connection: Connection | None) -> dict[str, CallInfo]:
    """What the linter knows of operations. `connection` None: which connectors there are is not known."""
    keys: dict[str, set[str]] | None = None
    if connection is not None:
        keys = {}
        for row in connection.execute(select(t.connector.c.key, t.connector.c.kind)):
            keys.setdefault(row.kind, set()).add(row.key)
    return {
        one.name: CallInfo(
            parameters=frozenset(parameter.name for parameter in one.parameters),
            required=frozenset(parameter.name for parameter in one.parameters if parameter.required),
            connectors=None if keys is None or one.kind is None else frozenset(keys.get(one.kind, ())),
        )
        for one in CATALOGUE.values()
    }
