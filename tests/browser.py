"""A real Chromium for tests, driven by Playwright; the one that the system has (Debian: package chromium).

A page that raises a script error or breaks its content security policy fails its test, whatever the test looked at.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.postgres import skip_or_fail

ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]  # containers: root, a small /dev/shm, no GPU
DESK = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
FAULTS = ("content security policy", "refused to", "violates the following")


def chromium() -> str | None:
    """Path of a Chromium or Chrome on this machine."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for path in map(shutil.which, names) if path), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser a test module: its event loop must not outlive the module, or asyncio tests after it cannot run."""
    path = chromium()
    if path is None:
        skip_or_fail("Chromium is not installed")
        return
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Function that opens a page in a fresh context; keywords go to `Browser.new_context` (viewport, locale, …)."""
    faults: list[str] = []
    contexts = []

    def opened(**options: Any) -> Page:
        context = browser.new_context(**({"viewport": DESK} | options))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
        page.on("console", lambda message: faults.append(message.text) if is_fault(message.text) else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def is_fault(text: str) -> bool:
    return any(sign in text.lower() for sign in FAULTS)


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A page of desk size."""
    return open_page()


@pytest.fixture
def phone(open_page: Callable[..., Page]) -> Page:
    """A page of a phone's size, with touch."""
    return open_page(viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
