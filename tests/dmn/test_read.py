"""A file is read safely or refused with a sentence; all published versions of DMN are understood."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.dmn import DmnError, evaluate, read

from .builder import decision, input_data, literal, table, xml

GOOD = xml(input_data("x", "number"), decision("d", literal("x + 1"), "number", ["x"]))

VERSIONS = (
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
)


def refused(content: bytes) -> DmnError:
    with pytest.raises(DmnError) as caught:
        read(content, file="f.dmn")
    assert caught.value.message
    assert caught.value.message_zh
    assert caught.value.file == "f.dmn"
    return caught.value


@pytest.mark.parametrize("namespace", VERSIONS)
def test_every_version(namespace: str) -> None:
    content = xml(input_data("x", "number"), decision("d", literal("x + 1"), "number", ["x"]), version=namespace)
    assert evaluate(read(content), "d", {"x": 1}).value == Decimal(2)


def test_qualified_types_of_dmn_1_1() -> None:
    head = 'xmlns:feel="http://www.omg.org/spec/FEEL/20140401" xmlns:me="urn:test"'
    item = '<itemDefinition name="t"><typeRef>feel:number</typeRef></itemDefinition>'
    content = xml(
        item, input_data("x", "me:t"), decision("d", literal("x"), "feel:number", ["x"]), version=VERSIONS[0], head=head
    )
    definitions = read(content)
    assert definitions.inputs["_x"].type_ref == "t"
    assert evaluate(definitions, "d", {"x": "no"}).value is None


def test_prefixed_elements() -> None:
    content = GOOD.replace(b"<", b"<dmn:").replace(b"<dmn:/", b"</dmn:").replace(b"xmlns=", b"xmlns:dmn=")
    assert evaluate(read(content), "d", {"x": 1}).value == Decimal(2)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + GOOD, "xml.doctype"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd">' + GOOD, "xml.doctype"),
        (b'<?xml-stylesheet href="x"?>' + GOOD, "xml.instruction"),
        (b'<?xml version="1.0" encoding="UTF-16"?>' + GOOD, "xml.encoding"),
        (GOOD.decode().encode("utf-16"), "xml.encoding"),
        (GOOD.replace(b"model", b"mo\x00del"), "xml.encoding"),
        (b"\xff\xfe" + GOOD, "xml.encoding"),
        (GOOD[:-10], "xml.syntax"),
        (b"", "xml.syntax"),
        (b"<a>" * 100 + b"</a>" * 100, "xml.depth"),
        (b"<a>" + b"<b/>" * 20_001 + b"</a>", "xml.elements"),
        (b"<a " + b" ".join(b'a%d="1"' % n for n in range(41)) + b"/>", "xml.attributes"),
        (b"<a>" + b"x" * 100_001 + b"</a>", "xml.text"),
        (b"<a>" + b" " * 2_000_001 + b"</a>", "xml.size"),
        (b"<html/>", "dmn.root"),
        (GOOD.replace(b"20230324", b"20990101"), "dmn.root"),
    ],
)
def test_refused(content: bytes, code: str) -> None:
    assert refused(content).code == code


def test_errors_name_the_line() -> None:
    error = refused(xml(input_data("x"), decision("d", table(["x"], ["y"], ["- | - => 1"]))))
    assert (error.code, error.line) == ("dmn.rule", 3)
    assert str(error) == "f.dmn:3: Rule 1 has 2 conditions and 1 results; the table has 1 input and 1 output columns."
    assert error.message_zh.startswith("规则 1")


@pytest.mark.parametrize(
    ("logic", "code"),
    [
        (table(["x"], ["y"], ["- => 1"], policy="SOMETIMES"), "dmn.policy"),
        (table(["x"], ["y"], ["- => 1"], policy="COLLECT", aggregation="AVG"), "dmn.policy"),
        (table(["x"], {}, ["- => "]), "dmn.output"),
        ("<decisionTable><input/><output/></decisionTable>", "dmn.input"),
        ('<relation><column name="a"/><row/></relation>', "dmn.relation"),
    ],
)
def test_structures_that_contradict_themselves(logic: str, code: str) -> None:
    assert refused(xml(input_data("x"), decision("d", logic, needs=["x"]))).code == code


def test_two_elements_with_one_id() -> None:
    assert refused(xml(input_data("x"), input_data("x"))).code == "dmn.id"


def test_the_model_as_data() -> None:
    definitions = read(GOOD)
    assert (definitions.id, definitions.name, definitions.namespace, definitions.version) == (
        "model",
        "model",
        "urn:test",
        "1.5",
    )
    assert list(definitions.decisions) == ["_d"]
    found = definitions.decision("d")
    assert found is definitions.decision("_d")
    assert found is not None
    assert found.required_inputs == ("#_x",)


def test_comments_and_foreign_elements_are_passed_over() -> None:
    content = GOOD.replace(b"<inputData", b'<!-- note --><x:y xmlns:x="urn:x"><decision/></x:y><inputData')
    assert evaluate(read(content), "d", {"x": 1}).value == Decimal(2)
