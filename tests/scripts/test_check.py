"""What is said about a script before it is deployed."""

import pytest
from pydantic_monty import Monty, MontyError

from engine.scripts import ScriptEnvironment, ScriptError, check, names, names_read, names_written

GOOD = [
    "x = 1",
    "from decimal import Decimal, ROUND_HALF_UP\nx = Decimal('1').quantize(Decimal('0.01'), rounding=ROUND_HALF_UP)",
    "import datetime\nx = datetime.date.today() + datetime.timedelta(days=3)",
    "import math as m\nx = m.floor(amount)",
    "def f(a, *rest, key=None, **more):\n    return a\nx = f(amount)",
    "x = [y.name for y in items if y.ok]\nz = {k: v for k, v in order.items()}",
    "match kind:\n    case 'a' | 'b':\n        x = 1\n    case {'n': n}: x = n\n    case [a, *_]:\n        x = a",
    "try:\n    x = int(text)\nexcept (ValueError, TypeError) as error:\n    x = str(error)",
    "if (n := len(items)) > 3:\n    raise BpmnError('TOO_MANY', f'{n} items')",
    "x = sorted(items, key=lambda i: i['price'], reverse=True)[:3]",
    "class Box:\n    def __init__(self, n):\n        self.n = n\n_b = Box(1)\nx = _b.n",
    "x: int = 5\nassert x == 5\nglobal_ = not x",
]


@pytest.mark.parametrize("source", GOOD)
def test_an_ordinary_script_has_no_problem(env: ScriptEnvironment, source: str) -> None:
    assert check(source) == []
    assert env.check(source) == []


@pytest.mark.parametrize(
    ("source", "rule", "line", "said"),
    [
        ("x = 1\ny = +", "script-syntax", 2, "not valid Python"),
        ("x = 'a\x00'", "script-syntax", 1, "NUL"),
        ("x = 1\n" * 5000, "script-length", 1, "30,000 characters"),
        ("-" * 5000 + "1", "script-depth", 1, "nested"),
        ("x = 1" + " + 1" * 3000, "script-depth", 1, "nested"),
        ("import os", "script-import", 1, 'no module "os"'),
        ("import os.path", "script-import", 1, "os.path"),
        ("from . import x", "script-import", 1, 'no module "."'),
        ("\nfrom subprocess import run", "script-import", 2, "subprocess"),
        ("from math import *", "script-name", 1, '"math" has no "*"'),
        ("from math import sqroot", "script-name", 1, 'Did you mean "sqrt"?'),
        ("import math\nx = math.flor(1)", "script-name", 2, 'Did you mean "floor"?'),
        ("x = eval('1')", "script-name", 1, '"eval" is not there'),
        ("x = open('/etc/passwd').read()", "script-name", 1, '"open"'),
        ("x = __import__('os')", "script-name", 1, "__import__"),
        ("x = roud(1.5)", "script-name", 1, 'Did you mean "round"?'),
        ("x = ().__class__", "script-attribute", 1, "__class__"),
        ("x = _facet_tell('bpmn')", "script-name", 1, "_facet_tell"),
        ("from math import floor as _facet_keep", "script-name", 1, "_facet_keep"),
        ("def _facet_keep(*a): return a", "script-name", 1, "_facet_keep"),
        ("class A(Exception):\n    pass", "script-unsupported", 1, "inherit"),
        ("class A:\n    @property\n    def x(self): return 1", "script-unsupported", 1, "decorators"),
        ("def f():\n    yield 1", "script-unsupported", 2, "yield"),
        ("x = 1\ndel x", "script-unsupported", 2, "set it to None"),
        ("x = [1]\ndel x[0:1]", "script-unsupported", 2, "slice"),
        ("async def f(): pass", "script-unsupported", 1, "async"),
        ("try:\n    pass\nexcept BpmnError:\n    pass", "script-unsupported", 3, "raising only"),
    ],
)
def test_a_problem_names_rule_line_and_reason(
    env: ScriptEnvironment, source: str, rule: str, line: int, said: str
) -> None:
    problems = check(source)

    assert [(p.rule, p.line, p.severity) for p in problems[:1]] == [(rule, line, "error")]
    assert said in problems[0].message
    assert problems[0].message_zh not in ("", problems[0].message)
    with pytest.raises(ScriptError) as caught:
        env.run(source, {})
    assert caught.value.line in (line, None) or rule in ("script-length",)


def test_the_interpreters_own_opinion_counts(env: ScriptEnvironment) -> None:
    problems = env.check("x = 1\nwith decimal() as y:\n    pass\n")

    assert [p.rule for p in problems] == ["script-name"]


def test_an_unknown_variable_is_a_warning_with_the_nearest_name() -> None:
    problems = check("total = amuont * 2\nrest = total", known={"amount", "customer"})

    assert [(p.severity, p.line) for p in problems] == [("warning", 1)]
    assert 'Did you mean "amount"?' in problems[0].message
    assert "“amount”" in problems[0].message_zh
    assert check("total = amuont * 2") == []


def test_names_read_and_written() -> None:
    source = (
        "total = sum(line.price for line in order.lines)\n"
        "order.total = total\n"
        "history.append(total)\n"
        "_tmp = 1\n"
        "count += 1\n"
        "def f(x):\n    global seen\n    seen = x\n"
        "for i in range(3):\n    [last := i]\n"
    )

    assert names_read(source) >= {"order", "history", "count"}
    assert names_written(source) == {"total", "order", "history", "count", "seen", "last"}
    assert names_read("x = +") == names_written("x = +") == frozenset()


def test_every_name_in_the_tables_is_there_in_the_sandbox() -> None:
    wanted = [("", name) for name in sorted(names.BUILTINS)]
    wanted += [(module, name) for module, members in names.MODULES.items() for name in sorted(members)]
    missing = []
    with Monty() as pool, pool.checkout() as session:
        for module, name in wanted:
            try:
                session.feed_run(f"import {module}\n{module}.{name}\nNone" if module else f"{name}\nNone")
            except MontyError as error:
                missing.append((module, name, str(error)))

    assert missing == []
