"""What a page says about files before anybody chooses one: how many, how large, which kinds, and whether photos tell where."""

from __future__ import annotations

from forms.hints import MEGABYTE
from forms.labels import label
from forms.model import Field, Form, Kind


def max_bytes(each: Field, allowed: int) -> int:
    """The largest file that the field takes where the installation allows `allowed` bytes; 0: nobody knows."""
    return min(each.max_bytes or allowed, allowed or each.max_bytes)


def megabytes(size: int) -> str:
    """As a person reads it: `5`, `0.5`."""
    return f"{size / MEGABYTE:.2f}".rstrip("0").rstrip(".")


def notes(each: Field, lang: str, largest: int) -> tuple[str, ...]:
    """The sentences beneath a file field's control."""
    if each.kind is Kind.SIGNATURE:
        return ()
    parts = []
    if each.multiple and "maxItems" in each.schema:
        parts.append(label("photos_most" if each.kind is Kind.PHOTO else "files_most", lang).format(n=each.max_items))
    if largest:
        parts.append(label("mb_each" if each.multiple else "mb", lang).format(n=megabytes(largest)))
    if each.accept and all(one.startswith(".") for one in each.accept):
        parts.append(label("kinds", lang).format(n=_comma(lang).join(each.accept)))
    said = (_sentence(parts, lang),) if parts else ()
    return (*said, label("position_kept", lang)) if each.keeps_position else said


def uploads_note(form: Form, lang: str) -> str:
    """What holds for all files of the form together; "" where nothing does."""
    parts = []
    if form.max_files:
        parts.append(label("files_all", lang).format(n=form.max_files))
    if form.max_total_bytes:
        parts.append(label("mb", lang).format(n=megabytes(form.max_total_bytes)))
    return f"{label('attached', lang)}{_comma(lang).join(parts)}" if parts else ""


def _comma(lang: str) -> str:
    return "、" if lang.startswith("zh") else ", "


def _sentence(parts: list[str], lang: str) -> str:
    text = ("；" if lang.startswith("zh") else "; ").join(parts)
    return text[0].upper() + text[1:]
