"""From signed cards to sheets that scan, with the file's hash on record."""

import hashlib

import cbor2
import cwt
import numpy
import pypdfium2
import pytest
import zxingcpp
from tests.clients import bearer
from tests.issuance.builders import an_approval, an_enrolment

from common.base45 import decode_base45
from common.card_number import card_number
from common.cose import cose_key
from common.ids import new_id
from common.sealed import Sealer
from issuance.cards.order import head_name_context
from issuance.printing.design.canvas import HEIGHT, WIDTH
from issuance.printing.design.codes import TextTooLong, batch_matrix, single_matrix
from issuance.printing.design.faces import NAME_SMALLEST
from issuance.printing.design.sheets import PAGE_WIDTH, PER_SHEET, corner
from issuance.printing.design.typeface import Face, fit, width_of
from issuance.printing.make_file import draw, make_next_file
from issuance.printing.queries import SELECT_BATCH, SELECT_BATCH_CARDS
from issuance.signing.queries import all_keys

PRINTER = bearer("print_shop")


async def a_village_of_cards(desk, village, names):
    enrolments = [an_enrolment(name, region_code=village) for name in names]
    assert await desk.hear(an_approval(enrolments))
    await desk.sign()
    return [await desk.card_of(one.household_id) for one in enrolments]


async def ask(client, village, *, batch_id=None, who=PRINTER, **others):
    body = {"batch_id": str(batch_id or new_id()), "region_code": village, **others}
    return await client.post("/v1/print-batches", json=body, headers=who)


def sealer_of(desk):
    return Sealer(desk.settings.sealing_key.get_secret_value())


async def a_printed_file(desk, client, village):
    batch_id = (await ask(client, village)).json()["batch_id"]
    assert str(await make_next_file(desk.engine, sealer_of(desk))) == batch_id
    batch = (await client.get(f"/v1/print-batches/{batch_id}", headers=PRINTER)).json()
    answer = await client.get(f"/v1/print-batches/{batch_id}/file", headers=PRINTER)
    return batch, answer


def read_codes(page):
    return zxingcpp.read_barcodes(page.render(scale=300 / 72, grayscale=True).to_numpy())


LONG = "MUHAMMAD ABDURRAHMAN ALFARISI SYAHRUDDIN"
NAMES = [
    "SITI AMINAH",
    LONG,
    "W" * 40,
    "I",
    "NYAI UNDANG",
    "TINGANG",
    "SUGENG",
    "MADE",
    "ÉLI",
    "AL",
]


async def test_every_card_of_a_sheet_scans_at_300_dpi_and_an_independent_library_verifies_it(
    desk, client
):
    cards = await a_village_of_cards(desk, "62.03.01.2001", NAMES)
    batch, answer = await a_printed_file(desk, client, "62.03.01.2001")
    assert answer.headers["content-type"] == "application/pdf"
    assert hashlib.sha256(answer.content).hexdigest() == batch["sha256"]
    assert (batch["state"], batch["cards"], batch["file_bytes"]) == (
        "printed",
        10,
        len(answer.content),
    )
    file = pypdfium2.PdfDocument(answer.content)
    assert len(file) == 2
    codes = read_codes(file[1])
    (key,) = await desk.do(all_keys)
    members = {**cose_key("Ed25519", key["public_key"]), 2: bytes.fromhex(key["kid"]), 3: -8}
    public = cwt.COSEKey.new(members)
    payloads = [cwt.COSE.new().decode(decode_base45(code.text), public) for code in codes]
    read = {cbor2.loads(payload)[7].hex() for payload in payloads}
    assert read == {card.card_id for card in cards}
    words = file[0].get_textpage().get_text_range() + file[1].get_textpage().get_text_range()
    for card in cards:
        assert words.count(card_number(card.card_id)) == 2
    assert "MUHAMMAD ABDURRAHMAN ALFARISI SYAHRUDDIN" in words


async def test_what_is_written_below_the_cards_keeps_clear_of_the_cut_marks(desk, client):
    await a_village_of_cards(desk, "62.03.01.2011", ["AMIR"])
    _, answer = await a_printed_file(desk, client, "62.03.01.2011")
    page = pypdfium2.PdfDocument(answer.content)[0]
    words = page.get_textpage()
    per_mm = 72 / 25.4
    xs = {corner(place, is_back=False)[0] + side for place in (0, 1) for side in (0.0, WIDTH)}
    below = [box for box in map(words.get_charbox, range(words.count_chars())) if box[1] < 15]
    assert len(below) > 40
    for left, _, right, _ in below:
        assert not [x for x in xs if left / per_mm - 1 < x < right / per_mm + 1]


async def test_cards_are_printed_once_and_only_when_their_file_exists(desk, client):
    (card,) = await a_village_of_cards(desk, "62.03.01.2002", ["AMIR"])
    first = await ask(client, "62.03.01.2002")
    assert first.json()["state"] == "queued"
    assert (await desk.card_of(card.household_id)).state == "signed"
    early = await client.get(f"/v1/print-batches/{first.json()['batch_id']}/file", headers=PRINTER)
    assert early.json()["code"] == "print_not_ready"
    second = await ask(client, "62.03.01.2002")
    assert (second.status_code, second.json()["code"]) == (409, "nothing_to_print")
    await make_next_file(desk.engine, sealer_of(desk))
    after = await desk.card_of(card.household_id)
    assert (after.state, after.version) == ("printed", 3)
    assert (await ask(client, "62.03.01.2002")).json()["code"] == "nothing_to_print"


async def test_the_same_wish_twice_is_one_batch_and_another_under_its_id_is_refused(desk, client):
    await a_village_of_cards(desk, "62.03.01.2003", ["AMIR", "BUDI"])
    batch_id = new_id()
    first = await ask(client, "62.03.01.2003", batch_id=batch_id)
    again = await ask(client, "62.03.01.2003", batch_id=batch_id)
    assert first.json() == again.json()
    other = await ask(client, "62.03.01.2004", batch_id=batch_id)
    assert other.json()["code"] == "id_reused"
    await make_next_file(desk.engine, sealer_of(desk))


async def test_the_same_batch_drawn_again_is_the_same_file(desk, client):
    await a_village_of_cards(desk, "62.03.01.2005", ["AMIR", "BUDI", "CITRA"])
    batch, answer = await a_printed_file(desk, client, "62.03.01.2005")

    async def draw_again(tx):
        values = {"id": batch["batch_id"]}
        row = (await tx.execute(SELECT_BATCH, values)).mappings().one()
        cards = (await tx.execute(SELECT_BATCH_CARDS, values)).mappings().all()
        return draw(row, list(cards), sealer_of(desk))

    assert await desk.do(draw_again) == answer.content


async def test_the_file_at_rest_is_sealed_and_a_changed_one_is_not_handed_out(desk, client):
    await a_village_of_cards(desk, "62.03.01.2006", ["AMIR"])
    batch, answer = await a_printed_file(desk, client, "62.03.01.2006")
    (row,) = await desk.rows(
        "SELECT sealed FROM print_files WHERE batch_id = CAST(:id AS uuid)", id=batch["batch_id"]
    )
    assert answer.content[:200] not in row.sealed
    assert b"%PDF" not in row.sealed
    await desk.rows(
        "UPDATE print_batches SET sha256 = repeat('0', 64) WHERE batch_id = CAST(:id AS uuid)"
        " RETURNING 1",
        id=batch["batch_id"],
    )
    damaged = await client.get(f"/v1/print-batches/{batch['batch_id']}/file", headers=PRINTER)
    assert damaged.json()["code"] == "print_file_damaged"


async def test_a_card_blocked_meanwhile_is_not_printed(desk, client):
    (card,) = await a_village_of_cards(desk, "62.03.01.2007", ["AMIR"])
    batch_id = (await ask(client, "62.03.01.2007")).json()["batch_id"]
    body = {"change_id": str(new_id()), "act": "block", "reason": "lost"}
    await client.post(
        f"/v1/cards/{card.card_id}/status-changes", json=body, headers=bearer("card_desk")
    )
    await make_next_file(desk.engine, sealer_of(desk))
    batch = (await client.get(f"/v1/print-batches/{batch_id}", headers=PRINTER)).json()
    assert batch["state"] == "failed"
    assert (await desk.card_of(card.household_id)).state == "blocked"


async def test_a_printer_of_one_regency_gets_no_files_of_another(desk, client):
    await a_village_of_cards(desk, "62.03.01.2008", ["AMIR"])
    elsewhere = bearer("print_shop", regions=["62.01"])
    assert (await ask(client, "62.03.01.2008", who=elsewhere)).json()["code"] == (
        "outside_your_regions"
    )
    batch, _ = await a_printed_file(desk, client, "62.03.01.2008")
    for path in ("", "/file"):
        answer = await client.get(f"/v1/print-batches/{batch['batch_id']}{path}", headers=elsewhere)
        assert answer.json()["code"] == "outside_your_regions"


async def test_sheets_are_in_the_order_of_names(desk, client):
    cards = await a_village_of_cards(desk, "62.03.01.2009", ["ZAINAB", "AMIR", "MADE"])
    batch, _ = await a_printed_file(desk, client, "62.03.01.2009")
    rows = await desk.rows(
        "SELECT h.household_id, h.sealed_head_name FROM print_batch_cards p JOIN cards USING"
        " (card_id) JOIN card_households h USING (household_id)"
        " WHERE batch_id = CAST(:id AS uuid) ORDER BY position",
        id=batch["batch_id"],
    )
    sealer = sealer_of(desk)
    names = [
        sealer.open_text(row.sealed_head_name, head_name_context(row.household_id)) for row in rows
    ]
    assert names == ["AMIR", "MADE", "ZAINAB"]
    assert len(cards) == 3


async def test_the_print_pages_queue_show_and_hand_out(desk, client):
    await a_village_of_cards(desk, "62.03.01.2010", ["AMIR"])
    html = {**PRINTER, "accept": "text/html"}
    page = await client.get("/prints", headers=html)
    assert "62.03.01.2010" in page.text
    batch_id = str(new_id())
    form = {"batch_id": batch_id, "region_code": "62.03.01.2010"}
    queued = await client.post("/prints", data=form, headers=html)
    assert (
        "Berkas sedang dibuat" in (await client.get(queued.headers["location"], headers=html)).text
    )
    await make_next_file(desk.engine, sealer_of(desk))
    ready = await client.get(queued.headers["location"], headers=html)
    assert "Berkas siap" in ready.text
    file = await client.get(f"/prints/{batch_id}/file.pdf", headers=html)
    assert file.content.startswith(b"%PDF")


TEXT = "RRQ+D9" + "K7 $%*+-./:A0Z" * 25


@pytest.mark.parametrize("length", [120, 259, 260, 311, 356])
def test_the_two_drawers_of_codes_agree_bit_for_bit(length):
    text = TEXT[:length]
    assert single_matrix(text) == batch_matrix(text)
    assert len(single_matrix(text)) == 61
    picture = numpy.kron(
        numpy.pad(~numpy.array(single_matrix(text)), 4, constant_values=True), numpy.ones((4, 4))
    )
    (read,) = zxingcpp.read_barcodes((picture * 255).astype(numpy.uint8))
    assert read.text == text
    assert read.ec_level == ("Q" if length <= 259 else "M")


def test_a_text_that_does_not_fit_is_refused():
    with pytest.raises(TextTooLong):
        single_matrix("A" * 367)


def test_front_and_back_meet_when_the_sheet_is_turned():
    dot = 25.4 / 300
    for place in range(PER_SHEET):
        front_x, front_y = corner(place, is_back=False)
        back_x, back_y = corner(place, is_back=True)
        assert front_y == back_y
        assert abs(front_x + WIDTH - (PAGE_WIDTH - back_x)) <= dot
        assert front_x >= 4
        assert front_x + WIDTH <= PAGE_WIDTH - 4
        assert front_y + HEIGHT <= 297 - 4


def test_a_long_name_is_made_smaller_but_never_too_small_to_read():
    face = fit(LONG, Face("Bold", 13.5), width=75.6, smallest=NAME_SMALLEST)
    assert face.points >= NAME_SMALLEST
    assert width_of(LONG, face) <= 75.6
