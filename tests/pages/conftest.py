"""Fixtures of the pages' tests: `world` as in tests/api, and pages read as a browser reads them."""

from __future__ import annotations

from tests.api.conftest import shared_app, world, world_template

__all__ = ["shared_app", "world", "world_template"]
