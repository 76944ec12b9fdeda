"""No accidental pass: without its trigger a feature of the benchmark fails, and two more hours change nothing."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from tests.conformance.betsy import BPMN, Feature, features, folder, play
from tests.conformance.test_betsy import REFUSED

FEATURES = [feature for feature in features() if feature.name not in REFUSED]
TRIGGERED = [
    feature
    for feature in FEATURES
    if feature.group == "events"
    or any(
        word in feature.name for word in ("Event", "SendTask", "Cancel", "Deferred", "Behavior", "Discriminator_Multi")
    )
]
NOTHING_TO_REMOVE = {
    "MultiInstance_AllBehavior",  # shows that the behaviour All throws nothing
    "Multiple_IntermediateEvent_MissingEvent",  # shows that nothing happens while the event is missing
    "Multiple_Parallel_IntermediateEvent_MissingEvent",
}

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(folder() is None, reason="the betsy corpus is not beside the checkout"),
]


def silent(root: Any) -> None:
    """Nothing is thrown any more: events, send tasks, behaviours, script errors."""
    for kind in ("intermediateThrowEvent", "endEvent"):
        for event in root.iter(BPMN + kind):
            for part in list(event):
                if etree.QName(part).localname.endswith(("EventDefinition", "eventDefinitionRef")):
                    event.remove(part)
    for task in list(root.iter(f"{BPMN}sendTask")):
        task.tag = f"{BPMN}task"
        for name in ("messageRef", "operationRef"):
            task.attrib.pop(name, None)
    for loop in root.iter(f"{BPMN}multiInstanceLoopCharacteristics"):
        for name in ("behavior", "noneBehaviorEventRef", "oneBehaviorEventRef"):
            loop.attrib.pop(name, None)
        for part in list(loop.iter(f"{BPMN}complexBehaviorDefinition")):
            loop.remove(part)
    for script in root.iter(f"{BPMN}script"):
        if (script.text or "").strip() == "THROW_ERROR":
            script.text = ""


def patient(root: Any) -> None:
    """No timer fires and no condition ever holds."""
    for definition in root.iter(f"{BPMN}timerEventDefinition"):
        for part in list(definition):
            definition.remove(part)
        etree.SubElement(definition, f"{BPMN}timeDuration").text = "P300D"
    for definition in root.iter(f"{BPMN}conditionalEventDefinition"):
        for part in definition:
            part.text = "false"
    for loop in root.iter(f"{BPMN}completionCondition"):
        loop.text = "false"


@pytest.mark.parametrize("feature", TRIGGERED, ids=lambda f: f.name)
def test_without_its_trigger_a_feature_fails(feature: Feature) -> None:
    verdicts = [
        play(feature, case, mutate=mutation).verdict for mutation in (silent, patient) for case in feature.cases
    ]
    assert (set(verdicts) == {"pass"}) is (feature.name in NOTHING_TO_REMOVE), verdicts


@pytest.mark.parametrize("feature", FEATURES, ids=lambda f: f.name)
def test_two_more_hours_change_nothing(feature: Feature) -> None:
    for case in feature.cases:
        result = play(feature, case, patience="PT2H2M")
        assert result.verdict == "pass", f"saw {result.seen}, expected {result.expected}"
