"""`load`: a form's file is read once per text and kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from forms.build import Builder
from forms.decision import write_out_decision
from forms.errors import FormError
from forms.kinds import type_of
from forms.model import Form
from forms.ordering import undeclared
from forms.source import DIALECT, check_schema, parse, text_of, write_out


def load(content: bytes | str | Mapping[str, Any], *, key: str, file: str = "") -> Form:
    """Reads, checks and compiles a form.

    `content` is the JSON text (UTF-8, at most 200 kB) or the object itself; `key` the form's key. The same text is
    compiled once (256 forms are kept). Raises `FormError` with code, both sentences, `file` and the pointer of the
    place.
    """
    return _compile(text_of(content, file or key), key, file or key)


@lru_cache(maxsize=256)
def _compile(text: str, key: str, file: str) -> Form:
    parsed = parse(text, file)
    if type_of(parsed) != "object" or str(parsed.get("$schema", DIALECT)).rstrip("#") != DIALECT:
        raise FormError(
            "schema",
            f'A form has "type": "object" and the dialect {DIALECT}.',
            f'表单须为 "type": "object",并使用 {DIALECT}。',
            file=file,
        )
    check_schema(text, file)
    try:
        schema = write_out_decision(write_out(parsed, file))
    except ValueError as error:
        if isinstance(error, FormError):
            raise
        raise FormError(
            "hint",
            "x-decision has 'back-to' (a list of answers) and 'comment', and adds decision, comment and back_to.",
            "x-decision 可含 back-to(选项列表)与 comment，会增加 decision、comment、back_to 字段。",
            file=file,
            pointer=f"/{error}",
        ) from None
    builder = Builder(file)
    builder.root_hints(schema)
    record = builder.record(schema, "")
    for field, name in undeclared(record, record.by_name):
        raise FormError(
            "condition",
            f"'{field.name}' depends on '{name}', which is no field here.",
            f"“{field.name}”所依赖的“{name}”不是此处的字段。",
            file=file,
            pointer=field.pointer,
        )
    words, help_ = builder.titles(schema, key)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Form(key, file, words, help_, record, json.loads(text), digest, *builder.totals(schema))
