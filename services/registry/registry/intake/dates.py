"""Dates as village files write them: day first, ISO, month names, and a spreadsheet's serials."""

import re
from datetime import date, datetime, timedelta

from registry.intake.cells import Cell, CellProblem, text_of

ISO_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]00:00(?::00(?:[.,]0+)?)?)?")
DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?: 00:00(?::00)?)?")
NAMED_MONTH = re.compile(r"(\d{1,2})[-/. ]*([A-Za-z]{3,9})[-/., ]*(\d{4}|\d{2})")
SERIAL = re.compile(r"(\d{4,5})(?:[.,]0+)?")
# The 1900 system believes in a 29 February 1900, so days from March on count from one day earlier.
SERIAL_EPOCH = date(1899, 12, 30)
SERIALS = range(1000, 80_000)  # 26 September 1902 to the year 2119.
YEARS = range(1890, 2120)
OLDEST_YEAR = 1890
CENTURIES = (1900, 2000)
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "JANUARI JANUARY JAN", "FEBRUARI FEBRUARY PEBRUARI FEB PEB", "MARET MARCH MAR MRT",
            "APRIL APR", "MEI MAY", "JUNI JUNE JUN", "JULI JULY JUL",
            "AGUSTUS AUGUST AGUST AGT AGU AGS AUG", "SEPTEMBER SEPT SEP",
            "OKTOBER OCTOBER OKT OCT", "NOVEMBER NOPEMBER NOV NOP", "DESEMBER DECEMBER DES DEC",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip


def day(cell: Cell, today: date, *, serials: bool = False) -> date | None:
    """Return a date; None when empty. Raises CellProblem.

    `serials` reads a bare number as a spreadsheet's day count: only for columns that hold dates.
    """
    if isinstance(cell, datetime):
        found = cell.date()
    elif isinstance(cell, date):
        found = cell
    else:
        text = text_of(cell)
        if not text:
            return None
        found = _serial(text) if serials and SERIAL.fullmatch(text) else _written(text, today)
    if found > today:
        raise CellProblem("date_in_future")
    if found.year < OLDEST_YEAR:
        raise CellProblem("date_too_old")
    return found


def _serial(text: str) -> date:
    number = int(SERIAL.fullmatch(text)[1])  # type: ignore[index]
    if number in YEARS:
        # A clerk who knows only the year writes it so; as a serial it would be a day of 1905.
        raise CellProblem("date_only_year")
    if number not in SERIALS:
        raise CellProblem("date_unreadable")
    return SERIAL_EPOCH + timedelta(days=number)


def _written(text: str, today: date) -> date:
    try:
        if iso := ISO_DATE.fullmatch(text):
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if first := DAY_FIRST.fullmatch(text):
            return _dated(int(first[1]), int(first[2]), first[3], today)
        if (named := NAMED_MONTH.fullmatch(text)) and named[2].upper() in MONTHS:
            return _dated(int(named[1]), MONTHS[named[2].upper()], named[3], today)
    except ValueError as error:
        raise CellProblem("date_impossible") from error
    raise CellProblem("date_unreadable")


def _dated(of_month: int, month: int, year: str, today: date) -> date:
    if len(year) == 4:
        return date(int(year), month, of_month)
    found = [
        one
        for one in (_or_none(century + int(year), month, of_month) for century in CENTURIES)
        if one is not None and one <= today
    ]
    if len(found) == 1:
        return found[0]
    # 15 may be a child of 2015 or a grandmother of 1915: only a person with the document knows.
    raise CellProblem("date_century_unclear" if found else "date_impossible")


def _or_none(year: int, month: int, of_month: int) -> date | None:
    try:
        return date(year, month, of_month)
    except ValueError:
        return None
