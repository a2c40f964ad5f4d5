"""A counter asks about a card: does it count, whose name is on it, and what may be given here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from common.web.formats import in_wib
from redemption.cards import queries as cards
from redemption.cards.identify import TrustedKeys, identify
from redemption.cards.printed_name import open_name
from redemption.cards.rules import Card
from redemption.entitlements import queries as entitlements
from redemption.entitlements.persons import persons_of
from redemption.entitlements.rules import Entitlement
from redemption.partners import queries as partners
from redemption.payments.at_counter import Right, why_not_in_cash
from redemption.pins.try_pin import Standing, standing_of
from redemption.redeeming import line_queries
from redemption.redeeming.lines import Collected
from redemption.redeeming.redeem import partner_of
from redemption.redeeming.rules import demand_free, demand_open, why_not_here


@dataclass(frozen=True, slots=True)
class Offer:
    """A right, why it can't be given now (None when it can), and the person's name it is of."""

    entitlement: Entitlement
    why_not: Refused | None
    subject_name: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the counter may know. A card that does not count shows no name and no rights."""

    why_not: Refused | None
    card: Card | None = None
    printed_name: str | None = None
    pin: Standing | None = None
    offers: list[Offer] = field(default_factory=list)


async def check_card(
    tx: AsyncConnection,
    caller: Principal,
    *,
    trusted: TrustedKeys,
    sealer: Sealer,
    shown: str,
    now: datetime,
) -> Answer:
    """Return what this partner may know of a card; the look is noted, whatever the answer."""
    partner_id = partner_of(caller)
    try:
        presented = await identify(tx, trusted, shown, now)
    except Refused as refusal:
        await _note(tx, caller, "unknown", refusal.code)
        return Answer(refusal)
    partner = await partners.find(tx, partner_id)
    found = await cards.find(tx, presented.card_id)
    card, sealed_name = found or (None, b"")
    code = why_not_here(partner, card, now)
    await _note(tx, caller, presented.card_id, code, card.region_code if card else None)
    if code is not None or partner is None or card is None:
        return Answer(Refused(code or "card_unknown"), card)
    rights = [
        right
        for right in await entitlements.of_household(
            tx, card.household_id, partner.kind, in_wib(now).date()
        )
        if partner.may_give(right.partner_kinds, right.programme_code, right.code)
    ]
    return Answer(
        None,
        card,
        open_name(sealer, card.card_id, sealed_name),
        await standing_of(tx, card.card_id),
        await _offers(tx, caller, sealer, rights, now),
    )


async def _offers(
    tx: AsyncConnection,
    caller: Principal,
    sealer: Sealer,
    rights: Sequence[Entitlement],
    now: datetime,
) -> list[Offer]:
    """Return what may be given, each with the name of its person: "for which of the children"."""
    if not rights:
        return []
    household_ids = [rights[0].household_id]
    latest = await line_queries.latest_of(tx, household_ids)
    is_cash_used = any(right.kind == "cash" and right.is_used_up for right in rights)
    by_bank = await why_not_in_cash(tx, household_ids[0]) if is_cash_used else {}
    is_personal = any(right.subject == "person" for right in rights)
    persons = await persons_of(tx, sealer, household_ids) if is_personal else {}
    offers = [
        Offer(
            right,
            _why_not_in_time(right, caller.terminal_id, now)
            or _why_used_up(right, latest, by_bank),
            persons[right.whose].name if right.whose in persons else None,
        )
        for right in rights
    ]
    return sorted(offers, key=_in_order)


def _in_order(offer: Offer) -> tuple[date, str, str]:
    right = offer.entitlement
    return right.opens_on, right.name_id, offer.subject_name or ""


def _why_not_in_time(right: Entitlement, terminal_id: UUID | None, now: datetime) -> Refused | None:
    try:
        demand_open(right, now)
        demand_free(right, terminal_id, now)
    except Refused as refusal:
        return refusal
    return None


def _why_used_up(
    right: Entitlement,
    latest: dict[tuple[UUID, UUID, UUID, UUID], Collected],
    by_bank: dict[Right, Refused],
) -> Refused | None:
    if not right.is_used_up:
        return None
    key = (right.cycle_id, right.benefit_id, right.whose)
    if key in by_bank:
        return by_bank[key]
    line = latest.get((right.household_id, *key))
    return Refused("already_redeemed", **(line.facts if line else {}))


async def _note(
    tx: AsyncConnection,
    caller: Principal,
    card_id: str,
    refusal: str | None,
    region_code: str | None = None,
) -> None:
    await audit.record(
        tx,
        caller,
        "card.checked",
        "card",
        card_id,
        region_code=region_code,
        details={"refusal": refusal, "partner_id": str(caller.partner_id)},
    )
