"""From a written-out JSON Schema to fields: every hint is read here, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from jsonschema.protocols import Validator

from forms.hints import FIELD_HINTS, NAME, ROOT_HINTS, Hints
from forms.keywords import validator
from forms.kinds import kind_of, type_of
from forms.model import NUMERIC, TEMPORAL, Bound, Field, Kind, Option, Record, Rule
from forms.moments import is_moment
from forms.ordering import Circle, order
from forms.patterns import UnsafePattern, vet
from forms.source import pointer
from forms.words import Words

MAX_FIELDS = 400
MAX_RECORD_DEPTH = 4
MAX_OPTIONS = 1000
MAX_ROWS = 500
MAX_FILES = 50
MAX_TEXT = 100_000
LINE = 1000
BOUNDS = ("formatMinimum", "formatMaximum", "formatExclusiveMinimum", "formatExclusiveMaximum")
LEAF_KEYWORDS = (
    "minLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "const",
    "not",
    "allOf",
    "anyOf",
    "oneOf",
    "enum",
    "if",
    "then",
    "else",
)
RECORD_KEYWORDS = (
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "minProperties",
    "maxProperties",
)
_PATTERN_PLACES = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"})


class Builder(Hints):
    """Builds one form's records; `file` names it in errors."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.count = 0

    def record(self, schema: Mapping[str, Any], at: str, depth: int = 0) -> Record:
        """The fields of an object schema."""
        properties = schema.get("properties", {})
        if depth > MAX_RECORD_DEPTH or not properties:
            raise self.fail(
                "field",
                at,
                "Sections and rows need fields, and may be nested 4 deep at most.",
                "分组和明细必须含有字段，且最多嵌套 4 层。",
            )
        required = schema.get("required", [])
        for name in required:
            if name not in properties:
                raise self.fail(
                    "field", f"{at}/required", f"'{name}' is required but is no field.", f"必填项“{name}”不是字段。"
                )
        fields = tuple(
            self.field(name, each, at + pointer("properties", name), name in required, depth)
            for name, each in properties.items()
        )
        try:
            ordered = order(fields)
        except Circle as circle:
            names = ", ".join(circle.names)
            raise self.fail(
                "order", at, f"These fields depend on one another in a circle: {names}.", f"以下字段循环依赖：{names}。"
            ) from None
        by_name = {each.name: each for each in fields}
        rest = {name: schema[name] for name in RECORD_KEYWORDS if name in schema}
        self._vet_inner(rest, at)
        return Record(fields, ordered, by_name, self._rules(schema, by_name, at), validator(rest) if rest else None)

    def field(self, name: str, schema: Any, at: str, required: bool, depth: int) -> Field:
        """One property."""
        kind, multiple = self._kind(name, schema, at)
        self._hints(schema, FIELD_HINTS, at)
        record = self._inner(kind, schema, at, depth)
        least, most = self._counts(kind, schema, multiple)
        options = self._options(kind, schema, at)
        when, required_when, must = self._conditions(schema, at)
        return Field(
            name=name,
            kind=kind,
            pointer=at,
            schema=schema,
            required=required or must or least > 0,
            required_when=required_when,
            when=when,
            read_only=schema.get("readOnly") is True,
            calc=self._calc(kind, schema, at),
            default=schema.get("default"),
            prefill=self._prefill(name, schema, at),
            options=options,
            by_text={str(each.value): each for each in options},
            multiple=multiple,
            min_items=least,
            max_items=most if kind is not Kind.CHOICES else min(most, len(options)),
            max_length=self._max_length(kind, schema, at),
            bounds=self._bounds(kind, schema, at),
            unique=self._unique(name, kind, multiple, schema, depth, at),
            validator=self._leaf(kind, schema, options, at),
            record=record,
            **self._shown(name, kind, schema, at),
        )

    def _shown(self, name: str, kind: Kind, schema: Mapping[str, Any], at: str) -> dict[str, Any]:
        """What only the page looks at: texts and the look of the control."""
        return {
            "label": self._words(schema, "title", name, at),
            "help": self._maybe(schema, "description", "description", at),
            "placeholder": self._maybe(schema, "x-placeholder", "placeholder", at),
            "section": self._maybe(schema, "x-section", "section", at),
            "unit": self._maybe(schema, "x-unit", "unit", at),
            "add_label": self._maybe(schema, "x-add", "add", at),
            "messages": self._messages(schema, at),
            "widget": self._widget(kind, schema, at),
            "width": self._one_of(schema, "x-width", ("full", "half", "third"), at),
            "accept": self._accept(schema, at),
            "max_bytes": self._max_bytes(kind, schema, at),
            "keeps_position": self._keeps_position(kind, schema, at),
            "autocomplete": self._autocomplete(schema, at),
            "phone": self._one_of(schema, "x-phone", ("cn", "international"), at),
        }

    def _kind(self, name: str, schema: Any, at: str) -> tuple[Kind, bool]:
        """The kind, and whether several; counts the field and checks its name."""
        self.count += 1
        if self.count > MAX_FIELDS:
            en, zh = f"A form has at most {MAX_FIELDS} fields.", f"一个表单最多 {MAX_FIELDS} 个字段。"
            raise self.fail("size", at, en, zh)
        if not NAME.fullmatch(name):
            en = f"'{name}' cannot be a field's name: letters, digits and _ only, beginning with a letter."
            raise self.fail("field", at, en, f"“{name}”不能作为字段名：只能用字母、数字和下划线，并以字母开头。")
        found = kind_of(schema) if isinstance(schema, Mapping) else None
        if found is None:
            en, zh = f"'{name}' has a type or format that forms do not know.", f"“{name}”的 type 或 format 不受支持。"
            raise self.fail("field", at, en, zh)
        return found

    def _inner(self, kind: Kind, schema: Mapping[str, Any], at: str, depth: int) -> Record | None:
        if kind is Kind.SECTION:
            return self.record(schema, at, depth + 1)
        if kind is not Kind.ROWS:
            return None
        self._hints(schema["items"], ROOT_HINTS, f"{at}/items")
        return self.record(schema["items"], f"{at}/items", depth + 1)

    def _options(self, kind: Kind, schema: Mapping[str, Any], at: str) -> tuple[Option, ...]:
        if kind not in (Kind.CHOICE, Kind.CHOICES):
            return ()
        schema = schema if kind is Kind.CHOICE else schema["items"]
        listed = [{"const": each} for each in schema["enum"]] if "enum" in schema else schema["oneOf"]
        numeric = type_of(schema) in ("integer", "number")
        found = []
        for each in listed:
            value = each["const"]
            if isinstance(value, bool) or not isinstance(value, (int, Decimal) if numeric else str) or value == "":
                raise self.fail(
                    "field", at, "Every answer of a choice must have the choice's type.", "选项的值必须与字段类型一致。"
                )
            found.append(Option(value, self._words(each, "title", str(value), at)))
        if not 0 < len(found) <= MAX_OPTIONS or len({str(each.value) for each in found}) < len(found):
            raise self.fail(
                "field",
                at,
                f"A choice has 1 to {MAX_OPTIONS} different answers.",
                f"选项须为 1 至 {MAX_OPTIONS} 个且互不相同。",
            )
        return tuple(found)

    def _counts(self, kind: Kind, schema: Mapping[str, Any], multiple: bool) -> tuple[int, int]:
        cap = MAX_ROWS if kind is Kind.ROWS else MAX_OPTIONS if kind is Kind.CHOICES else MAX_FILES if multiple else 0
        return (int(schema.get("minItems", 0)), min(int(schema.get("maxItems", cap)), cap)) if cap else (0, 1)

    def _max_length(self, kind: Kind, schema: Mapping[str, Any], at: str) -> int:
        if kind not in (Kind.TEXT, Kind.TEXTAREA):
            return LINE
        said = schema.get("maxLength")
        length = min(int(said), MAX_TEXT) if said is not None else (LINE if kind is Kind.TEXT else MAX_TEXT)
        if "pattern" not in schema:
            return length
        try:
            return vet(schema["pattern"], None if said is None else length)
        except UnsafePattern as unsafe:
            raise self.fail("pattern", f"{at}/pattern", str(unsafe), unsafe.zh) from None

    def _vet_inner(self, node: Any, at: str) -> None:
        """Patterns inside `if`, `allOf` … see texts of any length."""
        if isinstance(node, Mapping):
            if isinstance(node.get("pattern"), str):
                try:
                    vet(node["pattern"], MAX_TEXT)
                except UnsafePattern as unsafe:
                    raise self.fail("pattern", at, str(unsafe), unsafe.zh) from None
            for each in node.values():
                self._vet_inner(each, at)
        elif isinstance(node, list):
            for each in node:
                self._vet_inner(each, at)

    def _bounds(self, kind: Kind, schema: Mapping[str, Any], at: str) -> tuple[Bound, ...]:
        found = []
        for keyword in BOUNDS:
            if keyword not in schema:
                continue
            if kind not in TEMPORAL or not is_moment(schema[keyword], kind):
                raise self.fail(
                    "field",
                    f"{at}/{keyword}",
                    f"'{keyword}' stands on a date or time and is now, today, today+P30D … or such a value.",
                    f"“{keyword}”只能用于日期或时间字段，取值如 now、today、today+P30D。",
                )
            found.append(Bound(keyword, str(schema[keyword])))
        return tuple(found)

    def _leaf(self, kind: Kind, schema: Mapping[str, Any], options: tuple[Option, ...], at: str) -> Validator | None:
        if kind not in NUMERIC | {Kind.TEXT, Kind.TEXTAREA, Kind.PHONE, Kind.SWITCH}:
            return None
        rest = {name: schema[name] for name in LEAF_KEYWORDS if name in schema}
        self._vet_inner({name: each for name, each in rest.items() if name in _PATTERN_PLACES}, at)
        if schema.get("format") in ("email", "uri"):
            rest["format"] = schema["format"]
        return validator(rest) if rest else None

    def _rules(self, schema: Mapping[str, Any], by_name: Mapping[str, Field], at: str) -> tuple[Rule, ...]:
        found = []
        listed = schema.get("x-rules", [])
        for index, each in enumerate(listed if isinstance(listed, list) else [None]):
            where = f"{at}/x-rules/{index}"
            shaped = (
                isinstance(each, Mapping)
                and not set(each) - {"test", "field", "message", "message-zh"}
                and all(isinstance(part, str) for part in each.values())
            )
            if not shaped or not 0 < len(each.get("test", "")) <= 2000 or not each.get("message"):
                raise self.fail(
                    "hint",
                    where,
                    "A rule has test (FEEL, at most 2000 characters), message, message-zh and field.",
                    "规则包含 test(FEEL，最长 2000 字符)、message、message-zh 和 field。",
                )
            if each.get("field", "") and each["field"] not in by_name:
                raise self.fail(
                    "hint",
                    where,
                    f"The rule stands at '{each['field']}', which is no field here.",
                    f"规则所指的“{each['field']}”不是此处的字段。",
                )
            found.append(
                Rule(
                    each["test"].strip().removeprefix("=").strip(),
                    each.get("field", ""),
                    Words(each["message"], each.get("message-zh", "")),
                    where,
                )
            )
        return tuple(found)
