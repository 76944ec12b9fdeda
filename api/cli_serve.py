"""`facet serve` and `facet worker`: the processes of an installation."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any

import typer
import uvicorn
from sqlalchemy import make_url

from api.app import create_app
from api.cli_context import Refused, Voice, load_settings, voice
from api.pages.events import close_feed
from api.slow import PatientProtocol
from engine import logs
from engine.assembly import close_services, open_services
from engine.settings import Settings
from engine.work import Services
from engine.worker import Worker

Host = Annotated[str | None, typer.Option(help="Address to listen on (FACET_HOST). · 监听地址。")]
Port = Annotated[int | None, typer.Option(help="Port to listen on (FACET_PORT). · 监听端口。", min=1, max=65535)]

START = 60
"""Seconds that one of several server processes may take to start, or to answer its parent, before it is replaced."""
GRACE = 10
"""Seconds that open requests are given when the server is told to stop."""


def serve(
    context: typer.Context,
    host: Host = None,
    port: Port = None,
    worker: Annotated[
        bool, typer.Option(help="Run timers, calls and messages in this process too. · 是否内嵌工作进程。")
    ] = True,
    workers: Annotated[
        int | None, typer.Option(help="Server processes; more than 1 needs PostgreSQL. · 服务进程数。", min=1, max=64)
    ] = None,
) -> None:
    """Serve the pages and the API. · 启动 Web 服务。"""
    run_server(load_settings(host=host, port=port, workers=workers), voice(context), worker=worker)


def run_server(
    settings: Settings,
    say: Voice,
    *,
    worker: bool = True,
    services: Services | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serves until it is told to stop. `ready` is called once the address answers."""
    logs.configure(settings.log_level, settings.log_format)
    if settings.workers > 1:
        _serve_many(settings, say, worker)
        return

    def started() -> None:
        _announce(settings, say)
        ready()

    with bind(settings) as listening:
        own = services or open_services(settings)
        try:
            config = uvicorn.Config(create_app(settings, own, worker=worker), **_options(settings))
            with _ended_by_signals():
                _Server(config, started).run([listening])
        finally:
            if services is None:
                close_services(own)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """The server sends itself again what ended it, once it has ended: here that is the ordinary end, not a death."""

    def end(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def bind(settings: Settings) -> socket.socket:
    """The listening socket. Refused when somebody else has the port."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise Refused(
            f"Facet cannot listen on {settings.host}:{settings.port} ({error.strerror}). Choose another port: --port 8001.",
            f"无法监听 {settings.host}:{settings.port}（{error.strerror}）。请换一个端口：--port 8001。",
        ) from error
    return listening


def address(settings: Settings) -> str:
    """Where people find the server."""
    if settings.public_url:
        return settings.public_url
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
    return f"http://{host}:{settings.port}"


def _announce(settings: Settings, say: Voice) -> None:
    url = typer.style(address(settings), bold=True, fg="green")
    say.say(f"Facet is ready: {url}   (Ctrl+C ends it)", f"Facet 已启动：{url}   （Ctrl+C 结束）")


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        close_feed(self.config.app)  # open pages listen for news: their streams would be waited for
        await super().shutdown(sockets)


def _options(settings: Settings) -> dict[str, Any]:
    return {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": True,
        "forwarded_allow_ips": settings.trusted_proxies,
        "timeout_graceful_shutdown": GRACE,
        "limit_concurrency": settings.max_connections,
        "http": PatientProtocol,
    }


# --- several processes: each opens its own engine, as the environment says ------------------------------------------------


def _serve_many(settings: Settings, say: Voice, worker: bool) -> None:
    if make_url(settings.database_url).get_backend_name() == "sqlite":
        raise Refused(
            "Several server processes need PostgreSQL; SQLite is served by one (FACET_DATABASE_URL, FACET_WORKERS).",
            "多个服务进程需要 PostgreSQL；SQLite 只能由一个进程提供服务（FACET_DATABASE_URL、FACET_WORKERS）。",
            code=2,
        )
    close_services(open_services(settings))  # the tables are there, or it is said what to do
    bind(settings).close()
    _announce(settings, say)
    uvicorn.run(
        "api.app:create_serving_app" if worker else "api.app:create_web_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        timeout_worker_healthcheck=START,
        **_options(settings),
    )


# --- the worker alone -------------------------------------------------------------------------------------------------


def work(
    context: typer.Context,
    threads: Annotated[
        int | None,
        typer.Option(help="Jobs at the same time (FACET_WORKER_THREADS). · 同时执行的作业数。", min=1, max=64),
    ] = None,
) -> None:
    """Run timers, service calls and messages, without pages. · 只运行后台工作进程。"""
    run_worker(load_settings(worker_threads=threads), voice(context))


def run_worker(settings: Settings, say: Voice) -> None:
    """Works until it is told to stop; what was begun is finished first."""
    logs.configure(settings.log_level, settings.log_format)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    services = open_services(settings)
    worker = Worker(
        services,
        threads=settings.worker_threads,
        poll_seconds=settings.worker_poll_seconds,
        lease_seconds=settings.lease_seconds,
    )
    services.wake = worker.wake
    try:
        worker.start()
        say.say("The worker runs. (Ctrl+C ends it)", "工作进程已启动。（Ctrl+C 结束）")
        stopping.wait()
        worker.stop()
    finally:
        close_services(services)
