"""When a family gets what it asks for, and when it can be undone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from common.problems import Refused
from common.web.formats import in_wib
from redemption.cards.rules import Card, why_not_usable
from redemption.entitlements.rules import Entitlement, take, why_not_open
from redemption.partners.rules import Partner

RECEIPT_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RECEIPT_SYMBOLS = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a counter asks for. The id is made there, once, and kept when it tries again."""

    id: UUID
    # The text of the card's QR, or a typed card number.
    shown: str
    # Either the entitlement, or benefit and cycle.
    entitlement_id: UUID | None
    benefit_id: UUID | None
    cycle_id: UUID | None
    quantity: int | None
    amount_rupiah: int | None
    holder_check: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is wanted, by whom, for which card, and when."""

    wanted: Wanted
    card_id: str
    card_reading: str
    partner_id: UUID
    operator: str
    operator_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when the attempt is judged, the entitlement held against rivals."""

    partner: Partner | None
    card: Card | None
    entitlement: Entitlement | None


@dataclass(frozen=True, slots=True)
class Redemption:
    """A line that was, or is to be, written."""

    id: UUID
    household_id: UUID
    cycle_id: UUID
    benefit_id: UUID
    entitlement_id: UUID
    card_id: str
    card_reading: str
    holder_check: str
    region_code: str
    quantity: int
    amount_rupiah: int
    remaining_quantity: int
    remaining_rupiah: int
    partner_id: UUID
    partner_name: str
    redeemed_by: str
    redeemed_by_name: str
    redeemed_at: datetime
    benefit_name_id: str
    benefit_name_en: str
    benefit_kind: str

    def answers(self, attempt: Attempt) -> bool:
        """Tell whether this line is what the attempt asks for, so that it is its answer."""
        wanted = attempt.wanted
        if self.benefit_kind == "balance":
            is_same_measure = wanted.amount_rupiah == self.amount_rupiah
        else:
            is_same_measure = (wanted.quantity or 1, wanted.amount_rupiah) == (self.quantity, None)
        return (
            is_same_measure
            and wanted.entitlement_id in (None, self.entitlement_id)
            and wanted.benefit_id in (None, self.benefit_id)
            and wanted.cycle_id in (None, self.cycle_id)
            and wanted.holder_check == self.holder_check
            and attempt.card_id == self.card_id
            and attempt.card_reading == self.card_reading
            and attempt.partner_id == self.partner_id
        )


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of lines: a time, and the line before which to go on."""

    since: datetime
    until: datetime
    before: datetime
    before_id: UUID
    limit: int


@dataclass(frozen=True, slots=True)
class Collected:
    """When and where a right was used before."""

    redeemed_at: datetime
    partner_name: str


@dataclass(frozen=True, slots=True)
class Reversal:
    """A line that undoes a redemption."""

    id: UUID
    household_id: UUID
    redemption_id: UUID
    quantity: int
    amount_rupiah: int
    reason: str
    redeemed_by: str
    reversed_by: str
    reversed_by_name: str
    reversed_at: datetime


def why_not_here(partner: Partner | None, card: Card | None, at: datetime) -> str | None:
    """Return why this card can get nothing at this partner now, or None."""
    if partner is None:
        return "no_partner"
    if not partner.is_active:
        return "partner_suspended"
    refusal = why_not_usable(card, at)
    if refusal is None and card is not None and not partner.serves(card.region_code):
        return "outside_partner_regions"
    return refusal


def decide(attempt: Attempt, situation: Situation) -> Redemption:
    """Return the line to be written, or raise Refused with the reason."""
    partner, card, entitlement = situation.partner, situation.card, situation.entitlement
    refusal = why_not_here(partner, card, attempt.at)
    if refusal is not None:
        raise Refused(refusal)
    if partner is None or card is None or entitlement is None:
        raise Refused("not_entitled")
    if partner.kind not in entitlement.partner_kinds:
        raise Refused("not_at_this_partner_kind")
    closed = why_not_open(entitlement, in_wib(attempt.at).date())
    if closed is not None:
        raise Refused(
            closed,
            opens_on=entitlement.opens_on.isoformat(),
            closes_on=entitlement.closes_on.isoformat(),
        )
    taken = take(entitlement, attempt.wanted.quantity, attempt.wanted.amount_rupiah)
    return Redemption(
        id=attempt.wanted.id,
        household_id=entitlement.household_id,
        cycle_id=entitlement.cycle_id,
        benefit_id=entitlement.benefit_id,
        entitlement_id=entitlement.id,
        card_id=card.card_id,
        card_reading=attempt.card_reading,
        holder_check=attempt.wanted.holder_check,
        region_code=card.region_code,
        quantity=taken.quantity,
        amount_rupiah=taken.amount_rupiah,
        remaining_quantity=entitlement.remaining_quantity - taken.quantity,
        remaining_rupiah=entitlement.remaining_rupiah - taken.amount_rupiah,
        partner_id=partner.id,
        partner_name=partner.name,
        redeemed_by=attempt.operator,
        redeemed_by_name=attempt.operator_name,
        redeemed_at=attempt.at,
        benefit_name_id=entitlement.name_id,
        benefit_name_en=entitlement.name_en,
        benefit_kind=entitlement.kind,
    )


def why_not_reversible(redemption: Redemption, person: str, at: datetime) -> str | None:
    """Return why this person can't undo a redemption now, or None."""
    if redemption.redeemed_by == person:
        return "same_person"
    if in_wib(redemption.redeemed_at).date() != in_wib(at).date():
        return "reversal_too_late"
    return None


def receipt_number(redemption_id: UUID) -> str:
    """Return the number that people read out: the id's last 50 bits in Crockford's base32."""
    rest = redemption_id.int
    symbols = []
    for _ in range(RECEIPT_SYMBOLS):
        rest, symbol = divmod(rest, 32)
        symbols.append(RECEIPT_ALPHABET[symbol])
    text = "".join(reversed(symbols))
    return f"{text[:5]}-{text[5:]}"
