"""Answers that may be given once only, over all instances: a form's fields with `x-unique`."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import bindparam, select, text

import forms
from engine import policy
from engine.errors import FormRejected
from engine.store import tables as t
from engine.work import Work

_TAKE: Final = text(
    "INSERT INTO unique_value (register, digest, instance_id, taken_at) "
    "VALUES (:register, :digest, :instance_id, :taken_at) ON CONFLICT DO NOTHING"
).bindparams(bindparam("taken_at", type_=t.unique_value.c.taken_at.type))
_HOLDER: Final = (
    select(t.instance.c.definition_key, t.instance.c.business_key)
    .join(t.unique_value, t.unique_value.c.instance_id == t.instance.c.id)
    .where(t.unique_value.c.register == bindparam("b_register"), t.unique_value.c.digest == bindparam("b_digest"))
)


def take_unique(work: Work, form: forms.Form, values: Mapping[str, Any], instance_id: str) -> None:
    """Enters the form's unique answers in their registers, for ever. One statement for each such field that is filled in.

    FormRejected where another task or instance has given the answer before; two at once wait for each other in the
    database. Spaces around a value, its case and the width of its characters make no difference.
    """
    errors: dict[str, Any] = {}
    for each in form.fields:
        value = values.get(each.name)
        if each.unique is None or value is None:
            continue
        taken = digest(value)
        row = {"register": each.unique, "digest": taken, "instance_id": instance_id, "taken_at": work.now}
        if work.connection.execute(_TAKE, row).rowcount == 0:
            errors[f"/{each.name}"] = _said(work, each, taken)
    if errors:
        raise FormRejected(errors)


def digest(value: Any) -> str:
    """What stands in the register for `value`: hex, 64 characters."""
    plain = unicodedata.normalize("NFKC", str(value)).strip().casefold()
    return hashlib.sha256(plain.encode()).hexdigest()


def _said(work: Work, field: forms.Field, found: str) -> dict[str, str]:
    """The field's own sentence, else one that names the case for who may see it."""
    own = field.messages.get("unique")
    if own is not None:
        return {"en": own.get("en"), "zh": own.get("zh")}
    holder = work.connection.execute(_HOLDER, {"b_register": field.unique, "b_digest": found}).one_or_none()
    if holder is None or not holder.business_key or not _may_see(work, holder.definition_key):
        return {"en": "This has been used before.", "zh": "该值已被使用过。"}
    key = holder.business_key
    return {"en": f"This has been used before, in case {key}.", "zh": f"该值已在业务 {key} 中使用过。"}


def _may_see(work: Work, definition_key: str) -> bool:
    return policy.may(work.actor, policy.READ_INSTANCE, definition_key)
