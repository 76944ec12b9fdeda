"""The state of an instance as text: what is alive, nothing else, a few hundred bytes for the usual case.

One JSON document per instance row. The variables of the process scope are not in it (they have a column of their own, that
SQL can read); local variables of inner scopes are. Values are encoded by `engine.variables`, so that decimals, dates and
user data with any keys come back as they were.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from SpiffWorkflow import TaskState

from engine.runtime.instance import LIVE, ROOT, Instance, Token, Wait
from engine.runtime.spec import ProcessSpec
from engine.variables import dumps, loads

FORMAT = 1
"""Raised when the shape changes; older shapes stay readable."""


class _Scope(msgspec.Struct):
    """A token's number, the token of its scope, and its variables as they are written."""

    i: int
    s: int | None = None
    l: msgspec.Raw = msgspec.Raw()  # noqa: E741 - the names are those of the text


class _Scopes(msgspec.Struct):
    """What asking for variables needs of a state: of thousands of tokens it builds little else."""

    t: list[_Scope]


class _State(msgspec.Struct):
    """A whole state, its tokens as they are written."""

    n: int
    t: list[msgspec.Raw]
    e: str | None = None
    p: int = 0


_SCOPES = msgspec.json.Decoder(_Scopes)
_STATES = msgspec.json.Decoder(_State)


def encode(instance: Instance) -> str:
    """The state of a living instance. Only between turns.

    A token that nobody touched since it was last written is not written again: a step of an instance with thousands of
    tokens costs what it changes, and the copying of text.
    """
    head = {"f": FORMAT, "n": instance.next_id, "e": instance.end_element}
    if instance.parked:
        head["p"] = 1
    tokens = ",".join(
        [
            token.fragment or _fragment(token)
            for token in instance.tasks.values()
            if token._state & LIVE or token.id == ROOT
        ]
    )
    text = f'{dumps(head)[:-1]},"t":[{tokens}]}}'
    instance.size = len(text)
    return text


def _fragment(token: Token) -> str:
    if token.fragment is None:
        token.fragment = dumps(_encode_token(token))
    return token.fragment


def decode(
    spec: ProcessSpec,
    text: str,
    *,
    id: str,
    business_key: str | None,
    initiator: str | None,
    variables: dict[str, Any],
) -> Instance:
    """The living instance that `encode` wrote; `variables` is the process scope from its own column. What nobody touches is
    written again as it stands here."""
    state = _STATES.decode(text)
    instance = Instance(spec, id=id, business_key=business_key, initiator=initiator)
    instance.end_element = state.e
    first, *others = state.t
    _decode_onto(instance.root, loads(bytes(first)))
    instance.root.locals = variables
    for raw in others:
        row = loads(bytes(raw))
        scope = instance.tasks[row["s"]]
        token = Token(instance, spec.task_specs[row["e"]], scope, scope.id, row["z"], row["i"])
        scope.members[token.id] = None
        _decode_onto(token, row)
        token.locals = row.get("l")
        token.fragment = bytes(raw).decode()
    instance.next_id = state.n
    instance.size = len(text)
    instance.parked = bool(state.p)
    instance.waiting = {token.id: None for token in instance.tasks.values() if token._state == TaskState.WAITING}
    instance.watching = sum(w.kind == "conditional" for t in instance.tasks.values() for w in t.heard)
    return instance


def visible_variables(text: str | None, variables: dict[str, Any], token: int) -> dict[str, Any]:
    """What the token sees: its own variables, those of the scopes around it, those of the process. `text` as `encode` wrote it.

    The usual instance has no inner variables: then nothing is decoded.
    """
    return visible(text, variables)(token)


def visible(text: str | None, variables: dict[str, Any]) -> Callable[[int], dict[str, Any]]:
    """`visible_variables` for many tokens of one instance: its state is looked through once."""
    if text is None or '"l":' not in text:
        return lambda token: variables
    rows = {row.i: row for row in _SCOPES.decode(text).t}

    def seen_by(token: int) -> dict[str, Any]:
        chain: list[dict[str, Any]] = []
        number: int | None = token
        while number is not None and number != ROOT and number in rows:
            if rows[number].l:
                chain.append(loads(bytes(rows[number].l)))
            number = rows[number].s
        seen = dict(variables)
        for inner in reversed(chain):
            seen.update(inner)
        return seen

    return seen_by


def _encode_token(token: Token) -> dict[str, Any]:
    row: dict[str, Any] = {"i": token.id, "e": token.element_id, "s": token.scope, "z": int(token._state)}
    if token.flow is not None:
        row["f"] = token.flow
    if token.iteration is not None:
        row["r"] = token.iteration
    if token._memory:
        row["m"] = token._memory
    if token._locals is not None and token.id != ROOT:
        row["l"] = token._locals
    if token.heard:
        row["w"] = [[w.id, w.kind, w.node, w.event, w.memory] for w in token.heard]
    return row


def _decode_onto(token: Token, row: dict[str, Any]) -> None:
    token._state = TaskState.STARTED if token.id == ROOT else row["z"]
    token.flow = row.get("f")
    token.iteration = row.get("r")
    token._memory = row.get("m", {})
    for id, kind, node, event, memory in row.get("w", ()):
        token.waits[id] = Wait(id, kind, node, event, memory)
