"""What bytes the reader accepts, and with which sentence it refuses the rest."""

from __future__ import annotations

import pytest

from engine.bpmn import BpmnUnreadable, read
from engine.errors import InvalidInput
from tests.bpmn.diagrams import HEAD, definitions, process, task
from tests.bpmn.test_lint import READER_RULES

PLAIN = process('<task id="任务" name="测量"/>').decode()


def refused(content: bytes) -> BpmnUnreadable:
    with pytest.raises(BpmnUnreadable) as caught:
        read(content, file="x.bpmn")
    return caught.value


UNREADABLE = [
    ("xml-doctype", '<!DOCTYPE d [<!ENTITY a "aaaa">]><d>&a;</d>'),
    ("xml-doctype", '<!DOCTYPE d SYSTEM "file:///etc/passwd"><d/>'),
    ("xml-doctype", '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>'),
    ("xml-instruction", '<?xml-stylesheet href="x.xsl"?><d/>'),
    ("xml-limit", "<d>" * 61 + "</d>" * 61),
    ("xml-limit", "<d>" + "<e/>" * 20_000 + "</d>"),
    ("xml-limit", "<d " + " ".join(f'a{number}="1"' for number in range(41)) + "/>"),
    ("xml-limit", f"<d>{'x' * 100_001}</d>"),
    ("xml-limit", f'<d a="{"x" * 100_001}"/>'),
    ("xml-syntax", "<d>"),
    ("xml-syntax", ""),
    ("xml-syntax", "<d>&nothing;</d>"),
    ("not-bpmn", "<html/>"),
    ("not-bpmn", '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'),
    ("xml-encoding", '<?xml version="1.0" encoding="utf-7"?><d/>'),
    ("xml-encoding", '<?xml version="1.0" encoding="rot13"?><d/>'),
    ("xml-encoding", '<?xml version="1.0" encoding="nonsense"?><d/>'),
    ("xml-encoding", "<d>\x00</d>"),
]


def test_every_rule_about_unreadable_files_has_one() -> None:
    assert {rule for rule, _ in UNREADABLE} | {"xml-size"} == READER_RULES


@pytest.mark.parametrize(("rule", "content"), UNREADABLE)
def test_hostile_and_broken_files_are_refused(rule: str, content: str) -> None:
    # when
    error = refused(content.encode())

    # then
    assert error.problem.rule == rule
    assert error.problem.file == "x.bpmn"
    assert error.data["rule"] == rule
    assert str(error) != error.zh
    assert isinstance(error, InvalidInput)


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_doctype_in_utf_16_is_seen(codec: str) -> None:
    assert refused('<!DOCTYPE d [<!ENTITY a "a">]><d>&a;</d>'.encode(codec)).problem.rule == "xml-doctype"


def test_a_large_file_is_refused_before_it_is_parsed() -> None:
    assert refused(b"<d>" + b" " * 2_000_000).problem.rule == "xml-size"


def test_bytes_that_are_no_text_are_refused() -> None:
    assert refused(b"PK\x03\x04\xff\xfe zip").problem.rule == "xml-encoding"


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("utf8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("UTF-16", "utf-16-be"),
        ("GBK", "gbk"),
        ("gb2312", "gb18030"),
    ],
)
def test_encodings_that_editors_write(declared: str, codec: str) -> None:
    # given
    content = PLAIN.replace('encoding="UTF-8"', f'encoding="{declared}"').encode(codec)

    # when
    node = read(content).processes[0].nodes["任务"]

    # then
    assert node.name == "测量"


def test_lines_are_those_of_the_file() -> None:
    # given a declaration over two lines
    content = '<?xml version="1.0"\n encoding="UTF-8"?>\n' + PLAIN.partition("?>\n")[2].replace("<task", "\n\n<task")

    # when
    node = read(content.encode()).processes[0].nodes["任务"]

    # then
    assert content.split("\n")[(node.line or 0) - 1].startswith("<task")


def test_any_prefix_is_understood() -> None:
    # given
    prefixed = PLAIN.replace("xmlns=", "xmlns:b2=").replace("<task", "<b2:task")
    for name in ("definitions", "process"):
        prefixed = prefixed.replace(f"<{name}", f"<b2:{name}").replace(f"</{name}", f"</b2:{name}")

    # then
    assert read(prefixed.encode()) == read(PLAIN.encode())


def test_comments_and_cdata_do_not_cut_a_text() -> None:
    # given
    script = "<script>a = 1<!-- note -->\nb = <![CDATA[a < 2]]></script>"

    # when
    node = read(process(task("a", "scriptTask", inside=script))).processes[0].nodes["a"]

    # then
    assert node.script == "a = 1\nb = a < 2"


def test_a_file_that_no_process_is_in_is_still_read() -> None:
    assert read(definitions("")).processes == ()
    assert HEAD.startswith("<?xml")
