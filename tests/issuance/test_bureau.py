"""What a card bureau gets: signed, complete, the same every time, and checked without us."""

import base64
import csv
import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import cbor2
import pypdfium2
import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from PIL import Image
from tests.issuance.prints import (
    CLERK,
    COUNTER,
    a_village_of_cards,
    ask,
    batch_of,
    count,
    numbers_of,
    sealer_of,
    states,
    take,
)

from common import clock
from common.cose import assemble, to_be_signed
from common.ids import new_id
from issuance.photos.rules import photo_context
from issuance.printing import check_delivery, delivery
from issuance.printing.draw_files import CardToDraw
from issuance.printing.make_deliveries import make_next_delivery
from issuance.signing.open_signer import KeyRoom
from issuance.signing.purposes import CONTENT_TYPES
from issuance.signing.sign_requests import sign_waiting

CHECKER = Path(check_delivery.__file__)
EXPIRES = datetime(2031, 11, 22, tzinfo=UTC)


async def sign_requests(desk):
    """What the signer process does."""
    room = KeyRoom(desk.settings)
    return await desk.do(lambda tx: sign_waiting(tx, room, clock.utc_now()))


async def due_again(desk):
    """A second has passed: what waited for the signer is looked at again."""
    await desk.rows("UPDATE print_parts SET taken_until = NULL RETURNING 1")


def a_photo(colour):
    picture = io.BytesIO()
    Image.new("RGB", (240, 312), colour).save(picture, "JPEG", quality=60)
    return picture.getvalue()


async def with_photo(desk, card, photo):
    await desk.rows(
        "INSERT INTO household_photos (household_id, photo_id, sealed_photo, source, consent_by,"
        " taken_by, taken_by_name) VALUES (:id, :photo_id, :sealed, 'camera', 'head', 'x', 'x')"
        " RETURNING 1",
        id=card.household_id,
        photo_id=new_id(),
        sealed=sealer_of(desk).seal(photo, photo_context(card.household_id)),
    )


async def a_delivery(desk, client, village, names):
    """A delivery as the bureau downloads it, and the key set that is published."""
    cards = await a_village_of_cards(desk, village, names)
    batch_id = (await ask(client, village, kind="bureau")).json()["batch_id"]
    await finish(desk)
    answer = await take(client, batch_id)
    assert answer.headers["content-type"] == "application/zip"
    return batch_id, cards, answer.content, (await client.get("/.well-known/jwks.json")).json()


async def finish(desk):
    await make_next_delivery(desk.engine, sealer_of(desk))
    assert await sign_requests(desk) == 1
    await due_again(desk)
    await make_next_delivery(desk.engine, sealer_of(desk))


def unpacked(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return content.getvalue()


def rows_of(files):
    return list(csv.DictReader(io.StringIO(files["cards.csv"].decode(), newline="")))


async def test_a_delivery_is_made_only_when_its_manifest_is_signed(desk, client):
    cards = await a_village_of_cards(desk, "62.10.01.2001", ["AMIR", "BUDI"])
    batch_id = (await ask(client, "62.10.01.2001", kind="bureau")).json()["batch_id"]
    sealer = sealer_of(desk)
    for _ in range(2):
        assert await make_next_delivery(desk.engine, sealer) == f"{batch_id}/1"
        await due_again(desk)
    assert (await batch_of(client, batch_id))["state"] == "queued"
    assert await states(desk, cards) == ["in_print", "in_print"]
    # A card is blocked after its manifest was given to the signer: that signature is worth nothing.
    body = {"change_id": str(new_id()), "act": "block", "reason": "lost"}
    path = f"/v1/cards/{cards[0].card_id}/status-changes"
    await client.post(path, json=body, headers=CLERK)
    assert await sign_requests(desk) == 1
    await make_next_delivery(desk.engine, sealer)
    assert (await batch_of(client, batch_id))["state"] == "queued"
    assert await sign_requests(desk) == 1
    await due_again(desk)
    await make_next_delivery(desk.engine, sealer)
    (part,) = (await batch_of(client, batch_id))["parts"]
    assert (part["state"], part["cards_in_file"], part["left_out"]) == ("printed", 1, 1)
    assert await states(desk, cards) == ["blocked", "printed"]


async def test_the_table_the_codes_and_the_photos_are_those_of_the_cards(desk, client):
    cards = await a_village_of_cards(desk, "62.01.03.2002", ["AMIR", "SITI AMINAH"])
    photo = a_photo("#336699")
    await with_photo(desk, cards[1], photo)
    batch_id = (await ask(client, "62.01.03.2002", kind="bureau")).json()["batch_id"]
    await finish(desk)
    content = (await take(client, batch_id)).content
    files = unpacked(content)
    assert set(files) == {
        *("cards.csv", "manifest.json", "manifest.cose", "qr/0001.png", "qr/0002.png"),
        "photos/0002.jpg",
        *("art/front.pdf", "art/front-with-photo.pdf", "art/back.pdf"),
    }
    for path in ("art/front.pdf", "art/front-with-photo.pdf", "art/back.pdf"):
        with pypdfium2.PdfDocument(files[path]) as art:
            assert (len(art), "Kartu Huma Betang" in art[0].get_textpage().get_text_range()) == (
                1,
                1,
            )
            left, bottom, right, top = art[0].get_trimbox()
            sides = [
                round((end - start) * 25.4 / 72, 2) for start, end in ((left, right), (bottom, top))
            ]
            assert sides == [85.6, 53.98]
    assert files["cards.csv"].startswith(b'"line","card_number",')
    assert files["cards.csv"].count(b"\r\n") == 3
    rows = rows_of(files)
    assert [row["printed_name"] for row in rows] == ["AMIR", "SITI AMINAH"]
    assert [row["card_number"] for row in rows] == numbers_of(cards)
    assert [row["photo_file"] for row in rows] == ["", "photos/0002.jpg"]
    assert files["photos/0002.jpg"] == photo
    for row in rows:
        picture = Image.open(io.BytesIO(files[row["qr_file"]]))
        assert (picture.mode, picture.size, round(picture.info["dpi"][0])) == ("1", (345, 345), 300)
        (code,) = zxingcpp.read_barcodes(picture.convert("L"))
        assert code.text == row["token"]
    said = json.loads(files["manifest.json"])
    assert (said["cards"], said["photos"], said["batch_id"]) == (2, 1, batch_id)
    for name in (b"AMIR", b"SITI", rows[0]["token"].encode()[:20]):
        assert name not in files["manifest.json"]
    assert (await count(client, batch_id, 2, who=COUNTER)).status_code == 200


def cards_to_draw(*names):
    return [
        CardToDraw(name, ("Desa A", "B", "C"), f"{n:05}-00000-0000", EXPIRES, f"6BF{n:04}", None)
        for n, name in enumerate(names)
    ]


def test_the_same_cards_are_the_same_bytes_and_no_field_is_changed():
    cards = cards_to_draw('=HYPERLINK("x")', "+1", "-1", "@X", 'AB"C', "A,B\u2019")
    label = delivery.Label("b", 1, 2, "62", EXPIRES)
    packs = []
    for _ in range(2):
        files = delivery.files_of(cards)
        packs.append(delivery.pack(files, delivery.manifest(files, label, 6), b"signature"))
    assert packs[0] == packs[1]
    assert [row["printed_name"] for row in rows_of(unpacked(packs[0]))] == [
        card.name for card in cards
    ]


async def test_the_checker_needs_nothing_of_ours_and_says_what_is_wrong(desk, client, tmp_path):
    *_, content, keys = await a_delivery(desk, client, "62.10.02.2001", ["AMIR", "=BUDI"])
    alone = shutil.copy(CHECKER, tmp_path / "check_delivery.py")
    (tmp_path / "jwks.json").write_text(json.dumps(keys))

    def run(delivered):
        (tmp_path / "file.zip").write_bytes(delivered)
        # Isolated: neither our packages' folders nor the working directory are on the path.
        command = [sys.executable, "-I", str(alone), "file.zip", "--trust", "jwks.json"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    good = run(content)
    assert (good.returncode, "2 cards/kartu" in good.stdout) == (0, True), good.stderr
    assert "line 1 begins like a formula" in good.stderr
    files = unpacked(content)
    edited = {**files, "cards.csv": files["cards.csv"].replace(b"AMIR", b"AMAR")}
    bad = run(packed(edited))
    assert (bad.returncode, "cards.csv: changed" in bad.stderr) == (1, True)
    assert run(b"no zip").returncode == 1


async def test_whatever_was_changed_is_found_out(desk, client):
    *_, content, keys = await a_delivery(desk, client, "62.10.03.2001", ["AMIR", "BUDI"])
    files = unpacked(content)
    assert check_delivery.check(content, keys).problems == ()

    def problems(**changed):
        after = {**files, **changed}
        kept = {name: body for name, body in after.items() if body is not None}
        return check_delivery.check(packed(kept), keys).problems

    assert problems(**{"qr/0002.png": None}) == ("qr/0002.png: missing",)
    assert problems(**{"extra.txt": b"x"}) == ("extra.txt: not in the manifest",)
    (swapped,) = problems(**{"qr/0001.png": files["qr/0002.png"]})
    assert swapped.startswith("qr/0001.png: ")
    shorter = files["cards.csv"].rsplit(b'"2"', 1)[0]
    assert problems(**{"cards.csv": shorter})[0].startswith("cards.csv: ")
    said = json.loads(files["manifest.json"])
    forged = json.dumps({**said, "cards": 1}).encode()
    for wrong in (
        {"manifest.json": forged},
        {"manifest.json": None},
        {"manifest.cose": None},
        {"manifest.cose": b"\xd2\x84"},
        {"manifest.cose": files["manifest.cose"] + b"\x00"},
        {"manifest.cose": files["manifest.cose"][:-1] + bytes([files["manifest.cose"][-1] ^ 1])},
    ):
        with pytest.raises(check_delivery.NotGenuine):
            problems(**wrong)
    with pytest.raises(check_delivery.NotGenuine, match="trusted keys"):
        check_delivery.check(content, {"keys": []})
    twice = io.BytesIO(content)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(twice, "a") as archive:
        archive.writestr("cards.csv", b"another")
    with pytest.raises(check_delivery.NotGenuine, match="same name"):
        check_delivery.check(twice.getvalue(), keys)


def test_a_key_of_a_device_signs_as_well_and_no_other_algorithm_is_taken_for_it():
    private = generate_private_key(SECP256R1())
    numbers, kid = private.public_key().public_numbers(), b"\x01\x02\x03\x04"
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "kid": kid.hex(),
        "x": unpadded(numbers.x.to_bytes(32)),
        "y": unpadded(numbers.y.to_bytes(32)),
    }

    def signed(algorithm, purpose=CONTENT_TYPES["print_manifest"]):
        protected = cbor2.dumps({1: algorithm, 3: purpose, 4: kid}, canonical=True)
        raw = private.sign(to_be_signed(protected, b"said"), ECDSA(SHA256()))
        r, s = decode_dss_signature(raw)
        return assemble(protected, b"said", r.to_bytes(32) + s.to_bytes(32))

    trusted = {"keys": [jwk]}
    assert check_delivery.signed_payload(signed(-7), trusted) == b"said"
    with pytest.raises(check_delivery.NotGenuine, match="trusted keys"):
        check_delivery.signed_payload(signed(-8), trusted)
    with pytest.raises(check_delivery.NotGenuine, match="another purpose"):
        check_delivery.signed_payload(signed(-7, "text/plain"), trusted)


def unpadded(number):
    return base64.urlsafe_b64encode(number).rstrip(b"=").decode()


def test_a_manifest_names_each_file_with_its_size_and_hash():
    files = delivery.files_of(cards_to_draw("AMIR"))
    said = json.loads(delivery.manifest(files, delivery.Label("b", 1, 1, "62", EXPIRES), 1))
    assert {one["path"]: (one["bytes"], one["sha256"]) for one in said["files"]} == {
        name: (len(body), hashlib.sha256(body).hexdigest()) for name, body in files.items()
    }
