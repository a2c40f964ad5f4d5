"""A statement as programs and spreadsheets read it."""

import csv
import io
from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel

from common.web.formats import in_wib
from redemption.settlement.draw_up import Statement
from redemption.settlement.rules import Sum, safe_cell

COLUMNS = (
    "nomor_bukti", "waktu_wib", "manfaat", "jumlah", "rupiah", "dibatalkan_pada_wib",
    "alasan_pembatalan", "rupiah_dibatalkan", "rupiah_bersih",
)  # fmt: skip
# Excel in Indonesian takes a comma for the decimal mark, and needs the mark for UTF-8.
SEPARATOR, UTF8_MARK = ";", "\ufeff"


class StatementLine(BaseModel):
    redemption_id: UUID
    receipt_number: str
    redeemed_at: datetime
    benefit_id: UUID
    cycle_id: UUID
    benefit_name_id: str
    benefit_name_en: str
    quantity: int
    amount_rupiah: int
    reversed_at: datetime | None
    reversal_reason: str | None
    reversed_rupiah: int


class StatementTotals(BaseModel):
    given: int
    given_rupiah: int
    reversed: int
    reversed_rupiah: int
    owed_rupiah: int

    @classmethod
    def of(cls, whole: Sum) -> Self:
        """Return a sum as it is sent."""
        return cls(
            given=whole.given,
            given_rupiah=whole.given_rupiah,
            reversed=whole.undone,
            reversed_rupiah=whole.undone_rupiah,
            owed_rupiah=whole.owed_rupiah,
        )


class StatementAnswer(BaseModel):
    partner_id: UUID
    partner_name: str
    first_on: date
    last_on: date
    totals: StatementTotals
    lines: list[StatementLine]

    @classmethod
    def of(cls, statement: Statement) -> Self:
        """Return a statement as it is sent."""
        return cls(
            partner_id=statement.partner.id,
            partner_name=statement.partner.name,
            first_on=statement.first,
            last_on=statement.last,
            totals=StatementTotals.of(statement.whole),
            lines=[
                StatementLine(
                    redemption_id=line.id,
                    receipt_number=line.receipt_number,
                    reversed_rupiah=line.reversed_rupiah or 0,
                    **{name: getattr(line, name) for name in _AS_THEY_ARE},
                )
                for line in statement.lines
            ],
        )


_AS_THEY_ARE = tuple(
    name
    for name in StatementLine.model_fields
    if name not in {"redemption_id", "receipt_number", "reversed_rupiah"}
)


def as_csv(statement: Statement) -> str:
    """Return a statement's lines for a spreadsheet; texts of people can't become formulas."""
    out = io.StringIO()
    out.write(UTF8_MARK)
    writer = csv.writer(out, delimiter=SEPARATOR)
    writer.writerow(COLUMNS)
    for line in statement.lines:
        undone = line.reversed_rupiah or 0
        writer.writerow(
            (
                line.receipt_number,
                in_wib(line.redeemed_at).strftime("%Y-%m-%d %H:%M:%S"),
                safe_cell(line.benefit_name_id),
                line.quantity,
                line.amount_rupiah,
                _moment(line.reversed_at),
                safe_cell(line.reversal_reason or ""),
                undone,
                line.owed_rupiah,
            )
        )
    return out.getvalue()


def _moment(moment: datetime | None) -> str:
    return in_wib(moment).strftime("%Y-%m-%d %H:%M:%S") if moment else ""
