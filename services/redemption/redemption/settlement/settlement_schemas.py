"""A settlement as partners' and finance's programs read it."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

from redemption.redeeming.lines import receipt_number
from redemption.settlement.act_rules import SETTLEMENTS, Settlement

Kind = Literal["redemption", "reversal", "conflict", "judgement", "carried"]
State = Literal[
    "drawn_up", "sent", "disputed", "agreed", "approved", "paying", "payment_failed", "settled",
    "carried", "withdrawn",
]  # fmt: skip


class Links(BaseModel):
    """Where the rest is; the same token opens it."""

    self: str
    lines: str
    csv: str
    pdf: str

    @classmethod
    def to(cls, settlement_id: UUID) -> "Links":
        """Return the addresses of a settlement."""
        own, page = f"{SETTLEMENTS}/{settlement_id}", f"/settlements/{settlement_id}"
        lines, files = f"{own}/lines", (f"{page}/lines.csv", f"{page}/statement.pdf")
        return cls(self=own, lines=lines, csv=files[0], pdf=files[1])


class SettlementSummary(BaseModel):
    """What a partner is owed for some days, and how far it is."""

    id: UUID
    number: str
    partner_id: UUID
    partner_name: str
    first_on: date
    last_on: date
    state: State
    lines: int
    given_rupiah: int
    deducted_rupiah: int = Field(description="For what was undone, or judged not to be owed.")
    carried_rupiah: int = Field(description="A debt of an earlier one: zero or below.")
    owed_rupiah: int = Field(
        description="Given, less deducted, plus carried. Below zero nothing is paid: the debt is "
        "carried into the next one."
    )
    links: Links

    @classmethod
    def of(cls, one: Settlement, **more: Any) -> Self:
        """Return a settlement as it is sent."""
        same = {name: getattr(one, name) for name in _AS_THEY_ARE}
        return cls(**same, state=one.shown_state, links=Links.to(one.id), **more)


_AS_THEY_ARE = tuple(
    name for name in SettlementSummary.model_fields if name not in {"state", "links"}
)


class SettlementPage(BaseModel):
    settlements: list[SettlementSummary]
    next: UUID | None = Field(description="Give it as `before` for the next page; null at the end.")


class BenefitSum(BaseModel):
    benefit_name_id: str
    benefit_name_en: str
    given: int
    given_rupiah: int
    deducted: int
    deducted_rupiah: int
    owed_rupiah: int


class KindSum(BaseModel):
    kind: Kind
    lines: int
    rupiah: int


class SettlementAct(BaseModel):
    """Who did what with it."""

    act: Literal["drawn_up", "sent", "agreed", "disputed", "answered", "approved", "withdrawn"]
    by_name: str
    at: datetime
    words: str


class SettlementAnswer(SettlementSummary):
    """A settlement with its sums, its acts, and what the caller can do now."""

    benefits: list[BenefitSum]
    kinds: list[KindSum]
    acts: list[SettlementAct]
    may_agree: bool
    payment_reason: str = Field(description="The bank's code where the payment failed, or empty.")


class SettlementLine(BaseModel):
    kind: Kind
    line_id: UUID
    receipt_number: str = Field(description="Of the act at the counter; empty for a carried debt.")
    at: datetime
    benefit_name_id: str
    benefit_name_en: str
    quantity: int
    amount_rupiah: int = Field(description="Owed where positive, deducted where negative.")

    @classmethod
    def of(cls, row: RowMapping) -> Self:
        """Return a line as it is sent."""
        return cls(
            receipt_number=receipt_number(row["act_id"]) if row["act_id"] else "",
            benefit_name_id=row["benefit_name_id"] or "",
            benefit_name_en=row["benefit_name_en"] or "",
            **{name: row[name] for name in ("kind", "line_id", "at", "quantity", "amount_rupiah")},
        )


class SettlementLines(BaseModel):
    lines: list[SettlementLine]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")

    @classmethod
    def of(cls, rows: Iterable[RowMapping], after: object) -> Self:
        """Return a page of lines as it is sent."""
        lines = [SettlementLine.of(row) for row in rows]
        return cls(lines=lines, next=None if after is None else str(after))


class AgreementRequest(BaseModel):
    """The partner agrees to what it is owed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: UUID = Field(description="UUIDv7, made by the caller; a repeat gets the first answer.")
    owed_rupiah: int = Field(
        description="What the partner agrees to, as it was read: another sum is refused."
    )
