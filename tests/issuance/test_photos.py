"""The photo on a card: small, plain, sealed, agreed to; odd files are refused in words."""

import io
import struct
import zlib
from typing import Any

import httpx2 as httpx
import pytest
from PIL import Image
from PIL.ExifTags import GPS, Base
from tests.clients import bearer
from tests.issuance.builders import OTHER_VILLAGE, Desk

from common.ids import new_id
from common.problems import Refused
from common.sealed import Sealer
from issuance.photos.prepare import prepare_photo
from issuance.photos.read import photo_for_print
from issuance.photos.rules import HEIGHT, JPEG_BYTES_MAX, WIDTH

CLERK = {**bearer("card_desk", subject="clerk-1"), "accept": "text/html"}


def a_picture(width: int = 900, height: int = 1200, mode: str = "RGB", **saved: Any) -> bytes:
    """A picture with as much detail as a camera's."""
    noise = Image.effect_noise((width // 4, height // 4), 90).resize((width, height))
    picture = noise.convert(mode)
    out = io.BytesIO()
    options: dict[str, Any] = {"format": "JPEG", "quality": 92, **saved}
    picture.save(out, **options)
    return out.getvalue()


def with_place_and_turn() -> bytes:
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    exif[Base.Make] = "KAMERA"
    exif.get_ifd(0x8825)[GPS.GPSLatitude] = (2.0, 12.0, 30.0)
    left, right = Image.new("RGB", (600, 800), "white"), Image.new("RGB", (600, 400), "black")
    left.paste(right, (0, 0))
    out = io.BytesIO()
    left.save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        a_picture(),
        a_picture(1600, 900),
        a_picture(300, 2000),
        a_picture(mode="L"),
        a_picture(mode="RGBA", format="PNG", quality=None),
        a_picture(format="WEBP"),
    ],
    ids=["upright", "wide", "tall", "grey", "see-through", "webp"],
)
def test_any_picture_becomes_a_small_jpeg_of_one_size(content: bytes):
    made = prepare_photo(content)
    picture = Image.open(io.BytesIO(made))
    assert (picture.format, picture.size) == ("JPEG", (WIDTH, HEIGHT))
    assert len(made) <= JPEG_BYTES_MAX


def test_where_and_with_what_it_was_taken_is_left_behind_and_it_stands_upright():
    content = with_place_and_turn()
    assert b"KAMERA" in content
    made = prepare_photo(content)
    picture = Image.open(io.BytesIO(made))
    assert not picture.getexif()
    assert b"KAMERA" not in made
    assert b"Exif" not in made
    # Turned by a quarter: what was above is now on the right.
    assert grey_at(picture, WIDTH - 20, HEIGHT // 2) < 60
    assert grey_at(picture, 20, HEIGHT // 2) > 200


def grey_at(picture: Image.Image, x: int, y: int) -> float:
    found = picture.convert("L").getpixel((x, y))
    assert found is not None
    assert not isinstance(found, tuple)
    return found


def a_bomb() -> bytes:
    """A PNG of few bytes that says it is 30,000 pixels square."""
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    rows = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def in_passes(side: int, times: int) -> bytes:
    """A JPEG drawn in passes, the last of them so many times more; each is a few bytes."""
    out = io.BytesIO()
    Image.new("L", (side, side), 128).save(out, "JPEG", progressive=True)
    content = out.getvalue()
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last * times + content[-2:]


def test_a_photo_of_a_camera_that_adds_a_second_picture_is_taken():
    out = io.BytesIO()
    second = Image.new("RGB", (300, 400), "blue")
    Image.new("RGB", (600, 800), "red").save(out, "MPO", save_all=True, append_images=[second])
    found = Image.open(io.BytesIO(prepare_photo(out.getvalue()))).getpixel((120, 150))
    assert isinstance(found, tuple)
    red, _, blue = found
    assert red > 200 > blue


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "photo_missing"),
        (b"bukan gambar", "photo_unreadable"),
        (a_picture()[:3000], "photo_unreadable"),
        (a_bomb(), "photo_too_large"),
        (a_picture(80, 90), "photo_too_small"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo_unreadable"),
        (a_picture(format="GIF", quality=None), "photo_unreadable"),
        (bytes(13 * 1024 * 1024), "photo_too_large"),
        (in_passes(400, 40), "photo_too_large"),
        (in_passes(4_100, 0), "photo_too_large"),
    ],
    ids=[
        *("nothing", "words", "cut off", "bomb", "tiny", "svg", "gif", "heavy"),
        *("many passes", "passes over much"),
    ],
)
def test_what_is_no_photo_is_refused_by_name(content: bytes, code: str):
    with pytest.raises(Refused) as refusal:
        prepare_photo(content)
    assert refusal.value.code == code


async def sends(client: httpx.AsyncClient, card, content: bytes, **form: str) -> httpx.Response:
    return await client.post(
        f"/cards/families/{card.household_id}/photo",
        data={"photo_id": str(new_id()), "consent_by": "head", **form},
        files={"photo": ("foto.jpg", content, "image/jpeg")},
        headers=CLERK,
    )


async def stored(desk: Desk, card) -> bytes | None:
    sealer = Sealer(desk.settings.sealing_key.get_secret_value())
    found: bytes | None = await desk.do(lambda tx: photo_for_print(tx, sealer, card.household_id))
    return found


async def test_a_photo_is_kept_sealed_replaced_and_removed(desk: Desk, client):
    card = await desk.a_card()
    assert await stored(desk, card) is None
    assert (await sends(client, card, a_picture())).status_code == 303
    first = await stored(desk, card)
    rows = await desk.rows(
        "SELECT sealed_photo, consent_by FROM household_photos WHERE household_id = :id",
        id=card.household_id,
    )
    assert first is not None
    assert first not in rows[0].sealed_photo
    assert rows[0].consent_by == "head"
    assert (await sends(client, card, a_picture(1600, 900))).status_code == 303
    assert await stored(desk, card) not in (None, first)
    gone = await client.post(f"/cards/families/{card.household_id}/photo/removals", headers=CLERK)
    assert gone.status_code == 303
    assert await stored(desk, card) is None
    acts = await desk.rows(
        "SELECT action FROM audit_log WHERE subject_id = :id AND action LIKE 'photo.%' ORDER BY at",
        id=str(card.household_id),
    )
    assert [one.action for one in acts] == ["photo.kept", "photo.replaced", "photo.removed"]


async def test_without_consent_nothing_is_kept_and_the_page_says_why(desk: Desk, client):
    card = await desk.a_card()
    answer = await sends(client, card, a_picture(), consent_by="")
    assert answer.status_code == 422
    assert "Persetujuan keluarga belum dicatat" in answer.text
    assert await stored(desk, card) is None
    odd = await sends(client, card, b"bukan gambar")
    assert "Berkas itu bukan foto" in odd.text


async def test_a_family_of_another_region_has_no_photo_for_this_desk(desk: Desk, client):
    card = await desk.a_card(region_code=OTHER_VILLAGE)
    away = {**bearer("card_desk", regions=["62.01"]), "accept": "text/html"}
    answer = await client.get(f"/cards/families/{card.household_id}/photo", headers=away)
    assert answer.status_code == 403
