"""Every layout by its content: what is read of it, and what is refused with which reason."""

import csv
import io
import zipfile
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.registry.files import SAMPLES, Someone, a_kk, a_nik, csv_bytes, population_xlsx

from common.problems import Refused
from common.regions import all_regions, parent_of, region_name
from registry.intake import template
from registry.intake.flagging import flag_of
from registry.intake.layouts import bip2016, dukcapil_match, khbs, known, place
from registry.intake.layouts.aid_roster import programme_of
from registry.intake.layouts.dtsen import quarter
from registry.intake.layouts.shape import Context, FactRow, PersonRow, Reading, ReadRow
from registry.intake.sheet import open_sheets

TODAY = date(2026, 11, 22)
VILLAGE = "62.03.01.1008"
HERE = Context(VILLAGE, TODAY, frozenset({"62.03.99"}))
ABSENT = f"LOUD: the villages' sample files are not beside this repository ({SAMPLES})"
BORN = date(1980, 5, 17)
SIAK = (
    "Nomor KK", "NIK", "Nama Penduduk", "Status", "Tempat Lahir", "Tanggal Lahir", "Kelamin",
    "NIK Ayah", "Ayah", "NIK Ibu", "Ibu", "Status Kawin", "SHDK", "Agama", "Kecamatan", "Desa/Kel",
    "Alamat", "RW", "RT",
)  # fmt: skip


def book(sheets: dict[str, Iterable[Iterable[Any]]]) -> bytes:
    """A workbook with texts, numbers, dates, and formulas where a text begins with "="."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as made:
        as_date = made.add_format({"num_format": "dd/mm/yyyy"})
        for name, rows in sheets.items():
            page = made.add_worksheet(name)
            for number, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if isinstance(cell, date):
                        page.write_datetime(number, column, cell, as_date)
                    elif isinstance(cell, (int, float)):
                        page.write_number(number, column, cell)
                    elif str(cell).startswith("="):
                        page.write_formula(number, column, cell, value="6203990101800001")
                    elif cell not in ("", None):
                        page.write_string(number, column, cell)
    return buffer.getvalue()


@pytest.fixture
def file(tmp_path: Path):
    """Read bytes as an uploaded file; return how, with all rows."""

    def read(content: bytes, context: Context = HERE) -> tuple[Reading, list[ReadRow]]:
        path = tmp_path / "file"
        path.write_bytes(content)
        reading = known.recognise(open_sheets(path), context)
        return reading, list(reading.rows())

    return read


def refusal(read: Any, content: bytes, context: Context = HERE) -> Refused:
    with pytest.raises(Refused) as raised:
        read(content, context)
    return raised.value


def codes(row: ReadRow) -> set[tuple[object, object]]:
    return {(one["code"], one["cell"]) for one in row.errors}


def siak_row(**other: Any) -> list[Any]:
    values = {
        "Nomor KK": "6203990101200001", "NIK": a_nik(BORN, woman=True), "Nama Penduduk": "SITI",
        "Status": "Hidup", "Tempat Lahir": "KAPUAS", "Tanggal Lahir": BORN, "Kelamin": "Perempuan",
        "NIK Ayah": "6203991212500001", "Ayah": "ALI", "Ibu": "AMI", "Status Kawin": "Belum Kawin",
        "SHDK": "Kepala Keluarga", "Kecamatan": region_name(VILLAGE[:8]).upper(),
        "Desa/Kel": region_name(VILLAGE).upper(), "Alamat": "JL. A", "RW": "001", "RT": "002",
        **other,
    }  # fmt: skip
    return [values.get(column, "") for column in SIAK]


def test_a_siak_export_is_read_by_its_words_and_real_dates(file: Any) -> None:
    reading, [row] = file(book({"Data": [SIAK, siak_row()]}))
    person = row.content
    assert isinstance(person, PersonRow)
    assert (reading.layout, row.errors) == ("siak", [])
    assert (person.sex, person.born_on, person.relation) == ("F", BORN, "head")
    assert (person.marital, person.status) == ("single", "alive")
    assert (person.father_name, person.mother_name) == ("ALI", "AMI")
    assert person.address == "JL. A, RT 002, RW 001"
    assert "6203991212500001" not in repr(person)


def test_a_siak_row_of_another_village_or_marked_invalid_is_an_error(file: Any) -> None:
    rows = [siak_row(**{"Desa/Kel": "SEI JAUH"}), siak_row(Status="Tidak Valid")]
    _, (elsewhere, invalid) = file(book({"Data": [SIAK, *rows]}))
    assert codes(elsewhere) == {("village_differs", "P2")}
    assert codes(invalid) == {("status_invalid", "D3")}


def test_names_of_a_village_match_in_any_usual_spelling_but_never_a_neighbours() -> None:
    for code in [code for code in all_regions() if len(code) == 13][::40]:
        name, district = region_name(code), region_name(parent_of(code) or "")
        assert place.is_this_village(code, district.upper(), f"DESA {name.upper()}")
        assert place.is_this_village(code, "", name.replace(" ", "  "))
        beside = next(
            one.name
            for one in all_regions().values()
            if one.parent_code == parent_of(code) and one.name != name
        )
        assert not place.is_this_village(code, district, beside)


def bip(village: str = region_name(VILLAGE), card: str = "No. KK : 6203990101200001 \xa0") -> bytes:
    nik = a_nik(BORN, woman=True)
    return book(
        {
            "BIP": [
                ["BUKU INDUK PENDUDUK WNI"], [],
                ["PROVINSI", ":", "\xa0KALIMANTAN TENGAH", "KABUPATEN/KOTA\xa0", ":", "\xa0KAPUAS"],
                ["KECAMATAN", ":", f"\xa0{region_name(VILLAGE[:8])}", "DESA/KELURAHAN", ":",
                 f"\xa0{village}"],
                ["PERIODE/TANGGAL", ":", "\xa016-04-2015"], [],
                ["No", "Nama Lengkap", "NIK", "Tempat dan Tanggal Lahir", "", "JK", "SHDK", "Agama",
                 "Pendidikan", "Pekerjaan", "Nama Orang Tua Kandung", "Nama Orang Tua Kandung"],
                ["", "", "", "Tempat Lahir", "Tgl/Bln/Th", "", "", "", "Terakhir", "", "Ibu",
                 "Ayah"],
                [-1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12],
                [card, "", "Alamat : JL. A, Nama Dusun : II, RT/RW : 003/-"],
                [1, "SITI", f"{nik}\xa0", "KAPUAS", BORN, "Pr", "KEPALA KELUARGA", "ISLAM", "", "",
                 "AMI", "ALI"],
                [2, "BUDI", "", "KAPUAS", "3 Mei 2015", "Lk", "ANAK", "ISLAM", "", "", "SITI", ""],
            ]
        }
    )  # fmt: skip


def test_the_book_of_2016_is_read_family_by_family(file: Any) -> None:
    reading, rows = file(bip())
    siti, budi = (row.content for row in rows)
    assert (reading.layout, [row.number for row in rows]) == ("bip2016", [11, 12])
    assert (siti.kk, siti.sex, siti.born_on, siti.relation) == (
        "6203990101200001", "F", BORN, "head",
    )  # fmt: skip
    assert (siti.address, siti.mother_name) == ("JL. A, Dusun II, RT 003", "AMI")
    assert (budi.nik, budi.born_on, budi.relation) == ("", date(2015, 5, 3), "child")


def test_a_damaged_card_number_in_the_book_keeps_its_whole_family_out(file: Any) -> None:
    _, rows = file(bip(card="No. KK : 6,20399E+15"))
    assert [codes(row) for row in rows] == [{("number_damaged", "A10")}] * 2
    assert all(row.content is None for row in rows)


def test_the_book_of_another_village_is_refused_with_both_names(file: Any) -> None:
    refused = refusal(file, bip(village="AIK DAREQ"))
    assert refused.code == "file_of_other_village"
    assert "AIK DAREQ" in str(refused.facts["named"])
    assert region_name(VILLAGE) in str(refused.facts["chosen"])


def test_the_sample_book_of_dukcapil_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = SAMPLES / "format_bip_2016.xls"
    if not sample.is_file():
        pytest.skip(ABSENT)
    with pytest.raises(Refused, match="file_of_other_village"):
        known.recognise(open_sheets(sample), HERE)
    # The sample is of Lombok, which no village of this province can be.
    monkeypatch.setattr(bip2016, "is_this_village", lambda *_: True)
    reading = known.recognise(open_sheets(sample), HERE)
    rows = list(reading.rows())
    assert reading.layout == "bip2016"
    assert [row.errors for row in rows] == [[], [], []]
    people = [row.content for row in rows if isinstance(row.content, PersonRow)]
    assert [person.name for person in people] == ["MUSTAFA", "KHODIJAH", "MUHAMMAD FAHRUDDIN"]
    assert len({person.kk for person in people}) == 2


def regsosek(card: object = "6203990101200001") -> bytes:
    people: list[list[Any]] = [
        ["REGSOSEK"], ["ANGGOTA KELUARGA"],
        ["no kartu keluarga", "401", "402 Nama", "403 NIK", "404", "405 Jenis Kelamin",
         "406 Tanggal Lahir", "408", "409 Hubungan", "501a"],
        [card, 1, "SITI", a_nik(BORN, woman=True), 1, 2, 29358, 2, 1, 4],
        [card, 2, "ALI", a_nik(BORN, woman=False), "2. Meninggal", 1, "29358", 2, 2, 4],
    ]  # fmt: skip
    heading = ["No Kartu Keluarga", "109 Alamat", "301a"]
    families: list[list[Any]] = [["KETERANGAN KELUARGA"], heading, [card, "JL. B NO. 2", 1]]
    return book({"KELUARGA": families, "ANGGOTA": people})


def test_a_regsosek_book_joins_its_sheets_by_the_card_number(file: Any) -> None:
    reading, (siti, ali) = file(regsosek())
    assert (reading.layout, reading.sheet.name) == ("regsosek", "ANGGOTA")
    assert (siti.errors, ali.errors) == ([], [])
    assert (siti.content.born_on, siti.content.relation) == (BORN, "head")
    assert (ali.content.born_on, ali.content.relation) == (BORN, "husband")
    assert (siti.content.status, ali.content.status) == ("alive", "dead")
    assert siti.content.address == "JL. B NO. 2"


def test_a_card_number_kept_as_a_number_is_refused_row_by_row(file: Any) -> None:
    _, rows = file(regsosek(card=6203990101200001))
    assert [codes(row) for row in rows] == [
        {("number_damaged", "A4")},
        {("number_damaged", "A5")},
    ]


def template_rows(*people: dict[str, str]) -> list[list[str]]:
    return [[*khbs.COLUMNS], *([one.get(name, "") for name in khbs.COLUMNS] for one in people)]


def a_person(**other: str) -> dict[str, str]:
    return {
        "no_kk": a_kk(), "nik": a_nik(BORN, woman=True), "nama": "SITI", "hubungan": "Istri",
        "jenis_kelamin": "P", "tanggal_lahir": "17-05-1980", "telepon": "+62 812-0000-0000",
        **other,
    }  # fmt: skip


def as_csv(rows: list[list[str]], delimiter: str = ",") -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()


def test_our_own_form_may_name_a_village_in_each_row(file: Any) -> None:
    rows = template_rows(
        a_person(kode_desa="62.03.01.1008"),
        a_person(kode_desa="6203012011"),
        a_person(kode_desa="62.06.01.2001"),
        a_person(kode_desa="62.03.01.9999"),
        a_person(),
    )
    reading, read = file(as_csv(rows).encode(), Context("62.03", TODAY, frozenset()))
    assert (reading.layout, reading.names_villages) == ("khbs", True)
    assert [row.content.region_code for row in read[:2]] == ["62.03.01.1008", "62.03.01.2011"]
    assert [codes(row) for row in read[2:]] == [
        {("village_code_outside", "A4")},
        {("village_code_unknown", "A5")},
        {("village_code_missing", "A6")},
    ]
    assert read[0].content.phone == "081200000000"


def test_every_wrong_cell_of_a_row_is_named_at_once(file: Any) -> None:
    wrong = a_person(
        no_kk="", nik="12", nama="", jenis_kelamin="X", tanggal_lahir="5/6/15", hubungan="Paman"
    )
    _, [row] = file(as_csv(template_rows(wrong)).encode())
    assert codes(row) == {
        ("kk_missing", "B2"),
        ("number_not_16_digits", "C2"),
        ("name_missing", "D2"),
        ("sex_unknown", "E2"),
        ("date_century_unclear", "F2"),
        ("relation_unknown", "H2"),
    }


def test_a_telephone_that_is_none_is_a_note_and_is_not_kept(file: Any) -> None:
    _, [row] = file(as_csv(template_rows(a_person(telepon="tanya Budi"))).encode())
    assert [(one["code"], one["cell"]) for one in row.warnings if "phone" in str(one["code"])] == [
        ("phone_unreadable", "N2")
    ]
    assert row.content.phone == ""


def test_a_village_may_leave_its_code_empty_in_our_form(file: Any) -> None:
    _, [row] = file(as_csv(template_rows(a_person())).encode())
    assert (row.errors, row.content.region_code) == ([], "")


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_the_form_that_we_hand_out_is_the_form_that_we_read(file: Any, form: str) -> None:
    if form == "csv":
        content = template.template_csv() + as_csv(template_rows(a_person())[1:]).encode()
        reading, [row] = file(content)
        assert (reading.layout, row.errors) == ("khbs", [])
        return
    reading, rows = file(template.template_workbook())
    assert (reading.layout, reading.sheet.name, rows) == ("khbs", template.SHEET, [])


def test_the_forms_numbers_are_text_and_every_column_is_explained() -> None:
    from openpyxl import load_workbook

    made = load_workbook(io.BytesIO(template.template_workbook()))
    page, about = made[template.SHEET], made[template.ABOUT]
    first = page.column_dimensions["A"]
    assert (first.number_format, first.min, first.max) == ("@", 1, 3)
    assert [row[0].value for row in about.iter_rows(min_row=2)] == [*khbs.COLUMNS]
    assert all(cell.value for row in about.iter_rows(min_row=2) for cell in row)
    assert len(page.data_validations.dataValidation) == len(template.LISTS)
    for words in template.LISTS.values():
        assert len(set(words)) == len(words)


def test_every_word_that_the_form_offers_is_understood(file: Any) -> None:
    people = [
        a_person(**{column: word}) for column, words in template.LISTS.items() for word in words
    ]
    _, rows = file(as_csv(template_rows(*people)).encode())
    assert [row.errors for row in rows] == [[]] * len(people)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Program Keluarga Harapan", "pkh"),
        ("Bantuan Sembako / BPNT", "sembako"),
        ("BLT Dana Desa 2026", "blt_dd"),
        ("Program Indonesia Pintar (PIP)", "pip"),
        ("PBI-JK", "pbi"),
        ("KIP Kuliah", "scholarship"),
        ("Kartu Indonesia Pintar Kuliah", "scholarship"),
        ("Beasiswa Kabupaten", "scholarship"),
        ("Daftar ASN Provinsi", "civil_servant"),
        ("Program Rahasia", None),
    ],
)
def test_a_programme_is_known_by_what_villages_call_it(name: str, code: str | None) -> None:
    assert programme_of(name) == code


@pytest.mark.parametrize(
    "text", ["2026-Q3", "Q3 2026", "TW III 2026", "tw3-2026", "Triwulan III Tahun 2026", "2026 T3"]
)
def test_a_quarter_is_read_as_offices_write_it(text: str) -> None:
    assert quarter(text) == ("2026-Q3", date(2026, 7, 1), date(2026, 9, 30))


@pytest.mark.parametrize("text", ["2026", "Q5 2026", "TW VI 2026", "2026-09", ""])
def test_what_is_no_quarter_is_none(text: str) -> None:
    assert quarter(text) is None


def test_answers_of_dukcapil_become_facts_about_persons_and_flags(file: Any) -> None:
    nik = [a_nik(BORN, woman=True) for _ in range(5)]
    words = ["Cocok", "TIDAK COCOK", "Data ditemukan, meninggal dunia", "NIK tidak ditemukan", "?"]
    lines = ["NIK;No KK;Nama;Hasil Pemadanan;Tanggal"]
    lines += [
        f"{one};{a_kk()};ORANG;{word};01-10-2026" for one, word in zip(nik, words, strict=True)
    ]
    reading, rows = file("\n".join(lines).encode())
    facts = [row.content for row in rows[:4]]
    assert (reading.layout, reading.is_facts) == ("dukcapil_match", True)
    assert [fact.value for fact in facts] == ["matched", "not_matched", "dead", "not_matched"]
    assert {(fact.kk, fact.valid_from) for fact in facts} == {("", date(2026, 10, 1))}
    assert codes(rows[4]) == {("match_result_unknown", "D6")}
    assert [flag_of(fact) for fact in facts] == [
        None,
        ("not_matched_dukcapil", "notice"),
        ("dead", "blocking"),
        ("not_matched_dukcapil", "notice"),
    ]


def test_a_civil_servant_is_flagged_and_an_aid_programme_is_left_to_the_criteria() -> None:
    def fact(code: str) -> FactRow:
        return FactRow(code, "yes", "2026", TODAY, TODAY)

    assert flag_of(fact("roster.civil_servant")) == ("civil_servant", "blocking")
    assert flag_of(fact("roster.pkh")) is None


@given(st.text(max_size=60))
def test_a_result_in_any_words_is_one_of_four_or_none(text: str) -> None:
    assert dukcapil_match.result_of(text) in {"matched", "not_matched", "dead", "moved", None}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_in_any_usual_encoding_with_titles_above(
    file: Any, delimiter: str, encoding: str
) -> None:
    rows = [["DATA PENDUDUK, DESA A; KECAMATAN B"], [], *template_rows(a_person(nama="RENÉ, Ó"))]
    content = as_csv(rows, delimiter).encode(encoding)
    reading, [row] = file(content)
    assert (reading.layout, row.errors, row.content.name) == ("khbs", [], "RENÉ, Ó")


@settings(max_examples=30, deadline=None)
@given(st.binary(min_size=1, max_size=400))
def test_no_bytes_are_read_but_as_a_table_or_a_reason(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        for head in (b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe"):
            path.write_bytes(head + content)
            assert reason_for(path) in {
                "",
                "file_unreadable",
                "layout_unknown",
                "file_unpacks_too_large",
            }


def reason_for(path: Path) -> str:
    try:
        known.recognise(open_sheets(path), HERE)
    except Refused as refused:
        return refused.code
    return ""


def test_a_column_whose_numbers_nearly_all_end_in_0_is_refused_whole(file: Any) -> None:
    def people(tail: str) -> list[Someone]:
        return [Someone(nik=f"6203990101{30 + n:02}{n * 37 % 900 + 1:03}{tail}") for n in range(30)]

    refused = refusal(file, csv_bytes(people("0")))
    assert (refused.code, refused.facts["column"], refused.facts["what"]) == (
        "number_column_damaged", "G", "NIK",
    )  # fmt: skip
    assert file(csv_bytes(people("7")))[0].layout == "opensid"
    assert file(csv_bytes(people("0")[:15]))[0].layout == "opensid"


def test_a_formula_in_a_column_that_is_read_is_refused_with_its_cell(file: Any) -> None:
    header = [*SIAK, "Catatan"]
    for column in ("NIK", "Nama Penduduk", "Tanggal Lahir"):
        content = book({"Data": [["JUDUL"], header, siak_row(**{column: "=A1&B1"})]})
        refused = refusal(file, content)
        assert refused.code == "file_has_formulas"
        assert str(refused.facts["cell"]).endswith("3")
    beside = book({"Data": [["=1+1"], header, [*siak_row(), "=LEN(B3)"]]})
    assert file(beside)[0].layout == "siak"


def old_workbook(records: bytes, *, storage: str = "") -> bytes:
    """A compound file with a Workbook stream of these records, and a storage if named."""
    sector = 512
    stream = records.ljust(4096, b"\x00")
    blocks = -(-len(stream) // sector)

    def entry(name: str, kind: int, start: int, size: int) -> bytes:
        raw = name.encode("utf-16-le") + b"\x00\x00"
        return (
            raw.ljust(64, b"\x00") + len(raw).to_bytes(2, "little") + bytes([kind, 1])
            + b"\xff" * 12 + b"\x00" * 36 + start.to_bytes(4, "little") + size.to_bytes(8, "little")
        )  # fmt: skip

    directory = entry("Root Entry", 5, 0xFFFFFFFE, 0) + entry("Workbook", 2, 2, len(stream))
    directory += entry(storage, 1, 0, 0) if storage else b""
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, blocks + 2), 0xFFFFFFFE]
    table = b"".join(one.to_bytes(4, "little") for one in chain).ljust(sector, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16 + b"\x3e\x00\x03\x00\xfe\xff"
    head += b"\x09\x00\x06\x00" + b"\x00" * 10
    numbers = (1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    head += b"".join(one.to_bytes(4, "little") for one in numbers) + b"\xff" * (4 * 108)
    return head.ljust(sector, b"\x00") + table + directory.ljust(sector, b"\x00") + stream


def record(kind: int, content: bytes = b"") -> bytes:
    return kind.to_bytes(2, "little") + len(content).to_bytes(2, "little") + content


def test_formulas_and_macros_are_found_in_old_workbooks_too(tmp_path: Path) -> None:
    from registry.intake import ole

    begin, end = record(0x0809, b"\x00\x06\x05\x00"), record(0x000A)
    bound = record(0x0085, b"\x00" * 8)
    place_of_sheet = len(begin + bound + end)
    bound = record(0x0085, place_of_sheet.to_bytes(4, "little") + b"\x00" * 4)
    formula = record(0x0006, b"\x04\x00\x06\x00" + b"\x00" * 16)
    path = tmp_path / "file.xls"
    path.write_bytes(old_workbook(begin + bound + end + begin + formula + end))
    assert list(ole.formula_cells(path, 0)) == [(4, 6)]
    assert not ole.has_macros(path)
    path.write_bytes(old_workbook(begin + bound + end + begin + end, storage="_VBA_PROJECT_CUR"))
    assert list(ole.formula_cells(path, 0)) == []
    with pytest.raises(Refused, match="file_has_macros"):
        open_sheets(path)
    sample = SAMPLES / "format_bip_2016.xls"
    if sample.is_file():
        assert list(ole.formula_cells(sample, 0)) == []
        assert not ole.has_macros(sample)


def test_an_archive_that_lies_about_how_large_it_is_is_found_out(tmp_path: Path) -> None:
    buffer = io.BytesIO(population_xlsx([Someone()]))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/extra.xml", b"0" * 4_000_000)
    content = bytearray(buffer.getvalue())
    size = (4_000_000).to_bytes(4, "little")
    while (at := content.find(size)) >= 0:
        content[at : at + 4] = (1000).to_bytes(4, "little")
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(Refused, match="file_unpacks_too_large"):
        open_sheets(path)


def test_a_workbook_of_another_kind_is_refused_since_its_formulas_can_not_be_seen(
    tmp_path: Path,
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("content.xml", b"<office/>")
        archive.writestr("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")
    path = tmp_path / "file"
    path.write_bytes(buffer.getvalue())
    with pytest.raises(Refused, match="file_unreadable"):
        open_sheets(path)


def test_real_date_cells_with_a_time_are_dates(file: Any) -> None:
    _, [row] = file(
        book({"Data": [SIAK, siak_row(**{"Tanggal Lahir": datetime(1980, 5, 17, 7, 0)})]})  # noqa: DTZ001 - as a workbook keeps it
    )
    assert row.content.born_on == BORN


def test_a_cell_has_the_address_that_the_spreadsheet_shows(file: Any) -> None:
    shifted = [[], [], ["", "", *SIAK], [], ["", "", *siak_row(NIK="12")]]
    _, [row] = file(book({"Data": shifted}))
    assert (row.number, codes(row)) == (5, {("number_not_16_digits", "D5")})
    shifted[4] = ["", "", *siak_row(NIK="=A1")]
    assert refusal(file, book({"Data": shifted})).facts["cell"] == "D5"
