"""What partners' programs send and get."""

from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from common.problems import Refused, problem
from common.web.languages import language
from redemption.redeeming.lines import Redemption, Reversal, receipt_number
from redemption.redeeming.rules import Wanted

CARD_TEXT_MAX = 400
AMOUNT_MAX_RUPIAH = 100_000_000
QUANTITY_MAX = 1000
CATEGORY_MAX = 60
PIN_MAX = 12
REASON_MIN, REASON_MAX = 5, 500


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Shown = Field(
    min_length=8,
    max_length=CARD_TEXT_MAX,
    description="The text of the card's QR, or the card number that a person typed.",
)


class CardCheckRequest(Strict):
    card: str = Shown


class RedemptionRequest(Strict):
    """One act at a counter. The counter makes `id` once and keeps it for every repeat."""

    id: UUID = Field(description="UUIDv7, made by the caller; a repeat gets the first answer.")
    card: str = Shown
    entitlement_id: UUID | None = None
    benefit_id: UUID | None = None
    cycle_id: UUID | None = None
    subject_id: UUID | None = Field(
        default=None, description="The person whose right it is; the family when left out."
    )
    quantity: int | None = Field(default=None, ge=1, le=QUANTITY_MAX)
    amount_rupiah: int | None = Field(default=None, ge=1, le=AMOUNT_MAX_RUPIAH)
    goods_category: str | None = Field(default=None, max_length=CATEGORY_MAX)
    companion_id: UUID | None = Field(
        default=None, description="Who collects for the holder, as noted for this very act."
    )
    holder_check: Literal["name_compared", "photo_compared", "pin_right"]
    pin: SecretStr | None = Field(
        default=None,
        max_length=PIN_MAX,
        description="What the holder typed; with `pin_right` only. Wrong ones are counted.",
    )

    @model_validator(mode="after")
    def names_one_right(self) -> Self:
        """Refuse what names no right, or names it halfway."""
        has_pair = self.benefit_id is not None and self.cycle_id is not None
        has_half = (self.benefit_id is None) != (self.cycle_id is None)
        if has_half or has_pair == (self.entitlement_id is not None):
            raise ValueError("give entitlement_id, or benefit_id with cycle_id")
        if self.subject_id is not None and not has_pair:
            raise ValueError("subject_id goes with benefit_id and cycle_id")
        return self

    def wanted(self) -> Wanted:
        """Return what is asked for, in the words of the rules."""
        return Wanted(
            id=self.id,
            shown=self.card,
            entitlement_id=self.entitlement_id,
            benefit_id=self.benefit_id,
            cycle_id=self.cycle_id,
            quantity=self.quantity,
            amount_rupiah=self.amount_rupiah,
            holder_check=self.holder_check,
            subject_id=self.subject_id,
            companion_id=self.companion_id,
            goods_category=self.goods_category,
        )


class Receipt(BaseModel):
    """The answer to a redemption: the same for every repeat."""

    id: UUID
    receipt_number: str
    redeemed_at: datetime
    partner_id: UUID
    partner_name: str
    entitlement_id: UUID
    cycle_id: UUID
    benefit_id: UUID
    benefit_name_id: str
    benefit_name_en: str
    quantity: int
    amount_rupiah: int
    remaining_quantity: int
    remaining_rupiah: int

    @classmethod
    def of(cls, redemption: Redemption) -> Self:
        """Return the receipt of a line."""
        return cls(
            receipt_number=receipt_number(redemption.id),
            **{name: getattr(redemption, name) for name in _FROM_LINE},
        )


_FROM_LINE = tuple(name for name in Receipt.model_fields if name != "receipt_number")


class ReversalRequest(Strict):
    id: UUID
    reason: str = Field(min_length=REASON_MIN, max_length=REASON_MAX)


class ReversalReceipt(BaseModel):
    id: UUID
    redemption_id: UUID
    quantity: int
    amount_rupiah: int
    reason: str
    reversed_at: datetime

    @classmethod
    def of(cls, reversal: Reversal) -> Self:
        """Return the answer to a reversal."""
        return cls(**{name: getattr(reversal, name) for name in cls.model_fields})


class Why(BaseModel):
    """Why not, as problem details say it."""

    code: str
    title: str
    detail: str
    messages: dict[str, Any]


def said(request: Request, refusal: Refused | None) -> Why | None:
    """Return a refusal in the words that problem details would have, in the caller's language."""
    if refusal is None:
        return None
    texts = request.app.state.refusals
    _, body = problem(refusal.code, refusal.facts, texts, language(request), "")
    return Why(**{name: body[name] for name in Why.model_fields})


class OfferedBenefit(BaseModel):
    """A right of the family, or of one of its persons, that this partner can give."""

    entitlement_id: UUID
    cycle_id: UUID
    benefit_id: UUID
    # Whose right it is: the family's, or the person's with this name.
    subject: str
    subject_id: UUID
    subject_name: str | None
    kind: str
    name_id: str
    name_en: str
    opens_on: date
    closes_on: date
    unit_rupiah: int
    remaining_quantity: int
    remaining_rupiah: int
    # What a balance may be spent on; empty where it does not matter.
    goods_categories: list[str]
    can_be_given: bool
    why_not: Why | None


class CardCheck(BaseModel):
    """Whether a card counts here and now, and what it can be used for."""

    is_valid: bool
    why_not: Why | None
    card_number: str | None
    printed_name: str | None
    expires_on: date | None
    # Whether the holder can type a PIN: none, set or locked; None of a card that does not count.
    pin: Literal["none", "set", "locked"] | None
    benefits: list[OfferedBenefit]
