"""Photos keep their orientation and every pixel, and lose the place where they were taken."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from engine.commands.deployments import DeployDefinitions
from engine.files import media_type_of
from engine.pictures import Damaged, blot_position
from tests.security import boxes
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


# --- what hides elsewhere ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("brand", [b"heic", b"avif"])
@pytest.mark.parametrize("in_box", [False, True])
def test_a_heic_or_avif_loses_its_place_and_keeps_the_rest(brand: bytes, in_box: bool) -> None:
    before = boxes.heic(in_box=in_box, brand=brand)
    kind = media_type_of(before)
    assert kind == f"image/{brand.decode()}"
    assert b"WGS-84-31N" in before and b"31,14.2N" in before

    after, changed = blotted(before, kind)

    assert changed and len(after) == len(before)
    assert b"WGS-84-31N" not in after and b"31,14.2N" not in after and b"\x88\x25" not in after
    assert bytes(range(1, 65)) in after and b"Camera 7" in after and b'tiff:Make="C"' in after
    assert b"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06" in after  # how it has to be turned
    assert blotted(after, kind) == (after, False)


def test_packed_metadata_of_a_heic_go_whole() -> None:
    after, changed = blotted(boxes.heic(packed=True), "image/heic")
    assert changed and b"tiff:Make" not in after and b"Camera 7" in after


def test_an_avif_of_a_real_encoder_can_still_be_opened() -> None:
    before = picture("AVIF")
    assert Image.open(io.BytesIO(before)).getexif().get_ifd(GPS)
    after, changed = blotted(before, media_type_of(before))
    kept = Image.open(io.BytesIO(after))
    assert changed and not kept.getexif().get_ifd(GPS)
    assert kept.getexif()[MODEL] == "Camera 7"
    assert kept.tobytes() == Image.open(io.BytesIO(before)).tobytes()


@pytest.mark.parametrize("brand", [b"isom", b"qt  ", b"3gp5"])
def test_a_film_keeps_pictures_sound_and_how_to_turn_it_and_nothing_else(brand: bytes) -> None:
    before = boxes.film(brand=brand)
    assert before.count(boxes.PLACE) == 8
    kind = media_type_of(before)

    after, changed = blotted(before, kind)

    assert changed and len(after) == len(before)
    assert boxes.PLACE not in after and b"gps" not in after
    assert [after.count(b"PICTURE%d" % n) for n in range(3)] == [1, 1, 1]
    assert after.count(b"trak") == 1 and after.count(b"vide") == 1
    assert b"\0\1\0\0\0\0\0\0\xff\xff\0\0" in after
    assert blotted(after, kind) == (after, False)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (boxes.heic(method=2), "image/heic"),
        (boxes.heic()[:60], "image/heic"),
        (boxes.heic().replace(b"iloc", b"xxxx"), "image/heic"),
        (boxes.film(packed=True), "video/mp4"),
        (boxes.film(sizes=False), "video/mp4"),
        (boxes.film()[:40], "video/mp4"),
        (boxes.film().replace(b"hdlr", b"xxxx"), "video/quicktime"),
        (boxes.film() + boxes.box(b"moof", b""), "video/mp4"),
    ],
)
def test_what_cannot_be_followed_is_refused(content: bytes, kind: str) -> None:
    with pytest.raises(Damaged):
        blotted(content, kind)


def test_a_refused_film_is_a_sentence_and_nothing_is_kept(world: World) -> None:
    task = world.task(world.purchase())
    sent = {"file": ("a.mp4", boxes.film(packed=True), "video/mp4")}
    answer = world.client("ann").post(f"{V1}/tasks/{task}/attachments", files=sent, headers={"Accept-Language": "zh"})
    assert answer.status_code == 422 and "无法从该文件中移除拍摄位置" in answer.json()["detail"]
    assert world.services.files is not None and not list(world.services.files.everything())


@pytest.mark.parametrize("content", [boxes.heic(), boxes.heic(in_box=True), boxes.film()])
def test_no_box_makes_it_run_wild(content: bytes) -> None:
    kind = media_type_of(content)
    for at in range(0, len(content), 3):
        for value in (b"\0", b"\xff"):
            broken = content[:at] + value + content[at + 1 :]
            try:
                blotted(broken, kind)
            except Damaged:
                continue
    for length in range(0, len(content), 11):
        try:
            blotted(content[:length], kind)
        except Damaged:
            continue


def test_packed_and_hexadecimal_texts_of_a_png_go_when_they_tell() -> None:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=True)
    info.add_text("Raw profile type exif", "\nexif\n 8\n4d4d002a00000008\n", zip=True)
    info.add_text("Raw profile type APP1", "\ngeneric\n 8\n4d4d002a00000008\n")
    info.add_text("Comment", "oak, not beech " * 20, zip=True)
    before = picture("PNG", pnginfo=info)
    after, changed = blotted(before, "image/png")
    kept = Image.open(io.BytesIO(after))
    kept.load()
    assert changed and len(after) == len(before)
    assert set(kept.info) & {"XML:com.adobe.xmp", "Raw profile type exif", "Raw profile type APP1"} == set()
    assert str(kept.info["Comment"]).startswith("oak, not beech")
    assert blotted(after, "image/png") == (after, False)


def test_what_hides_behind_a_jpeg_is_cut_off() -> None:
    first = picture("JPEG", progressive=True)
    clean, _ = blotted(first, "image/jpeg")
    for hidden in (picture("JPEG"), boxes.film(), b"SEFT"):
        after, changed = blotted(first + hidden, "image/jpeg")
        assert changed and after == clean
    assert blotted(clean, "image/jpeg") == (clean, False)


def test_a_gif_loses_the_place_in_its_xmp() -> None:
    image = io.BytesIO()
    Image.new("P", (4, 4)).save(image, "GIF")
    body = image.getvalue()
    content = body[:-1] + b"\x21\xff\x0bXMP DataXMP" + XMP + b"\x01\xff\xfe\0\0;"
    after, changed = blotted(content, "image/gif")
    assert changed and b"31,14.2N" not in after and after.startswith(body[:-1])


def test_only_a_field_that_asks_for_the_place_keeps_it(world: World) -> None:
    photo = {**APPROVE["properties"]["photo"], "format": "photo"}
    asks = {**photo, "x-keep-position": True}
    form = json.dumps({**APPROVE, "properties": {**APPROVE["properties"], "photo": photo, "gate": asks}})
    world.run(DeployDefinitions(files(**{"forms/approve.json": form})))
    task = world.task(world.purchase())
    ann = world.client("ann")

    def up(query: str) -> dict[str, Any]:
        sent = {"file": ("a.jpg", picture("JPEG"), "image/jpeg")}
        answer = ann.post(f"{V1}/tasks/{task}/attachments{query}", files=sent)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def place(id: str) -> bool:
        content = ann.get(f"{V1}/attachments/{id}/content").content
        return bool(Image.open(io.BytesIO(content)).getexif().get_ifd(GPS))

    kept, gone, general = up("?field=gate"), up("?field=photo"), up("")
    assert [one["located"] for one in (kept, gone, general)] == [True, False, False]
    assert [place(one["id"]) for one in (kept, gone, general)] == [True, False, False]
    data = {"decision": "approve", "photo": kept["id"], "gate": general["id"]}
    refused = ann.post(f"{V1}/tasks/{task}/complete", json={"data": data})
    assert refused.status_code == 422 and "says where it was taken" in refused.json()["errors"]["/photo"]
    data["photo"], data["gate"] = gone["id"], kept["id"]
    assert ann.post(f"{V1}/tasks/{task}/complete", json={"data": data}).status_code == 200
