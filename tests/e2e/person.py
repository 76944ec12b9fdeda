"""Somebody at a browser: signs in, opens tasks, fills in forms by what stands at the fields' names."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.site import PASSWORD, Server

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc0"
    "f01f00050001ff89993d1d0000000049454e44ae426082"
)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


class Person:
    """`faults` collects every console error but lost connections, which a restart of the server brings with it."""

    def __init__(self, server: Server, page: Page, username: str) -> None:
        self.server = server
        self.page = page
        self.username = username
        self.faults: list[str] = []
        page.on("console", self._hear)

    def _hear(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), getattr(message, "text", "")
        if kind == "error" and "net::ERR_" not in text:
            self.faults.append(f"{self.username}: {text}")

    def sign_in(self) -> Person:
        self.goto("/sign-in")
        self.page.fill("#username", self.username)
        self.page.fill("#password", PASSWORD)
        self.page.get_by_role("main").get_by_role("button").click()
        self.page.wait_for_url(re.compile(r"/inbox"))
        return self.ready()

    def goto(self, path: str) -> Person:
        self.page.goto(self.server.address + path)
        return self.ready()

    def ready(self) -> Person:
        self.page.wait_for_selector("html[data-ready]")
        return self

    # -- tasks ---------------------------------------------------------------------------------------------------------

    def open_task(self, name: str, view: str = "mine") -> Person:
        """From the inbox to the task, which may still be on its way there: the list refreshes by itself."""
        self.goto(f"/inbox?view={view}")
        self.page.locator(".task-row").get_by_role("link", name=name, exact=True).first.click()
        self.page.wait_for_url(re.compile(r"/tasks/"))
        return self.ready()

    def claim(self) -> Person:
        with self.page.expect_navigation():
            self.page.locator("#work").get_by_role("button", name=re.compile("Claim|认领")).click()
        return self.ready()

    def take(self, name: str) -> Person:
        """Opens a task of one's groups and claims it."""
        return self.open_task(name, view="groups").claim()

    def complete(self, name: str) -> Person:
        """Presses the button and waits until the page says that the task is done."""
        self.page.locator("button[name=_do][value=complete]").click()
        expect(self.page.locator(".alert-success")).to_contain_text(name)
        return self.ready()

    # -- fields --------------------------------------------------------------------------------------------------------

    def fill(self, **values: str) -> Person:
        """Texts, numbers, dates; `__` in a name stands for the dot of rows: `lines__0__qty`."""
        for name, value in values.items():
            self.page.locator(f'[name="{name.replace("__", ".")}"]').fill(value)
        return self

    def select(self, **values: str) -> Person:
        for name, value in values.items():
            self.page.locator(f'select[name="{name.replace("__", ".")}"]').select_option(value)
        return self

    def choose(self, **values: str) -> Person:
        """One of several buttons or circles."""
        for name, value in values.items():
            self.page.locator(f'label:has(input[name="{name}"][value="{value}"])').click()
        return self

    def attach(self, field: str, *files: Path) -> Person:
        """Chooses files and waits until they are up."""
        box = self.page.locator(f'[data-field="{field}"]')
        box.locator("input[type=file]").set_input_files([str(file) for file in files])
        expect(box.locator("[data-file-id]")).to_have_count(len(files))
        return self

    def sign(self, field: str, name: str) -> Person:
        box = self.page.locator(f'[data-field="{field}"]')
        box.locator("[data-sign-name]").fill(name)
        box.locator("[data-sign-typed]").click()
        expect(box.locator("[data-file-id]")).to_have_count(1)
        return self

    def press(self, role_name: str) -> Person:
        self.page.get_by_role("button", name=role_name, exact=True).click()
        return self


Opener = Callable[..., Page]


def files(folder: Path) -> dict[str, Path]:
    """Small real files: two photos, a plan, a contract."""
    made = {}
    for name, content in (("a.png", PNG), ("b.png", PNG), ("plan.pdf", PDF), ("contract.pdf", PDF)):
        made[name] = folder / name
        made[name].write_bytes(content)
    return made
