"""When a family gets what it asks for, and when it can be undone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from common.problems import Refused
from common.web.formats import in_wib
from redemption.cards.rules import Card, why_not_usable
from redemption.entitlements.rules import Entitlement, Taken, take, why_not_held
from redemption.partners.rules import Partner
from redemption.redeeming.lines import FORMATS, Redemption


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
    # The person whose right it is, for benefits of persons.
    subject_id: UUID | None = None
    # Who collects for the family, where it is not the holder (see the room `companions`).
    companion_id: UUID | None = None
    goods_category: str | None = None


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
    terminal_id: UUID | None = None
    # Of a line that was written without network: what the terminal's clock said, and its lease.
    said_at: datetime | None = None
    lease_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when the attempt is judged, the entitlement held against rivals."""

    partner: Partner | None
    card: Card | None
    entitlement: Entitlement | None
    # Whether a line with the attempt's id is there already: then that line is the answer.
    has_line: bool = False
    # Why the terminal that sent it, or whoever is signed in on it, is not served now.
    why_not_served: str | None = None


def why_not_here(partner: Partner | None, card: Card | None, at: datetime) -> str | None:
    """Return why this card can get nothing at this partner now, or None."""
    if partner is None:
        return "no_partner"
    refusal = partner.why_not_serving(in_wib(at).date()) or why_not_usable(card, at)
    if refusal is None and card is not None and not partner.serves(card.region_code):
        return "outside_partner_regions"
    return refusal


def decide(attempt: Attempt, situation: Situation) -> Redemption:
    """Return the line to be written, or raise Refused with the reason."""
    partner, card, right = situation.partner, situation.card, situation.entitlement
    refusal = situation.why_not_served or why_not_here(partner, card, attempt.at)
    if refusal is not None:
        raise Refused(refusal)
    if partner is None or card is None or right is None:
        raise Refused("not_entitled")
    demand_given_here(partner, right)
    demand_open(right, attempt.at)
    demand_free(right, attempt.terminal_id, attempt.at)
    wanted = attempt.wanted
    taken = take(right, wanted.quantity, wanted.amount_rupiah, wanted.goods_category)
    return _line(attempt, partner, card, right, taken)


def _line(
    attempt: Attempt, partner: Partner, card: Card, right: Entitlement, taken: Taken
) -> Redemption:
    wanted = attempt.wanted
    return Redemption(
        id=wanted.id,
        household_id=right.household_id,
        cycle_id=right.cycle_id,
        benefit_id=right.benefit_id,
        entitlement_id=right.id,
        card_id=card.card_id,
        card_reading=attempt.card_reading,
        holder_check=wanted.holder_check,
        region_code=card.region_code,
        quantity=taken.quantity,
        amount_rupiah=taken.amount_rupiah,
        remaining_quantity=right.remaining_quantity - taken.quantity,
        remaining_rupiah=right.remaining_rupiah - taken.amount_rupiah,
        partner_id=partner.id,
        partner_name=partner.name,
        redeemed_by=attempt.operator,
        redeemed_by_name=attempt.operator_name,
        redeemed_at=attempt.at,
        benefit_name_id=right.name_id,
        benefit_name_en=right.name_en,
        benefit_kind=right.kind,
        subject_id=right.whose,
        terminal_id=attempt.terminal_id,
        companion_id=wanted.companion_id,
        goods_category=wanted.goods_category,
        mode="online" if attempt.said_at is None else "offline",
        said_at=attempt.said_at,
        # What its own terminal gives on line of a lease is given under it: it covers no more then.
        lease_id=right.lease_id if right.is_set_aside(None, attempt.at) else attempt.lease_id,
    )


def demand_given_here(partner: Partner, right: Entitlement) -> None:
    """Refuse a benefit that this kind of partner, or this partner's contract, does not give."""
    if partner.kind not in right.partner_kinds:
        raise Refused("not_at_this_partner_kind")
    if not partner.may_give(right.partner_kinds, right.programme_code, right.code):
        raise Refused("not_in_partner_contract")


def demand_open(right: Entitlement, at: datetime) -> None:
    """Refuse a right that is suspended or ended, and one outside the days of its cycle."""
    refusal = why_not_held(right, at, in_wib(at).date())
    if refusal is not None:
        raise refusal


def demand_free(right: Entitlement, terminal_id: UUID | None, at: datetime) -> None:
    """Refuse a right that is set aside, for now, for another terminal."""
    if right.is_set_aside(terminal_id, at) and right.leased_until is not None:
        until = right.leased_until
        raise Refused(
            "entitlement_leased",
            until_id=FORMATS["id"].datetime(until),
            until_en=FORMATS["en"].datetime(until),
        )


def is_answered_by(line: Redemption, attempt: Attempt) -> bool:
    """Tell whether a line is what an attempt asks for, so that it is its answer."""
    wanted = attempt.wanted
    if line.benefit_kind == "balance":
        is_same_measure = wanted.amount_rupiah == line.amount_rupiah
    else:
        is_same_measure = (wanted.quantity or 1, wanted.amount_rupiah) == (line.quantity, None)
    return (
        is_same_measure
        and wanted.entitlement_id in (None, line.entitlement_id)
        and wanted.benefit_id in (None, line.benefit_id)
        and wanted.cycle_id in (None, line.cycle_id)
        and wanted.subject_id in (None, line.subject_id)
        and wanted.companion_id == line.companion_id
        and wanted.goods_category == line.goods_category
        and wanted.holder_check == line.holder_check
        and attempt.card_id == line.card_id
        and attempt.card_reading == line.card_reading
        and attempt.partner_id == line.partner_id
    )


def why_not_reversible(redemption: Redemption, person: str, at: datetime) -> str | None:
    """Return why this person can't undo a redemption now, or None."""
    if redemption.redeemed_by == person:
        return "same_person"
    if in_wib(redemption.redeemed_at).date() != in_wib(at).date():
        return "reversal_too_late"
    return None
