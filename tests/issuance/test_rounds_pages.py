"""A round without a phone: forms only, from the desk to the village and back."""

from tests.issuance.handing import a_giver, calls_as, declares, gives, nik, to_a_representative

from common.ids import new_id

VILLAGE = "62.05.01.2001"
HTML = {"accept": "text/html"}


async def test_a_round_goes_out_and_comes_back_by_forms_alone(desk, client):
    clerk, companion = a_giver("Kartini", "card_desk"), a_giver("Dewi")
    at_desk, carries = {**calls_as(clerk), **HTML}, {**calls_as(companion), **HTML}
    cards = [
        await desk.a_card(name, region_code=VILLAGE, state="at_desk") for name in ("ANI", "BUDI")
    ]

    async def posts(who, path, **form):
        return await client.post(path, data=form, headers=who)

    page = await client.get("/handovers", headers=carries)
    assert "Isi dulu NIK dan nomor KK Anda sendiri" in page.text
    told = {"declaration_id": str(new_id()), "nik": "12", "kk": "34"}
    wrong = await posts(carries, "/handovers/me", **told)
    assert (wrong.status_code, "Masing-masing 16 angka" in wrong.text) == (422, True)
    told |= {"nik": nik(801), "kk": "6201 9999 0000 0801"}
    done = await posts(carries, "/handovers/me", **told)
    assert done.headers["location"] == "/handovers?done=declared"

    round_id = new_id()
    base = f"/handovers/rounds/{round_id}"
    wish = {"round_id": str(round_id), "region_code": VILLAGE, "planned_on": "2026-05-06"}
    assert (await posts(at_desk, "/handovers/rounds", **wish)).status_code == 303
    differs = await posts(carries, f"{base}/takings", counted="3")
    assert (differs.status_code, "Hitungan tidak sama: 3, seharusnya 2" in differs.text) == (
        422,
        True,
    )
    assert (await posts(carries, f"{base}/takings", counted="2")).status_code == 303
    paper = await client.get(f"{base}/list", headers=carries)
    assert paper.text.count('class="paper-code"') == 2

    form = {"handover_id": str(new_id()), "handed_at": "2026-05-06T10:00", "collector": "head"}
    first = f"{base}/cards/{cards[0].card_id}"
    undocumented = await posts(carries, f"{first}/handovers", **form)
    assert "Dokumen yang dilihat belum dipilih" in undocumented.text
    for _ in range(2):
        given = await posts(carries, f"{first}/handovers", **form, document="kk")
        assert given.headers["location"] == f"{base}?done=given"
    early = await posts(carries, f"{base}/signatures")
    assert "Masih ada 1 kartu tanpa kabar" in early.text
    second = f"{base}/cards/{cards[1].card_id}"
    assert (await posts(carries, f"{second}/returns", reason="died")).status_code == 303
    assert (await posts(carries, f"{base}/signatures")).status_code == 303
    assert (await posts(at_desk, f"{base}/closings", counted="1")).status_code == 303
    closed = await client.get(base, headers=at_desk)
    assert "Diserahkan 1 + kembali 1 = dibawa 2" in closed.text

    work = await client.get("/handovers", headers=at_desk)
    assert "BUDI" in work.text
    await posts(at_desk, f"{second}/settlements")
    assert "BUDI" not in (await client.get("/handovers", headers=at_desk)).text
    english = await client.get(f"{base}?lang=en", headers=at_desk)
    assert "Handed over 1 + brought back 1 = taken 2" in english.text


async def test_held_hand_overs_and_changed_numbers_wait_for_a_colleague(desk, client):
    giver = await declares(desk, a_giver("Ani", "card_desk"))
    checker = {**calls_as(a_giver("Budi", "card_desk")), **HTML}
    for number in range(3):
        card = await desk.a_card(f"KELUARGA {number}", state="at_desk")
        row = await gives(desk, giver, to_a_representative(card, nik(802)))
    page = await client.get("/handovers/checks", headers=checker)
    assert "KELUARGA 2" in page.text
    assert "Mengambil kartu untuk lebih dari dua keluarga dalam 30 hari" in page.text
    judged = await client.post(
        f"/handovers/checks/{row['handover_id']}",
        data={"word": "confirmed", "note": "didatangi"},
        headers=checker,
    )
    assert judged.headers["location"] == "/handovers/checks?done=confirmed"
    assert (await desk.card_of(card.household_id)).state == "active"

    changed = {"declaration_id": str(new_id()), "nik": nik(803), "kk": "6201999900000803"}
    own = {**calls_as(giver), **HTML}
    waits = await client.post("/handovers/me", data=changed, headers=own)
    assert waits.headers["location"] == "/handovers?done=waits"
    path = f"/handovers/declarations/{changed['declaration_id']}"
    alone = await client.post(path, data={"word": "accepted"}, headers=calls_as(giver))
    assert alone.json()["code"] == "needs_another_person"
    agreed = await client.post(path, data={"word": "accepted"}, headers=checker)
    assert agreed.headers["location"] == "/handovers/checks?done=decided"


async def test_a_companion_sees_neither_the_checks_nor_other_villages(client):
    companion = a_giver("Dewi", regions=["62.01"])
    refused = await client.get("/handovers/checks", headers=calls_as(companion))
    assert refused.json()["code"] == "permission_missing"
    wish = {"round_id": str(new_id()), "region_code": VILLAGE, "planned_on": "2026-05-06"}
    clerk = a_giver("K", "card_desk", regions=["62.01"])
    far = await client.post("/handovers/rounds", data=wish, headers=calls_as(clerk))
    assert far.json()["code"] == "outside_your_regions"
