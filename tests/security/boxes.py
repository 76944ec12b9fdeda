"""Small files of the ISO base media family, written by hand: just enough for a camera to have made them."""

from __future__ import annotations

import struct

PLACE = b"+31.2304+121.4737/"
"""Where the film was taken (ISO 6709)."""


def box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def full(kind: bytes, *parts: bytes, version: int = 0) -> bytes:
    return box(kind, bytes([version, 0, 0, 0]), *parts)


def tiff_with_place() -> bytes:
    """Exif: a model, an orientation, and a GPS directory with the latitude reference N and a map datum."""
    entries = [
        struct.pack(">HHII", 0x0110, 2, 9, 62),
        struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0),
        struct.pack(">HHII", 0x8825, 4, 1, 72),
    ]
    head = b"MM\0*" + struct.pack(">IH", 8, 3) + b"".join(entries) + struct.pack(">I", 0)
    model = head.ljust(62, b"\0") + b"Camera 7\0\0"
    gps = struct.pack(">H", 2) + struct.pack(">HHI4s", 1, 2, 2, b"N\0\0\0") + struct.pack(">HHII", 18, 2, 10, 102)
    return model + gps + struct.pack(">I", 0) + b"WGS-84-31N\0"


def heic(*, in_box: bool = False, packed: bool = False, method: int | None = None, brand: bytes = b"heic") -> bytes:
    """A picture with an Exif and an XMP item, in `mdat` or in the `idat` of its `meta` box."""
    exif = struct.pack(">I", 6) + b"Exif\0\0" + tiff_with_place()
    xmp = b'<x:xmpmeta><r exif:GPSLatitude="31,14.2N" tiff:Make="C"/></x:xmpmeta>'
    pixels = bytes(range(1, 65))
    media = pixels + exif + xmp
    ftyp = box(b"ftyp", brand, b"\0\0\0\0", b"mif1", brand)
    encoding = b"deflate\0" if packed else b"\0"
    iinf = full(
        b"iinf",
        struct.pack(">H", 3),
        full(b"infe", struct.pack(">HH4s", 1, 0, b"hvc1"), b"\0", version=2),
        full(b"infe", struct.pack(">HH4s", 2, 0, b"Exif"), b"\0", version=2),
        full(b"infe", struct.pack(">HH4s", 3, 0, b"mime"), b"\0application/rdf+xml\0", encoding, version=2),
    )

    def iloc(base: int) -> bytes:
        how = method if method is not None else int(in_box)
        places = [(1, 0, len(pixels)), (2, len(pixels), len(exif)), (3, len(pixels) + len(exif), len(xmp))]
        rows = [struct.pack(">HHHHII", item, how, 0, 1, base + at, length) for item, at, length in places]
        return full(b"iloc", b"\x44\0", struct.pack(">H", 3), *rows, version=1)

    def meta(base: int) -> bytes:
        parts = [full(b"hdlr", b"\0\0\0\0pict", bytes(13)), iinf, iloc(base)]
        return full(b"meta", *parts, *([box(b"idat", media)] if in_box else []))

    if in_box:
        return ftyp + meta(0)
    return ftyp + meta(len(ftyp) + len(meta(0)) + 8) + box(b"mdat", media)


def film(*, brand: bytes = b"isom", telemetry: bool = True, sizes: bool = True, packed: bool = False) -> bytes:
    """A film with a picture track that has to be turned, a telemetry track in between, and its place in four more places."""
    ftyp = box(b"ftyp", brand, b"\0\0\0\0", brand)
    pictures, positions = [b"PICTURE%d" % n for n in range(3)], [b"gps" + PLACE + b"%d" % n for n in range(3)]
    mdat = box(b"mdat", *(part for pair in zip(pictures, positions, strict=True) for part in pair))
    extra = box(b"uuid", bytes(16), PLACE) + box(b"free", b"hidden " + PLACE)
    start = len(ftyp) + 8
    step = len(pictures[0]) + len(positions[0])
    turned = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 1073741824)
    tracks = [_track(b"vide", [start + step * n for n in range(3)], len(pictures[0]), 0, turned, sizes=sizes)]
    if telemetry:
        places = [start + step * n + len(pictures[0]) for n in range(3)]
        tracks.append(_track(b"meta", places, len(positions[0]), 3, bytes(36), sizes=sizes))
    name = "©xyz".encode("latin-1")
    udta = box(b"udta", box(name, struct.pack(">HH", len(PLACE), 0), PLACE))
    keys = full(b"meta", box(b"keys", b"com.apple.quicktime.location.ISO6709"), box(b"ilst", PLACE))
    movie = box(b"moov", *([box(b"cmov", PLACE)] if packed else []), full(b"mvhd", bytes(96)), *tracks, udta, keys)
    return ftyp + mdat + movie + extra


def _track(handler: bytes, places: list[int], size: int, count: int, matrix: bytes, *, sizes: bool) -> bytes:
    """One sample a chunk; with `count` the sizes stand one by one."""
    lengths = struct.pack(">II", 0, count) + struct.pack(">I", size) * count if count else struct.pack(">II", size, 3)
    stbl = box(
        b"stbl",
        full(b"stsd", struct.pack(">I", 0)),
        full(b"stsc", struct.pack(">IIII", 1, 1, 1, 1)),
        *([full(b"stsz", lengths)] if sizes else []),
        full(b"stco", struct.pack(f">I{len(places)}I", len(places), *places)),
    )
    media = box(b"mdia", full(b"mdhd", bytes(20)), full(b"hdlr", b"\0\0\0\0", handler, bytes(13)), box(b"minf", stbl))
    own = box(b"udta", box(b"name", PLACE)) if handler == b"vide" else b""
    return box(b"trak", full(b"tkhd", bytes(40), matrix, bytes(8)), media, own)
