"""Checks of times written as literals: ISO 8601 dates, durations and cycles, and business time (BPMN 10.5.5.9)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from engine.bpmn.linting.subject import Subject
from engine.bpmn.linting.tasks import is_literal, near
from engine.bpmn.linting.texts import is_timer_literal
from engine.bpmn.model import Node, Problem, Timer

CENTURY = 36_525 * 86_400.0
"""Longest time to wait, in seconds."""
FASTEST = 1.0
"""Shortest interval of a cycle, in seconds."""
MAX_REPETITIONS = 1_000

_DURATION = re.compile(
    r"(?P<sign>-)?P(?=.)(?:(?P<Y>\d{1,20})Y)?(?:(?P<M>\d{1,20})M)?(?:(?P<W>\d{1,20})W)?(?:(?P<D>\d{1,20})D)?"
    r"(?:T(?=.)(?:(?P<h>\d{1,20})H)?(?:(?P<m>\d{1,20})M)?(?:(?P<s>\d{1,20}(?:\.\d{1,20})?)S)?)?"
)
_SECONDS = {"Y": 365.25 * 86_400, "M": 30 * 86_400, "W": 7 * 86_400, "D": 86_400, "h": 3_600, "m": 60, "s": 1}
_CYCLE = re.compile(r"R(?P<count>\d{0,9})/(?P<first>[^/]+)(?:/(?P<second>[^/]+))?")
_RETRIES = re.compile(r"R?\d{1,6}(?:/(?P<pause>P.+))?")
_Fault = tuple[str, dict[str, object]]


def check_timers(subject: Subject) -> Iterator[Problem]:
    """Timers of events, due and follow-up dates of tasks, expiry of messages, pauses between retries."""
    for node in subject.nodes.values():
        for event in node.events:
            if event.timer is not None and is_timer_literal(event.timer.expression):
                yield from _report(subject, node, _timer(event.timer))
                yield from _calendar(subject, node, event.timer.expression)
            yield from _report(subject, node, _duration(event.expires) if event.expires is not None else None)
        yield from _retries(subject, node)
        if node.assignment is not None:
            for text in (node.assignment.due, node.assignment.follow_up):
                if text is not None and is_literal(text):
                    yield from _report(subject, node, _when(text))
                    yield from _calendar(subject, node, text)


def _retries(subject: Subject, node: Node) -> Iterator[Problem]:
    """How often a failed call is tried again, and after which pause."""
    text = node.service.retries if node.service is not None else None
    match = _RETRIES.fullmatch(text.strip()) if text is not None else None
    if text is not None and (match is None or (match["pause"] is not None and _duration(match["pause"]) is not None)):
        yield subject.problem("retries-invalid", node, text=text[:80])


def _report(subject: Subject, node: Node, fault: _Fault | None) -> Iterator[Problem]:
    if fault is not None:
        yield subject.problem(fault[0], node, **fault[1])


def _timer(timer: Timer) -> _Fault | None:
    text = timer.expression.strip()
    if timer.kind == "cycle":
        return _cycle(text)
    return _when(text)


def _when(text: str) -> _Fault | None:
    """A moment, a duration, or business time."""
    amount, at, _ = text.strip().rpartition("@")
    if at and _moment(text) is None:
        return _duration(amount)
    return None if _moment(text) is not None else _duration(text.strip())


def _calendar(subject: Subject, node: Node, text: str) -> Iterator[Problem]:
    amount, at, key = text.strip().rpartition("@")
    known = subject.context.calendars
    if at and known is not None and _DURATION.fullmatch(amount.strip()) and key.strip() not in known:
        yield subject.problem("unknown-calendar", node, calendar=key.strip(), near=near(key.strip(), known))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip().partition("@")[0])
    except ValueError:
        return None


def _seconds(text: str) -> float | None:
    """Length of an ISO 8601 duration, months as 30 days, negative ones below zero; None for what is none."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        return None
    length = sum(float(match[key]) * unit for key, unit in _SECONDS.items() if match[key])
    return -length if match["sign"] else length


def _duration(text: str) -> _Fault | None:
    length = _seconds(text)
    if length is None:
        return "timer-invalid", {"text": text}
    if length < 0:
        return "timer-negative", {"text": text}
    return ("timer-too-long", {"text": text}) if length > CENTURY else None


def _cycle(text: str) -> _Fault | None:
    """`R3/PT10M`, `R/<start>/P1D`, `R3/PT1H/<end>`, or a bare duration that repeats for ever."""
    match = _CYCLE.fullmatch(text)
    if match is None:
        return _pace(text, text)
    if match["count"] and not 1 <= int(match["count"]) <= MAX_REPETITIONS:
        return "timer-repetitions", {"text": text, "limit": MAX_REPETITIONS}
    first, second = match["first"], match["second"]
    if second is None or _moment(first) is None:
        end_is_wrong = second is not None and _moment(second) is None
        return ("timer-invalid", {"text": text}) if end_is_wrong else _pace(first, text)
    return _pace(second, text)


def _pace(interval: str, text: str) -> _Fault | None:
    fault = _duration(interval)
    if fault is not None:
        return fault[0], {"text": text}
    return ("timer-too-fast", {"text": text}) if (_seconds(interval) or 0) < FASTEST else None
