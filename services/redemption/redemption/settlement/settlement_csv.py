"""A settlement's lines for a spreadsheet; texts of people can't become formulas."""

import csv
import io
from collections.abc import Iterable

from sqlalchemy import RowMapping

from common.web.formats import in_wib
from redemption.payments.rules import safe_cell
from redemption.redeeming.lines import receipt_number

COLUMNS = ("waktu_wib", "nomor_bukti", "jenis", "manfaat", "jumlah", "rupiah", "id_baris")
KINDS = {
    "redemption": "penyerahan",
    "reversal": "pembatalan",
    "conflict": "penyerahan_tanpa_jaringan",
    "judgement": "putusan",
    "carried": "pindahan",
}
# Excel in Indonesia takes a comma for the decimal mark, and needs the mark for UTF-8.
SEPARATOR, UTF8_MARK = ";", "\ufeff"


def csv_head() -> bytes:
    """Return the file's first line, with the mark by which spreadsheets know UTF-8."""
    return UTF8_MARK.encode() + _written([COLUMNS])


def csv_rows(lines: Iterable[RowMapping]) -> bytes:
    """Return lines of the file; owed is positive, deducted negative."""
    return _written(
        (
            in_wib(line["at"]).strftime("%Y-%m-%d %H:%M:%S"),
            receipt_number(line["act_id"]) if line["act_id"] else "",
            KINDS[line["kind"]],
            safe_cell(line["benefit_name_id"] or ""),
            line["quantity"],
            line["amount_rupiah"],
            line["line_id"],
        )
        for line in lines
    )


def _written(rows: Iterable[Iterable[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=SEPARATOR).writerows(rows)
    return out.getvalue().encode()
