"""Photos keep their orientation and every pixel, and lose the place where they were taken."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from engine.commands.deployments import DeployDefinitions
from engine.pictures import blot_position
from tests.support import APPROVE, World, files

V1 = "/api/v1"
GPS, ORIENTATION, MODEL = 0x8825, 0x0112, 0x0110
XMP = b'<x:xmpmeta xmlns:exif="http://ns.adobe.com/exif/1.0/"><r exif:GPSLatitude="31,14.2N" a="1"/><exif:GPSLongitude>121,28E</exif:GPSLongitude></x:xmpmeta>'


def picture(format: str, **more: Any) -> bytes:
    """A small picture with a camera, an orientation and a place."""
    image = Image.new("RGB", (16, 8))
    image.putdata([(x * 9 % 256, x * 5 % 256, x) for x in range(128)])
    exif = Image.Exif()
    exif[MODEL], exif[ORIENTATION] = "Camera 7", 6
    exif[GPS] = {1: "N", 2: (31.0, 14.0, 12.5), 3: "E", 4: (121.0, 28.0, 7.25), 29: "2026:03:02"}
    out = io.BytesIO()
    image.save(out, format, exif=exif, **more)
    return out.getvalue()


def blotted(content: bytes, media_type: str) -> tuple[bytes, bool]:
    file = io.BytesIO(content)
    changed = blot_position(file, media_type)
    return file.getvalue(), changed


@pytest.mark.parametrize(
    ("format", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_the_place_goes_and_everything_else_stays(format: str, media_type: str) -> None:
    before = picture(format)
    given = Image.open(io.BytesIO(before))
    assert given.getexif().get_ifd(GPS)

    after, changed = blotted(before, media_type)

    kept = Image.open(io.BytesIO(after))
    assert changed and len(after) == len(before)
    assert not kept.getexif().get_ifd(GPS) and GPS not in kept.getexif()
    assert (kept.getexif()[ORIENTATION], kept.getexif()[MODEL]) == (6, "Camera 7")
    assert kept.tobytes() == given.tobytes()
    assert b"2026:03:02" not in after
    assert blotted(after, media_type) == (after, False)


def test_places_in_xmp_go_too() -> None:
    for content, kind in (
        (picture("JPEG", xmp=XMP), "image/jpeg"),
        (picture("WEBP", xmp=XMP), "image/webp"),
        (_png_with_xmp(), "image/png"),
    ):
        assert b"31,14.2N" in content and b"121,28E" in content
        after, _ = blotted(content, kind)
        assert b"31,14.2N" not in after and b"121,28E" not in after
        Image.open(io.BytesIO(after)).load()  # the sums of the parts are right


def _png_with_xmp() -> bytes:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return picture("PNG", pnginfo=info)


@pytest.mark.parametrize("kind", ["image/jpeg", "image/png", "image/webp", "text/plain"])
def test_broken_files_do_no_harm(kind: str) -> None:
    whole = picture({"image/png": "PNG", "image/webp": "WEBP"}.get(kind, "JPEG"))
    for length in range(0, len(whole), 7):
        blotted(whole[:length], kind)
    for at in range(0, min(len(whole), 400)):
        blotted(whole[:at] + b"\xff" + whole[at + 1 :], kind)


def test_an_uploaded_photo_comes_back_without_its_place(world: World) -> None:
    task = world.task(world.purchase())
    ann = world.client("ann")
    made = ann.post(f"{V1}/tasks/{task}/attachments", files={"file": ("a.jpg", picture("JPEG"), "image/jpeg")})
    assert made.status_code == 201
    content = ann.get(f"{V1}/attachments/{made.json()['id']}/content").content
    assert not Image.open(io.BytesIO(content)).getexif().get_ifd(GPS)
    assert Image.open(io.BytesIO(content)).getexif()[ORIENTATION] == 6


def test_a_field_takes_only_the_kinds_that_it_accepts(world: World) -> None:
    photo = {**APPROVE["properties"]["photo"], "x-accept": ["image/*", ".pdf"]}
    form = json.dumps({**APPROVE, "properties": {**APPROVE["properties"], "photo": photo}})
    world.run(DeployDefinitions(files(**{"forms/approve.json": form})))
    task = world.task(world.purchase())
    ann = world.client("ann")

    def attach(name: str, content: bytes) -> str:
        sent = {"file": (name, content, "application/octet-stream")}
        return str(ann.post(f"{V1}/tasks/{task}/attachments", files=sent).json()["id"])

    def complete(id: str) -> Any:
        return ann.post(f"{V1}/tasks/{task}/complete", json={"data": {"decision": "approve", "photo": id}})

    refused = complete(attach("notes.txt", b"just text"))
    assert refused.status_code == 422 and "/photo" in refused.json()["errors"]
    assert complete(attach("a.jpg", picture("JPEG"))).status_code == 200
