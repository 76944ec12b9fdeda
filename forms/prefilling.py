"""`prefill`: what a form shows before anybody has typed: defaults, variables, and the draft over them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from forms.model import TEMPORAL, Field, Form, Kind, Record
from forms.moments import Clock, resolve
from forms.values import CENT


def prefill(
    form: Form,
    variables: Mapping[str, Any],
    *,
    draft: Mapping[str, Any] | None,
    today: date | None = None,
    now: datetime | None = None,
    zone: tzinfo = UTC,
) -> dict[str, Any]:
    """Name → JSON-like value for `render`, for every field that has one.

    In rising order: the schema's `default` (`today`, `now+PT2H` … are resolved against `today` and `now`), the
    process variable of the field's name (or of `x-prefill`; not with `x-prefill: false`), the draft. Read-only fields
    come from variables alone.
    """
    moment = now or datetime.now(UTC)
    clock = Clock(today or moment.astimezone(zone).date(), moment, zone)
    return _record(form.record, variables, draft or {}, clock)


def _record(record: Record, variables: Mapping[str, Any], draft: Mapping[str, Any], clock: Clock) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in record.fields:
        value = _field(each, variables, draft, clock)
        if value is not None:
            found[each.name] = value
    return found


def _field(each: Field, variables: Mapping[str, Any], draft: Mapping[str, Any], clock: Clock) -> Any:
    known = variables.get(each.prefill) if each.prefill else None
    if each.read_only:
        return as_json(variables.get(each.prefill or each.name), each)
    if each.calc is None and each.name in draft and each.record is None:
        return as_json(draft[each.name], each)
    if each.record is not None and each.kind is Kind.SECTION:
        return _record(each.record, _mapping(known), _mapping(draft.get(each.name)), clock)
    if each.record is not None:
        return _rows(each, each.record, known, draft.get(each.name), clock)
    return as_json(known if known is not None else _default(each, clock), each)


def _rows(each: Field, record: Record, known: Any, drafted: Any, clock: Clock) -> list[dict[str, Any]] | None:
    rows = known if isinstance(known, list) else each.default if isinstance(each.default, list) else []
    typed_in = drafted if isinstance(drafted, list) else None
    if typed_in is not None and not each.fixed:
        return [_record(record, {}, _mapping(row), clock) for row in typed_in[: each.max_items]]
    pairs = zip(rows[: each.max_items], [*(typed_in or []), *([{}] * len(rows))], strict=False)
    return [_record(record, _mapping(row), _mapping(over), clock) for row, over in pairs]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _default(each: Field, clock: Clock) -> Any:
    if each.kind in TEMPORAL and isinstance(each.default, str):
        return resolve(each.default, each.kind, clock)
    return each.default


def as_json(value: Any, each: Field | None = None) -> Any:
    """A typed value as JSON holds it: decimals and moments as text, money with two places."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal) or (each is not None and each.kind is Kind.MONEY and isinstance(value, int | float)):
        return decimal_text(Decimal(str(value)), money=each is not None and each.kind is Kind.MONEY)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        inner = each.record.by_name if each is not None and each.record is not None else {}
        return {str(name): as_json(one, inner.get(str(name))) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(one, each) for one in value]
    return value


def decimal_text(value: Decimal, *, money: bool) -> str:
    """Plain digits, never an exponent; money rounded half up to two places."""
    if not value.is_finite() or abs(value.adjusted()) > 40:
        return ""
    return format(value.quantize(CENT, ROUND_HALF_UP) if money else value, "f")
