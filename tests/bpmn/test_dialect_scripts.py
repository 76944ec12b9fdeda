"""Scripts and clocks of Java engines: what is understood says the same in Python and ISO 8601, the rest is told."""

from __future__ import annotations

import ast

import pytest

from engine.bpmn import read
from engine.bpmn.dialects import cron
from engine.bpmn.dialects.code import script
from engine.bpmn.dialects.errors import Untranslatable
from engine.scripts import ScriptEnvironment, check, names_written
from tests.bpmn.diagrams import END, START, chain, definitions, process, task


@pytest.mark.parametrize(
    ("written", "python"),
    [
        ('execution.setVariable("total", price * 2)', "total = (price * 2)"),
        ("total = 0\nfor (i in prices) {\n  total += i\n}", "total = 0\nfor _i in prices:\n    total += _i"),
        ("def x = 1; execution.setVariable('y', x + 1);", "_x = 1\ny = (_x + 1)"),
        ("var x; x = 2", "_x = None\n_x = 2"),
        ("int count = 3\nleft = count--", None),
        ("if (ok && !late) { a = 1 } else { a = 2 }", "if (ok and (not late)):\n    a = 1\nelse:\n    a = 2"),
        ("while (n < 3) { n++ }", "while (n < 3):\n    n += 1"),
        ('throw new org.acme.BpmnError("E1", "too much")', "raise BpmnError('E1', 'too much')"),
        ('throw new RuntimeException("no")', "raise Exception('no')"),
        ("x = loopCounter + nrOfInstances", "x = ((loopCounter - 1) + numberOfInstances)"),
        ("a = b == null ? 'none' : b.toUpperCase()", "a = ('none' if (b == None) else b.upper())"),
        ("m = [name: 'x', n: 1]; l = [1, 2]; e = [:]", "m = {'name': 'x', 'n': 1}\nl = [1, 2]\ne = {}"),
        ("m = {name: 'x'}; m.name.length", "m = {'name': 'x'}\nlen(m.name)"),
        ("text = 'n ' + count", "text = ('n ' + str(count))"),
        ("// a word\nx = 1 /* and\nanother */", "x = 1"),
        ("println 'done'\nreturn x", "print('done')\nx"),
        ("list.add(3); n = list.size()", "list.append(3)\nn = len(list)"),
    ],
)
def test_scripts_are_written_in_python(written: str, python: str | None) -> None:
    if python is None:
        with pytest.raises(Untranslatable):
            script(written, "groovy")
        return

    # when
    found = script(written, "groovy")

    # then
    assert found == python
    ast.parse(found)


@pytest.mark.parametrize(
    "written",
    [
        "new Mailer().send()",
        'throw new org.acme.BusinessException("no")',
        'x = execution.getSuperExecution().getVariable("y")',
        "execution.getEngineServices()",
        'x = "Hello ${name}"',
        "list.each { it }",
        "import java.util.Date",
        "execution.setVariable(name, 1)",
        "this.x = 1",
        "for (i = 0; i < 3; i++) { }",
        "return 1; x = 2",
        "class = 1",
        "x = (1",
        "if (a) { b = 1",
        "@Grab",
        "1 = 2",
        f"x = {'(' * 60}1{')' * 60}",
    ],
)
def test_scripts_that_need_the_other_engine_are_told(written: str) -> None:
    with pytest.raises(Untranslatable):
        script(written, "javascript")


def test_a_variable_that_is_missing_is_null() -> None:
    # given a script that asks the engine for variables, one of them named like a function of Python
    source = script("var s = execution.getVariable('sum')\nexecution.setVariable('first', s == null)", "javascript")

    # when
    with ScriptEnvironment() as sandbox:
        missing = sandbox.run(source, {})
        there = sandbox.run(source, {"sum": 3})

    # then
    assert check(source) == []
    assert names_written(source) == {"first"}
    assert (missing.values, there.values) == ({"first": True}, {"first": False})


@pytest.mark.parametrize(
    ("written", "python"),
    [
        ("execution.setVariable('x', execution.getVariable('y') + 1)", "x = y + 1"),
        ("x = 1", "x = 1"),
        ("execution.getId()", None),
        ("execution.setVariable(name, 1)", None),
        ("print 'old'; execution.setVariable('x', 1)", None),
    ],
)
def test_python_of_java_engines(written: str, python: str | None) -> None:
    if python is not None:
        assert script(written, "python") == python
        return
    with pytest.raises(Untranslatable):
        script(written, "jython")


@pytest.mark.parametrize(
    ("written", "cycle"),
    [
        ("0 0/5 * * * ?", "R/2024-01-01T00:00:00/PT5M"),
        ("30 2/15 * * * ?", "R/2024-01-01T00:02:30/PT15M"),
        ("*/10 * * * * *", "R/2024-01-01T00:00:00/PT10S"),
        ("15 * * * * ?", "R/2024-01-01T00:00:15/PT1M"),
        ("0 0 * * * ?", "R/2024-01-01T00:00:00/PT1H"),
        ("0 30 8 * * ?", "R/2024-01-01T08:30:00/P1D"),
        ("0 0 8 ? * WED", "R/2024-01-03T08:00:00/P7D"),
        ("0 0 6 15 * ?", "R/2024-01-15T06:00:00/P1M"),
        ("0 0 6 24 12 ? *", "R/2024-12-24T06:00:00/P1Y"),
        ("@daily", "R/2024-01-01T00:00:00/P1D"),
        ("0 0/7 * * * ?", None),
        ("0 0 9-17 * * MON-FRI", None),
        ("0 0 8 ? * 2", None),
        ("0 0 8 31 * ?", None),
        ("0 0 0/6 * * ?", None),
        ("0 0 8 * 3 ?", None),
        ("0 0 8 * * ? 2030", None),
        ("0 0 8 1 * MON", None),
        ("@reboot", None),
    ],
)
def test_cron(written: str, cycle: str | None) -> None:
    assert cron.is_cron(written)
    if cycle is not None:
        assert cron.cycle(written) == cycle
        return
    with pytest.raises(Untranslatable):
        cron.cycle(written)


@pytest.mark.parametrize("written", ["PT5M", "R3/PT10M", "R/2024-01-01T00:00/P1D", "=duration(x)", "a + b"])
def test_what_is_no_cron(written: str) -> None:
    assert not cron.is_cron(written)


def test_a_diagram_keeps_nothing_of_the_other_language() -> None:
    # given
    body = (
        START
        + task("a", "scriptTask", 'scriptFormat="groovy" camunda:resultVariable="n"', "<script>1 + 1</script>")
        + task("b", "scriptTask", 'scriptFormat="juel"', "<script>#{execution.setVariable('x', 'on')}</script>")
        + END
        + '<sequenceFlow id="f" sourceRef="a" targetRef="b">'
        + '<conditionExpression language="javascript">n &gt; 1;</conditionExpression></sequenceFlow>'
        + chain("start", "a")
        + chain("b", "end")
    )

    # when
    found = read(process(body)).processes[0]

    # then
    first, second = found.nodes["a"], found.nodes["b"]
    assert (first.script, first.script_format, first.script_result) == ("(1 + 1)", "python", "n")
    assert (second.script, second.script_format, second.script_result) == ('"on"', "feel", "x")
    assert found.flows["f"].condition == "n > 1"


def test_a_clock_without_interval_is_one_problem() -> None:
    # given
    timer = "<timerEventDefinition><timeCycle>0 0 9-17 * * MON-FRI</timeCycle></timerEventDefinition>"
    content = definitions(f'<process id="p" isExecutable="true"><startEvent id="s">{timer}</startEvent></process>')

    # then
    assert [one.rule for one in read(content).problems if one.severity == "error"] == ["vendor-cron"]
