"""A process of 2,000 tasks, as an editor writes it, by every way that a person takes: uploaded, started, drawn, worked on."""

from __future__ import annotations

import pytest

from tests.support import World

V1 = "/api/v1"
TASKS = 2_000
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:facet="urn:facet:bpmn:1" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" '
    'id="Definitions_1" targetNamespace="urn:test" exporter="An editor" exporterVersion="1">\n'
)


def row(count: int) -> bytes:
    """start → count user tasks → end, with incoming and outgoing elements, shapes and edges."""
    ids = ["StartEvent_1", *(f"Activity_{number:07d}" for number in range(count)), "EndEvent_1"]
    kinds = ["startEvent", *["userTask"] * count, "endEvent"]
    text = [HEAD, '<bpmn:process id="long" name="Long" isExecutable="true">\n']
    for number, (id, kind) in enumerate(zip(ids, kinds, strict=True)):
        who = ' facet:assignee="olga"' if kind == "userTask" else ""
        text.append(f'  <bpmn:{kind} id="{id}" name="Step {number}"{who}>\n')
        text.append(f"    <bpmn:incoming>Flow_{number - 1}</bpmn:incoming>\n" if number else "")
        text.append(f"    <bpmn:outgoing>Flow_{number}</bpmn:outgoing>\n" if number <= count else "")
        text.append(f"  </bpmn:{kind}>\n")
    for number in range(count + 1):
        ends = f'sourceRef="{ids[number]}" targetRef="{ids[number + 1]}"'
        text.append(f'  <bpmn:sequenceFlow id="Flow_{number}" {ends} />\n')
    text.append('</bpmn:process><bpmndi:BPMNDiagram id="D"><bpmndi:BPMNPlane id="P" bpmnElement="long">\n')
    for number, id in enumerate(ids):
        x, y = number % 40 * 160, number // 40 * 130
        text.append(f'  <bpmndi:BPMNShape id="{id}_di" bpmnElement="{id}">\n')
        text.append(f'    <dc:Bounds x="{x}" y="{y}" width="100" height="80" />\n  </bpmndi:BPMNShape>\n')
        if number <= count:
            points = "".join(f'    <di:waypoint x="{x + 100 + more}" y="{y + 40}" />\n' for more in (0, 60))
            text.append(f'  <bpmndi:BPMNEdge id="Flow_{number}_di" bpmnElement="Flow_{number}">\n{points}')
            text.append("  </bpmndi:BPMNEdge>\n")
    text.append("</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>\n")
    return "".join(text).encode()


@pytest.mark.full
def test_two_thousand_tasks_in_a_row(world: World) -> None:
    # given
    olga = world.client("olga")
    files = [("files", ("long.bpmn", row(TASKS)))]

    # when
    checked = olga.post(f"{V1}/deployments/validate", files=files)
    made = olga.post(f"{V1}/deployments", files=files)
    started = olga.post(f"{V1}/process-definitions/long/start", json={})

    # then
    assert (checked.status_code, checked.json()["problems"]) == (200, [])
    assert (made.status_code, made.json()["definitions"][0]["version"]) == (201, 1)
    assert started.status_code == 201
    instance = started.json()["id"]
    for path in ("process-definitions/long/diagram.svg", f"process-instances/{instance}/diagram.svg"):
        drawn = olga.get(f"{V1}/{path}")
        assert drawn.status_code == 200
        assert drawn.text.count("data-element-id") >= 2 * TASKS
    for page in ("/definitions/long", f"/instances/{instance}"):
        assert olga.get(page).status_code == 200
    for _ in range(3):
        (task,) = olga.get(f"{V1}/tasks", params={"instance_id": instance}).json()["items"]
        assert olga.post(f"{V1}/tasks/{task['id']}/complete", json={}).status_code in (200, 204)
    (task,) = olga.get(f"{V1}/tasks", params={"instance_id": instance}).json()["items"]
    assert task["element_id"] == "Activity_0000003"
