"""Files of no known layout: a person names the columns, and the next file is read by itself."""

import re
from datetime import date
from typing import Any

import pytest
from tests.registry.conftest import Registry, operator
from tests.registry.files import a_kk, a_nik, a_village, two_villages_of_a_regency, xlsx_bytes

from common.ids import new_id
from common.regions import parent_of

HEADER = ("No", "Nomor Kartu", "No. Induk", "Nama Warga", "Gender", "Lahir", "Peran", "Keterangan")
BORN = date(1980, 5, 17)
PLACES = {"no_kk": 1, "nik": 2, "nama": 3, "jenis_kelamin": 4, "tanggal_lahir": 5, "hubungan": 6}


def a_row(number: int, name: str = "SITI RAHASIA") -> tuple[object, ...]:
    nik = a_nik(BORN, woman=True)
    return (number, a_kk(), nik, name, "P", "17 Mei 1980", "Istri", "catatan")


def a_file(header: tuple[str, ...] = HEADER, rows: int = 6) -> bytes:
    titles = [["DATA WARGA DESA"], []]
    return xlsx_bytes([*titles, header, *(a_row(number) for number in range(1, rows + 1))])


def form(places: dict[str, int], **other: str) -> dict[str, str]:
    chosen = {f"kolom-{name}": str(place) for name, place in places.items()}
    return {"id": str(new_id()), "sheet": "0", "header": "3", "kind": "people", **chosen, **other}


async def waiting(registry: Registry, village: str, content: bytes | None = None) -> Any:
    batch = await registry.staged(content or a_file(), region=village, name="warga.xlsx")
    assert batch["state"] == "needs_mapping", batch
    return batch


async def name(
    registry: Registry, batch: Any, data: dict[str, str], headers: dict[str, str]
) -> Any:
    return await registry.client.post(
        f"/imports/{batch['id']}/columns", data=data, headers=headers, follow_redirects=False
    )


def preselected(page: str) -> dict[str, str]:
    lists = re.findall(r'<select[^>]* name="kolom-(\w+)".*?</select>', page, re.S)
    bodies = re.findall(r'<select[^>]* name="kolom-\w+"(.*?)</select>', page, re.S)
    found = (re.search(r'value="(\d+)" selected', body) for body in bodies)
    return {name: one[1] for name, one in zip(lists, found, strict=True) if one}


async def test_the_page_guesses_columns_and_shows_five_rows_with_masked_numbers(
    registry: Registry,
) -> None:
    village = a_village()
    batch = await waiting(registry, village)
    page = await registry.client.get(f"/imports/{batch['id']}/columns", headers=operator(village))
    assert page.status_code == 200
    # No heading that we know says "Peran", but "Istri" in every row does.
    known = {name: str(place) for name, place in PLACES.items()}
    assert preselected(page.text) == known
    assert page.text.count("<tr>") == 1 + 5
    assert not re.search(r"\d{16}", page.text)
    assert "620399••••••••••" in page.text


async def test_a_named_header_is_remembered_and_the_next_file_is_read_by_itself(
    registry: Registry,
) -> None:
    village = a_village()
    batch = await waiting(registry, village)
    answer = await name(registry, batch, form(PLACES), operator(village))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/imports/{batch['id']}")
    await registry.do_jobs()
    read = await registry.import_of(batch["id"], village)
    assert (read["state"], read["layout"]) == ("staged", "mapped")
    assert (read["counts"]["rows"], read["counts"]["errors"]) == (6, 0)
    kept = await registry.value(
        "SELECT count(*) FROM column_samples WHERE import_id = CAST(:id AS uuid)", id=batch["id"]
    )
    assert kept == 0

    again = await registry.staged(a_file(), region=village, name="warga2.xlsx")
    assert (again["state"], again["layout"]) == ("staged", "mapped")
    page = await registry.client.get(f"/imports/{again['id']}", headers=operator(village))
    assert "dikenali dari pemetaan tanggal" in page.text

    other = await registry.staged(a_file(), region=a_village(), name="warga.xlsx")
    assert other["state"] == "needs_mapping"


async def test_an_agency_of_the_regency_names_columns_for_all_its_villages(
    registry: Registry,
) -> None:
    village, beside = two_villages_of_a_regency()
    regency = village[:5]
    header = (*HEADER, f"Kolom {regency}")
    batch = await waiting(registry, village, a_file(header))
    answer = await name(registry, batch, form(PLACES), operator(regency))
    assert answer.status_code == 303
    await registry.do_jobs()
    other = await registry.staged(a_file(header), region=beside, name="warga.xlsx")
    assert other["layout"] == "mapped"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"nama": 0}, "Isi kolom ini tampaknya bukan itu"),
        ({"tanggal_lahir": 6, "hubungan": 5}, "Isi kolom ini tampaknya bukan itu"),
        ({"nik": 1}, "sudah dipilih untuk isian lain"),
        ({"nik": 99}, "Pilih kolomnya"),
    ],
)
async def test_a_choice_that_does_not_fit_is_refused_beside_its_column(
    registry: Registry, change: dict[str, int], said: str
) -> None:
    village = a_village()
    batch = await waiting(registry, village)
    answer = await name(registry, batch, form({**PLACES, **change}), operator(village))
    assert answer.status_code == 422
    assert said in answer.text
    assert (await registry.import_of(batch["id"], village))["state"] == "needs_mapping"


async def test_numbers_of_families_and_of_persons_are_not_exchanged_unnoticed(
    registry: Registry,
) -> None:
    village, kk = a_village(), a_kk()
    rows = [(n, kk, *a_row(n, f"ORANG {'ABCDEF'[n]}")[2:]) for n in range(6)]
    batch = await waiting(registry, village, xlsx_bytes([[], [], HEADER, *rows]))
    exchanged = form({**PLACES, "no_kk": 2, "nik": 1})
    answer = await name(registry, batch, exchanged, operator(village))
    assert answer.status_code == 422
    assert 'id="kolom-nik-error"' in answer.text


async def test_columns_that_were_named_wrongly_are_named_anew(registry: Registry) -> None:
    village = a_village()
    batch = await waiting(registry, village)
    await name(registry, batch, form({**PLACES, "nama_ibu": 7}), operator(village))
    await registry.do_jobs()
    again = f"/imports/{batch['id']}/columns/again"
    answer = await registry.client.post(again, headers=operator(village), follow_redirects=False)
    assert answer.status_code == 303
    await registry.do_jobs()
    assert (await registry.import_of(batch["id"], village))["state"] == "needs_mapping"
    await name(registry, batch, form(PLACES), operator(village))
    await registry.do_jobs()
    newest = await registry.committed(a_file(), region=village, name="lagi.xlsx")
    mothers = await registry.value(
        "SELECT count(*) FROM persons p JOIN households h ON h.id = p.household_id"
        " WHERE h.region_code = :v AND p.mother_name IS NOT NULL",
        v=village,
    )
    assert (newest["layout"], mothers) == ("mapped", 0)


async def test_naming_is_done_once_by_people_of_the_region(registry: Registry) -> None:
    village = a_village()
    batch = await waiting(registry, village)
    elsewhere = "62.71" if parent_of(village[:8]) != "62.71" else "62.01"
    assert (await name(registry, batch, form(PLACES), operator(elsewhere))).status_code == 403
    data = form(PLACES)
    first = await name(registry, batch, data, operator(village))
    repeat = await name(registry, batch, data, operator(village))
    late = await name(registry, batch, form(PLACES), operator(village))
    assert (first.status_code, repeat.status_code) == (303, 303)
    reused = await name(registry, batch, {**data, "kolom-nama_ibu": "7"}, operator(village))
    assert reused.status_code == 409
    assert late.status_code == 409
    made = await registry.value(
        "SELECT count(*) FROM column_mappings WHERE region_code = :v", v=village
    )
    assert made == 1
    await registry.do_jobs()


async def test_what_is_kept_of_a_waiting_file_is_sealed_and_nothing_personal_is_told(
    registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    village = a_village()
    batch = await waiting(registry, village)
    sealed = await registry.value(
        "SELECT content FROM column_samples WHERE import_id = CAST(:id AS uuid)", id=batch["id"]
    )
    assert b"SITI" not in bytes(sealed)
    await name(registry, batch, form(PLACES), operator(village))
    await registry.do_jobs()
    told = await registry.rows(
        "SELECT details::text AS said FROM audit_log WHERE subject_id = :id", id=batch["id"]
    )
    kept = await registry.rows("SELECT places::text AS said FROM column_mappings")
    assert told
    assert not any("SITI" in (row.said or "") for row in [*told, *kept])
    assert "SITI" not in caplog.text
    assert not re.search(r"\d{16}", caplog.text)


async def test_a_waiting_file_can_be_set_aside(registry: Registry) -> None:
    village = a_village()
    batch = await waiting(registry, village)
    answer = await registry.client.post(
        f"/v1/imports/{batch['id']}/withdraw", headers=operator(village)
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    page = await registry.client.get(f"/imports/{batch['id']}/columns", headers=operator(village))
    assert page.status_code == 409
