"""`check`: what a form that loads still says wrongly, for the report at deployment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from forms.conditions import Condition
from forms.errors import FormProblem
from forms.findings import translated
from forms.hints import FIELD_HINTS
from forms.model import NUMERIC, TEMPORAL, Field, Form, Kind, Record
from forms.moments import Clock, is_moment
from forms.values import Bad, Surroundings, typed

ANNOTATIONS = frozenset(
    {"title", "description", "default", "examples", "readOnly", "writeOnly", "deprecated", "$comment", "type"}
)
_BOUNDS = frozenset({"formatMinimum", "formatMaximum", "formatExclusiveMinimum", "formatExclusiveMaximum"})
_FIGURES = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_CROSS = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else"})
_LIST = frozenset({"items", "minItems", "maxItems", "uniqueItems"})
_OBJECT = frozenset(
    {
        "properties",
        "required",
        "additionalProperties",
        "unevaluatedProperties",
        "dependentRequired",
        "dependentSchemas",
        "minProperties",
        "maxProperties",
    }
)
_TEXT = frozenset({"minLength", "maxLength", "pattern"})
_SAMPLE = Surroundings(Clock(date(2026, 1, 1), datetime(2026, 1, 1, 12, tzinfo=UTC), UTC))


def check(form: Form, *, evaluator_parse: Callable[[str], object] | None = None) -> list[FormProblem]:
    """Everything worth saying about a loaded form, errors first, each with the pointer into its schema.

    Errors: a FEEL text that `evaluator_parse` refuses (by raising anything), a default that the form itself would
    refuse, a condition that no answer can meet. Warnings: a missing Chinese title, a keyword that has no effect on
    this kind of field.
    """
    found = [*_record(form.record, evaluator_parse)]
    if not form.words.zh:
        found.append(_warning("", f"The form '{form.key}' has no Chinese title.", f"表单“{form.key}”没有中文标题。"))
    for each in form.record.walk():
        found += _field(each, evaluator_parse)
        if each.record is not None:
            found += _record(each.record, evaluator_parse)
    return sorted(found, key=lambda problem: problem.severity)


def _error(at: str, en: str, zh: str) -> FormProblem:
    return FormProblem("error", at, en, zh)


def _warning(at: str, en: str, zh: str) -> FormProblem:
    return FormProblem("warning", at, en, zh)


def _record(record: Record, parse: Callable[[str], object] | None) -> Iterator[FormProblem]:
    for rule in record.rules:
        yield from _feel(rule.test, rule.pointer, parse)
        if not rule.message.zh:
            yield _warning(rule.pointer, "The rule has no Chinese message.", "规则没有中文提示。")
    for each in record.fields:
        for condition in (each.when, each.required_when):
            if condition is not None:
                yield from _reachable(each, condition, record.by_name)


def _field(each: Field, parse: Callable[[str], object] | None) -> Iterator[FormProblem]:
    if not each.label.zh:
        yield _warning(each.pointer, f"'{each.name}' has no Chinese title.", f"“{each.name}”没有中文标题。")
    if each.calc is not None:
        yield from _feel(each.calc, f"{each.pointer}/x-calc", parse)
    if any(not option.label.zh for option in each.options if not _same_in_both(option.label.en)):
        yield _warning(
            each.pointer, f"An answer of '{each.name}' has no Chinese title.", f"“{each.name}”有选项没有中文标题。"
        )
    for keyword in sorted(set(each.schema) - _known(each)):
        yield _warning(
            f"{each.pointer}/{keyword}", f"'{keyword}' has no effect on this field.", f"“{keyword}”对此字段不起作用。"
        )
    yield from _default(each)


def _same_in_both(text: str) -> bool:
    """Codes and figures need no translation."""
    return not any(char.islower() for char in text)


def _known(each: Field) -> frozenset[str]:
    known = ANNOTATIONS | FIELD_HINTS | {"format"}
    if each.kind in (Kind.SECTION, Kind.GEOLOCATION):
        return known | _OBJECT | _CROSS
    if each.kind in (Kind.ROWS, Kind.CHOICES) or each.multiple:
        return known | _LIST
    if each.kind in NUMERIC:
        return known | _FIGURES | _CROSS | {"const"}
    if each.kind in TEMPORAL:
        return known | _BOUNDS
    if each.kind in (Kind.TEXT, Kind.TEXTAREA, Kind.PHONE):
        return known | _TEXT | _CROSS | {"const"}
    return (
        known | {"oneOf", "enum"}
        if each.kind is Kind.CHOICE
        else known | ({"const"} if each.kind is Kind.SWITCH else set())
    )


def _feel(text: str, at: str, parse: Callable[[str], object] | None) -> Iterator[FormProblem]:
    if parse is None:
        return
    try:
        parse(text)
    except Exception as error:  # whatever the parser of the caller raises is its way of refusing
        yield _error(at, f"The expression cannot be read: {error}", f"表达式无法解析：{error}")


def _default(each: Field) -> Iterator[FormProblem]:
    value = each.default
    if value is None or each.record is not None or (each.kind in TEMPORAL and is_moment(value, each.kind)):
        return
    listed = value if (each.multiple or each.kind is Kind.CHOICES) and isinstance(value, list) else [value]
    try:
        for one in listed:
            made = typed(each, one, _SAMPLE)
            for error in each.validator.iter_errors(made) if each.validator else ():
                message = translated(error)
                yield _error(
                    f"{each.pointer}/default",
                    f"The default is not allowed: {message.en}",
                    f"默认值不符合要求：{message.zh}",
                )
    except Bad as bad:
        yield _error(
            f"{each.pointer}/default",
            f"The default is not allowed: {bad.message.en}",
            f"默认值不符合要求：{bad.message.zh}",
        )


def _reachable(each: Field, condition: Condition, beside: Mapping[str, Field]) -> Iterator[FormProblem]:
    """A condition on a choice must name one of its answers: `const` and `enum` are where the typing errors are."""
    for name, schema in condition.raw.items():
        target = beside.get(name)
        if target is None or not target.options or not isinstance(schema, Mapping):
            continue
        wanted: list[Any] = [schema["const"]] if "const" in schema else list(schema.get("enum", []))
        if wanted and not any(one is None or str(one) in target.by_text for one in wanted):
            yield _error(
                each.pointer,
                f"'{each.name}' waits for an answer that '{name}' does not have.",
                f"“{each.name}”所等待的答案不在“{name}”的选项中。",
            )
