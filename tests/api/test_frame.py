"""The frame of all pages in a real browser: under its policy, in both languages and themes, on desk and phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.api.frame_site import Site, running

pytestmark = pytest.mark.browser

SALES = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"
  xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:dd="http://www.omg.org/spec/DD/20100524/DI"
  xmlns:facet="urn:facet:bpmn:1" id="file" targetNamespace="test">
<process id="sales"><startEvent id="start"/><userTask id="approve" name="Approve" facet:name-zh="\xe5\xae\xa1\xe6\x89\xb9"/>
<sequenceFlow id="flow" sourceRef="start" targetRef="approve"/></process>
<di:BPMNDiagram id="d"><di:BPMNPlane id="p" bpmnElement="sales">
<di:BPMNShape id="s1" bpmnElement="start"><dc:Bounds x="100" y="22" width="36" height="36"/></di:BPMNShape>
<di:BPMNShape id="s2" bpmnElement="approve"><dc:Bounds x="200" y="0" width="100" height="80"/></di:BPMNShape>
<di:BPMNEdge id="e" bpmnElement="flow"><dd:waypoint x="136" y="40"/><dd:waypoint x="200" y="40"/></di:BPMNEdge>
</di:BPMNPlane></di:BPMNDiagram></definitions>"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running({"/sales.bpmn": SALES}) as started:
        yield started


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    return page


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize(("lang", "theme"), [("en", "dark"), ("zh", "light")])
def test_nothing_is_wider_than_the_screen(
    open_page: Callable[..., Page], site: Site, width: int, lang: str, theme: str
):
    page = opened(open_page(viewport={"width": width, "height": 800}), site.page(lang, theme))
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_phone_has_tabs_and_a_desk_has_a_rail(page: Page, phone: Page, site: Site):
    opened(page, site.page())
    opened(phone, site.page())
    assert (page.locator(".rail").is_visible(), page.locator(".tabs-bar").is_visible()) == (True, False)
    assert (phone.locator(".rail").is_visible(), phone.locator(".tabs-bar").is_visible()) == (False, True)
    for tab in phone.locator(".tabs-bar a").all():
        box = tab.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44


def test_the_page_says_its_language_and_place(page: Page, site: Site):
    opened(page, site.page("zh"))
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    expect(page.locator(".rail a[aria-current=page]")).to_contain_text("待办")
    expect(page.locator(".rail .nav-count")).to_have_text("99+")


def test_the_first_tab_stop_skips_to_the_content(page: Page, site: Site):
    opened(page, site.page())
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_theme_changes_at_once_and_is_kept(page: Page, site: Site):
    opened(page, site.page(theme="light"))
    light = page.evaluate("getComputedStyle(document.body.querySelector('.card, .alert')).backgroundColor")
    page.get_by_label("Your menu").click()
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body.querySelector('.card, .alert')).backgroundColor") != light
    page.wait_for_timeout(200)
    assert [path for path, _ in site.posted][-1] == "/preferences"


def test_the_device_decides_the_theme_when_it_is_left_to_it(open_page: Callable[..., Page], site: Site):
    def background(scheme: str) -> str:
        page = opened(open_page(color_scheme=scheme), site.page(theme="auto"))
        return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))

    assert background("light") == "rgb(244, 243, 239)"
    assert background("dark") == "rgb(18, 22, 23)"


def test_a_menu_closes_on_escape_and_elsewhere(page: Page, site: Site):
    opened(page, site.page())
    menu = page.locator(".bar details.menu")
    page.get_by_label("Your menu").click()
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    page.get_by_label("Your menu").click()
    page.locator("h1").click()
    expect(menu).not_to_have_attribute("open", "")


def test_a_question_is_asked_before_what_cannot_be_undone(page: Page, site: Site):
    opened(page, site.page())
    site.posted.clear()
    page.get_by_role("button", name="Withdraw").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Really withdraw?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    assert site.posted == []
    page.get_by_role("button", name="Withdraw").click()
    dialog.get_by_role("button", name="Withdraw").click()
    page.wait_for_selector("text=done")
    assert site.posted == [("/withdraw", {"csrf_token": ["tok"]})]


def test_the_server_can_send_a_toast(page: Page, site: Site):
    opened(page, site.page())
    page.get_by_role("button", name="Remind").click()
    toast = page.locator("#toasts .toast")
    expect(toast).to_contain_text("Reminded")
    toast.get_by_label("Close").click()
    expect(toast).to_have_count(0)


def test_a_slash_starts_a_search(page: Page, site: Site):
    opened(page, site.page())
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"


@pytest.mark.parametrize(("lang", "name"), [("en", "Approve"), ("zh", "审批")])
def test_a_diagram_shows_where_it_stands_in_the_readers_language(page: Page, site: Site, lang: str, name: str):
    opened(page, site.page(lang))
    page.wait_for_selector("[data-bpmn][data-ready]")
    expect(page.locator('[data-element-id="approve"].is-active text')).to_have_text(name)
    expect(page.locator(".token-active")).to_have_text("2")
    assert page.locator('[data-element-id="flow"].is-taken').count() == 1
    expect(page.locator(".bjs-powered-by")).to_be_visible()


def test_a_diagram_can_take_the_whole_page_and_give_it_back(page: Page, site: Site):
    opened(page, site.page())
    page.wait_for_selector("[data-bpmn][data-ready]")
    frame = page.locator(".diagram-frame")
    page.get_by_role("button", name="Whole page").click()
    full = frame.bounding_box()
    assert full is not None
    assert (full["x"], full["y"], full["height"]) == (0, 0, 860)
    page.keyboard.press("Escape")
    box = frame.bounding_box()
    assert box is not None
    assert box["height"] < 400
