"""What becomes of a print file once it is made: sealed, taken, shown, never rewritten."""

import pytest
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer
from tests.issuance.prints import (
    BATCHES,
    CLERK,
    PRINTER,
    a_made_batch,
    a_village_of_cards,
    ask,
    batch_of,
    sealer_of,
    take,
)

from common.ids import new_id
from issuance.printing.make_sheets import make_next_file
from issuance.printing.rules import batch_state, plan_parts


async def test_the_file_at_rest_is_sealed_and_a_changed_one_is_not_handed_out(desk, client):
    batch_id, _ = await a_made_batch(desk, client, "62.03.01.2006", ["AMIR"])
    (row,) = await desk.rows(
        "SELECT sealed FROM print_files WHERE batch_id = CAST(:id AS uuid)", id=batch_id
    )
    assert b"%PDF" not in row.sealed
    await desk.rows(
        "UPDATE print_parts SET sha256 = repeat('0', 64) WHERE batch_id = CAST(:id AS uuid)"
        " RETURNING 1",
        id=batch_id,
    )
    assert (await take(client, batch_id)).json()["code"] == "print_file_damaged"
    assert (await batch_of(client, batch_id))["parts"][0]["downloads"] == 0


async def test_a_file_is_taken_once_and_again_only_with_a_reason_each_time_on_record(desk, client):
    batch_id, _ = await a_made_batch(desk, client, "62.03.01.2011", ["AMIR"])
    first = new_id()
    assert (await take(client, batch_id, download_id=first)).status_code == 200
    # The connection broke off: the same download again is not a second one.
    assert (await take(client, batch_id, download_id=first)).status_code == 200
    other_person = await take(client, batch_id, download_id=first, who=CLERK)
    assert other_person.json()["code"] == "id_reused"
    assert (await take(client, batch_id)).json()["code"] == "download_needs_reason"
    assert (await take(client, batch_id, reason="printer_jam")).status_code == 200
    rows = await desk.rows(
        "SELECT number, reason, taken_by FROM print_downloads"
        " WHERE batch_id = CAST(:id AS uuid) ORDER BY number",
        id=batch_id,
    )
    assert [tuple(row) for row in rows] == [(1, "", "printer-1"), (2, "printer_jam", "printer-1")]
    audited = await desk.rows(
        "SELECT count(*) FROM audit_log WHERE action = 'print.downloaded' AND subject_id = :id",
        id=batch_id,
    )
    assert audited[0][0] == 3


async def test_a_printer_of_one_regency_gets_no_files_of_another(desk, client):
    batch_id, _ = await a_made_batch(desk, client, "62.03.01.2012", ["AMIR"])
    elsewhere = bearer("print_shop", regions=["62.01"])
    asked = await ask(client, "62.03.01.2012", who=elsewhere)
    assert asked.json()["code"] == "outside_your_regions"
    assert (await batch_of(client, batch_id, elsewhere))["code"] == "outside_your_regions"
    assert (await take(client, batch_id, who=elsewhere)).json()["code"] == "outside_your_regions"
    path = f"{BATCHES}/{batch_id}/parts/1/cards"
    assert (await client.get(path, headers=elsewhere)).json()["code"] == "outside_your_regions"


async def test_one_card_is_printed_alone_and_never_a_second_time(desk, client):
    (card,) = await a_village_of_cards(desk, "62.03.01.2013", ["AMIR"])
    wanted = {"card_id": card.card_id}
    first = await ask(client, "62.03.01.2013", **wanted)
    assert first.json()["cards"] == 1
    again = await ask(client, "62.03.01.2013", **wanted)
    assert again.json()["code"] == "card_not_to_print"
    await make_next_file(desk.engine, sealer_of(desk))
    again = await ask(client, "62.03.01.2013", **wanted)
    assert again.json()["code"] == "card_not_to_print"


@pytest.mark.parametrize(
    "change",
    [
        # Printed without a file, without its hash, or with cards that nobody counted.
        "UPDATE print_parts SET state = 'printed', made_at = now(), sha256 = repeat('a', 64),"
        " file_bytes = 1, cards_in_file = 1 WHERE batch_id = :id",
        "UPDATE print_parts SET state = 'printed' WHERE batch_id = :id",
        "INSERT INTO print_downloads VALUES (gen_random_uuid(), :id, 1, 1, '', now(), 'x', 'x')",
        "INSERT INTO print_parts (batch_id, part, region_code, cards, state)"
        " VALUES (:id, 2, '62', 1001, 'queued')",
    ],
)
async def test_the_database_refuses_what_was_not_made(desk, client, change):
    village = f"62.03.06.2{abs(hash(change)) % 900 + 100}"
    await a_village_of_cards(desk, village, ["AMIR"])
    batch_id = new_id()
    await ask(client, village, batch_id=batch_id)
    with pytest.raises(DBAPIError, match=r"violates (check|foreign key) constraint"):
        await desk.rows(change, id=batch_id)
    await client.post(f"{BATCHES}/{batch_id}/cancellations", headers=PRINTER)


async def test_what_was_taken_is_never_rewritten(desk, client):
    batch_id, _ = await a_made_batch(desk, client, "62.03.01.2014", ["AMIR"])
    await take(client, batch_id)
    for change in ("UPDATE print_downloads SET taken_by = 'x'", "DELETE FROM print_downloads"):
        with pytest.raises(DBAPIError, match="append-only"):
            await desk.rows(change)


async def test_the_print_pages_ask_show_and_hand_out(desk, client):
    cards = await a_village_of_cards(desk, "62.03.01.2010", ["AMIR SYAHRUDDIN"])
    html = {**PRINTER, "accept": "text/html"}
    page = await client.get("/prints", headers=html)
    assert "/prints/new?region_code=62.03.01.2010" in page.text
    form = await client.get("/prints/new?region_code=62.03.01.2010", headers=html)
    assert "short_edge" in form.text
    batch_id = str(new_id())
    wish = {"batch_id": batch_id, "region_code": "62.03.01.2010", "duplex": "short_edge"}
    queued = await client.post("/prints", data=wish, headers=html)
    waiting = await client.get(queued.headers["location"], headers=html)
    assert "0 dari 1 berkas" in waiting.text
    assert '<noscript><meta http-equiv="refresh"' in waiting.text
    await make_next_file(desk.engine, sealer_of(desk))
    ready = await client.get(queued.headers["location"], headers=html)
    assert "Unduh PDF" in ready.text
    for shown in (page, waiting, ready):
        assert "AMIR" not in shown.text
    part = f"/prints/{batch_id}/parts/1"
    file = await client.post(f"{part}/file", data={"download_id": str(new_id())}, headers=html)
    assert file.content.startswith(b"%PDF")
    assert len(cards) == 1


async def test_where_the_cards_are_is_told_region_by_region_with_the_oldest(desk, client):
    reader = bearer("card_desk", regions=["62.05"])
    await a_village_of_cards(desk, "62.05.01.2001", ["AMIR", "BUDI"])
    await a_made_batch(desk, client, "62.05.02.2001", ["CITRA"])
    answer = await client.get("/v1/card-whereabouts", headers=reader)
    found = {one["region_code"]: one for one in answer.json()}
    assert found["62.05.01"]["cards"] == {"signed": 2}
    assert found["62.05.02"]["cards"] == {"printed": 1}
    assert set(found["62.05.01"]["oldest"]) == {"signed"}
    other = await client.get("/v1/card-whereabouts?region_code=62.06", headers=reader)
    assert other.json()["code"] == "outside_your_regions"
    page = await client.get("/prints/where", headers={**reader, "accept": "text/html"})
    assert "Menunggu dicetak" in page.text


async def test_what_waits_too_long_is_named_in_red(desk, client):
    batch_id, _ = await a_made_batch(desk, client, "62.07.01.2001", ["AMIR"])
    mine = {**bearer("print_shop", regions=["62.07"]), "accept": "text/html"}
    assert "terlalu lama" not in (await client.get("/prints", headers=mine)).text
    await desk.rows(
        "UPDATE print_parts SET made_at = now() - interval '40 days'"
        " WHERE batch_id = CAST(:id AS uuid) RETURNING 1",
        id=batch_id,
    )
    page = (await client.get("/prints", headers=mine)).text
    assert "dicetak tetapi belum dihitung, sudah 40 hari" in page


def test_files_are_cut_at_their_size_and_at_districts():
    cards = [(str(n), "62.01.01.2001") for n in range(5)] + [("5", "62.01.02.2001")]
    assert [(part.region_code, len(part.card_ids)) for part in plan_parts(cards, 2)] == [
        ("62.01.01.2001", 2),
        ("62.01.01.2001", 2),
        ("62.01.01.2001", 1),
        ("62.01.02.2001", 1),
    ]
    assert batch_state(["printed", "failed"]) == "failed"
    assert batch_state(["printed", "queued", "failed"]) == "queued"
    assert batch_state(["cancelled", "printed"]) == "printed"
