"""Families' rights to cash become payment orders: each is set aside whole, by a ledger line."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.card_number import card_number
from common.problems import Refused
from redemption.cards.printed_name import open_name
from redemption.entitlements.pay_out import CashRight, Order, order, rights_to_pay
from redemption.partners import queries as partners
from redemption.payments import queries
from redemption.payments.draw_up import Payer, Wanted, draw_up, drawn_up_before
from redemption.payments.payee_queries import payee_cards
from redemption.payments.rules import Batch, Payee, instruction_id

CARD_NUMBER = "nomor_kartu"


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rights that go into one file, in the order of their keys."""

    found: list[tuple[Payee, CashRight]]
    # Left out: the bank knows a family's account by its card.
    without_card: int
    # Where the next file goes on; None when all rights were looked at.
    after: CashRight | None


async def draw_up_cash(
    tx: AsyncConnection, caller: Principal, payer: Payer, wanted: Wanted, now: datetime
) -> Batch:
    """Draw up orders for the next rights of a cycle that a bank can pay now, as many as one file
    holds.

    A family without a card that counts is left out: the bank knows its account by the card.
    Raises Refused: nothing_to_pay, not_a_bank, outside_your_regions, …
    """
    known = await drawn_up_before(tx, caller, payer, wanted)
    if known is not None:
        return known
    await demand_bank(tx, wanted.bank_id)
    gathered = await gather(tx, payer, wanted, now, after=None)
    return await draw_up_gathered(tx, caller, payer, wanted, gathered, now=now)


async def demand_bank(tx: AsyncConnection, bank_id: UUID | None) -> None:
    """Refuse a partner that is no active bank."""
    bank = await partners.find(tx, bank_id) if bank_id else None
    if bank is None or bank.kind != "bank" or not bank.is_active:
        raise Refused("not_a_bank")


async def draw_up_gathered(
    tx: AsyncConnection,
    caller: Principal,
    payer: Payer,
    wanted: Wanted,
    gathered: Gathered,
    *,
    now: datetime,
) -> Batch:
    """Set rights aside and draw up the file that pays them; raises Refused nothing_to_pay."""
    if wanted.bank_id is None or not gathered.found:
        raise Refused("nothing_to_pay")
    orders = [Order(payee.id, right) for payee, right in gathered.found]
    taken = await order(tx, orders, bank_id=wanted.bank_id, by=caller.subject, at=now)
    payees = [payee for payee, _ in gathered.found if taken.get(payee.id) == payee.amount_rupiah]
    return await draw_up(tx, caller, payer, wanted, payees, now=now)


async def gather(
    tx: AsyncConnection, payer: Payer, wanted: Wanted, now: datetime, *, after: CashRight | None
) -> Gathered:
    """Return what goes into the next file: at most as many orders as the bank takes in one."""
    if wanted.cycle_id is None:
        raise Refused("nothing_to_pay")
    names = await queries.names_of_cycle(tx, wanted.cycle_id)
    found: list[tuple[Payee, CashRight]] = []
    without_card = 0
    place = after
    while len(found) < payer.lines_max:
        rows = payer.lines_max - len(found)
        rights = await rights_to_pay(tx, wanted.cycle_id, now, after=place, rows=rows)
        cards = await payee_cards(tx, [right.household_id for right in rights], now)
        for right in rights:
            card = cards.get(right.household_id)
            if card is None:
                without_card += 1
                continue
            payee = _payee(
                instruction_id(wanted.id, right.entitlement_id),
                right,
                card["card_id"],
                name=open_name(payer.sealer, card["card_id"], card["printed_name"]),
                bank_code=payer.bank_code,
                words=f"KHBS {names[right.benefit_id][0]}",
            )
            found.append((payee, right))
        if len(rights) < rows:
            return Gathered(found, without_card, None)
        place = rights[-1]
    return Gathered(found, without_card, place)


def _payee(
    order_id: UUID, right: CashRight, card_id: str, *, name: str, bank_code: str, words: str
) -> Payee:
    return Payee(
        id=order_id,
        matter_id=right.entitlement_id,
        amount_rupiah=right.amount_rupiah,
        name=name,
        account=card_number(card_id),
        account_kind=CARD_NUMBER,
        bank_code=bank_code,
        words=words,
        household_id=right.household_id,
        cycle_id=right.cycle_id,
        benefit_id=right.benefit_id,
        subject_id=right.subject_id,
        card_id=card_id,
    )
