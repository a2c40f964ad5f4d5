"""A settlement's lines for a spreadsheet; texts of people can't become formulas."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

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


def settlement_csv(lines: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the file's bytes; owed is positive, deducted negative."""
    out = io.StringIO()
    out.write(UTF8_MARK)
    writer = csv.writer(out, delimiter=SEPARATOR)
    writer.writerow(COLUMNS)
    writer.writerows(
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
    return out.getvalue().encode()
