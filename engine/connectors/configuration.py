"""What a connector's configuration may say; everything that is wrong is said in a sentence before it is saved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from engine.connectors.guard import check_url
from engine.errors import InvalidInput

KINDS: Final = ("http", "mail")
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
SECURITY: Final = ("starttls", "tls", "none")
AUTH_KINDS: Final[Mapping[str, tuple[str, ...]]] = {"http": ("bearer", "basic", "header", "query"), "mail": ("basic",)}
"""How a connector of a kind proves itself."""
MOST: Final = 50
"""Headers, or hosts, of one connector."""
LONGEST: Final = 2000
"""Characters of an address or a header."""

FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "http": frozenset({"url", "headers", "auth", "allow", "methods", "timeout"}),
    "mail": frozenset({"host", "port", "sender", "security", "auth", "allow"}),
}
"""What a configuration of a kind may say."""
_HOST: Final = re.compile(r"[A-Za-z0-9._-]{1,253}|\[[0-9a-fA-F:]{2,39}\]")
_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,60}")
_PARAMETER: Final = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_FRAMING: Final = frozenset(
    {"host", "content-length", "connection", "transfer-encoding", "upgrade", "te", "expect", "trailer"}
)
_PROOF: Final = re.compile(r"authorization|cookie|token|secret|password|credential|signature|api-?key", re.IGNORECASE)


def checked(kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with only what its kind knows. InvalidInput says what is wrong."""
    if kind not in KINDS:
        raise InvalidInput(f"A connector is one of {', '.join(KINDS)}.", f"连接器类型须为 {'、'.join(KINDS)}。")
    if unknown := sorted(set(config) - FIELDS[kind]):
        raise InvalidInput(f"A {kind} connector has no “{unknown[0]}”.", f"{kind} 连接器没有“{unknown[0]}”。")
    found = {name: value for name, value in config.items() if value not in (None, [], {})}
    _check_allow(found.get("allow", []))
    _check_auth(kind, found.get("auth"))
    if kind == "http":
        _check_http(found)
    else:
        _check_mail(found)
    return found


def _check_allow(allow: Any) -> None:
    known = (
        isinstance(allow, list)
        and len(allow) <= MOST
        and all(isinstance(host, str) and _is_host(host) for host in allow)
    )
    if not known:
        raise InvalidInput(
            "“allow” is a list of hosts: erp.lan, erp.lan:9000.", "“allow”为主机列表，如 erp.lan、erp.lan:9000。"
        )


def _is_host(text: str) -> bool:
    name, _, port = text.rpartition(":")
    with_port = port.isdecimal() and not text.endswith("]")
    return _HOST.fullmatch(name if with_port else text) is not None and (not with_port or 1 <= int(port) <= 65535)


def _check_auth(kind: str, auth: Any) -> None:
    if auth is None:
        return
    good = isinstance(auth, Mapping) and auth.get("kind", "basic" if kind == "mail" else None) in AUTH_KINDS[kind]
    good = good and isinstance(auth.get("secret"), str) and bool(auth["secret"])
    if not good or set(auth) - {"kind", "secret", "user", "header", "parameter"}:
        raise InvalidInput(
            "“auth” has a kind and the name of a secret, never the secret itself.",
            "“auth”包含类型和密钥名称，不能包含密钥本身。",
        )
    user = auth.get("user")
    if user is not None and not (isinstance(user, str) and user.isprintable() and len(user) <= 200):
        raise InvalidInput("“user” is one line of text.", "“user”须为单行文本。")
    if auth.get("kind") == "header" and not _may_be_header(auth.get("header")):
        raise InvalidInput("“auth” of kind header names the header.", "“auth”类型为 header 时须给出请求头名称。")
    if auth.get("kind") == "query" and not _PARAMETER.fullmatch(str(auth.get("parameter", ""))):
        raise InvalidInput("“auth” of kind query names the parameter.", "“auth”类型为 query 时须给出参数名称。")


def _may_be_header(name: Any) -> bool:
    return isinstance(name, str) and _HEADER.fullmatch(name) is not None and name.lower() not in _FRAMING


def _check_http(config: Mapping[str, Any]) -> None:
    url = config.get("url")
    if not isinstance(url, str) or "?" in url or "#" in url or not url.isascii() or len(url) > LONGEST:
        raise InvalidInput("“url” is an address without ? and #.", "“url”须为不含 ? 和 # 的地址。")
    check_url(url, config.get("allow", ()))
    _check_headers(config.get("headers", {}))
    methods = config.get("methods", [])
    if not isinstance(methods, list) or set(map(str, methods)) - set(METHODS):
        raise InvalidInput(f"“methods” are of {', '.join(METHODS)}.", f"“methods”须取自 {'、'.join(METHODS)}。")
    timeout = config.get("timeout", 1)
    if isinstance(timeout, bool) or not isinstance(timeout, int) or not 1 <= timeout <= 50:
        raise InvalidInput("“timeout” is 1 to 50 seconds.", "“timeout”为 1 到 50 秒。")


def _check_headers(headers: Any) -> None:
    good = (
        isinstance(headers, Mapping)
        and len(headers) <= MOST
        and all(
            _may_be_header(name) and isinstance(value, str) and value.isprintable() and len(value) <= LONGEST
            for name, value in headers.items()
        )
    )
    if not good:
        raise InvalidInput(
            "“headers” are names and plain texts of one line; those of the transport are not yours to set.",
            "“headers”为名称与单行纯文本；传输类请求头不可设置。",
        )
    for name in headers:
        if _PROOF.search(name):
            raise InvalidInput(
                f"The header “{name}” proves who you are: its value belongs into a secret (“auth”).",
                f"请求头“{name}”用于证明身份：其值应保存为密钥（“auth”）。",
            )


def _check_mail(config: Mapping[str, Any]) -> None:
    host, sender, port = config.get("host"), config.get("sender"), config.get("port", 587)
    known = isinstance(sender, str) and "@" in sender and sender.isprintable() and len(sender) <= 320
    if not isinstance(host, str) or not _HOST.fullmatch(host) or not known:
        raise InvalidInput("A mail connector has a host and a sender.", "邮件连接器须有主机和发件人。")
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
        raise InvalidInput("“port” is a number from 1 to 65535.", "“port”为 1 到 65535。")
    if config.get("security", "starttls") not in SECURITY:
        raise InvalidInput("“security” is starttls, tls or none.", "“security”为 starttls、tls 或 none。")
    if (config.get("auth") or {}).get("secret") and not (config["auth"].get("user")):
        raise InvalidInput("Whoever signs in to a mail server has a user name.", "登录邮件服务器须有用户名。")
