"""Diagrams, tables and forms that mean harm, by name: what an upload must survive. Benign twins stand beside them."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from tests.diagrams import diagram

PLAIN = diagram('<userTask id="u" facet:candidateGroups="office"/>', "s>u>e")

_DMN = (
    '<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" '
    'name="d" namespace="x">{}</definitions>'
)


def table(*cells: str) -> bytes:
    """A decision table with one input and a rule per cell."""
    rules = "".join(
        f'<rule id="r{n}"><inputEntry id="i{n}"><text>{cell}</text></inputEntry>'
        f'<outputEntry id="o{n}"><text>1</text></outputEntry></rule>'
        for n, cell in enumerate(cells)
    )
    return _DMN.format(
        '<decision id="dec" name="dec"><decisionTable id="t" hitPolicy="FIRST"><input id="in">'
        '<inputExpression id="ie" typeRef="number"><text>a</text></inputExpression></input>'
        f'<output id="out" name="out"/>{rules}</decisionTable></decision>'
    ).encode()


def literal(text: str) -> bytes:
    """A decision that is one expression."""
    return _DMN.format(
        '<decision id="dec" name="dec"><variable name="dec"/><literalExpression id="l">'
        f"<text>{text}</text></literalExpression></decision>"
    ).encode()


def form(**fields: Any) -> bytes:
    """A form with these fields."""
    schema = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps({"$schema": schema, "type": "object", "properties": fields}).encode()


def _headed(insert: str) -> bytes:
    return PLAIN.replace(b"<definitions", insert.encode() + b"<definitions", 1)


def _utf16(insert: str) -> bytes:
    text = _headed(insert).decode()
    return text[text.index("?>") + 2 :].encode("utf-16")


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("p.bpmn", b" " * 10_000_000)
    return buffer.getvalue()


def timer(kind: str, text: str) -> bytes:
    """A catching timer event."""
    return diagram(
        f'<intermediateCatchEvent id="c"><timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>'
        "</intermediateCatchEvent>",
        "s>c>e",
    )


def start_timer(cycle: str) -> bytes:
    """A process that a cycle starts."""
    return diagram(
        f'<startEvent id="s"><timerEventDefinition><timeCycle>{cycle}</timeCycle></timerEventDefinition></startEvent>',
        "s>t>e",
    )


def script(source: str) -> bytes:
    """A process of one script."""
    return diagram(
        f'<scriptTask id="t" scriptFormat="python"><script><![CDATA[{source}]]></script></scriptTask>', "s>t>e"
    )


def condition(text: str) -> bytes:
    """An exclusive gateway with this condition."""
    return diagram("", "s>x1", f"x1>e1?{text}", "x1>e2!")


_DOCTYPE = '<!DOCTYPE definitions [<!ENTITY a "aaaaaaaaaa">]>'
_FILE = '<!DOCTYPE definitions [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
_PARAMETER = '<!DOCTYPE definitions [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd">%p;]>'
_LAUGHS = (
    '<!DOCTYPE definitions [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)

REFUSED: Mapping[str, tuple[str, bytes]] = {
    "doctype": ("p.bpmn", _headed(_DOCTYPE)),
    "external entity": ("p.bpmn", _headed(_FILE)),
    "parameter entity": ("p.bpmn", _headed(_PARAMETER)),
    "billion laughs": ("p.bpmn", _headed(_LAUGHS)),
    "doctype in utf-16": ("p.bpmn", _utf16(_DOCTYPE)),
    "processing instruction": ("p.bpmn", _headed('<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?>')),
    "utf-7": ("p.bpmn", b'<?xml version="1.0" encoding="utf-7"?>+ADw-definitions/+AD4-'),
    "gzip": ("p.bpmn", gzip.compress(PLAIN)),
    "zip": ("p.bpmn", _zip()),
    "NUL": ("p.bpmn", PLAIN.replace(b"<process", b"\0<process")),
    "50 MB of small elements": ("p.bpmn", b"<a>" + b"<b/>" * 12_500_000 + b"</a>"),
    "20,001 elements": ("p.bpmn", b"<a>" + b"<b/>" * 20_001 + b"</a>"),
    "depth": ("p.bpmn", b"<a>" * 5_000 + b"</a>" * 5_000),
    "attributes": ("p.bpmn", b"<a " + b" ".join(b'a%d=""' % n for n in range(5_000)) + b"/>"),
    "text of 1 MB": ("p.bpmn", b"<a>" + b"x" * 1_000_000 + b"</a>"),
    "id that is a path": ("p.bpmn", diagram('<task id="../../x"/>', "s>e")),
    "id with a quote": ("p.bpmn", diagram('<task id="a&quot;b"/>', "s>e")),
    "id with a tag": ("p.bpmn", diagram('<task id="&lt;b&gt;"/>', "s>e")),
    "long id": ("p.bpmn", diagram(f'<task id="{"a" * 201}"/>', "s>e")),
    "the same id twice": ("p.bpmn", diagram('<task id="t"/><task id="t"/>', "s>t>e")),
    "expression of a million characters": ("p.bpmn", condition("a+" * 500_000 + "1 > 2")),
    "expression of 90 kB": ("p.bpmn", condition("(" * 45_000 + "1" + ")" * 45_000)),
    "expression that is no FEEL": ("p.bpmn", condition("__import__('os').system('id')")),
    "timer of ten billion years": ("p.bpmn", timer("timeDuration", "P9999999999Y")),
    "timer of months": ("p.bpmn", timer("timeDuration", "P999999999999M")),
    "cycle without a pause": ("p.bpmn", start_timer("R/PT0S")),
    "cycle of a millisecond": ("p.bpmn", start_timer("R/PT0.001S")),
    "self-calling process": ("p.bpmn", diagram('<callActivity id="c" calledElement="p"/>', "s>c>e")),
    "endless circle": ("p.bpmn", diagram('<exclusiveGateway id="x0"/>', "s>x0>t1>x0")),
    "script imports os": ("p.bpmn", script("import os\nx = os.popen('id').read()")),
    "script evaluates": ("p.bpmn", script("x = eval('1')")),
    "script opens a file": ("p.bpmn", script("x = open('/etc/passwd').read()")),
    "script of 30 kB": ("p.bpmn", script("x = 1\n" * 5_000)),
    "vendor script": (
        "p.bpmn",
        diagram('<scriptTask id="t" scriptFormat="groovy"><script>"id".execute()</script></scriptTask>', "s>t>e"),
    ),
    "vendor class": (
        "p.bpmn",
        diagram(
            '<serviceTask id="t" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" camunda:class="java.lang.Runtime"/>',
            "s>t>e",
        ),
    ),
    "cell of question marks": ("d.dmn", table("?" * 60_000)),
    "cell of brackets": ("d.dmn", table("(" * 40_000 + "1" + ")" * 40_000)),
    "2,001 rules": ("d.dmn", table(*(f"&gt; {n}" for n in range(2_001)))),
    "decision doctype": ("d.dmn", _FILE.encode() + literal("1")[38:]),
    "decision of brackets": ("d.dmn", literal("[" * 30_000)),
    "evil pattern": ("f.json", form(a={"type": "string", "title": "A", "pattern": "^(a+)+$"})),
    "long pattern": ("f.json", form(a={"type": "string", "title": "A", "pattern": "(x*)*" * 200})),
    "deep form": ("f.json", b'{"a":' * 30_000 + b"1" + b"}" * 30_000),
    "form that refers to a file": ("f.json", form(a={"$ref": "file:///etc/passwd"})),
    "form that refers to itself": ("f.json", form(a={"$ref": "#"})),
    "form of 20,000 fields": ("f.json", form(**{f"a{n}": {"type": "string"} for n in range(20_000)})),
    "not a number": ("f.json", b'{"type":"object","properties":{"a":{"type":"number","maximum":NaN}}}'),
    "deep calendar": ("c.calendar.json", b'{"key":' * 50_000),
    "executable": ("run.exe", b"MZ"),
}
"""Name → file name and content: each refused, with a sentence."""
