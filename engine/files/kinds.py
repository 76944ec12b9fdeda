"""What a file is, by its content: names, and what browsers say of them, prove nothing."""

from __future__ import annotations

from typing import Final

from engine.errors import InvalidInput

HEAD: Final = 256 * 1024
"""Bytes from the beginning that are looked at."""

_MAGIC: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
_BRANDS: Final[tuple[tuple[tuple[bytes, ...], str], ...]] = (
    ((b"avif", b"avis"), "image/avif"),
    ((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "image/heic"),
    ((b"qt  ",), "video/quicktime"),
    ((b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3g2a"), "video/3gpp"),
    ((b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV"), "video/mp4"),
)
"""The brand at the beginning of an ISO base media file (ISO/IEC 14496-12, 4.3)."""
_REFUSED: Final = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!")
_OFFICE: Final = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
INLINE: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
"""Types that a page may show as pictures; everything else is only ever downloaded."""


def media_type_of(head: bytes) -> str:
    """The media type by the first bytes: pictures, PDF, office documents, archives, plain text. InvalidInput for programs
    and for what is none of these."""
    if head.startswith(_REFUSED):
        raise _refused()
    for offset, magic, kind in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            if kind == "image/webp" and not head.startswith(b"RIFF"):
                continue
            return _archive(head) if kind == "application/zip" else kind
    if head[4:8] == b"ftyp" and (brand := _brand(head[8:12])):
        return brand
    if _is_text(head):
        return "text/plain"
    raise _refused()


def _brand(brand: bytes) -> str:
    return next((kind for brands, kind in _BRANDS if brand in brands), "")


def _archive(head: bytes) -> str:
    if b"[Content_Types].xml" in head[:4096]:
        for part, kind in _OFFICE:
            if part in head:
                return kind
    return "application/zip"


def _is_text(head: bytes) -> bool:
    """UTF-8 without control characters. Markup is text too: it is served as such and never as a page."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(head) < HEAD or error.start < len(head) - 4:  # a character may be cut by the end of the chunk
            return False
        text = head[: error.start].decode("utf-8")
    return not any(ord(c) < 32 and c not in "\t\n\r\f" for c in text)


def _refused() -> InvalidInput:
    return InvalidInput(
        "This kind of file cannot be attached: pictures, PDF, office documents, text and zip archives can.",
        "不支持此类文件：可上传图片、PDF、办公文档、文本和 zip 压缩包。",
    )
