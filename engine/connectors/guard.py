"""Requests to the world outside that cannot be turned against the inside (server-side request forgery).

A name is resolved once; every address that it has is looked at, and the connection goes to one of exactly these. TLS and
the Host header keep the name. Nothing is followed, nothing is retried, an answer has a size and a deadline. What is inside
one's own network is reached only where an administrator names the host.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore

from engine.connectors.base import PermanentFailure
from engine.errors import FacetError

PORTS: Final = frozenset({80, 443, 8443})
"""Ports that may be called without an administrator naming them."""

_TRANSLATED: Final = tuple(
    ipaddress.ip_network(net)
    for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10")
)
"""IPv6 ranges behind which an IPv4 address hides (NAT64, 6to4, Teredo, the old mapping), and site-local ones."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotReached(FacetError):
    """The other side did not answer in time, or not at all: trying again may help."""

    code = "not-reached"
    status = 502


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one request may cost."""

    connect: float = 5.0
    """Seconds until the connection stands."""
    total: float = 20.0
    """Seconds in all."""
    answer: int = 1024 * 1024
    """Bytes of the answer's body."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open internet, in whatever way it is written."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in _TRANSLATED):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def check_url(url: str, allowed: Collection[str] = ()) -> tuple[str, str, int]:
    """Scheme, host and port of an address that may be called. PermanentFailure for any other.

    `allowed`: hosts (``erp.example.lan`` or ``erp.example.lan:9000``) that an administrator named.
    """
    if any(ord(c) <= 32 or c in "\\\x7f" for c in url):
        raise _refused("The address has characters that no address has.", "地址含有无效字符。")
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError as error:
        raise _refused("The address cannot be read.", "地址无法识别。") from error
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or "%" in parts.netloc:
        raise _refused(
            "An address begins with http:// or https:// and a host.", "地址须以 http:// 或 https:// 加主机名开头。"
        )
    if port not in PORTS and f"{host}:{port}" not in allowed:
        raise _refused(
            f"Port {port} may be called only where an administrator allows “{host}:{port}”.",
            f"仅当管理员放行“{host}:{port}”后才可访问端口 {port}。",
        )
    return parts.scheme, host, port


def resolve(host: str, port: int, allowed: Collection[str] = ()) -> list[str]:
    """The addresses of a host, all of them public unless the host is `allowed`. PermanentFailure, NotReached."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached(f"There is no host “{host}”.", f"找不到主机“{host}”。") from error
    addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    if host in allowed or f"{host}:{port}" in allowed:
        return addresses
    for text in addresses:
        if not is_public(ipaddress.ip_address(text)):
            raise _refused(
                f"“{host}” lies inside the network; only an administrator can allow that, in the connector.",
                f"“{host}”位于内部网络，只有管理员可在连接器中放行。",
            )
    return addresses


def connect(host: str, port: int, allowed: Collection[str], seconds: float) -> socket.socket:
    """A connection to one of the addresses that were looked at, for what is not HTTP. PermanentFailure, NotReached, OSError."""
    failure: OSError | None = None
    for address in resolve(host, port, allowed)[:4]:
        try:
            return socket.create_connection((address, port), timeout=seconds)
        except OSError as error:
            failure = error
    raise failure or OSError("no address")


def hang_up(connection: socket.socket) -> None:
    """Ends a connection that another thread waits on: its reads and writes fail at once."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)  # of a TLS connection too: what is below it is cut


def _refused(message: str, zh: str) -> PermanentFailure:
    return PermanentFailure(message, zh)


class _Deadline(httpcore.NetworkStream):
    """A stream on which no single operation outlives the request's deadline."""

    def __init__(self, inner: httpcore.NetworkStream, until: float) -> None:
        self._inner = inner
        self._until = until

    def _left(self, timeout: float | None) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("too slow")
        return min(left, timeout) if timeout is not None else left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Deadline(self._inner.start_tls(ssl_context, server_hostname, self._left(timeout)), self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Guarded(httpcore.NetworkBackend):
    """Opens connections to addresses that were looked at, and to no others."""

    def __init__(self, allowed: Collection[str], until: float) -> None:
        self._inner = httpcore.SyncBackend()
        self._allowed = allowed
        self._until = until

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception | None = None
        for address in resolve(host, port, self._allowed)[:4]:
            try:
                return _Deadline(self._inner.connect_tcp(address, port, timeout), self._until)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("no address")


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    allowed: Collection[str] = (),
    bounds: Bounds = Bounds(),
    trust: ssl.SSLContext | None = None,
) -> Answer:
    """Sends one request and reads one answer; redirects are answers like others.

    Raises PermanentFailure for an address that may not be called or an answer that is too large, NotReached when there was
    none in time.
    """
    check_url(url, allowed)
    backend = _Guarded(allowed, time.monotonic() + bounds.total)
    waits = {"connect": bounds.connect, "read": bounds.total, "write": bounds.total, "pool": bounds.total}
    sent = {"User-Agent": "Facet", "Accept-Encoding": "identity", "Connection": "close", **(headers or {})}
    try:
        with (
            httpcore.ConnectionPool(network_backend=backend, ssl_context=trust, max_connections=1, retries=0) as pool,
            pool.stream(
                method,
                url.encode("ascii"),
                headers=[(name.encode("ascii"), value.encode("utf-8")) for name, value in sent.items()],
                content=body,
                extensions={"timeout": waits},
            ) as response,
        ):
            return Answer(response.status, _headers(response.headers), _body(response, bounds.answer))
    except UnicodeEncodeError as error:
        raise _refused("The address or a header is not plain text.", "地址或请求头含有非法字符。") from error
    except (
        httpcore.NetworkError,
        httpcore.TimeoutException,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        OSError,
    ) as error:
        raise NotReached(
            f"The other side did not answer ({type(error).__name__}).", f"对方没有应答（{type(error).__name__}）。"
        ) from error


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in pairs}


def _body(response: httpcore.Response, most: int) -> bytes:
    read = bytearray()
    for chunk in response.iter_stream():
        read += chunk
        if len(read) > most:
            raise _refused(f"The answer is larger than {most // 1024} kB.", f"应答超过 {most // 1024} kB。")
    return bytes(read)
