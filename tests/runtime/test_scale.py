"""Long loops, wide and deep processes: right, bounded, and a step costs the same however long the instance has run.

Cost is counted in function calls, not in seconds: the count is the same on every machine (`tests/benchmarks` measures time).
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from engine.runtime import stimuli
from engine.runtime.advance import advance, start
from engine.runtime.codec import decode, encode
from engine.runtime.environment import Environment
from engine.runtime.instance import Instance
from tests.conformance.support import shows
from tests.diagrams import body, diagram
from tests.runtime.properties.play import NOW, compiled

ENVIRONMENT = Environment(NOW)
LOOP = ("u>x", "x>u?again", "x>e!")
EACH = "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>"
SHAPES = {
    "alone": diagram("", "s>u", *LOOP),
    "beside an open branch": diagram('<userTask id="other"/>', "s>p1>u", *LOOP[:2], "x>p2!", "p1>other>p2>e"),
    "in a sub-process": diagram(f'<subProcess id="c">{body("", "s2>u", *LOOP, prefix="c")}</subProcess>', "s>c>e9"),
    "in a multi-instance sub-process": diagram(
        f'<subProcess id="c">{EACH}{body("", "s2>u", *LOOP, prefix="c")}</subProcess>', "s>c>e9"
    ),
    "through a join": diagram("", "s>x0>p1>u>p2", "p1>t>p2>x", "x>x0?again", "x>e!"),
}


def begin(content: bytes) -> Instance:
    instance, _ = start(compiled(content), stimuli.Start({}), ENVIRONMENT, id="i")
    return instance


def open_tasks(instance: Instance, element: str | None = None) -> list[int]:
    return [
        token.id
        for token in instance.tasks.values()
        if token._memory.get("work") == "task" and element in (None, token.element_id)
    ]


def complete(instance: Instance, token: int, **data: object) -> None:
    advance(instance, stimuli.CompleteTask(token, data), ENVIRONMENT)


def calls(action: Callable[[], object]) -> int:
    """How many functions a call calls."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


@shows("process", "a loop of any length: a late step costs what an early one does, the state does not grow", "13.1")
@pytest.mark.parametrize("shape", list(SHAPES))
def test_a_late_round_costs_what_an_early_one_does(shape: str) -> None:
    instance = begin(SHAPES[shape])
    cost, size = {}, {}

    def step() -> None:
        complete(instance, open_tasks(instance, "u")[0], again=True, note="as before")
        encode(instance)

    for number in range(1, 801):
        if number in (10, 800):
            cost[number], size[number] = calls(step), len(encode(instance))
        else:
            step()
    assert cost[800] <= cost[10] * 1.05
    assert size[800] <= size[10] + 20, "ids grow by digits, nothing else does"
    assert len(instance.tasks) < 20


@shows("multi", "thousands of instances: a step writes what it changed", "13.3.7")
def test_a_step_of_a_wide_instance_touches_little() -> None:
    items = "for i in 1..1200 return i"
    loop = f'<multiInstanceLoopCharacteristics facet:collection="{items}" facet:outputCollection="out" facet:outputElement="n"/>'
    instance = begin(diagram(f'<userTask id="u">{loop}</userTask>', "s>u>e"))
    tokens = open_tasks(instance)
    assert len(tokens) == 1200
    encode(instance)
    complete(instance, tokens[0], n=0)
    assert sum(token.fragment is None for token in instance.tasks.values()) <= 3
    for number, token in enumerate(tokens[1:], 1):
        complete(instance, token, n=number)
    assert instance.status == "completed"
    assert instance.variables["out"] == list(range(1200))


@shows("process", "2,000 tasks in a row", "13.3.1")
@pytest.mark.parametrize("kind", ["t", "u"])
def test_two_thousand_tasks_in_a_row(kind: str) -> None:
    instance = begin(diagram("", f"s>{'>'.join(f'{kind}{n}' for n in range(2000))}>e"))
    rounds = 0
    while instance.status == "active":
        [token] = open_tasks(instance)
        complete(instance, token)
        rounds += 1
    assert rounds == (2000 if kind == "u" else 0)
    assert instance.status == "completed"


@shows("parallel", "200 branches", "13.4.2")
@pytest.mark.parametrize("gateway", ["parallelGateway", "inclusiveGateway"])
def test_two_hundred_parallel_branches(gateway: str) -> None:
    elements = f'<{gateway} id="g1"/><{gateway} id="g2"/>'
    condition = "" if gateway == "parallelGateway" else "?true"
    flows = [f"g1>u{n}{condition}" for n in range(200)] + [f"u{n}>g2" for n in range(200)]
    instance = begin(diagram(elements, "s>g1", *flows, "g2>t>e"))
    for token in open_tasks(instance):
        assert instance.status == "active"
        complete(instance, token)
        instance = (
            decode(
                instance.spec, encode(instance), id="i", business_key=None, initiator=None, variables=instance.variables
            )
            if instance.status == "active" and token % 50 == 0
            else instance
        )
    assert instance.status == "completed"


@shows("sub", "50 levels", "13.3.4")
def test_fifty_nested_sub_processes() -> None:
    inner = body('<userTask id="u"/>', "s50>u>e50", prefix="z")
    for level in range(49, 0, -1):
        inner = body(
            f'<subProcess id="c{level}">{inner}</subProcess>', f"s{level}>c{level}>e{level}", prefix=f"f{level}"
        )
    content = diagram(inner)
    instance = begin(content)
    [token] = open_tasks(instance)
    complete(instance, token)
    assert instance.status == "completed"
