"""The pages in a real browser: on phone and desk, in both languages and themes, by keyboard, without scripts, with two people
at once. A page that breaks its security policy or raises an error in the console fails its test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser import PHONE
from tests.e2e.person import Person
from tests.e2e.site import PASSWORD, Server

pytestmark = pytest.mark.browser

UNNAMED = """() => [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a[href]')]
  .filter((e) => e.checkVisibility() && !(e.labels?.length || e.getAttribute('aria-label') || e.title
    || (e.getAttribute('aria-labelledby')) || e.textContent.trim() || e.value && e.type === 'submit'))
  .map((e) => e.outerHTML.slice(0, 120))"""
SMALL = """() => [...document.querySelectorAll('main button, main .btn, main select, .tabs-bar a')]
  .filter((e) => e.checkVisibility()).map((e) => [e.outerHTML.slice(0, 100), e.getBoundingClientRect().height])
  .filter(([, height]) => height < 36).map(([html]) => html)"""


@pytest.fixture
def person(server: Server, open_page: Callable[..., Page]) -> Iterator[Callable[..., Person]]:
    """Signs somebody in, in a browser of their own; options go to the browser's context."""
    people: list[Person] = []

    def enter(username: str, **options: object) -> Person:
        one = Person(server, open_page(**({"locale": "en-GB"} | options)), username).sign_in()
        people.append(one)
        return one

    yield enter
    assert [fault for one in people for fault in one.faults] == []


def start_sale(lina: Person) -> str:
    """A new case of one's own; returns its number."""
    number = f"JC-{uuid4().hex[:12]}"
    lina.goto("/start/sales").fill(customer="王芳", mobile="13800002222", _business_key=number)
    lina.page.locator("#work button[type=submit]").click()
    expect(lina.page.locator(".alert-success")).to_be_visible()
    lina.ready()
    return number


def case_path(one: Person, number: str) -> str:
    one.goto(f"/search?q={number}")
    return str(one.page.locator("a[href*='/instances/']").first.get_attribute("href"))


def check(one: Person, path: str) -> None:
    one.goto(path)
    page = one.page
    if page.locator("[data-bpmn]").count():
        page.wait_for_selector("[data-bpmn][data-ready]")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
    assert page.evaluate(UNNAMED) == [], path
    assert page.locator("h1").count() == 1, path
    assert page.evaluate("document.title").endswith("Facet")


@pytest.mark.parametrize(
    "options",
    [
        {"locale": "zh-CN", "viewport": PHONE, "has_touch": True, "is_mobile": True, "color_scheme": "dark"},
        {"locale": "en-GB", "color_scheme": "light"},
    ],
    ids=["phone, Chinese, dark", "desk, English, light"],
)
def test_every_page_fits_has_names_and_keeps_the_policy(person: Callable[..., Person], options: dict[str, object]):
    lina = person("lina", **options)
    number = start_sale(lina)
    case = case_path(lina, number)
    task = str(lina.goto(case).page.locator("a[href*='/tasks/']").first.get_attribute("href"))
    for path in (
        "/inbox",
        "/inbox?view=groups",
        "/start",
        "/start/sales",
        "/requests",
        task,
        case,
        "/account",
        "/search",
    ):
        check(lina, path)
    if "is_mobile" in options:
        assert lina.goto("/inbox").page.evaluate(SMALL) == []
    admin = person("admin", **options)
    for path in (
        "/instances",
        case,
        "/incidents",
        "/definitions",
        "/definitions/sales",
        "/deploy",
        "/admin/users",
        "/admin/groups",
        "/audit",
        "/admin/erase?kind=person&key=lina",
    ):
        check(admin, path)


def test_a_new_task_appears_by_itself(person: Callable[..., Person]):
    wang, lina = person("zhaolei"), person("lina")
    wang.goto("/inbox?view=groups")
    number = start_sale(lina)
    lina.choose(action="accept").complete("Accept the lead")
    row = wang.page.locator(".task-row", has_text=number)
    expect(row).to_be_visible(timeout=15_000)
    lina.goto("/inbox?view=groups").page.locator(".task-row", has_text=number).get_by_role("button").click()
    expect(row).to_have_count(0, timeout=15_000)


def test_what_is_wrong_stands_at_its_field_and_is_read_out(person: Callable[..., Person]):
    lina = person("lina")
    page = lina.goto("/start/sales").page
    lina.fill(address="朝阳区")
    page.locator("#work button[type=submit]").click()
    expect(page.locator("[data-summary]")).to_be_focused()
    expect(page.locator('[name="customer"]')).to_have_attribute("aria-invalid", "true")
    expect(page.locator('[name="address"]')).to_have_value("朝阳区")
    lina.faults = [fault for fault in lina.faults if "422" not in fault]  # the browser's own note of the status


def test_everything_works_without_scripts(
    person: Callable[..., Person], server: Server, open_page: Callable[..., Page]
):
    number = start_sale(person("lina"))
    page = open_page(java_script_enabled=False, locale="en-GB")
    page.goto(f"{server.address}/inbox")
    page.fill("#username", "lina")
    page.fill("#password", PASSWORD)
    page.get_by_role("main").get_by_role("button").click()
    page.locator(".task-row", has_text=number).get_by_role("link").click()
    page.get_by_label("Accept", exact=True).check()
    page.get_by_role("button", name="Complete").click()
    expect(page.locator(".alert-success")).to_contain_text("Accept the lead")
    page.goto(f"{server.address}/inbox?view=groups")
    page.locator(".task-row", has_text=number).get_by_role("button", name=re.compile("Claim")).click()
    expect(page.locator("h1")).to_have_text("Book the measuring")
    page.get_by_label("Address").fill("Elsewhere")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_label("Address")).to_have_value("Elsewhere")


def test_two_tabs_one_wins_and_the_other_keeps_what_was_typed(person: Callable[..., Person]):
    lina = person("lina")
    start_sale(lina)
    second = Person(lina.server, lina.page.context.new_page(), "lina")
    second.page.goto(lina.page.url)
    second.ready().choose(action="accept").fill(need="My long notes about the kitchen")
    lina.choose(action="accept").complete("Accept the lead")
    second.page.locator("button[value=complete]").click()
    expect(second.page.locator("#work")).to_contain_text("My long notes about the kitchen")
    expect(second.page.locator("#work")).to_contain_text("already completed")


def test_answers_survive_a_lost_connection(person: Callable[..., Person]):
    lina = person("lina")
    start_sale(lina)
    context = lina.page.context
    context.set_offline(True)
    lina.fill(need="Typed in the lift")
    expect(lina.page.locator("[data-draft-state]")).to_contain_text("No connection")
    expect(lina.page.locator(".offline-note")).to_be_visible()
    context.set_offline(False)
    expect(lina.page.locator("[data-draft-state]")).to_have_text("Draft saved")
    lina.page.reload()
    expect(lina.ready().page.locator('[name="need"]')).to_have_value("Typed in the lift")


def test_a_list_can_be_walked_by_keyboard(person: Callable[..., Person]):
    lina = person("lina")
    start_sale(lina)
    start_sale(lina)
    page = lina.goto("/inbox").page
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement === document.querySelectorAll('.rows .row-title')[1]")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/tasks/"))


def test_filters_change_the_list_and_the_address(person: Callable[..., Person]):
    lina = person("lina")
    number = start_sale(lina)
    page = lina.goto("/inbox").page
    page.locator("#filter-q").fill(number)
    expect(page.locator(".task-row")).to_have_count(1)
    page.wait_for_url(re.compile(f"q={number}"))
    page.reload()
    expect(lina.ready().page.locator(".task-row")).to_have_count(1)


def test_a_manager_pauses_a_case_after_a_question(person: Callable[..., Person]):
    number = start_sale(person("lina"))
    guo = person("guo")
    guo.goto(case_path(guo, number)).press("Pause")
    guo.page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    expect(guo.page.locator(".page-sub")).to_contain_text("Paused")
    expect(guo.ready().page.locator(".is-suspended")).to_be_visible()
    guo.press("Resume")
    expect(guo.page.locator(".page-sub")).to_contain_text("Running")
