"""The audit's chain: every entry carries a MAC over itself and the MAC before it, so that an edit, a deletion or another
order shows.

Personal data is not under the MAC but its commitment is: an HMAC of the value with a salt of its own. Erasing a value removes
it and its salt and leaves the commitment, so the chain holds while nobody can learn or guess what stood there. An erasure has
to be accounted for by the entry of the command that made it.

Entries are sealed by the worker, a moment after they were written: commands of many processes at once do not wait for each
other's place in the chain. What is cut off at the end shows when the head was kept elsewhere (`facet audit export`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, Final

from engine.errors import FacetError
from engine.facts import ActivityCancelled, ActivityCompleted, ActivityStarted, Fact, InstanceEnded
from engine.privacy import masked, values_of
from engine.variables import dumps

PARTS: Final = ("actor", "on_behalf_of", "subject", "source", "detail")
"""What may be personal."""
ERASING: Final = ("EraseBusinessKey", "ErasePerson")
"""Commands whose entries account for erased parts."""
GENESIS: Final = ""
LONGEST: Final = 200
"""Characters of one value that an entry keeps."""


# --- what an entry says -----------------------------------------------------------------------------------------------------


def change(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, **more: Any) -> dict[str, Any]:
    """The detail of an entry: what a command changed, as ``before`` and ``after`` with only what differs. None: there was,
    or is, nothing; both None: the command changes nothing that has a name. `more` stands beside them."""
    if before is not None and after is not None:
        names = [name for name in {**before, **after} if _differs(before, after, name)]
        before, after = ({name: side[name] for name in names if name in side} for side in (before, after))
    return {"before": _brief_all(before), "after": _brief_all(after), **more}


def variables_change(
    before: Mapping[str, Any], written: Mapping[str, Any], sensitive: Collection[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Old and new values of the variables that were written and differ; a new one that is null is no change. Values of
    sensitive names, and the same values under other names, are behind `engine.privacy.MASK` on both sides."""
    names = [
        name for name in written if _differs(before, written, name) and (name in before or written[name] is not None)
    ]
    sides = [{name: side[name] for name in names if name in side} for side in (before, written)]
    if sensitive:
        hidden = (*values_of(before, sensitive), *values_of(written, sensitive))
        sides = [masked(side, sensitive, hidden) for side in sides]
    old, new = ({name: brief(value) for name, value in side.items()} for side in sides)
    return old, new


MOST_ELEMENTS: Final = 20
"""Elements that `moved` names."""


def moved(facts: Iterable[Fact]) -> dict[str, Any]:
    """How processes went on, for the detail of an entry: elements that were ``left`` (that had begun before), those that were
    ``reached`` and are active now, and how the instance ``ended``. Empty when nothing moved."""
    begun: dict[int, str] = {}
    left: list[str] = []
    ended: dict[str, Any] = {}
    for fact in facts:
        if isinstance(fact, ActivityStarted):
            begun[fact.token] = fact.element_id
        elif isinstance(fact, ActivityCompleted | ActivityCancelled):
            if begun.pop(fact.token, None) is None:
                left.append(fact.element_id)
        elif isinstance(fact, InstanceEnded):
            ended = {"ended": fact.status}
    if not (left or begun or ended):
        return {}
    return {"moved": {"left": left[:MOST_ELEMENTS], "reached": list(begun.values())[:MOST_ELEMENTS], **ended}}


def _differs(one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> bool:
    if name not in one or name not in other:
        return True
    return type(one[name]) is not type(other[name]) or bool(one[name] != other[name])


def _brief_all(side: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if side is None:
        return None
    return {name: value if name == "variables" else brief(value) for name, value in side.items()}


def brief(value: Any) -> Any:
    """A value as an entry keeps it: of long texts, and of the JSON of large lists and contexts, the beginning."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST else value[:LONGEST] + "…"
    if not isinstance(value, Mapping | list | tuple):
        return value
    plain = dict(value) if isinstance(value, Mapping) else list(value)
    try:
        text = dumps(plain)
    except FacetError:  # whoever stores the value itself says what is wrong with it
        return "…"
    return plain if len(text) <= LONGEST else text[:LONGEST] + "…"


# --- the chain --------------------------------------------------------------------------------------------------------------


def canonical(value: Any) -> str:
    """One text for one value, whatever the order in which a database gives the keys."""
    return dumps(_sorted(value))


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(entry) for entry in value] if isinstance(value, list | tuple) else value


def commitment(part: str, value: Any, salt: str) -> str:
    """What stands for a value under the MAC."""
    return hmac.new(bytes.fromhex(salt), f"{part}\0{canonical(value)}".encode(), hashlib.sha256).hexdigest()[:40]


def mac_of(key: bytes, before: str, position: int, entry: Any, commitments: Mapping[str, str]) -> str:
    """The MAC of an entry (a row of the audit) at `position`, after the one of MAC `before`."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    covered = [before, position, entry.id, at, entry.command, entry.instance_id, entry.task_id, entry.request_id]
    text = json.dumps([*covered, sorted(commitments.items())], ensure_ascii=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Seal:
    """An entry's place in the chain."""

    position: int
    salts: Mapping[str, str]
    commitments: Mapping[str, str]
    mac: str


def seal(key: bytes, before: str, position: int, entry: Any) -> Seal:
    """Gives an entry its place."""
    values = {part: getattr(entry, part) for part in PARTS if getattr(entry, part) is not None}
    salts = {part: secrets.token_hex(16) for part in values}
    commitments = {part: commitment(part, value, salts[part]) for part, value in values.items()}
    return Seal(position, salts, commitments, mac_of(key, before, position, entry, commitments))


def erased_digest(parts: Iterable[tuple[str, str]]) -> str:
    """What an erasure's entry says of the parts that it erased: (entry id, part), in any order."""
    lines = sorted(f"{id}:{part}" for id, part in parts)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


# --- verifying ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that nobody did by Facet's commands."""

    position: int
    entry_id: str | None
    message: str
    message_zh: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain at some time: to be kept where the database's owner cannot change it."""

    position: int
    mac: str


@dataclass(slots=True)
class Verification:
    """What came of it. `checked`: entries looked at."""

    checked: int = 0
    faults: list[Fault] = field(default_factory=list)
    head: Head = Head(0, GENESIS)


_MOST_FAULTS: Final = 100


class Verifier:
    """Looks at entries in the order of their position, one after the other, behind `start`; `finish` in the end. Where it does
    not begin at the beginning, `recall` tells it what came before."""

    def __init__(self, key: bytes, heads: Iterable[Head] = (), start: Head = Head(0, GENESIS)) -> None:
        self._key = key
        self._heads = {head.position: head.mac for head in heads}
        self._erased: dict[str, list[tuple[str, str]]] = {}
        self._accounts: dict[str, Mapping[str, Any]] = {}
        self.result = Verification(head=start)

    def recall(self, entry: Any) -> None:
        """An entry before the start: which of its parts were erased, and what it accounts for."""
        for part, account in (entry.erased_by or {}).items():
            self._erased.setdefault(str(account), []).append((entry.id, part))
        if entry.command in ERASING:
            self._accounts[entry.id] = entry.detail if isinstance(entry.detail, Mapping) else {}

    def look(self, entry: Any) -> None:
        """One row of the audit, all columns."""
        result, before = self.result, self.result.head
        result.checked += 1
        if entry.position != before.position + 1:
            self._fault(before.position + 1, None, "Entries were removed here", "此处有条目被删除")
        self._parts(entry)
        commitments = entry.commitments or {}
        expected = mac_of(self._key, before.mac, entry.position, entry, commitments)
        if not hmac.compare_digest(expected, entry.mac or ""):
            self._fault(entry.position, entry.id, "The entry or its place was changed", "条目或其位置被更改")
        if entry.position in self._heads and self._heads[entry.position] != entry.mac:
            self._fault(
                entry.position, entry.id, "The chain is not the one that was exported", "审计链与已导出的不一致"
            )
        if entry.command in ERASING:
            self._accounts[entry.id] = entry.detail if isinstance(entry.detail, Mapping) else {}
        result.head = Head(entry.position, entry.mac or "")

    def _parts(self, entry: Any) -> None:
        commitments, salts, erased = entry.commitments or {}, entry.salts or {}, entry.erased_by or {}
        for part in PARTS:
            value = getattr(entry, part)
            if part in erased:
                self._erased.setdefault(str(erased[part]), []).append((entry.id, part))
            elif part not in commitments:
                if value is not None:
                    self._changed(entry, part)
            elif part not in salts or commitment(part, value, salts[part]) != commitments[part]:
                self._changed(entry, part)

    def _changed(self, entry: Any, part: str) -> None:
        self._fault(entry.position, entry.id, f"“{part}” was changed", f"“{part}”被更改")

    def _fault(self, position: int, id: str | None, message: str, zh: str) -> None:
        if len(self.result.faults) < _MOST_FAULTS:
            self.result.faults.append(Fault(position, id, f"{message}.", f"{zh}。"))

    def finish(self, whole: bool = True) -> Verification:
        """The result. `whole`: all entries were looked at or recalled."""
        if not whole:
            return self.result
        for id, parts in self._erased.items():
            account = self._accounts.get(id)
            if account is None or account.get("erased") != erased_digest(parts):
                message = f"{len(parts)} part(s) are marked as erased, but no command accounts for them ({id})"
                self._fault(0, id, message, f"{len(parts)} 处被标记为已清除，但没有对应的操作记录（{id}）")
        missing = [position for position in self._heads if position > self.result.head.position]
        if missing:
            self._fault(max(missing), None, "The end of the chain was cut off", "审计链末尾被截断")
        return self.result


def verify(key: bytes, entries: Iterable[Any], heads: Iterable[Head] = ()) -> Verification:
    """Looks at all sealed entries, in the order of their position."""
    verifier = Verifier(key, heads)
    for entry in entries:
        verifier.look(entry)
    return verifier.finish()


def read_heads(lines: Iterable[str]) -> Iterator[Head]:
    """Heads as `facet audit export` wrote them, one JSON object a line. ValueError for other text."""
    for line in lines:
        if line.strip():
            data = json.loads(line)
            yield Head(int(data["position"]), str(data["mac"]))
