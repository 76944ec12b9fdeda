"""The rendered form in a real browser, with the house's stylesheets and its content security policy."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

import forms

pytestmark = pytest.mark.browser

SOURCES = Path(__file__).parents[2] / "api/frontend/src"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
STYLES = ["css/tokens.css", "css/base.css", "css/components.css", "css/utilities.css", "forms.css"]
ID = "0192f0c1-2222-7abc-8def-0123456789ab"


class Site:
    """A server that shows one form and writes down what it is sent."""

    def __init__(self) -> None:
        self.html = ""
        self.posted: list[bytes] = []
        self.drafts: list[Any] = []
        self.uploads: list[bytes] = []
        self.fields: list[str] = []
        self.upload_says: dict[str, str] = {}
        self.tokens: list[str | None] = []
        self.calculated: dict[str, Any] = {}
        self.draft_status = 204
        self.upload_status = 201
        site = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                """Quiet."""

            def answer(self, body: bytes, kind: str, status: int = 200) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Security-Policy", POLICY)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                if self.path == "/":
                    return self.answer(site.page().encode(), "text/html; charset=utf-8")
                if self.path == "/start.js":
                    script = (
                        b"import { init } from '/forms.js'; init(); document.documentElement.dataset.ready = 'true';"
                    )
                    return self.answer(script, "text/javascript")
                file = (SOURCES / self.path.lstrip("/")).resolve()
                if SOURCES not in file.parents or not file.is_file():
                    return self.answer(b"", "text/plain", 404)
                return self.answer(file.read_bytes(), {".js": "text/javascript", ".css": "text/css"}[file.suffix])

            def body(self) -> bytes:
                site.tokens.append(self.headers.get("X-CSRF-Token"))
                return self.rfile.read(int(self.headers["Content-Length"]))

            def do_POST(self) -> None:
                body = self.body()
                if self.path == "/calc":
                    return self.answer(json.dumps({"values": site.calculated}).encode(), "application/json")
                path, _, query = self.path.partition("?")
                if path == "/upload":
                    site.uploads.append(body)
                    site.fields += parse_qs(query)["field"]
                    found = json.dumps(
                        site.upload_says or {"id": ID, "name": "bill.png", "size": len(body), "type": "image/png"}
                    )
                    return self.answer(found.encode(), "application/json", site.upload_status)
                site.posted.append(body)
                return self.answer(b"<p id=thanks>ok</p>", "text/html")

            def do_PUT(self) -> None:
                site.drafts.append(json.loads(self.body()))
                return self.answer(b"", "text/plain", site.draft_status)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def page(self) -> str:
        links = "".join(f'<link rel="stylesheet" href="/{name}">' for name in STYLES)
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f'<meta name="csrf-token" content="s3cret">{links}<script type="module" src="/start.js"></script></head>'
            f'<body><main><form method="post" action="/send" enctype="multipart/form-data">{self.html}'
            f"<button class='btn btn-primary'>Complete</button></form></main></body></html>"
        )

    def sent(self) -> list[tuple[str, str]]:
        """Names and values of the last multipart body, files as their file name."""
        body = self.posted[-1].decode("utf-8", "replace")
        found = []
        for part in body.split("\r\nContent-Disposition: form-data; name=")[1:]:
            head, _, value = part.partition("\r\n\r\n")
            found.append((head.split('"')[1], value.split("\r\n--")[0]))
        return found


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    thread = threading.Thread(target=partial(made.server.serve_forever, poll_interval=0.02))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def show(site, page):
    def opened(properties, data=None, *, on=page, lang="en", root=None, **options):
        form = forms.load(
            {"title": "T", "x-zh": "测", "type": "object", "properties": properties, **(root or {})}, key="t"
        )
        site.html = forms.render(
            form, data if data is not None else forms.prefill(form, {}, draft=None), lang=lang, **options
        )
        on.goto(site.url)
        on.wait_for_selector("[data-ready]")
        return form

    return opened


CHOICE = {"type": "string", "title": "Action", "enum": ["accept", "transfer"], "x-widget": "select"}


def test_fields_appear_and_vanish_with_their_condition_and_hidden_ones_are_not_sent(site, page, show):
    show(
        {
            "action": CHOICE,
            "who": {"type": "string", "title": "Who", "x-when": {"action": {"const": "transfer"}}},
            "why": {"type": "string", "title": "Why", "x-when": {"who": {"minLength": 1}}},
            "level": {"type": "integer", "title": "Level", "enum": [1, 2], "x-widget": "select"},
            "low": {"type": "string", "title": "Low", "x-when": {"level": {"maximum": 1}}},
        }
    )
    assert page.get_by_label("Who").is_hidden()
    page.get_by_label("Action").select_option("transfer")
    assert page.get_by_label("Why").is_hidden()
    page.get_by_label("Who").fill("lina")
    assert page.get_by_label("Why").is_visible()
    page.get_by_label("Action").select_option("accept")
    assert page.get_by_label("Why").is_hidden()
    page.get_by_label("Level").select_option("1")
    assert page.get_by_label("Low").is_visible()
    page.get_by_label("Level").select_option("2")
    page.get_by_role("button", name="Complete").click()
    page.wait_for_selector("#thanks")
    assert site.sent() == [("action", "accept"), ("level", "2")]


def test_rows_are_added_numbered_removed_and_come_back_in_order(site, page, show, submit):
    item = {
        "qty": {"type": "integer", "title": "Quantity"},
        "odd": {"type": "string", "title": "Odd", "x-when": {"qty": {"const": 3}}},
    }
    lines = {"type": "array", "maxItems": 3, "items": {"type": "object", "properties": item}}
    form = show({"lines": lines, "many": {"type": "string", "title": "Many", "x-when": {"lines": {"minItems": 3}}}})
    for quantity in ("1", "2", "3"):
        page.get_by_role("button", name="+ Add row").click()
        page.get_by_label("Quantity").last.fill(quantity)
    assert page.get_by_role("button", name="+ Add row").is_hidden()
    assert page.get_by_label("Odd").last.is_visible()
    assert page.get_by_label("Many").is_visible()
    page.get_by_role("button", name="Remove row").nth(1).click()
    assert page.locator("[data-row-number]").all_inner_texts() == ["Row 1", "Row 2"]
    page.get_by_role("button", name="+ Add row").click()
    page.get_by_label("Quantity").last.fill("4")
    page.get_by_role("button", name="Complete").click()
    page.wait_for_selector("#thanks")
    data = forms.parse_html(form, site.sent())
    assert [row["qty"] for row in submit(form, data).values["lines"]] == [1, 3, 4]


def test_a_photo_goes_up_at_once_and_only_its_id_is_sent(site, page, show):
    show({"photo": {"type": "string", "format": "photo", "title": "Bill"}}, upload_url="/upload")
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c636460f85f0f0002870180eb47ba920000000049454e44ae426082"
    )
    page.locator("input[type=file]").set_input_files([{"name": "bill.png", "mimeType": "image/png", "buffer": png}])
    page.wait_for_selector("[data-file-id]")
    assert b'name="file"; filename="bill.png"' in site.uploads[0]
    assert site.tokens == ["s3cret"]
    page.get_by_role("button", name="Complete").click()
    page.wait_for_selector("#thanks")
    assert site.sent() == [("photo", ID)]


def test_a_failed_upload_says_so(site, page, show):
    site.upload_status = 500
    show({"f": {"type": "string", "format": "file", "title": "File"}}, upload_url="/upload")
    page.locator("input[type=file]").set_input_files([{"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"x"}])
    page.get_by_text("The upload failed").wait_for()
    assert page.locator("[data-file-id]").count() == 0


def test_what_is_too_large_is_refused_before_it_is_sent(site, page, show):
    photos = {"type": "array", "items": {"type": "string", "format": "photo"}, "title": "Photos", "x-max-mb": 0.01}
    show({"photos": photos}, upload_url="/upload")
    page.get_by_text("At most 0.01 MB each").wait_for()
    small = {"name": "small.jpg", "mimeType": "image/jpeg", "buffer": b"x" * 10_000}
    large = {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": b"x" * 10_486}
    page.locator("input[type=file]").set_input_files([large, small])
    page.wait_for_selector("[data-file-id]")
    said = page.get_by_text("“large.jpg” is too large: 0.01 MB at most.")
    said.wait_for()  # and the other one went up
    assert "upload-refused" in str(said.get_attribute("class"))
    assert len(site.uploads) == 1 and b'filename="small.jpg"' in site.uploads[0]


def test_the_servers_reason_is_said(site, page, show):
    site.upload_status, site.upload_says = 422, {"detail": "“a.txt” is not one of: .pdf."}
    show({"f": {"type": "string", "format": "file", "title": "File"}}, upload_url="/upload")
    page.locator("input[type=file]").set_input_files([{"name": "a.txt", "mimeType": "text/plain", "buffer": b"x"}])
    page.get_by_text("“a.txt” is not one of: .pdf.").wait_for()
    assert page.locator("[data-file-id]").count() == 0


def test_an_upload_says_which_field_it_is_for(site, page, show):
    row = {"type": "object", "properties": {"shot": {"type": "string", "format": "file", "title": "Shot"}}}
    rows = {"type": "array", "title": "Rows", "items": row}
    show({"rows": rows}, {"rows": [{}, {}]}, upload_url="/upload", name_prefix="p-")
    for box in page.locator("[data-row] input[type=file]").all():
        box.set_input_files([{"name": "a.txt", "mimeType": "text/plain", "buffer": b"x"}])
    page.locator("[data-file-id]").nth(1).wait_for()
    assert sorted(site.fields) == ["rows.0.shot", "rows.1.shot"]


def test_a_signature_is_drawn_and_sent_with_the_form(site, page, show):
    show({"sig": {"type": "string", "format": "signature", "title": "Signature"}}, upload_url="/upload")
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, box["y"] + 80, steps=5)
    page.mouse.up()
    page.get_by_role("button", name="Complete").click()  # "Done" was forgotten: it is sent all the same
    page.wait_for_selector("#thanks")
    assert b"\x89PNG" in site.uploads[0]
    assert site.sent() == [("sig", ID)]


def test_a_signature_can_be_typed(site, page, show):
    show({"sig": {"type": "string", "format": "signature", "title": "Signature"}}, upload_url="/upload")
    page.get_by_label("Name for the signature").fill("李娜")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-file-id]")
    assert page.locator("canvas").is_hidden()
    page.get_by_role("button", name="Remove").click()
    assert page.locator("canvas").is_visible()


def test_the_place_is_recorded(site, show, open_page):
    page = open_page(
        geolocation={"latitude": 39.9042, "longitude": 116.4074, "accuracy": 12}, permissions=["geolocation"]
    )
    show({"gps": {"type": "object", "format": "geolocation", "title": "Place"}}, on=page)
    page.get_by_role("button", name="Record location").click()
    page.wait_for_function("document.querySelector('[name=\"gps.lat\"]').value !== ''")
    assert page.locator("[name='gps.lat']").input_value() == "39.9042000"


def test_calculated_fields_show_what_the_server_says(site, page, show):
    money = {"type": "string", "format": "money"}
    item = {
        "qty": {"type": "integer", "title": "Quantity"},
        "total": {**money, "title": "Row total", "x-calc": "qty * 1000"},
    }
    properties = {
        "lines": {"type": "array", "items": {"type": "object", "properties": item}},
        "sum": {**money, "title": "Sum", "x-calc": "sum"},
        "why": {"type": "string", "title": "Why so much", "x-when": {"sum": {"minimum": 2000}}},
    }
    site.calculated = {"lines": [{"total": "2000.00"}], "sum": "2000.00"}
    show(properties, {"lines": [{"qty": 2}]}, calc_url="/calc")
    page.get_by_text("2,000.00").first.wait_for()
    assert page.locator("output").all_inner_texts() == ["2,000.00", "2,000.00"]
    assert page.get_by_label("Why so much").is_visible()


def test_money_is_tidied_when_leaving_the_field(page, show):
    show({"net": {"type": "string", "format": "money", "title": "Net"}})
    for typed, tidy in (("1,250", "1250.00"), ("¥67000.5", "67000.50"), ("12.345", "12.345"), ("x", "x")):
        page.get_by_label("Net").fill(typed)
        page.get_by_label("Net").blur()
        assert page.get_by_label("Net").input_value() == tidy


def test_a_draft_is_saved_after_a_pause(site, page, show):
    item = {"qty": {"type": "integer", "title": "Quantity"}}
    show(
        {
            "note": {"type": "string", "title": "Note"},
            "ok": {"type": "boolean", "title": "Ok"},
            "lines": {"type": "array", "minItems": 1, "items": {"type": "object", "properties": item}},
        },
        draft_url="/draft",
        draft_key="task-1",
    )
    page.get_by_label("Note").fill("hello")
    page.get_by_label("Ok").check()
    page.get_by_label("Quantity").fill("2")
    page.get_by_text("Draft saved").wait_for()
    assert site.drafts[-1] == {"note": "hello", "ok": "true", "lines": [{"qty": "2"}]}
    assert page.evaluate("localStorage.length") == 0


def test_without_a_connection_the_draft_stays_on_the_device_and_comes_back(site, page, show):
    item = {"qty": {"type": "integer", "title": "Quantity"}}
    properties = {
        "note": {"type": "string", "title": "Note"},
        "room": {"type": "string", "title": "Room", "enum": ["a", "b"]},
        "lines": {"type": "array", "items": {"type": "object", "properties": item}},
    }
    site.draft_status = 503
    show(properties, draft_url="/draft", draft_key="task-1")
    page.get_by_label("Note").fill("typed in a lift")
    page.get_by_label("b", exact=True).check()
    page.get_by_role("button", name="+ Add row").click()
    page.get_by_label("Quantity").fill("7")
    page.get_by_text("No connection").wait_for()
    site.draft_status = 204
    show(properties, draft_url="/draft", draft_key="task-1")
    assert page.get_by_label("Note").input_value() == "typed in a lift"
    assert page.get_by_label("b", exact=True).is_checked()
    assert page.get_by_label("Quantity").input_value() == "7"
    page.get_by_text("Draft saved").wait_for()
    assert page.evaluate("localStorage.length") == 0


def test_a_draft_of_a_task_that_is_gone_is_not_kept(site, page, show):
    site.draft_status = 409
    show({"note": {"type": "string", "title": "Note"}}, draft_url="/draft", draft_key="task-1")
    with page.expect_response("**/draft"):
        page.get_by_label("Note").fill("too late")
    assert page.evaluate("localStorage.length") == 0
    assert page.locator("[data-draft-state]").inner_text() == ""


def test_another_task_does_not_get_the_copy(site, page, show):
    site.draft_status = 503
    show({"note": {"type": "string", "title": "Note"}}, draft_url="/draft", draft_key="task-1")
    page.get_by_label("Note").fill("mine")
    page.get_by_text("No connection").wait_for()
    show({"note": {"type": "string", "title": "Note"}}, draft_url="/draft", draft_key="task-2")
    assert page.get_by_label("Note").input_value() == ""


def test_errors_are_announced_and_lead_to_their_field(page, show):
    show(
        {"net": {"type": "string", "format": "money", "title": "Net"}},
        {"net": "x"},
        errors={"/net": forms.Message("type", "Not an amount.", "不是金额。")},
    )
    assert page.evaluate("document.activeElement.matches('[data-summary]')")
    page.get_by_role("link", name="Net").click()
    assert page.evaluate("document.activeElement.id") == "f-net"
    assert page.get_by_label("Net").get_attribute("aria-invalid") == "true"


def test_on_a_phone_everything_fits_and_can_be_hit_with_a_thumb(show, phone):
    item = {
        "w": {"type": "integer", "title": "Width", "x-unit": "mm"},
        "p": {"type": "string", "format": "photo", "title": "Photo"},
    }
    show(
        {
            "slot": {"type": "string", "format": "date-time", "title": "Slot"},
            "ok": {"type": "boolean", "title": "Ok"},
            "room": {"type": "string", "title": "Room", "enum": ["a", "b"]},
            "how": {"type": "string", "title": "How", "enum": ["x", "y"], "x-widget": "buttons"},
            "rate": {"type": "integer", "minimum": 1, "maximum": 5, "title": "Rate", "x-widget": "rating"},
            "rooms": {"type": "array", "minItems": 1, "items": {"type": "object", "properties": item}},
            "sig": {"type": "string", "format": "signature", "title": "Signature"},
            "gps": {"type": "object", "format": "geolocation", "title": "Place"},
        },
        on=phone,
        upload_url="/upload",
        root={"x-decision": {"back-to": [{"const": "a", "title": "A"}, {"const": "b", "title": "B"}]}},
    )
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    targets = (
        "label.field-option, label.field-tick, label.upload-pick, select, textarea, [data-add-row], "
        "input:not([type=checkbox], [type=radio], [type=file], [type=hidden])"
    )
    small = phone.evaluate(
        """(targets) => [...document.querySelectorAll(targets)]
             .filter((each) => each.getClientRects().length && each.getBoundingClientRect().height < 43.5)
             .map((each) => each.outerHTML.slice(0, 90))""",
        targets,
    )
    assert small == []


def test_chinese_pages_speak_chinese_in_the_script_too(site, page, show):
    site.draft_status = 503
    lines = {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}}
    show({"lines": lines}, lang="zh", draft_url="/draft", draft_key="k")
    page.get_by_role("button", name="添加一行").click()
    assert page.locator("[data-row-number]").inner_text() == "第 1 行"
    page.get_by_text("网络中断").wait_for()


def test_hostile_words_stay_words(page, show):
    evil = '"><img src=x onerror="document.title=1"><script>document.title=2</script>'
    form_words = {
        "title": evil,
        "description": evil,
        "x-zh": evil,
        "x-placeholder": evil,
        "x-unit": evil,
        "x-section": evil,
    }
    show(
        {
            "a": {"type": "string", **form_words},
            "b": {"type": "string", "title": "B", "oneOf": [{"const": evil, "title": evil}]},
            "c": {"type": "string", "title": "C", "x-when": {"a": {"const": evil}}},
        },
        {"a": evil},
        errors={"/a": evil, "/nowhere": evil},
        draft_key=evil,
        draft_url="/draft",
    )
    assert page.title() == ""
    assert page.locator("main img, main script").count() == 0
    assert page.get_by_label("C", exact=True).is_visible()
