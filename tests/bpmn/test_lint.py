"""Each rule of the linter, on a diagram that breaks it and on one that keeps it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.bpmn import LintContext, Problem, lint, read
from engine.bpmn.rules import RULES, Rule
from engine.bpmn.rules.page import page
from tests.bpmn.diagrams import END, START, chain, definitions, flow, process, task
from tests.bpmn.lint_cases import CASES, Case
from tests.bpmn.vendor_cases import VENDOR_CASES

READER_RULES = {"xml-size", "xml-encoding", "xml-doctype", "xml-instruction", "xml-limit", "xml-syntax", "not-bpmn"}
OWN_TESTS = {"duplicate-process", "script-fault"}
ALL = {**CASES, **VENDOR_CASES}


def problems(content: bytes, context: LintContext) -> list[Problem]:
    return lint([read(content, file="test.bpmn")], context)


def test_every_rule_has_a_diagram() -> None:
    assert set(RULES) == READER_RULES | OWN_TESTS | set(ALL)


@pytest.mark.parametrize(("rule", "case"), ALL.items(), ids=ALL)
def test_bad_diagram_is_told(rule: str, case: Case) -> None:
    # when
    found = [one for one in problems(case.bad, case.context) if one.rule == rule]

    # then
    assert case.element in [one.element_id for one in found]
    for one in found:
        assert one.severity == RULES[rule].severity
        assert one.file == "test.bpmn"
        assert one.message != one.message_zh
        assert not re.search(r"\{[a-z_]+\}", one.message + one.message_zh)
        if one.element_id is not None:
            assert one.line is not None


@pytest.mark.parametrize(("rule", "case"), ALL.items(), ids=ALL)
def test_good_diagram_is_not(rule: str, case: Case) -> None:
    assert rule not in [one.rule for one in problems(case.good, case.context)]


@pytest.mark.parametrize("one", RULES.values(), ids=RULES)
def test_sentences_end_and_are_in_both_languages(one: Rule) -> None:
    assert one.message.endswith((".", "{reason}"))
    assert one.message_zh.endswith(("。", "{reason_zh}"))
    assert one.why.endswith(".")
    assert one.why_zh.endswith("。")
    assert any("\u4e00" <= char <= "\u9fff" for char in one.message_zh)


def test_a_key_is_used_by_one_file_only() -> None:
    # given
    one, other = read(process(task("a")), file="one.bpmn"), read(process(task("a")), file="other.bpmn")

    # when
    found = [problem for problem in lint([one, other], LintContext()) if problem.rule == "duplicate-process"]

    # then
    assert [(problem.file, problem.data["other"]) for problem in found] == [("other.bpmn", "one.bpmn")]


def test_a_sentence_is_said_once_at_an_element() -> None:
    # given two inputs that call the same function
    inside = "".join(f'<facet:input source="=fromAi({name})" target="{name}"/>' for name in "xy")
    content = process(
        START + task("a", inside=f"<extensionElements>{inside}</extensionElements>") + chain("start", "a")
    )

    # then
    assert [one.rule for one in problems(content, LintContext())].count("unknown-function") == 1


def test_problems_come_by_file_and_line() -> None:
    # given
    files = [read(CASES["no-default"].bad, file=name) for name in ("z.bpmn", "a.bpmn")]

    # when
    found = lint(files, LintContext())

    # then
    assert [(one.file, one.line or 0) for one in found] == sorted((one.file, one.line or 0) for one in found)


def test_scripts_are_checked_by_the_check_given() -> None:
    # given
    class Fault:
        line, message, zh = 1, "Line 1: no open().", "第 1 行：不能使用 open()。"

    content = process(
        START
        + task("a", "scriptTask", inside="<script>open('x')</script>", attributes='scriptFormat="python"')
        + chain("start", "a")
    )

    # when
    found = problems(content, LintContext(check_script=lambda source: [Fault()] if "open" in source else []))

    # then
    assert [(one.rule, one.message) for one in found] == [
        ("script-fault", "The script of “A” cannot run. Line 1: no open().")
    ]


def test_two_processes_that_call_each_other_are_a_circle() -> None:
    # given
    def calling(key: str, target: str) -> bytes:
        return definitions(
            f'<process id="{key}" isExecutable="true"><callActivity id="call_{target}" calledElement="{target}"/></process>'
        )

    # when
    found = lint([read(calling("p", "q"), file="p"), read(calling("q", "p"), file="q")], LintContext())

    # then
    assert [one.element_id for one in found if one.rule == "call-cycle"] == ["call_q", "call_p"]


def test_a_name_from_outside_is_not_doubted() -> None:
    # given a process that may be started with any variables
    content = process(
        START
        + '<exclusiveGateway id="g" default="g-end"/>'
        + END
        + task("b")
        + chain("start", "g", "end")
        + flow("g", "b", "region = 1")
    )

    # then
    assert "unknown-variable" not in [one.rule for one in problems(content, LintContext())]


@pytest.mark.parametrize("branches", [2, 5, 12, 40])
def test_many_branches_join_without_a_word(branches: int) -> None:
    # given
    names = [f"t{number}" for number in range(branches)]
    inside = "".join(task(name) + chain("g", name, "j") for name in names)
    content = process(
        f'{START}<inclusiveGateway id="g"/>{inside}<inclusiveGateway id="j"/>{END}'
        + chain("start", "g")
        + chain("j", "end")
    )

    # then
    assert problems(content, LintContext()) == []


def test_a_loop_with_a_parallel_part_is_sound() -> None:
    # given
    content = process(
        f'{START}<parallelGateway id="g"/>{task("a")}{task("b")}<parallelGateway id="j"/>'
        f'<exclusiveGateway id="x" default="x-end"/>'
        f'<exclusiveGateway id="again"/>{END}'
        + chain("start", "again", "g", "a", "j", "x", "end")
        + chain("g", "b", "j")
        + flow("x", "again", "more")
    )

    # then
    assert problems(content, LintContext()) == []


def test_the_page_is_written_from_the_rules() -> None:
    assert (Path(__file__).parents[2] / "docs" / "lint.md").read_text(encoding="utf-8") == page()


WHEN = "<conditionalEventDefinition><condition>a &gt; 1</condition></conditionalEventDefinition>"
BOTH = '<messageEventDefinition messageRef="m"/><signalEventDefinition signalRef="g"/>'
NAMES = '<message id="m" name="Paid"/><signal id="g" name="Alarm"/>'


@pytest.mark.parametrize(
    ("inside", "told"),
    [
        (f'<startEvent id="s">{WHEN}</startEvent>' + task("a") + flow("s", "a"), ["s"]),
        (f'<startEvent id="s" parallelMultiple="true">{BOTH}</startEvent>' + task("a") + flow("s", "a"), ["s"]),
        (f'<startEvent id="s">{BOTH}</startEvent>' + task("a") + flow("s", "a"), []),
        (
            f'<eventBasedGateway id="s" instantiate="true"/><intermediateCatchEvent id="b">{WHEN}</intermediateCatchEvent>'
            '<receiveTask id="a" messageRef="m"/>' + flow("s", "a") + flow("s", "b"),
            ["b"],
        ),
        (
            START
            + f'<intermediateCatchEvent id="a">{WHEN}</intermediateCatchEvent>'
            + flow("start", "a")
            + f'<subProcess id="x" triggeredByEvent="true"><startEvent id="xs">{WHEN}</startEvent></subProcess>',
            [],
        ),
    ],
)
def test_how_a_process_cannot_be_started(inside: str, told: list[str]) -> None:
    content = process(inside + END + flow("a", "end"), roots=NAMES)
    assert [one.element_id for one in problems(content, LintContext()) if one.rule == "unsupported"] == told
