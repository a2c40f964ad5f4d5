"""What a clerk's file may look like, and what is said about each cell that is wrong."""

import io
import zipfile

import pytest
from openpyxl import load_workbook
from tests.registry.conftest import Registry, operator
from tests.registry.files import (
    COLUMNS,
    SAMPLES,
    Someone,
    a_kk,
    a_village,
    csv_bytes,
    dtsen_csv,
    population_xlsx,
    roster_xlsx,
    xlsx_bytes,
)

from common.ids import new_id


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
async def test_csv_is_read_in_any_usual_form(
    registry: Registry, delimiter: str, encoding: str
) -> None:
    village = a_village()
    content = csv_bytes([Someone(name="RENÉ Ó")], delimiter=delimiter, encoding=encoding)
    batch = await registry.committed(content, region=village)
    assert (batch["layout"], batch["counts"]["new"]) == ("opensid", 1)
    names = await registry.rows(
        "SELECT p.name FROM persons p JOIN households h ON h.id = p.household_id"
        " WHERE h.region_code = :v",
        v=village,
    )
    assert [row.name for row in names] == ["RENÉ Ó"]


async def test_each_wrong_cell_is_named_with_its_address(registry: Registry) -> None:
    village = a_village()
    people = [
        Someone(extra={"nik": 6203991708900001}),
        Someone(extra={"no_kk": "6,20399E+15"}),
        Someone(nik="62039917"),
        Someone(born="2001-31-12", nik=""),
        Someone(extra={"kk_level": "77", "sex": "x"}),
        Someone(name=""),
    ]
    batch = await registry.staged(population_xlsx(people), region=village, name="a.xlsx")
    assert batch["counts"]["errors"] == 6
    found = {
        row: {(one["code"], one["cell"]) for one in errors}
        for row, errors in (await registry.errors_of(batch["id"], village)).items()
    }
    assert found == {
        2: {("number_damaged", "G2")},
        3: {("number_damaged", "F3")},
        4: {("number_not_16_digits", "G4")},
        5: {("date_impossible", "J5")},
        6: {("relation_unknown", "P6"), ("sex_unknown", "H6")},
        7: {("name_missing", "E7")},
    }


async def test_a_missing_nik_is_legal_and_gets_a_temporary_number(registry: Registry) -> None:
    village = a_village()
    batch = await registry.committed(csv_bytes([Someone(nik="", name="BAYI")]), region=village)
    assert batch["counts"]["warnings"] == 1
    number = await registry.value(
        "SELECT temporary_number FROM persons p JOIN households h ON h.id = p.household_id"
        " WHERE h.region_code = :v",
        v=village,
    )
    assert number.startswith("TN-")
    assert not number[3:].isdigit()


async def test_of_many_rows_that_are_one_person_the_first_counts(registry: Registry) -> None:
    nik, kk = Someone().nik, a_kk()
    same = [Someone(nik=nik) for _ in range(4)]
    child = [Someone(name="BAYI", kk=kk, nik="") for _ in range(3)]
    village = a_village()
    batch = await registry.staged(csv_bytes([*same, *child]), region=village)
    errors = await registry.errors_of(batch["id"], village)
    others = {row: (one["code"], one["id"]) for row, (one,) in errors.items()}
    assert sorted(others) == [3, 4, 5, 7, 8]
    for row, (code, said) in others.items():
        first = "baris 2" if row < 6 else "baris 6"
        assert (code, first in said) == (
            "nik_twice_in_file" if row < 6 else "person_twice_in_file",
            True,
        )


async def test_a_name_of_marks_alone_is_kept_as_it_stands(registry: Registry) -> None:
    village = a_village()
    batch = await registry.committed(csv_bytes([Someone(name="...")]), region=village)
    assert batch["counts"]["new"] == 1


async def test_a_nik_twice_in_a_file_names_the_other_row(registry: Registry) -> None:
    first = Someone()
    second = Someone(nik=first.nik, name="ORANG LAIN")
    village = a_village()
    batch = await registry.staged(csv_bytes([first, second]), region=village)
    errors = await registry.errors_of(batch["id"], village)
    assert errors[3][0]["code"] == "nik_twice_in_file"
    assert "baris 2" in errors[3][0]["id"]
    assert "row 2" in errors[3][0]["en"]


async def test_the_sample_of_opensid_is_read_whole(registry: Registry) -> None:
    sample = SAMPLES / "contoh_penduduk.xlsx"
    if not sample.is_file():
        pytest.skip(f"LOUD: the samples are not beside this repository ({SAMPLES})")
    batch = await registry.staged(sample.read_bytes(), region=a_village(), name=sample.name)
    assert batch["layout"] == "opensid"
    assert (batch["counts"]["rows"], batch["counts"]["errors"]) == (97, 0)


async def test_the_sample_roster_is_recognised_by_its_content(registry: Registry) -> None:
    sample = SAMPLES / "format_impor_program_bantuan.xlsx"
    if not sample.is_file():
        pytest.skip(f"LOUD: the samples are not beside this repository ({SAMPLES})")
    batch = await registry.staged(sample.read_bytes(), region="62", name="tanpa-nama.bin")
    assert batch["layout"] == "aid_roster"
    assert (batch["counts"]["rows"], batch["counts"]["unmatched"]) == (2, 2)


def _bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    return buffer.getvalue()


def _with_macros() -> bytes:
    buffer = io.BytesIO(population_xlsx([Someone()]))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"code")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (_bomb, "file_unpacks_too_large"),
        (_with_macros, "file_has_macros"),
        (lambda: b"PK\x03\x04 not a zip", "file_unreadable"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 not excel", "file_unreadable"),
        (lambda: bytes(range(256)) * 40, "file_unreadable"),
        (lambda: b"a,b,c\n", "layout_unknown"),
        (lambda: roster_xlsx("Program Rahasia", []), "roster_programme_unknown"),
        (lambda: roster_xlsx("PKH", [], target=9), "roster_target_unknown"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_with_a_reason(
    registry: Registry, make, code: str
) -> None:
    batch = await registry.staged(make(), region=a_village(), name="a.xlsx")
    assert batch["state"] == "refused"
    assert batch["failure"]["code"] == code
    assert batch["failure"]["id"] != batch["failure"]["en"]


async def test_a_population_file_needs_a_village(registry: Registry) -> None:
    batch = await registry.staged(csv_bytes([Someone()]), region="62.03")
    assert batch["failure"]["code"] == "village_needed"


async def test_an_empty_upload_is_refused_at_once(registry: Registry) -> None:
    answer = await registry.upload(b"", region="62.03")
    assert (answer.status_code, answer.json()["code"]) == (422, "file_empty")


async def test_deciles_out_of_range_are_errors(registry: Registry) -> None:
    kk = a_kk()
    content = dtsen_csv([(kk, 11), (kk, "satu")], period="2026-Q9")
    batch = await registry.staged(content, region="62", name="dtsen.csv")
    codes = {one["code"] for row in (await registry.errors_of(batch["id"])).values() for one in row}
    assert codes == {"decile_unknown", "period_unknown"}


async def test_wrong_rows_come_back_in_the_clerks_own_file_and_run_nothing(
    registry: Registry,
) -> None:
    village = a_village()
    people = [Someone(name="BAIK"), Someone(name="=1+1", nik="12"), Someone(name="@SUM(A1)")]
    batch = await registry.staged(population_xlsx(people), region=village, name="a.xlsx")
    answer = await registry.client.get(
        f"/imports/{batch['id']}/wrong-rows.xlsx", headers=operator(village)
    )
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]] == [*COLUMNS, "hasil pemeriksaan"]
    note = str(sheet.cell(2, len(COLUMNS) + 1).value)
    assert note.startswith("G2: Catatan, tetap disimpan: Enam digit pertama NIK")
    said = str(sheet.cell(3, len(COLUMNS) + 1).value)
    assert said.startswith("G3: NIK harus 16 digit")
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    again = await registry.staged(answer.content, region=village, name="lagi.xlsx")
    assert again["layout"] == "opensid"


async def test_a_title_above_the_header_does_no_harm(registry: Registry) -> None:
    content = xlsx_bytes([["DATA PENDUDUK DESA"], [], [*COLUMNS], Someone().cells()])
    batch = await registry.staged(content, region=a_village(), name="a.xlsx")
    assert (batch["state"], batch["counts"]["rows"]) == ("staged", 1)


async def test_an_upload_outside_ones_regions_is_refused_in_both_languages(
    registry: Registry,
) -> None:
    answer = await registry.upload(
        csv_bytes([Someone()]), region="62.03.01.1008", headers=operator("62.06")
    )
    assert answer.status_code == 403
    assert answer.json()["code"] == "outside_your_regions"
    assert set(answer.json()["messages"]) == {"id", "en"}


async def test_the_same_id_with_another_file_is_refused(registry: Registry) -> None:
    import_id, village = new_id(), a_village()
    content = csv_bytes([Someone()])
    first = await registry.upload(content, region=village, import_id=import_id)
    again = await registry.upload(content, region=village, import_id=import_id)
    other = await registry.upload(csv_bytes([Someone()]), region=village, import_id=import_id)
    assert (first.status_code, again.status_code) == (202, 202)
    assert (other.status_code, other.json()["code"]) == (409, "id_reused")
    await registry.do_jobs()


async def test_notes_are_counted_by_kind_with_the_first_cells_and_stop_nothing(
    registry: Registry,
) -> None:
    village = a_village()
    people = [Someone(nik="6203990101900001", born="1980-05-17", sex="1") for _ in range(1)]
    people += [Someone(nik=f"62039941{month:02}900002", sex="1") for month in range(1, 13)]
    batch = await registry.staged(csv_bytes(people), region=village)
    assert (batch["counts"]["errors"], batch["counts"]["warnings"]) == (0, 13)
    page = await registry.client.get(f"/imports/{batch['id']}", headers=operator(village))
    assert "Catatan untuk dicocokkan, tetap disimpan" in page.text
    assert "Catatan tidak menghalangi penyimpanan" in page.text
    assert "lebih dari separuh baris" in page.text
    assert "G2, G3, G4, …" in page.text
