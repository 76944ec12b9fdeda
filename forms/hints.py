"""The `x-…` hints of a field and its texts in both languages, read and checked one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from forms.conditions import BadCondition, Condition, compile_condition
from forms.errors import FormError
from forms.kinds import WIDGETS
from forms.model import UNIQUE, Kind
from forms.words import Words

NAME = re.compile(r"[^\W\d_]\w{0,63}")
FIELD_HINTS = frozenset(
    {
        "x-zh",
        "x-when",
        "x-required",
        "x-calc",
        "x-rules",
        "x-widget",
        "x-width",
        "x-section",
        "x-messages",
        "x-prefill",
        "x-placeholder",
        "x-accept",
        "x-max-mb",
        "x-keep-position",
        "x-phone",
        "x-unique",
        "x-unit",
        "x-add",
        "x-autocomplete",
    }
)
ROOT_HINTS = frozenset({"x-zh", "x-rules"})
FORM_HINTS = ROOT_HINTS | {"x-max-files", "x-max-total-mb"}
MEGABYTE = 1024 * 1024
LEAST_MB, LARGEST_MB = Decimal("0.01"), 10_000
MOST_FILES = 1000


class Hints:
    """Reads the hints of one form; `file` names it in errors."""

    def __init__(self, file: str) -> None:
        self.file = file

    def fail(self, code: str, at: str, en: str, zh: str) -> FormError:
        return FormError(code, en, zh, file=self.file, pointer=at)

    def _zh(self, schema: Mapping[str, Any], at: str) -> Mapping[str, Any]:
        found = schema.get("x-zh", {})
        found = {"title": found} if isinstance(found, str) else found
        if not isinstance(found, Mapping):
            raise self.fail("hint", at, "x-zh is a text or an object of texts.", "x-zh 应为文字或由文字组成的对象。")
        return found

    def _words(self, schema: Mapping[str, Any], key: str, fallback: str, at: str, zh_key: str = "") -> Words:
        en, zh = schema.get(key, ""), self._zh(schema, at).get(zh_key or key, "")
        if not isinstance(en, str) or not isinstance(zh, str):
            raise self.fail("hint", at, f"'{key}' and its Chinese must be texts.", f"“{key}”及其中文必须是文字。")
        return Words(en or (fallback if not zh else ""), zh)

    def _maybe(self, schema: Mapping[str, Any], key: str, zh_key: str, at: str) -> Words | None:
        found = self._words(schema, key, "", at, zh_key)
        return found if found.en or found.zh else None

    def _messages(self, schema: Mapping[str, Any], at: str) -> dict[str, Words]:
        en, zh = schema.get("x-messages", {}), self._zh(schema, at).get("messages", {})
        both = (en, zh)
        if not all(isinstance(each, Mapping) and all(isinstance(text, str) for text in each.values()) for each in both):
            raise self.fail("hint", at, "x-messages maps keywords to texts.", "x-messages 应为“关键字 → 文字”。")
        return {key: Words(en.get(key, ""), zh.get(key, "")) for key in {**en, **zh}}

    def _hints(self, schema: Mapping[str, Any], allowed: frozenset[str], at: str) -> None:
        for key in schema:
            if key.startswith("x-") and key not in allowed:
                raise self.fail("hint", at, f"There is no hint '{key}' here.", f"此处没有“{key}”这一提示。")

    def titles(self, schema: Mapping[str, Any], key: str) -> tuple[Words, Words | None]:
        """The form's own title and description."""
        return self._words(schema, "title", key, ""), self._maybe(schema, "description", "description", "")

    def root_hints(self, schema: Mapping[str, Any]) -> None:
        """Refuses hints that mean nothing on the form itself."""
        self._hints(schema, FORM_HINTS, "")

    def _one_of(self, schema: Mapping[str, Any], key: str, allowed: tuple[str, ...], at: str) -> str:
        found = schema.get(key, allowed[0])
        if found not in allowed:
            listed = ", ".join(allowed)
            raise self.fail("hint", at, f"'{key}' is one of: {listed}.", f"“{key}”只能是：{listed}。")
        return str(found)

    def _widget(self, kind: Kind, schema: Mapping[str, Any], at: str) -> str:
        return self._one_of(schema, "x-widget", ("", *WIDGETS.get(kind, ())), at)

    def _accept(self, schema: Mapping[str, Any], at: str) -> tuple[str, ...]:
        found = schema.get("x-accept", [])
        found = [found] if isinstance(found, str) else found
        if not isinstance(found, list) or not all(
            isinstance(each, str) and re.fullmatch(r"\.\w{1,10}|\w+/[\w.+*-]+", each) for each in found
        ):
            raise self.fail(
                "hint",
                at,
                "x-accept lists media types or endings such as '.pdf'.",
                "x-accept 应列出媒体类型或扩展名，如“.pdf”。",
            )
        return tuple(found)

    def _max_bytes(self, kind: Kind, schema: Mapping[str, Any], at: str) -> int:
        if "x-max-mb" in schema and kind not in (Kind.FILE, Kind.PHOTO):
            raise self.fail("hint", at, "x-max-mb stands on a file or photo.", "x-max-mb 只能用于文件或照片字段。")
        return self._megabytes(schema, "x-max-mb", at)

    def _megabytes(self, schema: Mapping[str, Any], key: str, at: str) -> int:
        """Bytes; 0 where nothing is said."""
        found = schema.get(key, 0)
        right = isinstance(found, int | Decimal) and not isinstance(found, bool) and LEAST_MB <= found <= LARGEST_MB
        if key in schema and not right:
            en = f"'{key}' is a number of megabytes from {LEAST_MB} to {LARGEST_MB}."
            raise self.fail("hint", f"{at}/{key}", en, f"“{key}”应为 {LEAST_MB} 到 {LARGEST_MB} 之间的数字（MB）。")
        return int(found * MEGABYTE)

    def _keeps_position(self, kind: Kind, schema: Mapping[str, Any], at: str) -> bool:
        found = schema.get("x-keep-position", False)
        if not isinstance(found, bool) or (found and kind not in (Kind.FILE, Kind.PHOTO)):
            raise self.fail(
                "hint",
                at,
                "x-keep-position is true or false, on a file or photo.",
                "x-keep-position 应为 true 或 false，且只能用于文件或照片字段。",
            )
        return found

    def totals(self, schema: Mapping[str, Any]) -> tuple[int, int]:
        """Files and bytes of one submission in all; 0: no limit of the form's own."""
        files = schema.get("x-max-files", 0)
        right = isinstance(files, int) and not isinstance(files, bool) and 0 < files <= MOST_FILES
        if "x-max-files" in schema and not right:
            en = f"x-max-files is a whole number from 1 to {MOST_FILES}."
            raise self.fail("hint", "/x-max-files", en, f"x-max-files 应为 1 到 {MOST_FILES} 的整数。")
        return int(files), self._megabytes(schema, "x-max-total-mb", "")

    def _autocomplete(self, schema: Mapping[str, Any], at: str) -> str:
        found = schema.get("x-autocomplete", "off")
        if not isinstance(found, str) or not re.fullmatch(r"[a-z0-9 -]{1,60}", found):
            raise self.fail(
                "hint",
                at,
                "x-autocomplete is an HTML autofill name such as 'tel' or 'name'.",
                "x-autocomplete 应为 HTML 自动填充名称，如 tel、name。",
            )
        return found

    def _prefill(self, name: str, schema: Mapping[str, Any], at: str) -> str | None:
        found = schema.get("x-prefill", True)
        if isinstance(found, bool):
            return name if found else None
        if not isinstance(found, str) or not NAME.fullmatch(found):
            raise self.fail(
                "hint", at, "x-prefill is true, false or a variable's name.", "x-prefill 应为 true、false 或变量名。"
            )
        return found

    def _unique(
        self, name: str, kind: Kind, multiple: bool, schema: Mapping[str, Any], depth: int, at: str
    ) -> str | None:
        found = schema.get("x-unique", False)
        if found is False:
            return None
        if multiple or depth > 0 or kind not in UNIQUE:
            raise self.fail(
                "hint",
                at,
                "x-unique is for texts, phone numbers and whole numbers of the form itself.",
                "x-unique 只用于表单顶层的文字、电话和整数字段。",
            )
        register = name if found is True else found
        if not isinstance(register, str) or not NAME.fullmatch(register):
            raise self.fail("hint", at, "x-unique is true or a register's name.", "x-unique 应为 true 或登记簿名称。")
        return register

    def _calc(self, kind: Kind, schema: Mapping[str, Any], at: str) -> str | None:
        found = schema.get("x-calc")
        if found is None:
            return None
        if (
            not isinstance(found, str)
            or not 0 < len(found) <= 2000
            or kind in (Kind.SECTION, Kind.ROWS, Kind.FILE, Kind.PHOTO, Kind.SIGNATURE)
        ):
            raise self.fail(
                "hint",
                at,
                "x-calc is a FEEL expression of at most 2000 characters, on a simple field.",
                "x-calc 应为简单字段上的 FEEL 表达式，最长 2000 字符。",
            )
        return found.strip().removeprefix("=").strip()

    def _conditions(self, schema: Mapping[str, Any], at: str) -> tuple[Condition | None, Condition | None, bool]:
        required = schema.get("x-required", False)
        try:
            when = compile_condition(schema["x-when"]) if "x-when" in schema else None
            return when, None if isinstance(required, bool) else compile_condition(required), required is True
        except BadCondition as bad:
            raise self.fail("condition", at, str(bad), bad.zh) from None
