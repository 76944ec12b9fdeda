"""`http.get`, `http.post`, `http.put`, `http.patch`, `http.delete`: calls of a connector that an administrator set up.

The diagram says what to ask (`path`, `query`, `body`, `headers`); where it goes, with which rights, and whether it may lie
inside the network, is the connector's: a diagram cannot name an address.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, urlencode

from engine.connectors.base import Call, Operation, PermanentFailure
from engine.connectors.guard import Answer, Bounds, NotReached, request
from engine.connectors.registry import Connector, find
from engine.errors import BpmnError, InvalidInput
from engine.keys import Keys
from engine.privacy import MASK, scrub
from engine.variables import plain_dumps, plain_loads

METHODS: Final = ("get", "post", "put", "patch", "delete")
HEADERS: Final = frozenset(
    {"accept", "accept-language", "content-type", "if-match", "if-none-match", "x-correlation-id", "x-request-id"}
)
"""Headers that a diagram may set."""
AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same call may succeed later."""

SHORTEST: Final = 6
"""Characters of a secret that is looked for in answers: shorter ones would spoil what only looks like them."""

_PATH: Final = re.compile(r"/[^\s\\?#]*")


class HttpOperation:
    """One method. `keys` decrypt what the connectors name."""

    def __init__(self, method: str, keys: Keys) -> None:
        self._method = method.upper()
        self._keys = keys

    def __call__(self, call: Call) -> Mapping[str, Any]:
        """Parameters: `connector`; `path`, `query` (context), `body` (any value: JSON; a text with a content type of its
        own), `headers` (context).

        Result: `status`, `headers`, `body` (JSON as values, else text). BpmnError `HTTP_404` and the like for an answer
        that says no; 5xx, 429 and silence are tried again.
        """
        connector = find(call.database, self._keys, call.text("connector"), "http")
        methods = connector.config.get("methods")
        if methods and self._method not in methods:
            raise PermanentFailure(
                f"The connector “{connector.key}” does not allow {self._method}.",
                f"连接器“{connector.key}”不允许 {self._method}。",
            )
        headers, body = self._sent(call, connector)
        answer = request(
            self._method,
            address(connector, call),
            headers=headers,
            body=body,
            allowed=connector.config.get("allow", ()),
            bounds=Bounds(total=float(connector.config.get("timeout") or 20)),
        )
        return self._read(answer, proofs(connector))

    def _sent(self, call: Call, connector: Connector) -> tuple[dict[str, str], bytes | None]:
        headers = {"Accept": "application/json", "Idempotency-Key": call.key}
        for name, value in _context(call, "headers").items():
            if name.lower() not in HEADERS:
                raise PermanentFailure(
                    f"A diagram may not set the header “{name}”; it belongs into the connector.",
                    f"流程图不能设置请求头“{name}”，请在连接器中配置。",
                )
            headers[name.title()] = _line(str(value))
        headers.update({str(name): _line(str(value)) for name, value in connector.config.get("headers", {}).items()})
        body = call.parameters.get("body")
        if body is None:
            encoded = None
        elif isinstance(body, str) and "Content-Type" in headers:
            encoded = body.encode()
        else:
            encoded = plain_dumps(body)
            headers.setdefault("Content-Type", "application/json")
        headers.update(authorization(connector))
        return headers, encoded

    def _read(self, answer: Answer, proofs: Collection[str]) -> Mapping[str, Any]:
        if answer.status in AGAIN:
            raise NotReached(f"The other side answered {answer.status}.", f"对方应答 {answer.status}。")
        if 300 <= answer.status < 400:
            raise PermanentFailure(
                f"The other side answered {answer.status}; redirects are not followed. Correct the connector's address.",
                f"对方应答 {answer.status}；不跟随重定向，请更正连接器地址。",
            )
        kept = {name: answer.headers[name] for name in ("content-type", "etag", "location") if name in answer.headers}
        found = {"status": answer.status, "headers": _cut(kept, proofs), "body": _cut(_body(answer), proofs)}
        if answer.status >= 400:
            raise BpmnError(f"HTTP_{answer.status}", f"The other side answered {answer.status}.", data=found)
        return found


def operations(keys: Keys) -> dict[str, Operation]:
    """The operations by name."""
    return {f"http.{method}": HttpOperation(method, keys) for method in METHODS}


def address(connector: Connector, call: Call) -> str:
    """The connector's address with the diagram's path below it and the diagram's query. PermanentFailure."""
    query = {name: _text(value) for name, value in _context(call, "query").items() if value is not None}
    return place(connector, call.parameters.get("path") or "", query)


def place(connector: Connector, path: Any, query: Mapping[str, str]) -> str:
    """The connector's address with a path below it and a query. PermanentFailure for a path that leads elsewhere."""
    base = str(connector.config["url"]).rstrip("/")
    if not isinstance(path, str) or (path and not _PATH.fullmatch(path)):
        raise PermanentFailure(
            "“path” begins with / and has no ?, # or space.", "“path”须以 / 开头，且不含 ?、# 或空格。"
        )
    if path.startswith("//") or any(part in (".", "..") for part in _unquoted(path).split("/")):
        raise PermanentFailure("“path” may not lead out of the connector's address.", "“path”不能超出连接器地址。")
    asked = {**query, **_proof_in_query(connector)}
    return base + quote(path, safe="/%:@!$&'()*+,;=-._~") + (f"?{urlencode(asked)}" if asked else "")


def _proof_in_query(connector: Connector) -> dict[str, str]:
    """What `auth` of kind `query` adds to the address: robots of WeCom, DingTalk and the like know no header."""
    auth = connector.config.get("auth") or {}
    return {str(auth["parameter"]): connector.secret(str(auth["secret"]))} if auth.get("kind") == "query" else {}


def proofs(connector: Connector) -> tuple[str, ...]:
    """The connector's secrets in every form in which they are sent: an answer that repeats one is cut."""
    sent = {*connector.secrets.values(), *(value.partition(" ")[2] for value in authorization(connector).values())}
    sent |= {quote(text, safe="") for text in sent} | {urlencode({"": text})[1:] for text in sent}
    return tuple(sorted((text for text in sent if len(text) >= SHORTEST), key=lambda text: (-len(text), text)))


def _unquoted(path: str) -> str:
    """Dots and slashes that were written as %2e and %2F, also twice."""
    for _ in range(3):
        path = re.sub(
            "%2e",
            ".",
            re.sub("%2f", "/", re.sub("%5c", "/", re.sub("%25", "%", path), flags=re.I), flags=re.I),
            flags=re.I,
        )
    return path


def authorization(connector: Connector) -> dict[str, str]:
    """The header by which the connector proves itself: `bearer`, `basic` or a `header` of any name; none for `query`."""
    auth = connector.config.get("auth") or {}
    kind = auth.get("kind")
    if kind in (None, "query"):
        return {}
    secret = _line(connector.secret(str(auth["secret"])))
    if kind == "bearer":
        return {"Authorization": f"Bearer {secret}"}
    if kind == "basic":
        pair = base64.b64encode(f"{auth.get('user', '')}:{secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    return {str(auth["header"]): secret}


def _cut(value: Any, proofs: Collection[str]) -> Any:
    """The value without secrets, wherever the other side put them: in texts, names, numbers."""
    if not proofs:
        return value
    if isinstance(value, Mapping):
        return {scrub(name, proofs): _cut(item, proofs) for name, item in value.items()}
    if isinstance(value, list):
        return [_cut(item, proofs) for item in value]
    if isinstance(value, str):
        return scrub(value, proofs)
    return MASK if isinstance(value, int | Decimal) and str(value) in proofs else value


def _context(call: Call, name: str) -> Mapping[str, Any]:
    value = call.parameters.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise PermanentFailure(f"“{name}” is not a context of names and values.", f"“{name}”不是键值集合。")
    return value


def _line(text: str) -> str:
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise PermanentFailure("A header has a line break or control character.", "请求头含有换行或控制字符。")
    return text


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal | str):
        return str(value)
    return plain_dumps(value).decode().strip('"')


def _body(answer: Answer) -> Any:
    if "json" in answer.headers.get("content-type", ""):
        try:
            return plain_loads(answer.body) if answer.body else None
        except InvalidInput as error:
            raise PermanentFailure("The answer says it is JSON but is not.", "应答声明为 JSON，但无法解析。") from error
    return answer.body.decode("utf-8", "replace").replace("\0", "") or None
