"""The pages: one module per noun, every endpoint with a rule (`api.auth`)."""

from __future__ import annotations

from fastapi import APIRouter

from api.auth import Secured

router = APIRouter(route_class=Secured)
"""All pages; `api.app.create_app` includes it last."""
