"""Ask a model a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from engine import feel
from engine.dmn.errors import DmnError, Problem
from engine.dmn.graph import Frame, plan_of, requirements
from engine.dmn.model import Decision, DecisionService, Definitions, InputData, Node
from engine.dmn.result import Evaluation
from engine.dmn.run import Run
from engine.dmn.types import Types
from engine.feel.context import Meter


def evaluate(
    definitions: Definitions, decision: str, inputs: Mapping[str, Any], context: feel.Context | None = None
) -> Evaluation:
    """Make a decision.

    `decision` is its id or name, `inputs` the input data by name (FEEL values; int and float are converted), for
    imported models nested under the import's name. `context` gives the clock, zone, budget and host functions. The
    model's own contradictions, missing values and wrong types answer null with `problems`; only a decision that does
    not exist raises (DmnError, `dmn.decision`).
    """
    found = definitions.decision(decision)
    if found is None:
        raise _unknown(definitions, decision, "decision", "决策", [*definitions.decisions.values()])
    frame = _frame(definitions, inputs, context)
    return _answer(frame, found.id or found.name, lambda: frame.value(found))


def evaluate_service(
    definitions: Definitions, service: str, inputs: Mapping[str, Any], context: feel.Context | None = None
) -> Evaluation:
    """Call a decision service by id or name; `inputs` are its input data and input decisions by name, a missing one
    is null.

    One output decision gives its value, several a context by name. Raises DmnError (`dmn.service`) for a service that
    does not exist.
    """
    found = definitions.service(service)
    if found is None:
        raise _unknown(definitions, service, "service", "决策服务", [*definitions.services.values()])
    frame = _frame(definitions, inputs, context)
    return _answer(frame, found.id or found.name, lambda: frame.serve(found, _arguments(frame, found)))


def _arguments(frame: Frame, service: DecisionService) -> dict[str, Any]:
    """The service's arguments by element; one of the wrong type is null."""
    given = {}
    for key, need in frame.parameters(service):
        owner = frame.definitions if need.alias is None else frame.imported(need.alias).definitions
        frame.used[need.node.variable] = given[key] = frame.taken(need.node, owner)
    return given


def _frame(definitions: Definitions, inputs: Mapping[str, Any], context: feel.Context | None) -> Frame:
    context = context or feel.Context()
    named = Types.of(definitions).named
    types = {**context.types, **named} if context.types else named
    run = Run(replace(context, types=types, meter=context.meter or Meter()))
    return Frame(definitions, inputs, run)


def _answer(frame: Frame, key: str, work: Any) -> Evaluation:
    run = frame.run
    try:
        value = work()
    except feel.FeelBudgetError as error:
        value = None
        run.problems.append(Problem(error.text("en"), error.text("zh"), code="dmn.budget", element_id=key))
    except RecursionError:
        value = None
        run.problems.append(
            Problem(
                "The decision was stopped: it is nested too deeply.",
                "决策已停止：嵌套过深。",
                code="dmn.budget",
                element_id=key,
            )
        )
    return Evaluation(
        value=value,
        decision=key,
        inputs=frame.used,
        evaluated=tuple(run.results),
        problems=tuple(run.problems),
    )


def _unknown(
    definitions: Definitions, key: str, kind: str, kind_zh: str, nodes: list[Decision] | list[DecisionService]
) -> DmnError:
    names = [name for node in nodes for name in (node.id, node.name) if name]
    near = get_close_matches(key, names, n=1)
    hint, hint_zh = (f' Did you mean "{near[0]}"?', f"您是不是想写“{near[0]}”？") if near else ("", "")
    return DmnError(
        f"dmn.{kind}",
        f'The model has no {kind} "{key}".{hint}',
        f"模型中没有{kind_zh}“{key}”。{hint_zh}",
        file=definitions.file,
    )


def inputs_of(definitions: Definitions, decision: str) -> frozenset[str]:
    """The host's variables that a decision reads, directly or through what it requires; `dmn.decision` if there is
    none.

    For a decision that draws no requirements these are the names that its expressions use.
    """
    found = definitions.decision(decision)
    if found is None:
        raise _unknown(definitions, decision, "decision", "决策", [*definitions.decisions.values()])
    names: set[str] = set()
    seen: set[int] = set()
    waiting: list[tuple[Definitions, Node]] = [(definitions, found)]
    while waiting:
        owner, node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, InputData):
            names.add(node.variable)
        elif isinstance(node, Decision):
            names.update(plan_of(owner, node).free)
        for need in requirements(owner, node)[0]:
            inner = next((i.definitions for i in owner.imports if i.name == need.alias and i.definitions), owner)
            waiting.append((owner if need.alias is None else inner, need.node))
    return frozenset(names)
