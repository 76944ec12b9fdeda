"""`validate`: submitted data against a form, field by field; only declared, visible, writable fields come out,
typed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from forms.build import MAX_OPTIONS, MAX_TEXT
from forms.conditions import plain
from forms.errors import Rejected
from forms.findings import as_schema_sees, consent, few, missing, placed, translated, within
from forms.model import TEMPORAL, UPLOADS, Field, Form, Kind, Record, Rule
from forms.moments import Clock, resolve, shown
from forms.prefilling import as_json
from forms.source import pointer
from forms.submission import Submission, Upload
from forms.values import Bad, Surroundings, is_empty, storable, typed
from forms.words import Message, sentence

Evaluator = Callable[[str, Mapping[str, Any]], Any]
"""FEEL: (expression text, variables by name) -> value. Any exception means that the expression cannot be evaluated."""

MAX_TOTAL_TEXT = 10 * MAX_TEXT
MAX_ERRORS = 200
_GIVEN = object()


def validate(
    form: Form,
    data: Mapping[str, Any],
    *,
    variables: Mapping[str, Any] | None = None,
    today: date,
    now: datetime,
    evaluate: Evaluator | None,
    users: Collection[str] | None = None,
    groups: Collection[str] | None = None,
    zone: tzinfo = UTC,
) -> Submission:
    """Checks `data` (from JSON or from `parse_html`) and gives typed values.

    `variables` are the process variables: read-only fields show them, calculations and rules may read them. `today`
    is the date where the person is, `now` an aware datetime, `zone` the zone of date-times that carry no offset.
    `users` and `groups`, when given, are the usernames and group keys that may be chosen. Raises `Rejected` with one
    message per JSON pointer, and ValueError if the form calculates and `evaluate` is None.
    """
    run = _Run(form, variables or {}, Surroundings(Clock(today, now, zone), users, groups), evaluate)
    if not isinstance(data, Mapping):
        raise Rejected({"": sentence("type.section")})
    values = run.record(form.record, data, "", variables or {}, run.root)[1]
    if form.max_files and len({each.id for each in run.uploads}) > form.max_files:
        run.say("", sentence("max-files", form.max_files))
    if run.errors:
        raise Rejected(run.errors)
    return Submission(values, tuple(run.hidden), tuple(run.uploads))


def calculate(
    form: Form,
    data: Mapping[str, Any],
    *,
    variables: Mapping[str, Any] | None = None,
    today: date,
    now: datetime,
    evaluate: Evaluator | None,
    zone: tzinfo = UTC,
) -> dict[str, Any]:
    """The calculated fields alone, for the page's preview while somebody is still typing: as `validate`, but never refuses.

    Gives JSON-like values in the shape of the data (rows in their order); what cannot be calculated yet is None.
    """
    run = _Run(form, variables or {}, Surroundings(Clock(today, now, zone)), evaluate, lenient=True)
    values = run.record(form.record, data if isinstance(data, Mapping) else {}, "", variables or {}, run.root)[0]
    return _calculated(form.record, values)


def _calculated(record: Record, values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in record.fields:
        value = values.get(each.name)
        if each.calc is not None:
            found[each.name] = as_json(value, each)
        elif each.record is not None and any(inner.calc is not None for inner in each.record.walk()):
            if isinstance(value, list):
                found[each.name] = [_calculated(each.record, row) for row in value]
            else:
                found[each.name] = _calculated(each.record, value or {})
    return found


@dataclass(slots=True)
class _Run:
    """One validation; collects errors as it goes."""

    form: Form
    variables: Mapping[str, Any]
    around: Surroundings
    evaluate: Evaluator | None
    lenient: bool = False
    root: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, Message] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    text: int = 0

    def say(self, at: str, message: Message) -> None:
        """Keeps the first message for a place, and no more than a person would ever read."""
        if len(self.errors) < MAX_ERRORS:
            self.errors.setdefault(at, message)

    # -- records -----------------------------------------------------------------------------------------------------

    def record(
        self, record: Record, data: Mapping[str, Any], at: str, shown_values: Mapping[str, Any], here: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """All values of the record (for expressions) and those it may write. `here` is filled and returned."""
        for name in data:
            if name not in record.by_name:
                self.say(at + pointer(str(name)[:100]), sentence("unknown"))
        here.update(dict.fromkeys(record.by_name))
        written: dict[str, Any] = {}
        before = len(self.errors)
        visible: set[str] = set()
        for each in record.order:
            if each.when is not None and not each.when.holds(here, self.root):
                if not at:
                    self.hidden.append(each.name)
                continue
            visible.add(each.name)
            self._one(each, data, at + pointer(each.name), shown_values, here, written)
        if self.lenient:
            return here, written
        if record.validator is not None and len(self.errors) == before:
            self._cross(record, here, at)
        if len(self.errors) == before:
            for rule in record.rules:
                self._rule(rule, visible, here, at)
        return here, written

    def _one(
        self,
        each: Field,
        data: Mapping[str, Any],
        at: str,
        shown_values: Mapping[str, Any],
        here: dict[str, Any],
        written: dict[str, Any],
    ) -> None:
        raw = data.get(each.name, _GIVEN)
        if each.read_only:
            here[each.name] = shown_values.get(each.prefill or each.name)
            self._unchanged(each, raw, here[each.name], at)
            if at.count("/") > 1:  # inside a section or row the written object stays whole
                written[each.name] = here[each.name]
        elif each.calc is not None:
            here[each.name] = written[each.name] = self._calculate(each, here, at)
        elif each.record is not None and each.kind is Kind.SECTION:
            inner, kept = self._section(each, raw, at, shown_values)
            here[each.name], written[each.name] = inner, kept
        elif each.record is not None:
            inner_rows, kept_rows = self._rows(each, raw, at, here, shown_values)
            here[each.name], written[each.name] = inner_rows, kept_rows
        else:
            here[each.name] = written[each.name] = self._answer(each, raw, at, here)

    def _section(
        self, each: Field, raw: Any, at: str, shown_values: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        assert each.record is not None
        given = {} if raw is _GIVEN or is_empty(raw) else raw
        if not isinstance(given, Mapping):
            self.say(at, sentence("type.section"))
            given = {}
        known = shown_values.get(each.prefill or each.name)
        return self.record(each.record, given, at, known if isinstance(known, Mapping) else {}, {})

    def _rows(
        self, each: Field, raw: Any, at: str, outer: Mapping[str, Any], shown_values: Mapping[str, Any]
    ) -> tuple[list[Any], list[Any]]:
        assert each.record is not None
        known = fixed_rows(each, shown_values)
        given = known_blank(known) if raw is _GIVEN or is_empty(raw) else raw
        if not isinstance(given, list | tuple) or (each.fixed and len(given) != len(known)):
            self.say(at, sentence("type.rows"))
            return [], []
        if not self._counted(each, given, at, outer):
            return [], []
        all_rows, kept = [], []
        for index, row in enumerate(given):
            if not isinstance(row, Mapping):
                self.say(f"{at}/{index}", sentence("type.section"))
                continue
            inner, written = self.record(each.record, row, f"{at}/{index}", known[index] if each.fixed else {}, {})
            all_rows.append(inner)
            kept.append(written)
        return all_rows, kept

    # -- single answers ----------------------------------------------------------------------------------------------

    def _required(self, each: Field, here: Mapping[str, Any]) -> bool:
        return each.required or (each.required_when is not None and each.required_when.holds(here, self.root))

    def _counted(self, each: Field, given: Collection[Any], at: str, here: Mapping[str, Any]) -> bool:
        """Whether a list has as many entries as it must; a list that need not be there may be empty."""
        if not given:
            if self._required(each, here):
                self.say(
                    at,
                    self._worded(each, missing(each))
                    if each.min_items <= 1
                    else self._worded(each, few(each, "minItems")),
                )
            return False
        if len(given) < each.min_items:
            self.say(at, self._worded(each, few(each, "minItems")))
        if len(given) > each.max_items:
            self.say(at, self._worded(each, few(each, "maxItems")))
            return False
        return True

    def _answer(self, each: Field, raw: Any, at: str, here: Mapping[str, Any]) -> Any:
        if raw is _GIVEN:
            raw = self._default(each)
        if each.multiple or each.kind is Kind.CHOICES:
            return self._several(each, raw, at, here)
        if is_empty(raw):
            if each.kind is Kind.SWITCH and (not self._required(each, here) or consent(each)):
                raw = False
            else:
                if self._required(each, here):
                    self.say(at, self._worded(each, missing(each)))
                return None
        return self._value(each, raw, at)

    def _several(self, each: Field, raw: Any, at: str, here: Mapping[str, Any]) -> list[Any]:
        given = [] if is_empty(raw) else list(raw) if isinstance(raw, list | tuple) else [raw]
        given = [one for one in given if not is_empty(one)]
        if len(given) <= MAX_OPTIONS:
            given = [one for index, one in enumerate(given) if one not in given[:index]]
        if not self._counted(each, given, at, here):
            return []
        found: list[Any] = []
        for one in given:
            value = self._value(each, one, at)
            if value is not None and value not in found:
                found.append(value)
        if len(found) < each.min_items:
            self.say(at, self._worded(each, few(each, "minItems")))
        return found

    def _default(self, each: Field) -> Any:
        """What JSON that leaves the field out means: its default, with `today` and `now` resolved."""
        if each.kind in TEMPORAL and isinstance(each.default, str):
            return resolve(each.default, each.kind, self.around.clock)
        return each.default

    def _value(self, each: Field, raw: Any, at: str) -> Any:
        """One typed and checked value, or None with a message said."""
        if isinstance(raw, str):
            self.text += len(raw)
            if self.text > MAX_TOTAL_TEXT:
                self.say("", sentence("size"))
                return None
            if each.max_length and len(raw) > each.max_length + 1000:
                self.say(at, self._worded(each, sentence("maxLength", each.max_length)))
                return None
        try:
            value = typed(each, raw, self.around)
        except Bad as bad:
            self.say(at, self._worded(each, bad.message))
            return None
        problem = self._problem(each, value)
        if problem is not None:
            self.say(at, self._worded(each, problem))
        elif each.kind in UPLOADS:
            self.uploads.append(Upload(value, at, each))
        return value

    def _problem(self, each: Field, value: Any) -> Message | None:
        if isinstance(value, str) and len(value) > each.max_length:
            return sentence("maxLength", each.max_length)
        if each.validator is not None:
            for error in each.validator.iter_errors(value):
                return translated(error)
        for bound in each.bounds:
            limit: Any = resolve(bound.moment, each.kind, self.around.clock)
            if not within(bound.keyword, value, limit):
                return sentence(bound.keyword, shown(limit, self.around.clock.zone))
        return None

    def _worded(self, each: Field, message: Message) -> Message:
        """The author's own sentence for this keyword, if there is one; `*` stands for any keyword."""
        own = each.messages.get(message.code) or each.messages.get("*") if each.messages else None
        return Message(message.code, own.get("en"), own.get("zh")) if own else message

    def _unchanged(self, each: Field, raw: Any, value: Any, at: str) -> None:
        """A read-only field may be sent back as it was shown, by clients that return the whole record."""
        if raw is _GIVEN or is_empty(raw):
            return
        try:
            same = raw == value or (
                each.record is None
                and not each.multiple
                and typed(each, raw, self.around) == typed(each, value, self.around)
            )
        except (Bad, TypeError):
            same = False
        if not same:
            self.say(at, sentence("readOnly"))

    # -- expressions -------------------------------------------------------------------------------------------------

    def _feel(self, text: str, here: Mapping[str, Any]) -> Any:
        if self.evaluate is None:
            raise ValueError(f"form '{self.form.key}' has expressions and no evaluator was given")
        return self.evaluate(text, {**self.variables, **self.root, **here})

    def _calculate(self, each: Field, here: Mapping[str, Any], at: str) -> Any:
        """Null stays null: something it reads has not been filled in."""
        assert each.calc is not None
        if self.evaluate is None:
            self._feel(each.calc, here)
        try:
            raw = self._feel(each.calc, here)
            if is_empty(raw):
                return None
            if each.multiple or each.kind is Kind.CHOICES:
                return [typed(each, one, self.around) for one in raw]
            if isinstance(raw, str):
                storable(raw, lines=True)
            value = typed(each, raw, self.around)
        except Exception:  # an expression can fail in any way its evaluator knows; the author is told by the message
            if not self.errors:
                self.say(at, sentence("calc"))
            return None
        problem = self._problem(each, value)
        if problem is not None:
            self.say(at, self._worded(each, problem))
        return value

    def _rule(self, rule: Rule, visible: set[str], here: Mapping[str, Any], at: str) -> None:
        """A rule that stands at a field is asked only when that field is visible and has an answer."""
        if rule.field and (rule.field not in visible or plain(here.get(rule.field)) is None):
            return
        place = at + pointer(rule.field) if rule.field else at
        if self.evaluate is None:
            self._feel(rule.test, here)
        try:
            holds = self._feel(rule.test, here)
        except Exception:  # as above: no rule is passed that could not be asked
            self.say(place, sentence("rule.failed"))
            return
        if holds is not True:
            self.say(place, Message("rule", rule.message.get("en"), rule.message.get("zh")))

    def _cross(self, record: Record, here: Mapping[str, Any], at: str) -> None:
        """Object-level keywords: `if`/`then`, `dependentRequired`, `anyOf` … over the answers that are there."""
        assert record.validator is not None
        present = as_schema_sees(here)
        for error in record.validator.iter_errors(present):
            for place, message in placed(error, at):
                self.say(place, message)


def fixed_rows(each: Field, variables: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows of the variable that a fixed table (one with read-only columns) shows."""
    found = variables.get(each.prefill or each.name) if each.fixed else None
    return (
        [row if isinstance(row, Mapping) else {} for row in found[: each.max_items]] if isinstance(found, list) else []
    )


def known_blank(rows: Collection[Any]) -> list[Any]:
    """As many empty rows."""
    return [{} for _ in rows]
