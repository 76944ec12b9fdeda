"""`/health/live`, `/health/ready`, `/metrics`: for the machinery around Facet."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.auth import CallDep, Secured, public
from api.exact import Json
from api.rest.common import problem_answers
from api.rest.models.common import Out
from engine.errors import FacetError, NotFound
from engine.metrics import CONTENT_TYPE, exposition
from engine.store.migrate import SchemaOutdated, pending

router = APIRouter(tags=["health"], route_class=Secured)


class Health(Out):
    """How the process is."""

    status: str


class NotReady(FacetError):
    """The process runs, its database does not answer."""

    code = "not-ready"
    status = 503


@router.get("/health/live", response_model=Health, summary="Is the process alive")
@public
def get_live(call: CallDep) -> Json:
    """Answers as long as the process can answer at all."""
    return Json({"status": "live"})


@router.get("/health/ready", response_model=Health, responses=problem_answers(503), summary="Is it ready for requests")
@public
def get_ready(call: CallDep) -> Json:
    """200 when the database answers and has all tables; 503 otherwise."""
    try:
        missing = pending(call.services.database)
    except FacetError:
        raise
    except Exception as error:
        raise NotReady("The database does not answer.", "数据库没有响应。") from error
    if missing:
        raise SchemaOutdated("The database's tables are not up to date.", "数据库结构不是最新版本。")
    return Json({"status": "ready"})


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    summary="Figures for Prometheus",
)
@public
def get_metrics(call: CallDep) -> Response:
    """In Prometheus' text format. 404 when switched off (`FACET_METRICS`)."""
    if not call.settings.metrics:
        raise NotFound("There is nothing at this address.", "该地址没有内容。")
    return Response(exposition(call.services.database, call.now), media_type=CONTENT_TYPE)
