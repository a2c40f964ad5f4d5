"""Families' rights to cash become payment orders: each is set aside whole, by a ledger line."""

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
from redemption.payments.rules import BATCH_LINES_MAX, Batch, Payee, instruction_id

CARD_NUMBER = "nomor_kartu"


async def draw_up_cash(
    tx: AsyncConnection, caller: Principal, payer: Payer, wanted: Wanted, now: datetime
) -> Batch:
    """Draw up orders for the next BATCH_LINES_MAX rights of a cycle that a bank can pay now.

    A family without a card that counts is left out: the bank knows its account by the card.
    Raises Refused: nothing_to_pay, not_a_bank, outside_your_regions, …
    """
    known = await drawn_up_before(tx, caller, payer, wanted)
    if known is not None:
        return known
    if wanted.cycle_id is None or wanted.bank_id is None:
        raise Refused("nothing_to_pay")
    bank = await partners.find(tx, wanted.bank_id)
    if bank is None or bank.kind != "bank" or not bank.is_active:
        raise Refused("not_a_bank")
    found = await _gather(tx, payer, wanted.id, wanted.cycle_id, now)
    orders = [Order(payee.id, right) for payee, right in found]
    taken = await order(tx, orders, bank_id=bank.id, by=caller.subject, at=now) if orders else {}
    payees = [payee for payee, _ in found if taken.get(payee.id) == payee.amount_rupiah]
    return await draw_up(tx, caller, payer, wanted, payees, now=now)


async def _gather(
    tx: AsyncConnection, payer: Payer, batch_id: UUID, cycle_id: UUID, now: datetime
) -> list[tuple[Payee, CashRight]]:
    names = await queries.names_of_cycle(tx, cycle_id)
    found: list[tuple[Payee, CashRight]] = []
    after: CashRight | None = None
    while len(found) < BATCH_LINES_MAX:
        wanted_rows = BATCH_LINES_MAX - len(found)
        rights = await rights_to_pay(tx, cycle_id, now, after=after, rows=wanted_rows)
        if not rights:
            break
        after = rights[-1]
        cards = await payee_cards(tx, [right.household_id for right in rights], now)
        for right in rights:
            card = cards.get(right.household_id)
            if card is not None:
                name = open_name(payer.sealer, card["card_id"], card["printed_name"])
                payee = _payee(
                    instruction_id(batch_id, right.entitlement_id),
                    right,
                    card["card_id"],
                    name=name,
                    bank_code=payer.bank_code,
                    words=f"KHBS {names[right.benefit_id][0]}",
                )
                found.append((payee, right))
    return found


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
