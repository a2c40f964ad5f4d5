"""The files: layouts, determinism, the answer key and the manifest."""

import hashlib
import json
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
from tests.population.provinces import SAMPLES, contents, made, table

from population.__main__ import main
from population.generate import Order
from population.layouts import opensid, roster
from population.layouts.known import LAYOUTS, layout_of
from population.sizes import EMPTY_VILLAGE, LISTED_BY_REGENCY, OPERATOR_VILLAGE

SAMPLE_ABSENT = f"the villages' sample files are not at {SAMPLES}"


def sheet(path: Path, name: str | None = None) -> list[tuple[object, ...]]:
    book = openpyxl.load_workbook(path)
    return list((book[name] if name else book.worksheets[0]).iter_rows(values_only=True))


def manifest_of(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def test_the_same_seed_and_size_give_the_same_bytes(demonstration: Path, tmp_path: Path) -> None:
    assert contents(made(tmp_path / "again", "--size", "small")) == contents(demonstration)


def test_another_seed_gives_another_province(demonstration: Path, tmp_path: Path) -> None:
    other = made(tmp_path / "other", "--size", "small", "--seed", "63")

    first, second = (
        {row["nama"] for row in table(folder / "answer_key" / "persons.csv")}
        for folder in (demonstration, other)
    )
    assert len(first & second) < 0.5 * len(first)


def test_two_processes_make_the_same_province_as_one(sample_as_csv: Path, tmp_path: Path) -> None:
    folder = tmp_path / "two"
    made(folder, "--size", "6000", "--format", "csv", "--jobs", "2")

    assert contents(folder) == contents(sample_as_csv)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=SAMPLE_ABSENT)
def test_the_population_sheet_has_the_columns_of_the_villages_own_files() -> None:
    path = SAMPLES / "contoh_penduduk.xlsx"

    assert sheet(path)[0] == opensid.COLUMNS
    assert openpyxl.load_workbook(path).sheetnames == [opensid.SHEET]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=SAMPLE_ABSENT)
def test_a_roster_has_the_sheets_columns_and_end_mark_of_the_villages_own_files(
    demonstration: Path,
) -> None:
    theirs = SAMPLES / "format_impor_program_bantuan.xlsx"
    ours = demonstration / "rosters" / "pkh.xlsx"

    assert [row[0] for row in sheet(theirs, "Program")][:8] == [
        row[0] for row in sheet(ours, "Program")
    ][:8]
    assert sheet(theirs, "Peserta")[0] == sheet(ours, "Peserta")[0] == roster.COLUMNS
    for path in (theirs, ours):
        assert "###" in [row[0] for row in sheet(path, "Peserta")]


def test_workbook_and_csv_have_the_same_header(demonstration: Path, sample_as_csv: Path) -> None:
    village = f"villages/{OPERATOR_VILLAGE}/penduduk"

    assert sheet(demonstration / f"{village}.xlsx")[0] == opensid.COLUMNS
    assert tuple(table(sample_as_csv / f"{village}.csv")[0]) == opensid.COLUMNS


def test_at_least_ninety_five_rows_in_a_hundred_of_the_demonstration_can_be_taken(
    demonstration: Path,
) -> None:
    refused = {"nik_number", "nik_exponent", "kk_exponent", "nik_of_another", "birth_swapped"}
    rows = table(demonstration / "answer_key" / "persons.csv")
    bad = sum(bool(refused & set(row["faults"].split("|"))) for row in rows)

    assert bad / len(rows) < 0.05


def test_the_demonstration_has_something_of_everything(demonstration: Path) -> None:
    found = manifest_of(demonstration)
    persons = table(demonstration / "answer_key" / "persons.csv")
    families = table(demonstration / "answer_key" / "families.csv")
    faults = {fault for row in persons + families for fault in row["faults"].split("|")}

    assert faults >= {
        "nik_missing", "nik_number", "nik_exponent", "nik_apostrophe", "nik_of_another",
        "kk_exponent", "birth_swapped", "sex_mismatch", "dead", "moved", "nbsp", "date_day_first",
        "head_missing", "duplicate", "respelled", "pkh_respelled", "pkh_old_kk",
    }  # fmt: skip
    assert min(sum(row[name] == "1" for row in families) for name in roster.PROGRAMMES) > 5
    assert found["demo"] == {"operator_village": OPERATOR_VILLAGE, "empty_village": EMPTY_VILLAGE}
    assert (demonstration / "villages" / OPERATOR_VILLAGE / "penduduk.xlsx").is_file()
    assert not (demonstration / "villages" / EMPTY_VILLAGE).exists()


def test_the_answer_key_has_a_line_for_every_row_of_every_file(sample_as_csv: Path) -> None:
    by_village: dict[str, list[dict[str, str]]] = {}
    for truth in table(sample_as_csv / "answer_key" / "persons.csv"):
        by_village.setdefault(truth["village"], []).append(truth)

    for folder in (sample_as_csv / "villages").iterdir():
        rows, truths = table(folder / "penduduk.csv"), by_village.pop(folder.name)
        assert [int(truth["row"]) for truth in truths] == list(range(2, len(rows) + 2))
        for row, truth in zip(rows, truths, strict=True):
            if not truth["faults"]:
                assert (row["nik"], row["nama"]) == (truth["nik"], truth["nama"])
                assert (row["no_kk"], row["sex"]) == (truth["no_kk"], truth["sex"])
    assert not by_village


def test_every_double_names_a_person_who_is_listed_once_as_themselves(
    sample_as_csv: Path,
) -> None:
    rows = table(sample_as_csv / "answer_key" / "persons.csv")
    themselves = Counter(row["truth_id"] for row in rows if not row["duplicate_of"])
    doubles = [row for row in rows if row["duplicate_of"]]

    assert doubles
    assert set(themselves.values()) == {1}
    assert all(row["duplicate_of"] == row["truth_id"] for row in doubles)
    assert {row["duplicate_of"] for row in doubles} <= set(themselves)
    assert all("duplicate" in row["faults"].split("|") for row in doubles)


def test_every_row_is_on_a_family_card_of_the_answer_key(sample_as_csv: Path) -> None:
    persons = table(sample_as_csv / "answer_key" / "persons.csv")
    families = {
        row["family_id"]: row for row in table(sample_as_csv / "answer_key" / "families.csv")
    }

    on_card = Counter(row["family_id"] for row in persons)
    assert {code: int(row["rows"]) for code, row in families.items()} == on_card
    for row in persons:
        assert row["no_kk"] == families[row["family_id"]]["no_kk"]


def test_the_decile_file_says_what_the_answer_key_says(sample_as_csv: Path) -> None:
    families = table(sample_as_csv / "answer_key" / "families.csv")
    deciles = {row["no_kk"]: row["desil"] for row in table(sample_as_csv / "dtsen/2026-Q3.csv")}

    assert deciles == {row["no_kk"]: row["desil"] for row in families if row["desil"]}


def test_the_rosters_list_the_families_that_the_answer_key_says(demonstration: Path) -> None:
    families = table(demonstration / "answer_key" / "families.csv")
    for programme, about in roster.PROGRAMMES.items():
        rows = sheet(demonstration / "rosters" / f"{programme}.xlsx", "Peserta")
        lines = rows[1 : [row[0] for row in rows].index("###")]
        aided = [row for row in families if row[programme] == "1"]
        assert len(lines) == len(aided)
        if about.target == roster.PERSON:
            assert all(line[0] == line[2] for line in lines)
        else:
            old = {row["no_kk"] for row in aided if f"{programme}_old_kk" in row["faults"]}
            assert {line[0] for line in lines} & {row["no_kk"] for row in aided} == {
                row["no_kk"] for row in aided
            } - old


def test_a_number_damaged_by_a_spreadsheet_is_a_number_cell_of_the_workbook(
    demonstration: Path,
) -> None:
    damaged = [
        row
        for row in table(demonstration / "answer_key" / "persons.csv")
        if "nik_number" in row["faults"].split("|")
    ]

    assert damaged
    for truth in damaged:
        rows = sheet(demonstration / "villages" / truth["village"] / "penduduk.xlsx")
        cell = rows[int(truth["row"]) - 1][opensid.COLUMNS.index("nik")]
        assert cell == int(truth["nik"][:15] + "0") != int(truth["nik"])


def test_the_manifest_counts_what_is_there_and_hashes_every_file(demonstration: Path) -> None:
    found = manifest_of(demonstration)
    hashes = {
        name: hashlib.sha256(content).hexdigest()
        for name, content in contents(demonstration).items()
        if name != "manifest.json"
    }

    assert found["complete"] is True
    assert (found["seed"], found["size"]) == (62, "small")
    assert found["sha256"] == hashes
    villages = found["villages"]
    assert isinstance(villages, list)
    assert sum(village["rows"] for village in villages) == 2_400
    for village in villages:
        assert len(sheet(demonstration / village["file"])) == village["rows"] + 1


def test_the_manifest_sets_the_published_table_beside_the_rows(sample_as_csv: Path) -> None:
    regencies = manifest_of(sample_as_csv)["regencies"]

    assert isinstance(regencies, list)
    assert {one["code"]: one["dtks_november_2023"] for one in regencies} == LISTED_BY_REGENCY
    assert sum(one["rows"] for one in regencies) == 6_000


def test_a_second_layout_is_sent_by_every_eighth_village_with_words_and_real_dates(
    tmp_path: Path,
) -> None:
    folder = made(tmp_path / "mixed", "--size", "small", "--layouts", "opensid,siak")
    villages = manifest_of(folder)["villages"]
    assert isinstance(villages, list)
    sent = {village["layout"]: village["file"] for village in villages}

    assert Counter(village["layout"] for village in villages) == {"opensid": 7, "siak": 1}
    rows = sheet(folder / sent["siak"])
    first = dict(zip((str(title) for title in rows[0]), rows[1], strict=True))
    assert first["Status"] in {"Hidup", "Mati", "Pindah"}
    assert first["Kecamatan"]
    assert hasattr(first["Tanggal Lahir"], "year")
    assert layout_of(0, ("siak",)) is LAYOUTS["siak"]


def test_workbooks_carry_no_clock(demonstration: Path) -> None:
    with zipfile.ZipFile(demonstration / "villages" / OPERATOR_VILLAGE / "penduduk.xlsx") as book:
        assert b"2026-07-01T00:00:00Z" in book.read("docProps/core.xml")
        assert {entry.date_time[0] for entry in book.infolist()} == {1980}


def test_an_earlier_province_is_replaced_and_other_peoples_files_are_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    made(ours, "--size", "300", "--format", "csv")
    made(ours, "--size", "200", "--format", "csv")
    assert len(table(ours / "answer_key" / "persons.csv")) == 200
    assert len(list((ours / "villages").iterdir())) == len(manifest_of(ours)["villages"])  # type: ignore[arg-type]

    theirs.mkdir()
    (theirs / "letter.txt").write_text("mine", encoding="utf-8")
    assert main(["--size", "200", "--out", str(theirs)]) == 2
    assert "holds other files" in capsys.readouterr().err
    assert contents(theirs) == {"letter.txt": b"mine"}


def test_a_province_that_was_not_finished_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(order: Order, place: int) -> None:
        raise OSError(f"power cut in village {place} of {order.size}")

    monkeypatch.setattr("population.generate.make_village", power_cut)
    with pytest.raises(OSError, match="power cut"):
        main(["--size", "200", "--out", str(tmp_path / "half"), "--jobs", "1"])

    assert manifest_of(tmp_path / "half") == {"generator": "population", "complete": False}
    monkeypatch.undo()
    assert manifest_of(made(tmp_path / "half", "--size", "200"))["complete"] is True


@pytest.mark.parametrize(
    "wrong",
    [
        ("--layouts", "opensid", "--one-file"),
        ("--size", "tiny"),
        ("--layouts", "bip"),
        ("--rate", "dead=3"),
        ("--size", "900000"),
    ],
)
def test_what_cannot_be_made_is_refused_with_a_reason(
    tmp_path: Path, wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*wrong, "--out", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.startswith("population: ")
    assert not (tmp_path / "none").exists()


def test_a_book_of_2016_has_each_person_in_the_row_that_the_answer_key_says(
    tmp_path: Path,
) -> None:
    folder = made(tmp_path / "books", "--size", "300", "--layouts", "bip2016")
    villages = manifest_of(folder)["villages"]
    assert isinstance(villages, list)
    books = {village["code"]: sheet(folder / village["file"]) for village in villages}
    for truth in table(folder / "answer_key" / "persons.csv"):
        row = books[truth["village"]][int(truth["row"]) - 1]
        if not truth["faults"]:
            assert (row[1], str(row[2]).strip("\u00a0")) == (truth["nama"], truth["nik"])
            assert row[4].date().isoformat() == truth["tanggallahir"]  # type: ignore[attr-defined]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=SAMPLE_ABSENT)
def test_a_book_of_2016_begins_as_dukcapils_own_does(tmp_path: Path) -> None:
    from python_calamine import CalamineWorkbook

    folder = made(tmp_path / "books", "--size", "100", "--layouts", "bip2016")
    ours = sheet(next(folder.glob("villages/*/penduduk.xlsx")))
    book = CalamineWorkbook.from_path(SAMPLES / "format_bip_2016.xls")
    theirs = book.get_sheet_by_name(book.sheet_names[0]).to_python()
    header = next(row for row in theirs if row[0] == "No")
    assert [cell or "" for cell in ours[5]] == header
    assert theirs.index(header) - 1 == 5  # Ours leaves out the date line above the header.
    assert str(ours[8][0]).startswith("No. KK : ")


def test_every_card_number_of_a_regsosek_book_is_a_number_that_lost_its_last_digit(
    tmp_path: Path,
) -> None:
    folder = made(tmp_path / "books", "--size", "100", "--layouts", "regsosek")
    truths = table(folder / "answer_key" / "persons.csv")
    assert all("kk_number" in truth["faults"].split("|") for truth in truths)
    for truth in truths:
        path = folder / "villages" / truth["village"] / "penduduk.xlsx"
        row = sheet(path, "ANGGOTA KELUARGA")[int(truth["row"]) - 1]
        assert row[0] == int(f"{truth['no_kk'][:15]}0")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_one_file_holds_the_whole_province_with_a_village_code_in_each_row(
    tmp_path: Path, form: str
) -> None:
    options = ("--size", "300", "--layouts", "khbs", "--one-file", "--format", form)
    folder = made(tmp_path / "one", *options)
    path = folder / "province" / f"penduduk.{form}"
    truths = table(folder / "answer_key" / "persons.csv")
    rows: list[tuple[object, ...]] = (
        [tuple(row.values()) for row in table(path)] if form == "csv" else sheet(path)[1:]
    )
    assert [str(row[0]) for row in rows] == [truth["village"] for truth in truths]
    assert [int(truth["row"]) for truth in truths] == [*range(2, len(rows) + 2)]
    digests = manifest_of(folder)["sha256"]
    assert isinstance(digests, dict)
    assert digests[f"province/penduduk.{form}"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert not (folder / "villages").exists()


def test_one_file_is_the_same_whatever_the_number_of_processes(tmp_path: Path) -> None:
    options = ("--size", "300", "--layouts", "khbs", "--one-file", "--format", "csv")
    one = made(tmp_path / "one", *options, "--jobs", "1")
    two = made(tmp_path / "two", *options, "--jobs", "2")
    assert contents(one) == contents(two)
