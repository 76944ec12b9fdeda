"""What only looks as if it meant harm is accepted, runs, and ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from engine.playground import Playground
from tests.diagrams import diagram
from tests.security.hostile import PLAIN, condition, form, script, table, timer

Files = Mapping[str, bytes]


def named(name: str) -> bytes:
    return diagram(f'<task id="t" name="{name}"/>', "s>t>e")


def headed(insert: str) -> bytes:
    return PLAIN.replace(b"<definitions", insert.encode() + b"<definitions", 1)


def output(expression: str) -> bytes:
    text = expression.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    mapped = f'<extensionElements><facet:output target="x" source="={text}"/></extensionElements>'
    return diagram(f'<task id="t">{mapped}</task>', "s>t>e")


def row(count: int) -> bytes:
    return diagram("", ">".join(["s", *(f"t{n}" for n in range(count)), "e"]))


BENIGN: Mapping[str, Files] = {
    "a comment": {"p.bpmn": headed("<!-- <!DOCTYPE x> & other things -->")},
    "a comment inside": {"p.bpmn": PLAIN.replace(b"</process>", b"<!-- a < b && c --></process>")},
    "no declaration": {"p.bpmn": PLAIN[PLAIN.index(b"?>") + 2 :]},
    "a declaration with standalone": {
        "p.bpmn": PLAIN.replace(b'encoding="UTF-8"?', b'encoding="UTF-8" standalone="yes"?')
    },
    "a byte order mark": {"p.bpmn": b"\xef\xbb\xbf" + PLAIN},
    "Windows line ends": {"p.bpmn": PLAIN.replace(b"><", b">\r\n<")},
    "white space around": {"p.bpmn": PLAIN + b"\n\n   \n"},
    "entities of XML itself": {"p.bpmn": named("a &amp; b &lt; c &gt; d &quot;e&quot; &apos;f&apos;")},
    "numbered characters": {"p.bpmn": named("&#20013;&#x6587; &#9786;")},
    "CDATA": {"p.bpmn": script("x = 1 < 2 and 3 > 2")},
    "a Chinese name": {"p.bpmn": named("审批合同（含附件）")},
    "a name with a tag": {"p.bpmn": named("&lt;b&gt;Approve&lt;/b&gt;")},
    "a name with SQL": {"p.bpmn": named("Robert'); DROP TABLE task;--")},
    "a name with a path": {"p.bpmn": named("../../etc/passwd")},
    "a name with braces": {"p.bpmn": named("{{ 7 * 7 }} ${x} #{y} %s")},
    "a name with line breaks": {"p.bpmn": named("Approve&#10;the order")},
    "a name from right to left": {"p.bpmn": named("موافقة العقد")},
    "a name of 300 letters": {"p.bpmn": named("n" * 300)},
    "an id with dots and dashes": {"p.bpmn": diagram('<task id="a.b-c_1"/>', "s>a.b-c_1>e")},
    "an id of 100 letters": {"p.bpmn": diagram(f'<task id="t{"a" * 99}"/>', f"s>t{'a' * 99}>e")},
    "ids that sound dangerous": {
        "p.bpmn": diagram('<task id="constructor"/><task id="__proto__"/>', "s>constructor>__proto__>e")
    },
    "documentation with HTML": {
        "p.bpmn": diagram(
            '<task id="t"><documentation>&lt;script&gt;1&lt;/script&gt; is no script</documentation></task>', "s>t>e"
        )
    },
    "another tool's attributes": {
        "p.bpmn": PLAIN.replace(b"<process ", b'<process xmlns:tool="http://example.com/tool" tool:color="red" ')
    },
    "an address of a schema": {
        "p.bpmn": PLAIN.replace(
            b"<definitions ",
            b'<definitions xsi:schemaLocation="http://www.omg.org/spec/BPMN/20100524/MODEL BPMN20.xsd" ',
        )
    },
    "300 steps": {"p.bpmn": row(300)},
    "100 branches": {"p.bpmn": diagram("", "s>p0", *(f"p0>t{n}>p1" for n in range(100)), "p1>e")},
    "a table of 1,000 rules": {"p.bpmn": PLAIN, "d.dmn": table(*(f"[{n}..{n + 1})" for n in range(1_000)))},
    "a cell with a question mark": {"p.bpmn": PLAIN, "d.dmn": table("? &gt; 5 and ? &lt; 9", "not(? &gt; 5)")},
    "a form of 60 fields": {
        "p.bpmn": PLAIN,
        "f.json": form(**{f"a{n}": {"type": "string", "title": "A"} for n in range(60)}),
    },
    "a form with a pattern": {
        "p.bpmn": PLAIN,
        "f.json": form(a={"type": "string", "title": "A", "pattern": "^[A-Z]{2}\\d{4,8}$"}),
    },
    "a short timer": {"p.bpmn": timer("timeDuration", "PT1S")},
    "a timer of years": {"p.bpmn": timer("timeDuration", "P3Y6M")},
    "an import that exists": {
        "p.bpmn": script("import re, json\nfrom datetime import date\nx = json.dumps(re.findall('a', 'aa'))")
    },
    "a script with functions": {"p.bpmn": script("def f(n):\n  return 1 if n < 2 else n * f(n - 1)\nx = f(20)")},
    "a script with a loop": {"p.bpmn": script("x = 0\nfor i in range(10000):\n  x += i")},
    "a script with its errors": {"p.bpmn": script("try:\n  x = 1 / 0\nexcept ZeroDivisionError:\n  x = 'none'")},
    "a script that speaks of files": {"p.bpmn": script("x = 'open the file os.path and import it'")},
    "a variable called open": {"p.bpmn": script("open_orders = [1, 2]\nx = len(open_orders)")},
    "text that looks like an import": {"p.bpmn": output('"__import__(os)" + "{{ x }}"')},
    "a loop of 5,000 rounds": {"p.bpmn": output("sum(for i in 1..5000 return i)")},
    "a pattern": {"p.bpmn": output('matches("AB1234", "^[A-Z]+\\d+$")')},
    "a large number": {"p.bpmn": output("10**30 + 0.01")},
    "a leap day": {"p.bpmn": output('date("2028-02-29") + duration("P1Y")')},
    "nested data": {"p.bpmn": output("{a: {b: {c: {d: [1, [2, [3, [4]]]]}}}}")},
    "a text of 100 kB": {
        "p.bpmn": output('string join(for i in 1..1000 return "0123456789012345678901234567890123456789")')
    },
    "a condition with quotes": {"p.bpmn": condition('"a" + "b" = "ab"')},
    "several at once": {
        "p.bpmn": diagram(
            '<task id="t"><multiInstanceLoopCharacteristics><loopCardinality>300</loopCardinality></multiInstanceLoopCharacteristics></task>',
            "s>t>e",
        )
    },
    "a loop that ends": {
        "p.bpmn": diagram(
            '<task id="t"><standardLoopCharacteristics loopMaximum="50"><loopCondition>true</loopCondition></standardLoopCharacteristics></task>',
            "s>t>e",
        )
    },
}


@pytest.fixture(scope="module")
def play() -> Iterator[Playground]:
    with Playground() as playground:
        yield playground


@pytest.mark.parametrize("name", BENIGN)
def test_it_is_accepted_and_runs_to_its_end(play: Playground, name: str) -> None:
    result = play.deploy(BENIGN[name])
    assert result.accepted, [problem.message for problem in result.problems]

    instance = play.start("p")
    for task in play.tasks(instance):
        play.complete(task)
    play.advance("P4Y")

    found = play.instance(instance)
    assert (found.status, found.incidents) == ("completed", [])
