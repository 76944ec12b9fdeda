"""docs/pages.md says what every page does, and names none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from api import pages
from tests.pages.test_every_page import every_route

GUIDE = (Path(__file__).parents[2] / "docs" / "pages.md").read_text("utf-8")
PARTS = {"/", "/events", "/admin", "/oidc/start", "/oidc/callback"}
"""Addresses that are no pages of their own: where others begin, news, signing in elsewhere."""
FILES = re.compile(r"/(diagram|drawing|files|head)\b")


def test_the_guide_says_what_every_page_does():
    shown = {
        route.path for route in every_route(pages.router) if "GET" in route.methods and not FILES.search(route.path)
    }
    told = set(re.findall(r"^\| `(/[^`]*)`", GUIDE, re.MULTILINE))
    assert shown - PARTS - told == set()
    assert told - shown == set()
