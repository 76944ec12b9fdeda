"""The shared fixtures give what they promise."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import create_engine, text

from tests.browser import is_fault


@pytest.mark.postgres
def test_a_module_gets_an_empty_database_of_its_own(postgres_url: str):
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        tables = connection.execute(
            text("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'")
        ).scalar_one()
        name = connection.execute(text("SELECT current_database()")).scalar_one()
    engine.dispose()
    assert tables == 0
    assert name.startswith("test_fixtures_")


@pytest.mark.browser
def test_a_page_runs_scripts(page: Page, tmp_path: Path):
    file = tmp_path / "page.html"
    file.write_text("<script>document.title = String(6 * 7)</script>")
    page.goto(file.as_uri())
    assert page.title() == "42"


def test_a_broken_policy_is_a_fault():
    assert is_fault("Refused to apply inline style because it violates the following Content Security Policy directive")
    assert not is_fault("Failed to load resource: 404")
