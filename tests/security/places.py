"""The places of a diagram that hold an expression, each as a file with a given text in it; and what must not have happened."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from tests.diagrams import diagram
from tests.security.hostile import literal, table

Files = Mapping[str, bytes]

SPIFF = 'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
_DECIDE = '<businessRuleTask id="t" facet:decision="dec" facet:resultVariable="x"/>'


def _extended(kind: str, inside: str, more: str = "") -> str:
    return f'<{kind} id="t" {more}><extensionElements {SPIFF}>{inside}</extensionElements></{kind}>'


def _timer(kind: str, text: str) -> str:
    return f"<timerEventDefinition><{kind}>{escape(text)}</{kind}></timerEventDefinition>"


def _catch(inside: str) -> bytes:
    return diagram(f'<intermediateCatchEvent id="t">{inside}</intermediateCatchEvent>', "s>t>e")


def _several(inside: str, more: str = "") -> bytes:
    loop = f"<multiInstanceLoopCharacteristics {more}>{inside}</multiInstanceLoopCharacteristics>"
    return diagram(f'<task id="t">{loop}</task>', "s>t>e")


def _repeated(text: str) -> bytes:
    loop = f"<standardLoopCharacteristics><loopCondition>{escape(text)}</loopCondition></standardLoopCharacteristics>"
    return diagram(f'<userTask id="t">{loop}</userTask>', "s>t>e")


def _bordered(event: str, more: str = 'cancelActivity="false"') -> bytes:
    border = f'<boundaryEvent id="b" attachedToRef="u" {more}>{event}</boundaryEvent>'
    return diagram('<userTask id="u"/>' + border, "s>u>e", "b>e9")


def _message(text: str) -> bytes:
    event = f'<messageEventDefinition messageRef="M" facet:payload={quoteattr(text)}/>'
    thrown = f'<intermediateThrowEvent id="t">{event}</intermediateThrowEvent>'
    return diagram(thrown, "s>t>e", roots='<message id="M" name="M"/>')


def _correlated(text: str) -> bytes:
    event = f'<messageEventDefinition messageRef="M" facet:correlationKey={quoteattr(text)}/>'
    caught = f'<intermediateCatchEvent id="t">{event}</intermediateCatchEvent>'
    return diagram(caught, "s>t>e", roots='<message id="M" name="M"/>')


def _conditional(text: str) -> str:
    return f"<conditionalEventDefinition><condition>{escape(text)}</condition></conditionalEventDefinition>"


def _cells(text: str) -> Files:
    return {"p.bpmn": diagram(_DECIDE, "s>t>e"), "d.dmn": table(escape(text))}


def _answers(text: str) -> Files:
    cell = table("&gt; 0").replace(b"<text>1</text>", f"<text>{escape(text)}</text>".encode())
    return {"p.bpmn": diagram(_DECIDE, "s>t>e"), "d.dmn": cell}


def _asks(text: str) -> Files:
    asked = table("&gt; 0").replace(b"<text>a</text>", f"<text>{escape(text)}</text>".encode())
    return {"p.bpmn": diagram(_DECIDE, "s>t>e"), "d.dmn": asked}


def _one(make: Callable[[str], bytes]) -> Callable[[str], Files]:
    return lambda text: {"p.bpmn": make(text)}


PLACES: Mapping[str, Callable[[str], Files]] = {
    "condition of a flow": _one(lambda text: diagram("", "s>x1", f"x1>e1?{text}", "x1>e2!")),
    "condition of an inclusive flow": _one(lambda text: diagram("", "s>o1", f"o1>e1?{text}", "o1>e2!")),
    "timer date": _one(lambda text: _catch(_timer("timeDate", text))),
    "timer duration": _one(lambda text: _catch(_timer("timeDuration", text))),
    "timer cycle": _one(lambda text: _bordered(_timer("timeCycle", text))),
    "boundary timer": _one(lambda text: _bordered(_timer("timeDuration", text), "")),
    "cardinality": _one(lambda text: _several(f"<loopCardinality>{escape(text)}</loopCardinality>")),
    "completion condition": _one(
        lambda text: _several(
            f"<loopCardinality>2</loopCardinality><completionCondition>{escape(text)}</completionCondition>"
        )
    ),
    "collection": _one(lambda text: _several("", f"facet:collection={quoteattr(text)}")),
    "loop condition": _one(_repeated),
    "conditional event": _one(lambda text: _bordered(_conditional(text))),
    "message payload": _one(_message),
    "correlation key": _one(_correlated),
    "input mapping": _one(
        lambda text: diagram(_extended("task", f'<facet:input target="x" source={quoteattr(text)}/>'), "s>t>e")
    ),
    "output mapping": _one(
        lambda text: diagram(_extended("task", f'<facet:output target="x" source={quoteattr(text)}/>'), "s>t>e")
    ),
    "parameter of a service": _one(
        lambda text: diagram(
            _extended(
                "serviceTask",
                f'<facet:parameter name="series" value={quoteattr(text)}/>',
                'facet:operation="records.number" facet:resultVariable="x"',
            ),
            "s>t>e",
        )
    ),
    "assignee": _one(lambda text: diagram(f'<userTask id="t" facet:assignee={quoteattr(text)}/>', "s>t>e")),
    "due date": _one(lambda text: diagram(f'<userTask id="t" facet:dueDate={quoteattr(text)}/>', "s>t>e")),
    "called process": _one(lambda text: diagram(f'<callActivity id="t" calledElement={quoteattr(text)}/>', "s>t>e")),
    "name of a decision": _one(
        lambda text: diagram(f'<businessRuleTask id="t" facet:decision={quoteattr(text)}/>', "s>t>e")
    ),
    "business key": _one(lambda text: diagram("", "s>t>e", attributes=f"facet:businessKey={quoteattr(text)}")),
    "FEEL script": _one(
        lambda text: diagram(
            '<scriptTask id="t" scriptFormat="feel" facet:resultVariable="x">'
            f"<script>{escape(text)}</script></scriptTask>",
            "s>t>e",
        )
    ),
    "script before a task": _one(
        lambda text: diagram(
            _extended("userTask", f"<spiffworkflow:preScript>x = {escape(text)}</spiffworkflow:preScript>"), "s>t>e"
        )
    ),
    "script after a task": _one(
        lambda text: diagram(
            _extended("task", f"<spiffworkflow:postScript>x = {escape(text)}</spiffworkflow:postScript>"), "s>t>e"
        )
    ),
    "decision cell": _cells,
    "decision output": _answers,
    "decision input": _asks,
    "decision expression": lambda text: {"p.bpmn": diagram(_DECIDE, "s>t>e"), "d.dmn": literal(escape(text))},
}


@dataclass(frozen=True, slots=True)
class Canary:
    """What a hostile text is after: a file to be made, a file with a secret, a port that nobody may call."""

    folder: Path
    listener: socket.socket

    @property
    def made(self) -> Path:
        return self.folder / "made"

    @property
    def secret(self) -> Path:
        return self.folder / "secret"

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def fill(self, text: str) -> str:
        """The text with the addresses of this canary."""
        named = {"MADE": str(self.made), "SECRET": str(self.secret), "PORT": str(self.port)}
        for name, value in named.items():
            text = text.replace(f"%{name}%", value)
        return text

    def unharmed(self, told: str) -> None:
        """Nothing was made, read or called; `told` is everything that came out."""
        assert not self.made.exists(), "it wrote a file"
        assert "canary-secret" not in told, "it read a file"
        assert "uid=" not in told and "root:x" not in told, "it ran a program, or read a file"
        try:
            self.listener.accept()
        except BlockingIOError:
            return
        raise AssertionError("it opened a connection")


def canary(folder: Path) -> Canary:
    """A new one."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    listener.setblocking(False)
    (folder / "secret").write_text("canary-secret")
    return Canary(folder, listener)
