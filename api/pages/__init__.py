"""The pages: one module per noun, every endpoint with a rule (`api.auth`)."""

from __future__ import annotations

from fastapi import APIRouter

from api.auth import Secured
from api.pages import (
    account,
    admin,
    audit,
    calls,
    connectors,
    definitions,
    erasures,
    events,
    grants,
    hooks,
    inbox,
    instances,
    mails,
    notes,
    oidc,
    operations,
    search,
    signin,
    start,
    tasks,
    webhooks,
)
from api.pages.errors import page_problem

router = APIRouter(route_class=Secured)
"""All pages; `api.app.create_app` includes it last."""

for module in (
    signin,
    oidc,
    inbox,
    tasks,
    notes,
    start,
    instances,
    operations,
    definitions,
    search,
    account,
    admin,
    grants,
    audit,
    erasures,
    connectors,
    mails,
    calls,
    hooks,
    webhooks,
    events,
):
    router.include_router(module.router)

__all__ = ["page_problem", "router"]
