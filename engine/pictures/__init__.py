"""Where a picture or a film was taken is nobody's business: positions are taken out of what people upload, and nothing else.

Bytes are overwritten where they stand, so that orientation and every pixel stay as they were and nothing has to be decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import BinaryIO, Final

from engine.pictures.boxes import Damaged
from engine.pictures.films import clean_film
from engine.pictures.heif import clean_heif
from engine.pictures.stills import clean_gif, clean_jpeg, clean_png, clean_webp

_CLEAN: Final[Mapping[str, Callable[[BinaryIO], bool]]] = {
    "image/jpeg": clean_jpeg,
    "image/png": clean_png,
    "image/webp": clean_webp,
    "image/gif": clean_gif,
    "image/heic": clean_heif,
    "image/avif": clean_heif,
    "video/mp4": clean_film,
    "video/quicktime": clean_film,
    "video/3gpp": clean_film,
}
KINDS: Final = frozenset(_CLEAN)
"""Media types whose positions are found. Documents keep whatever they say."""


def blot_position(file: BinaryIO, media_type: str) -> bool:
    """Overwrites positions in `file` (open for reading and writing); whether anything changed, the size included.

    Damaged: a HEIC or AVIF picture or a film of which nobody can tell whether it still says where it was taken. A damaged
    JPEG, PNG, WebP or GIF is left alone: no reader finds a position there.
    """
    clean = _CLEAN.get(media_type)
    return clean(file) if clean is not None else False


__all__ = ["KINDS", "Damaged", "blot_position"]
