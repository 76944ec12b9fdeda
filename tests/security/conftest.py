"""Fixtures of the security tests: `world`, a fresh installation per test."""

from __future__ import annotations

from tests.api.conftest import shared_app, world, world_template

__all__ = ["shared_app", "world", "world_template"]
