"""The web application: `create_app` puts engine, REST API, pages and the outer layer together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.concurrency import run_in_threadpool
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api import pages, problems, rest
from api.assets import CACHE_FOREVER, DIST
from api.auth.call import admit
from api.auth.quota import Quota
from api.edge import Edge
from api.exact import Json
from api.routes import Table, endpoints
from engine import logs
from engine.assembly import close_services, open_services
from engine.settings import Settings
from engine.work import Services
from engine.worker import Worker

TITLE: Final = "Facet"
VERSION: Final = "1"
PLAIN_BODY: Final = 2 * 1024 * 1024
"""Bytes of a request that is data: a form with its drafts, a message."""
MULTIPART_EXTRA: Final = 1024 * 1024


def create_app(settings: Settings | None = None, services: Services | None = None, *, worker: bool = False) -> FastAPI:
    """The application. Without `services` it opens its own when it starts and closes them when it ends.

    `worker`: due jobs are run in threads of this process. State: `app.state.settings`, `.services`, `.worker`.
    """
    chosen = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        own = services is None
        if own:
            app.state.services = await run_in_threadpool(open_services, chosen)
        if worker:
            app.state.worker = _start_worker(app.state.services, chosen)
        try:
            yield
        finally:
            if app.state.worker is not None:
                await run_in_threadpool(app.state.worker.stop)
            if own:
                close_services(app.state.services)

    app = FastAPI(
        title=TITLE,
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        default_response_class=Json,
        redirect_slashes=False,
    )
    table = _prepare_state(app, chosen, services)
    problems.install(app)
    app.router.routes.append(table)
    if DIST.is_dir():
        app.mount("/static/dist", _Built(directory=DIST), name="static")
    upload = max(chosen.upload_mb, MAX_DEPLOYMENT_FILES * chosen.diagram_mb) * 1024 * 1024 + MULTIPART_EXTRA
    app.add_middleware(Edge, plain=PLAIN_BODY, upload=upload, failed=problems.answer, public_url=chosen.public_url)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _prepare_state(app: FastAPI, chosen: Settings, services: Services | None) -> Table:
    """What endpoints find in `app.state`; returns the table of all endpoints."""
    app.state.settings = chosen
    app.state.services = services
    app.state.worker = None
    app.state.token_quota = Quota(chosen.token_requests_per_minute)
    app.state.public_quota = Quota(chosen.public_requests_per_minute)
    app.state.hook_quota = Quota(chosen.hook_requests_per_minute)
    table = Table(list(endpoints(*rest.ROUTERS, pages.router)))
    app.state.methods = table.methods_at
    app.state.page_problem = pages.page_problem
    app.state.admit = admit
    return table


MAX_DEPLOYMENT_FILES: Final = 10
"""Files of full size that one deployment's upload has room for."""


def create_serving_app() -> FastAPI:
    """For a server that starts processes by itself (``uvicorn --factory``): settings from the environment, logs configured,
    the worker inside."""
    settings = Settings()
    logs.configure(settings.log_level, settings.log_format)
    return create_app(settings, worker=True)


def create_web_app() -> FastAPI:
    """As `create_serving_app`, without a worker."""
    settings = Settings()
    logs.configure(settings.log_level, settings.log_format)
    return create_app(settings)


def _start_worker(services: Services, settings: Settings) -> Worker:
    worker = Worker(
        services,
        threads=settings.worker_threads,
        poll_seconds=settings.worker_poll_seconds,
        lease_seconds=settings.lease_seconds,
    )
    services.wake = worker.wake
    worker.start()
    return worker


class _Built(StaticFiles):
    """The browser files: their names carry a digest, so they may be kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Any:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["cache-control"] = CACHE_FOREVER
        return response


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The description of the REST API; the pages are not part of it."""
    if app.openapi_schema is None:
        app.openapi_schema = rest.describe(
            get_openapi(
                title=TITLE,
                version=VERSION,
                description=rest.DESCRIPTION,
                routes=list(endpoints(*rest.ROUTERS)),
                tags=rest.TAGS,
            )
        )
    return app.openapi_schema
