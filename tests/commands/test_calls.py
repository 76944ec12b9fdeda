"""What a call activity hands over and gets back: all, some, or all and some under other names (BPMN 10.3.6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.diagrams import diagram
from tests.engines import House

CALLED = diagram(
    '<scriptTask id="t" scriptFormat="feel" facet:resultVariable="seen"><script>{a: a, y: y}</script></scriptTask>'
    '<scriptTask id="t2" scriptFormat="feel" facet:resultVariable="made"><script>1</script></scriptTask>',
    "s>t>t2>e",
    key="c",
)
INPUT = '<facet:input source="=a + 1" target="y"/>'
OUTPUT = '<facet:output source="=made + 1" target="z"/>'


@pytest.mark.parametrize(
    ("attributes", "mappings", "seen", "left"),
    [
        ("", "", {"a": 1, "y": None}, {"a", "seen", "made"}),
        ("", INPUT, {"a": None, "y": 2}, {"a", "seen", "made"}),
        ('facet:propagateAllInputs="true"', INPUT, {"a": 1, "y": 2}, {"a", "seen", "made"}),
        ('facet:propagateAllInputs="false"', "", {"a": None, "y": None}, {"a", "seen", "made"}),
        ("", OUTPUT, None, {"a", "z"}),
        ('facet:propagateAllOutputs="true"', OUTPUT, {"a": 1, "y": None}, {"a", "seen", "made", "z"}),
        ('facet:propagateAllOutputs="false"', "", None, {"a"}),
    ],
)
def test_what_goes_in_and_what_comes_out(
    house: House, attributes: str, mappings: str, seen: dict[str, Any] | None, left: set[str]
) -> None:
    # given
    extension = f"<extensionElements>{mappings}</extensionElements>"
    call = f'<callActivity id="call" calledElement="c" {attributes}>{extension}</callActivity>'
    house.deploy(diagram(call + '<userTask id="u"/>', "s>call>u>e"), CALLED)

    # when
    instance = house.start(variables={"a": 1})

    # then
    variables = house.instance(instance).variables
    assert house.open_tasks(instance) == ["u"]
    assert {name for name in variables if variables[name] is not None} == left
    assert variables.get("seen") == seen


@pytest.mark.parametrize(("version", "seen"), [("1", "one"), ("=wanted", "two"), ("=string(wanted)", "two")])
def test_the_version_that_is_called_may_be_an_expression(house: House, version: str, seen: str) -> None:
    # given three versions
    for made in ("one", "two", "three"):
        script = (
            f'<scriptTask id="t" scriptFormat="feel" facet:resultVariable="seen"><script>"{made}"</script></scriptTask>'
        )
        house.deploy(diagram(script, "s>t>e", key="c"))
    call = f'<callActivity id="call" calledElement="c" facet:binding="version" facet:version="{version}"/>'
    house.deploy(diagram(call + '<userTask id="u"/>', "s>call>u>e"))

    # when
    instance = house.start(variables={"wanted": 2})

    # then
    assert house.instance(instance).variables["seen"] == seen


def test_a_version_that_is_none_is_an_incident(house: House) -> None:
    call = '<callActivity id="call" calledElement="c" facet:binding="version" facet:version="=wanted"/>'
    house.deploy(diagram("", "s>t>e", key="c"), diagram(call, "s>call>e"))
    instance = house.start(variables={"wanted": "newest"})
    assert [one.element_id for one in house.incidents(instance)] == ["call"]
