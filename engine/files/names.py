"""Names of files: proposals of whoever uploaded them, made harmless."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LONGEST: Final = 200
_ENDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "image/avif": ("avif",),
    "video/mp4": ("mp4", "m4v"),
    "video/quicktime": ("mov", "qt"),
    "video/3gpp": ("3gp", "3g2"),
    "application/pdf": ("pdf",),
    "application/zip": ("zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "epub", "kmz", "ofd"),
    "application/x-ole-storage": ("doc", "xls", "ppt", "wps", "et", "dps", "msg", "vsd"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ("pptx",),
    "text/plain": (
        "txt", "csv", "tsv", "md", "json", "xml", "log", "yaml", "yml", "ini", "ics", "vcf", "eml", "dxf", "obj", "bpmn",
        "dmn", "geojson", "gpx",
    ),
}  # fmt: skip
"""Endings under which a content of that type is opened by what its type says; the first one is the usual one."""


def safe_name(name: str, media_type: str) -> str:
    """The last part of a file's name, without what could mislead: paths, control and formatting characters, and an ending
    under which a computer would take the content for something else (a text as a page, an archive as a program)."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if c.isprintable()).strip(" .")[-LONGEST:].lstrip(" .") or "file"
    usual = _ENDINGS.get(media_type, ("bin",))
    stem, dot, ending = kept.rpartition(".")
    if not dot or not stem or ending.lower() in usual:
        return kept
    return f"{kept[-(LONGEST - 10) :]}.{usual[0]}"
