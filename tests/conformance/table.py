"""`python -m tests.conformance.table`: writes docs/bpmn.md from what the tests show."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.attributes import section
from tests.conformance.support import ELEMENTS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "bpmn.md"

HEAD = """# BPMN

*Written from the tests by `python -m tests.conformance.table`; a test compares.*

Facet runs BPMN 2.0.2 as its chapters 10 (elements) and 13 (execution) say. Every line below is shown by a test that
deploys a diagram of its own and plays it, saved and loaded between any two steps. What is not listed as running is
refused at deployment, with the element, a rule ([lint.md](lint.md)) and a sentence that says what to do: nothing runs
silently wrong.

Facet 按 BPMN 2.0.2 第 10 章（元素）和第 13 章（执行）运行流程图。下列每一行都有一个测试：部署一张图并逐步执行，
任意两步之间都经过保存和重新加载。不支持的写法在部署时即被拒绝，并指出元素、规则（[lint.md](lint.md)）和改法。

Beyond single behaviours:

- Random processes are compared with an independent reading of the standard and with a token game
  (`tests/runtime/properties`): structured ones with sub-processes, events, loops and multi-instance, and graphs that
  nobody would draw. Another test compares the engine that prunes, saves and loads with one that keeps everything, fact
  by fact. `make test-full` plays more than 20,000 of them.
- The 136 features of the betsy benchmark: {passed} run as expected, {refused} are refused ({names}). A feature fails
  when its trigger is removed, and two more hours change nothing (`tests/conformance`).
- Some 350 small diagrams, each with the trace that its clause asks for, also in the combinations that single behaviours
  do not show (`tests/conformance/cases`).
- What fails is an incident at its element and goes on from there when it is retried; nothing typed is lost.
- A counter that knows nothing of the reader (`tests/bpmn/interchange.py`) compares what a file holds with what was read of it:
  on our own diagrams, and on any folder of exports (`python -m tests.bpmn.interchange FOLDER`). Nothing may be lost.

Where the standard leaves it open: concurrent tokens run in the order in which they came, elements that wait for
events first; a multi-instance activity with a compensation handler is undone instance by instance, latest first, each
with its own data; a compensation throw without `activityRef` undoes what its own scope has completed, from within an
event sub-process also what the scope around it has. A complex gateway asks the ways out again when it is reset (13.4.5)
only where a condition names `waitingForStart`; the others are taken at the start. Conditions may be written as
programmers do (`x == 1 && !done`, `x is None`): they are translated at upload.
"""


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    element: str
    what: str
    clause: str
    refused: str | None
    test: str


def lines() -> Iterator[Line]:
    """What the decorated tests show, in the order of files and functions."""
    files = sorted([*(ROOT / "tests/runtime").glob("test_*.py"), ROOT / "tests/conformance/test_refused.py"])
    for file in files:
        module = importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
        for function in vars(module).values():
            if getattr(function, "__module__", None) != module.__name__:
                continue
            for element, what, clause, refused in getattr(function, "shows", ()):
                yield Line(element, what, clause, refused, f"{file.relative_to(ROOT)}")


def page() -> str:
    """The whole page."""
    betsy = importlib.import_module("tests.conformance.test_betsy")
    refused = sorted(betsy.REFUSED)
    text = [HEAD.format(passed=136 - len(refused), refused=len(refused), names=", ".join(refused))]
    known = list(lines())
    for key, (english, chinese) in ELEMENTS.items():
        own = [line for line in known if line.element == key]
        if own:
            text.append(
                f"\n## {english} · {chinese}\n\n| | Behaviour 行为 | BPMN 2.0.2 | Shown by 测试 |\n|---|---|---|---|"
            )
            text.extend(_row(line) for line in sorted(own, key=lambda line: line.refused is not None))
    text.append(section())
    return "\n".join(text) + "\n"


def _row(line: Line) -> str:
    mark = "runs 支持" if line.refused is None else f"refused 拒绝: [`{line.refused}`](lint.md#{line.refused})"
    return f"| {mark} | {line.what} | {line.clause} | `{line.test}` |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
