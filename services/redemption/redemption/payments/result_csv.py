"""The bank's answer as CSV: UTF-8, semicolons, one line for each order.

| column | what is in it |
| --- | --- |
| id_instruksi | the order's id, as in the file that was sent |
| rupiah | what was paid, or should have been: whole rupiah, digits only |
| hasil | `dibayar` or `gagal` |
| kode_alasan | of a failure: ISO 20022 status reason, for example AC04; else empty |
| referensi_bank | the bank's own number of the transfer; may be empty |

Columns may come in any order, and further ones are left alone. A file may tell of some orders
only; what it does not name stays as it is. A bank's own words for a failure count as NARR and stay
in the file, which is kept sealed: they may hold a name or an account.
"""

import csv
import io
import re
from collections.abc import Iterator

from redemption.payments.result_problems import (
    AMOUNT_DIGITS_MAX,
    CELL_MAX,
    RESULT_LINES_MAX,
    RowProblem,
    Unreadable,
    one_problem,
)
from redemption.payments.rules import Said

COLUMNS = ("id_instruksi", "rupiah", "hasil", "kode_alasan", "referensi_bank")
SEPARATOR = ";"
# The form of ISO 20022's external codes, and the one for words that are none of them. The reason
# goes into events and onto pages: only a code may.
REASON_CODE = re.compile(r"[A-Z]{2}[0-9A-Z]{2}")
OWN_WORDS = "NARR"
RESULTS = {"dibayar": "paid", "gagal": "failed"}


def read_csv(content: bytes) -> list[Said]:
    """Return the lines of a file; raises Unreadable with every row that is wrong."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise one_problem("not_utf8") from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=SEPARATOR)
    try:
        places = _places(next(reader, []))
        return _lines(reader, places)
    except csv.Error:
        raise one_problem("not_utf8") from None


def _places(header: list[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise one_problem("columns_missing", ", ".join(missing))
    double = [name for name in COLUMNS if names.count(name) > 1]
    if double:
        raise one_problem("columns_double", ", ".join(double))
    return {name: names.index(name) for name in COLUMNS} | {"": len(names)}


def _lines(reader: Iterator[list[str]], places: dict[str, int]) -> list[Said]:
    lines: list[Said] = []
    problems: list[RowProblem] = []
    position = 0
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        position += 1
        if position > RESULT_LINES_MAX:
            raise one_problem("too_many_lines", str(RESULT_LINES_MAX))
        read = _line(position, cells, places)
        if isinstance(read, Said):
            lines.append(read)
        else:
            problems.append(read)
    if problems:
        raise Unreadable(problems)
    if not lines:
        raise one_problem("no_lines")
    return lines


def _line(position: int, cells: list[str], places: dict[str, int]) -> Said | RowProblem:
    if len(cells) != places[""]:
        return RowProblem(position, "cells_missing")
    said_id, rupiah, result, reason, reference = (
        cells[places[name]].strip().lstrip("'") for name in COLUMNS
    )
    return checked(
        position,
        said_id=said_id,
        rupiah=rupiah,
        said=RESULTS.get(result.lower(), ""),
        reason=reason.upper(),
        reference=reference,
    )


def checked(
    position: int, *, said_id: str, rupiah: str | None, said: str, reason: str, reference: str
) -> Said | RowProblem:
    """Return a line whose cells are as they must be, or what is wrong with the first bad one.

    `rupiah` is None where the form lets the bank leave it out, and it did.
    """
    if not said_id or len(said_id) > CELL_MAX or not said_id.isprintable():
        return RowProblem(position, "id_missing")
    if rupiah is not None and not _is_amount(rupiah):
        return RowProblem(position, "amount_bad")
    if not said:
        return RowProblem(position, "result_bad")
    if said == "failed" and not reason:
        return RowProblem(position, "reason_missing")
    if any(len(text) > CELL_MAX or not text.isprintable() for text in (reason, reference)):
        return RowProblem(position, "text_too_long")
    coded = (reason if REASON_CODE.fullmatch(reason) else OWN_WORDS) if said == "failed" else ""
    amount = None if rupiah is None else int(rupiah)
    return Said(position, said_id, said, amount, coded, reference)


def _is_amount(rupiah: str) -> bool:
    return rupiah.isascii() and rupiah.isdigit() and len(rupiah) <= AMOUNT_DIGITS_MAX
