"""What stands in a cell: numbers, dates, names, and what is said about them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.intake import cells, dates
from registry.intake.cells import CellProblem
from registry.intake.texts import ROW_TEXTS
from registry.people import rules

TODAY = date(2026, 11, 22)


digits_16 = st.text("0123456789", min_size=16, max_size=16).filter(lambda text: text.strip("0"))


@given(digits_16)
def test_a_number_of_16_digits_is_read_as_it_stands(number: str) -> None:
    assert cells.long_number(f" '{number}\u00a0") == number


@given(st.integers(10**14, 10**16) | st.floats(1e14, 1e16))
def test_a_number_cell_is_never_a_nik_whatever_it_holds(number: float) -> None:
    with pytest.raises(CellProblem, match="number_damaged"):
        cells.long_number(number)


@given(digits_16)
def test_exponent_text_is_never_repaired(number: str) -> None:
    for text in (f"{float(number):.5E}", f"{float(number):.5E}".replace(".", ","), f"{number}.0"):
        with pytest.raises(CellProblem, match="number_damaged"):
            cells.long_number(text)


@pytest.mark.parametrize("text", ["", "-", "0", "0000000000000000", "\u00a0", "'"])
def test_an_empty_number_is_empty(text: str) -> None:
    assert cells.long_number(text) == ""


@given(st.dates(date(1900, 1, 1), TODAY))
def test_dates_are_read_day_first_or_iso(day: date) -> None:
    for text in (
        day.isoformat(),
        f"{day:%d-%m-%Y}",
        f"{day:%d/%m/%Y}",
        f"{day.day}.{day.month}.{day.year}",
    ):
        assert dates.day(text, TODAY) == day
    assert dates.day(day, TODAY) == day


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("31-02-2001", "date_impossible"),
        ("2027-01-01", "date_in_future"),
        ("kemarin", "date_unreadable"),
        ("1800-01-01", "date_too_old"),
        ("44197", "date_unreadable"),
    ],
)
def test_a_date_that_is_none_says_why(text: str, code: str) -> None:
    with pytest.raises(CellProblem, match=code):
        dates.day(text, TODAY)


@given(st.dates(date(1903, 1, 1), TODAY))
def test_a_spreadsheets_serial_is_the_day_that_it_shows(day: date) -> None:
    from openpyxl.utils.datetime import to_excel

    serial = int(to_excel(day))
    if serial in dates.YEARS:
        with pytest.raises(CellProblem, match="date_only_year"):
            dates.day(serial, TODAY, serials=True)
        return
    for cell in (serial, float(serial), str(serial), f"{serial}.0"):
        assert dates.day(cell, TODAY, serials=True) == day
    with pytest.raises(CellProblem, match="date_unreadable"):
        dates.day(str(serial), TODAY)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("17 Agustus 1985", date(1985, 8, 17)),
        ("17-AGT-85", date(1985, 8, 17)),
        ("1 Peb 1990", date(1990, 2, 1)),
        ("3-Mei-2001", date(2001, 5, 3)),
        ("3 Des. 2001", date(2001, 12, 3)),
        ("17/08/85", date(1985, 8, 17)),
        ("29-02-00", date(2000, 2, 29)),
        ("1985/08/17", date(1985, 8, 17)),
        ("1985-08-17 00:00:00", date(1985, 8, 17)),
        ("'17-08-1985\u00a0", date(1985, 8, 17)),
    ],
)
def test_dates_in_words_and_with_two_digit_years_are_read_when_only_one_is_meant(
    text: str, day: date
) -> None:
    assert dates.day(text, TODAY) == day


@pytest.mark.parametrize("text", ["17-AGT-15", "17/08/26", "1.1.00"])
def test_a_two_digit_year_that_can_be_of_either_century_is_never_guessed(text: str) -> None:
    with pytest.raises(CellProblem, match="date_century_unclear"):
        dates.day(text, TODAY)


@given(st.integers(0, 16_383))
def test_columns_have_the_letters_of_a_spreadsheet(column: int) -> None:
    from openpyxl.utils import get_column_letter

    assert cells.column_letters(column) == get_column_letter(column + 1)


def test_names_are_compared_without_marks_and_spaces() -> None:
    assert rules.name_key("  Ma'anyan   né.Siti ") == "MAANYAN NE SITI"


@given(st.dates(date(1930, 1, 1), TODAY), st.booleans())
def test_a_nik_that_fits_gives_no_warning(born: date, woman: bool) -> None:
    day = born.day + (40 if woman else 0)
    nik = f"620301{day:02}{born.month:02}{born.year % 100:02}0001"
    known = frozenset({"62.03.01"})
    assert rules.nik_warnings(nik, born, "F" if woman else "M", known) == []
    assert rules.nik_warnings(nik, born, "M" if woman else "F", known) == ["nik_sex_differs"]
    assert rules.nik_warnings(nik, born, "F" if woman else "M", frozenset()) == [
        "nik_district_unknown"
    ]


def test_every_row_text_says_what_to_do_in_both_languages() -> None:
    for code, text in ROW_TEXTS.items():
        assert len(text.id) > 20, code
        assert len(text.en) > 20, code
        assert text.id != text.en, code
