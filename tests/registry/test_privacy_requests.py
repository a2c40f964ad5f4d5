"""What a person may ask about their own data, and that it happens, by the right people, in time."""

import json

import pytest
from sqlalchemy import text
from tests.clients import bearer
from tests.registry.conftest import Registry, operator
from tests.registry.files import a_nik, csv_bytes
from tests.registry.privacy import a_family, answered, ask, asked, decided, officer

from common.clock import utc_now
from common.ids import new_id


async def test_the_register_shows_what_is_late_first(registry: Registry) -> None:
    family = await a_family(registry)
    fresh = await ask(registry, family, "copy")
    late = await ask(registry, family, "restriction", hours_ago=80)
    page = (await registry.client.get("/personal-data", headers=officer())).text
    assert page.index(late) < page.index(fresh)
    assert "terlambat 8 jam" in page
    await answered(registry, late, "refused")
    page = (await registry.client.get("/personal-data", headers=officer())).text
    assert "lewat batas" in page


async def test_a_copy_holds_ones_own_data_and_nothing_of_the_others(registry: Registry) -> None:
    family = await a_family(registry)
    await registry.client.post(
        f"/v1/households/{family.household}/reveal",
        json={"reason": "Mencocokkan KK di loket"},
        headers=operator(family.village, subject="petugas-1"),
    )
    await registry.client.post(
        "/v1/households/search",
        json={"region_code": family.village, "name": "norma"},
        headers=operator(family.village),
    )
    request = await ask(registry, family, "copy")
    path = f"/personal-data/requests/{request}/copy"
    page = await registry.client.get(path, headers=officer())
    data = await registry.client.get(f"{path}.json", headers=officer())
    assert "no-store" in data.headers["cache-control"]
    for shown in (page.text, data.text):
        assert str(family.head.nik) in shown
        assert family.head.kk in shown
        assert "Tjilik Riwut" in shown
        assert "Mencocokkan KK di loket" in shown
        for secret in ("ANAK RAHASIA", str(family.child.nik), "2015-02-03", family.child_id):
            assert secret not in shown
    seen = [row["action"] for row in data.json()["who_saw"]]
    assert {"household.reveal", "household.search", "person.copied", "import.upload"} <= set(seen)
    assert data.json()["other_members"] == 1
    assert data.json()["source"]["words"] == "penduduk.csv"


async def test_use_at_a_clinic_is_closed_in_a_copy_of_one_of_several(registry: Registry) -> None:
    family = await a_family(registry)
    for name, place in (("Periksa gigi", "Klinik Sehat"), ("Bantuan tunai", "Toko Beras")):
        async with registry.engine.begin() as tx:
            await tx.execute(
                text(
                    "INSERT INTO household_redemptions (redemption_id, household_id, benefit_name,"
                    " partner_name, redeemed_at) VALUES (:i, :h, :n, :p, now())"
                ),
                {"i": new_id(), "h": family.household, "n": name, "p": place},
            )
    request = await ask(registry, family, "copy")
    path = f"/personal-data/requests/{request}/copy.json"
    copy = (await registry.client.get(path, headers=officer())).json()
    assert len(copy["redemptions"]) == 2
    assert "Periksa gigi" not in json.dumps(copy)
    assert "Klinik Sehat" not in json.dumps(copy)


async def test_a_correction_is_written_by_another_person_with_its_source(
    registry: Registry,
) -> None:
    family = await a_family(registry)
    request = await ask(
        registry, family, "correction", field="name", value="norma kamelöh", evidence="KTP asli"
    )
    # Its recorder cannot decide it, with whatever role.
    own = await decided(registry, request, subject="pelindung")
    assert "diputuskan orang lain" in own.text
    assert (await decided(registry, request)).status_code == 303
    again = await decided(registry, request)
    assert again.status_code == 303, "the same decision again changes nothing"
    (row,) = await registry.rows(
        "SELECT name, name_key, version, CAST(import_id AS text) AS source FROM persons"
        " WHERE id = :p",
        p=family.head_id,
    )
    assert (row.name, row.name_key, row.version) == ("NORMA KAMELÖH", "NORMA KAMELOH", 2)
    assert row.source == request
    old = await registry.value(
        "SELECT values ->> 'name' FROM person_versions WHERE person_id = :p", p=family.head_id
    )
    assert old == "NORMA KAMELOH"
    copy_of = await ask(registry, family, "copy")
    path = f"/personal-data/requests/{copy_of}/copy.json"
    copy = (await registry.client.get(path, headers=officer())).json()
    assert copy["source"]["kind"] == "correction"
    assert copy["versions"][0]["values"]["name"] == "NORMA KAMELOH"


async def test_a_corrected_number_is_sealed_and_found_and_never_anothers(
    registry: Registry,
) -> None:
    family = await a_family(registry)
    taken = await ask(
        registry, family, "correction", field="nik", value=str(family.child.nik), evidence="KTP"
    )
    assert "sudah tercatat pada orang lain" in (await decided(registry, taken)).text
    nik = a_nik(utc_now().date().replace(year=1980, month=5, day=17), woman=True)
    request = await ask(registry, family, "correction", field="nik", value=nik, evidence="KTP")
    sealed = await registry.value(
        "SELECT value_sealed FROM subject_requests WHERE id = :i", i=request
    )
    assert nik.encode() not in bytes(sealed)
    assert (await decided(registry, request)).status_code == 303
    found = await registry.client.post(
        "/v1/households/search", json={"text": nik}, headers=operator(family.village)
    )
    assert [row["id"] for row in found.json()["households"]] == [family.household]


@pytest.mark.parametrize(
    ("field", "value"), [("nik", "123"), ("born_on", "17-05-1980"), ("sex", "X"), ("", "A")]
)
async def test_a_correction_that_cannot_be_is_not_taken(
    registry: Registry, field: str, value: str
) -> None:
    family = await a_family(registry)
    answer = await asked(
        registry, family, "correction", field=field, value=value, evidence="KTP asli"
    )
    assert (answer.status_code, "sebutkan buktinya" in answer.text) == (422, True)


async def test_a_restricted_person_is_hidden_blocks_lists_and_comes_back(
    registry: Registry,
) -> None:
    family = await a_family(registry, name="TERBATAS SEKALI")
    request = await ask(registry, family, "restriction")
    assert (await answered(registry, request)).status_code == 303
    path, clerk = f"/v1/households/{family.household}", operator(family.village)
    shown = await registry.client.get(path, headers=clerk)
    page = await registry.client.get(f"/households/{family.household}", headers=clerk)
    by_number = await registry.client.post(
        "/v1/households/search", json={"number": family.head.kk}, headers=clerk
    )
    by_name = {"region_code": family.village, "name": "terbatas"}
    named = await registry.client.post("/v1/households/search", json=by_name, headers=clerk)
    opened = await registry.client.post(
        f"{path}/reveal", json={"reason": "Mencocokkan KK asli"}, headers=clerk
    )
    for answer in (shown, page, by_number, named, opened):
        assert "TERBATAS" not in answer.text
        assert str(family.head.nik) not in answer.text
    assert "ANAK RAHASIA" in page.text
    assert "Data dibatasi" in page.text
    assert named.json()["households"] == []
    assert by_number.json()["households"][0]["is_restricted"] is True
    assert str(family.child.nik) in opened.text
    severity = await registry.value(
        "SELECT severity FROM flags WHERE subject_id = :p AND cleared_at IS NULL", p=family.head_id
    )
    assert severity == "blocking"
    assert "TERBATAS" in (await registry.client.get(path, headers=officer())).text
    await registry.client.post(
        f"/personal-data/requests/{request}/lift",
        data={"reason": "Sudah diperiksa bersama"},
        headers=officer(),
    )
    assert "TERBATAS" in (await registry.client.get(path, headers=clerk)).text


async def test_erasure_is_refused_where_money_was_given_and_done_where_not(
    registry: Registry,
) -> None:
    paid, free = await a_family(registry), await a_family(registry)
    async with registry.engine.begin() as tx:
        await tx.execute(
            text(
                "INSERT INTO household_redemptions (redemption_id, household_id, redeemed_at)"
                " VALUES (:i, :h, now())"
            ),
            {"i": new_id(), "h": paid.household},
        )
    request = await ask(registry, paid, "erasure")
    assert "pasal 15" in (await decided(registry, request)).text
    assert (await decided(registry, request, "refused")).status_code == 303
    ground = await registry.value(
        "SELECT legal_ground FROM subject_requests WHERE id = :i", i=request
    )
    assert "pasal 15" in ground
    for person in (free.head_id, free.child_id):
        request = await ask(registry, free, "erasure", person=person)
        assert (await decided(registry, request)).status_code == 303
    (row,) = await registry.rows(
        "SELECT p.name, p.nik_index, p.born_on, h.kk_sealed, h.address_sealed FROM persons p"
        " JOIN households h ON h.id = p.household_id WHERE p.id = :p",
        p=free.head_id,
    )
    assert (row.name, row.nik_index, row.born_on, row.address_sealed) == ("", None, None, None)
    assert bytes(row.kk_sealed) == b""
    left = await registry.rows(
        "SELECT subject_kind FROM tombstones WHERE household_id = :h ORDER BY 1", h=free.household
    )
    assert [one.subject_kind for one in left] == ["household", "person", "person"]
    gone = await registry.client.post(
        "/v1/households/search", json={"text": free.head.kk}, headers=operator(free.village)
    )
    assert gone.json()["households"] == []
    reveal = await registry.client.post(
        f"/v1/households/{free.household}/reveal",
        json={"reason": "Mencocokkan KK asli"},
        headers=operator(free.village),
    )
    assert reveal.json()["code"] == "person_erased"
    page = await registry.client.get(f"/households/{free.household}", headers=operator())
    assert (page.status_code, "dihapus" in page.text) == (200, True)
    # The same family comes again in a file: it is a new one.
    await registry.committed(csv_bytes([free.head]), region=free.village)


async def test_a_repeated_request_is_one_and_another_under_its_id_is_refused(
    registry: Registry,
) -> None:
    family = await a_family(registry)
    first = await ask(registry, family, "copy")
    assert await ask(registry, family, "copy", id=first) == first
    other = await asked(registry, family, "erasure", id=first)
    assert other.status_code == 409
    count = await registry.value("SELECT count(*) FROM subject_requests WHERE id = :i", i=first)
    assert count == 1


async def test_nobody_else_opens_the_pages_about_personal_data(registry: Registry) -> None:
    family = await a_family(registry)
    request = await ask(registry, family, "copy")
    for role in ("village_operator", "auditor", "provincial_approver", "administrator"):
        answer = await registry.client.get(
            f"/personal-data/requests/{request}/copy", headers=bearer(role)
        )
        assert answer.status_code == 403, role
    elsewhere = bearer("protection_officer", regions=("62.71",))
    answer = await registry.client.get(f"/personal-data/requests/{request}/copy", headers=elsewhere)
    assert answer.status_code == 403
    # A decider sees corrections and erasures, not copies.
    answer = await registry.client.get(
        f"/personal-data/decisions/{request}", headers=bearer("regency_verifier")
    )
    assert answer.status_code == 403


async def test_every_page_is_there_in_both_languages(registry: Registry) -> None:
    family = await a_family(registry)
    copy, fix = (
        await ask(registry, family, "copy"),
        await ask(registry, family, "correction", field="name", value="X Y", evidence="KTP"),
    )
    paths = (
        "/personal-data", "/personal-data/new",
        f"/personal-data/new?household_id={family.household}",
        f"/personal-data/requests/{copy}", f"/personal-data/requests/{copy}/copy",
        f"/personal-data/requests/{fix}", "/personal-data/retention", "/personal-data/incidents",
    )  # fmt: skip
    for lang in ("id", "en"):
        for path in paths:
            sign = "&" if "?" in path else "?"
            answer = await registry.client.get(f"{path}{sign}lang={lang}", headers=officer())
            assert answer.status_code == 200, (path, answer.text)
        for path in ("/personal-data/decisions", f"/personal-data/decisions/{fix}"):
            answer = await registry.client.get(
                f"{path}?lang={lang}", headers=bearer("regency_verifier")
            )
            assert answer.status_code == 200, (path, answer.text)
