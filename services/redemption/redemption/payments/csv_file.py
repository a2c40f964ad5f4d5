"""A payment order as CSV: UTF-8, semicolons, one line for each payee.

| column | what is in it |
| --- | --- |
| id_instruksi | the order's id, "P" and 32 hexadecimal digits; the bank's answer names it |
| jenis_rujukan | `nomor_kartu` (the bank knows the family's account by it) or `rekening` |
| rujukan | the card number, or the account number |
| bank | the payee's bank: its three digits, or its name |
| nama | as printed on the card, or the account's owner |
| rupiah | whole rupiah, digits only |
| keterangan | what it is paid for |
| tanggal_bayar | when it is to be paid, YYYY-MM-DD |
"""

import csv
import io
from collections.abc import Iterable

from redemption.payments.rules import Paper, Payee, reference_of, safe_cell

COLUMNS = (
    "id_instruksi", "jenis_rujukan", "rujukan", "bank", "nama", "rupiah", "keterangan",
    "tanggal_bayar",
)  # fmt: skip
SEPARATOR = ";"


def as_csv(paper: Paper, payees: Iterable[Payee]) -> bytes:
    """Return the file's bytes; a name that a spreadsheet would run gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=SEPARATOR, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    day = paper.pay_on.isoformat()
    writer.writerows(
        (
            reference_of(one.id),
            one.account_kind,
            safe_cell(one.account),
            safe_cell(one.bank_code),
            safe_cell(one.name),
            one.amount_rupiah,
            safe_cell(one.words),
            day,
        )
        for one in payees
    )
    return out.getvalue().encode()
