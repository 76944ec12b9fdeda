"""Small diagrams for tests: BPMN without the ceremony.

    diagram('<userTask id="a"/>', "s>a>e")      # flows; a start `s*` and an end `e*` are made when they are not given

A flow text is `a>b>c`; `x>b?amount > 3` is conditional, `x>c!` is the default of `x`.
"""

from __future__ import annotations

import itertools
import re
from xml.sax.saxutils import escape

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:facet="urn:facet:bpmn:1"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="test">'
)


def flows(*texts: str, prefix: str = "f") -> tuple[str, dict[str, str], list[str]]:
    """Sequence flows as XML, the default flow of each source, and the ids that are mentioned, in order."""
    xml, defaults, mentioned = [], {}, []
    for text in texts:
        path, _, condition = text.partition("?")
        default = path.endswith("!")
        ids = path.rstrip("!").split(">")
        mentioned.extend(ids)
        for source, target in itertools.pairwise(ids):
            id = f"{prefix}{len(xml)}_{source}_{target}"
            body = f"<conditionExpression>{escape(condition)}</conditionExpression>" if condition else ""
            xml.append(f'<sequenceFlow id="{id}" sourceRef="{source}" targetRef="{target}">{body}</sequenceFlow>')
            if default:
                defaults[source] = id
    return "".join(xml), defaults, mentioned


def body(elements: str, *texts: str, prefix: str = "f") -> str:
    """Elements with their flows; start and end events that are mentioned but not given are made."""
    xml, defaults, mentioned = flows(*texts, prefix=prefix)
    known = set(re.findall(r'\bid="([^"]+)"', elements))
    made = []
    for id in dict.fromkeys(mentioned):
        if id in known:
            continue
        kind = {"s": "startEvent", "e": "endEvent", "t": "task", "u": "userTask", "x": "exclusiveGateway"}.get(
            id[0], "parallelGateway" if id[0] == "p" else "inclusiveGateway" if id[0] == "o" else "task"
        )
        made.append(f'<{kind} id="{id}"/>')
    whole = elements + "".join(made) + xml
    for source, flow in defaults.items():
        whole = re.sub(rf'(<\w+ id="{re.escape(source)}")', rf'\1 default="{flow}"', whole, count=1)
    return whole


def diagram(elements: str, *texts: str, key: str = "p", roots: str = "", attributes: str = "") -> bytes:
    """A file with one executable process `key`; `roots` are messages, errors and the like beside it."""
    return f'{HEAD}{roots}<process id="{key}" isExecutable="true" {attributes}>{body(elements, *texts)}</process></definitions>'.encode()


def collaboration(*processes: str, roots: str = "") -> bytes:
    """A file of several processes, each given as whole XML."""
    return f"{HEAD}{roots}{''.join(processes)}</definitions>".encode()
