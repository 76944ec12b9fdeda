"""Small BPMN files for tests, written as the standard writes them."""

from __future__ import annotations

from itertools import pairwise

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:facet="urn:facet:bpmn:1" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:flowable="http://flowable.org/bpmn" '
    'xmlns:activiti="http://activiti.org/bpmn" xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'targetNamespace="urn:test">\n'
)
START = '<startEvent id="start"/>'
END = '<endEvent id="end"/>'


def definitions(content: str) -> bytes:
    """A file with this inside."""
    return f"{HEAD}{content}\n</definitions>\n".encode()


def process(body: str, *, roots: str = "", attributes: str = "") -> bytes:
    """A file with one executable process `p` named 流程 P."""
    return definitions(f'{roots}<process id="p" name="流程 P" isExecutable="true" {attributes}>{body}</process>')


def flow(source: str, target: str, condition: str | None = None) -> str:
    """A sequence flow `source-target`."""
    inside = f"<conditionExpression>{condition}</conditionExpression>" if condition is not None else ""
    return f'<sequenceFlow id="{source}-{target}" sourceRef="{source}" targetRef="{target}">{inside}</sequenceFlow>'


def chain(*ids: str) -> str:
    """Sequence flows from each to the next."""
    return "".join(flow(one, other) for one, other in pairwise(ids))


def line(*elements: str) -> bytes:
    """A process `start → … → end` through elements whose ids are `a`, `b`, `c` in this order."""
    ids = "abcdefgh"[: len(elements)]
    return process(START + "".join(elements) + END + chain("start", *ids, "end"))


def task(key: str, kind: str = "manualTask", attributes: str = "", inside: str = "") -> str:
    """A task that waits for nobody in particular."""
    return f'<{kind} id="{key}" name="{key.upper()}" {attributes}>{inside}</{kind}>'
