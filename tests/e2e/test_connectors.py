"""An administrator lets processes call another system: defined, given its secret, tried, named by a diagram, switched off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import PHONE
from tests.connectors.conftest import Other, other
from tests.diagrams import diagram
from tests.e2e.person import Person
from tests.e2e.site import Server
from tests.e2e.test_pages import check, person

__all__ = ["other", "person"]
pytestmark = pytest.mark.browser

CALL = (
    '<serviceTask id="t" name="Fetch the order" facet:operation="http.get" facet:resultVariable="order">'
    '<extensionElements><facet:parameter name="connector" value="{key}"/><facet:parameter name="path" value="/orders"/>'
    "</extensionElements></serviceTask>"
)


def define(admin: Person, other: Other, key: str) -> Page:
    page = admin.goto("/admin/connectors/new").page
    page.fill("#key", key)
    page.fill("#url", f"{other.url}/api")
    page.select_option("#auth", "bearer")
    page.locator("details.more summary").click()
    page.fill("#allow", other.place)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(f"**/admin/connectors/{key}")
    return page


def test_from_a_new_connector_to_a_call(person: Callable[..., Person], other: Other, tmp_path: Path):
    admin = person("admin")
    page = define(admin, other, "orders")
    expect(page.locator("#secret-card")).to_contain_text("is not there yet")
    page.fill("#value", "s3cret-value-42")
    page.get_by_role("button", name="Set the secret").click()
    expect(page.locator("#secret-card")).to_contain_text("set")
    page.get_by_role("button", name="Test the connection").click()
    expect(page.locator("#trial")).to_contain_text("It works: the other side answered 200")
    assert other.seen[-1][2]["Authorization"] == "Bearer s3cret-value-42"

    file = tmp_path / "fetch.bpmn"
    file.write_bytes(diagram(CALL.format(key="orders"), "s>t>e", key="fetch"))
    admin.goto("/deploy").page.set_input_files("#files", str(file))
    page.get_by_role("button", name="Deploy").first.click()
    page.wait_for_url("**/definitions/fetch")
    admin.goto("/start/fetch").page.locator("#work button[type=submit]").click()
    expect(page.locator(".alert-success")).to_be_visible()
    expect(admin.goto("/admin/connectors/orders").page.get_by_text("Fetch the order")).to_be_visible()
    assert "s3cret-value-42" not in page.content()


def test_switching_off_and_deleting_ask_first(person: Callable[..., Person], other: Other):
    admin = person("admin")
    page = define(admin, other, "spare")
    page.get_by_role("button", name="Switch off").click()
    page.get_by_role("dialog").get_by_role("button", name="Switch off").click()
    expect(page.locator(".page-sub")).to_contain_text("Off")
    admin.press("Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.wait_for_url("**/admin/connectors")
    expect(page.locator(".alert-success")).to_contain_text("spare")
    expect(page.locator("a[href='/admin/connectors/spare']")).to_have_count(0)


@pytest.mark.parametrize(
    "options",
    [
        {"locale": "zh-CN", "viewport": PHONE, "has_touch": True, "is_mobile": True, "color_scheme": "dark"},
        {"locale": "en-GB", "color_scheme": "light"},
    ],
    ids=["phone, Chinese, dark", "desk, English, light"],
)
def test_the_pages_fit_have_names_and_keep_the_policy(
    person: Callable[..., Person], other: Other, server: Server, options: dict[str, object]
):
    define(person("admin"), other, f"shown-{len(options)}")
    admin = person("admin", **options)
    for path in (
        "/admin/connectors",
        f"/admin/connectors/shown-{len(options)}",
        "/admin/connectors/new",
        "/admin/connectors/new?kind=mail",
        "/admin/secrets",
        "/admin/mails",
        "/operations",
    ):
        check(admin, path)
