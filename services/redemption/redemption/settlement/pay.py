"""Settlements that were approved become payment orders to the partners' accounts."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from redemption.partners.accounts import accounts_of
from redemption.payments.draw_up import Payer, Wanted, draw_up, drawn_up_before
from redemption.payments.rules import Batch, Payee, instruction_id
from redemption.settlement import settlement_queries
from redemption.settlement.act_rules import Settlement

PAID_AT_ONCE_MAX = 1000
ACCOUNT = "rekening"


async def pay(
    tx: AsyncConnection, caller: Principal, payer: Payer, wanted: Wanted, now: datetime
) -> Batch:
    """Draw up orders for all that was approved and is neither paid nor under way.

    A partner without an account is left out: its settlement waits, and its page says so.
    Raises Refused: nothing_to_pay, outside_your_regions, payment_account_missing, id_reused.
    """
    known = await drawn_up_before(tx, caller, payer, wanted)
    if known is not None:
        return known
    asked = {"rows": PAID_AT_ONCE_MAX}
    held = set((await tx.execute(settlement_queries.LOCK_APPROVED, asked)).scalars())
    rows = (await tx.execute(settlement_queries.TO_PAY, asked)).mappings()
    due = [one for row in rows if (one := settlement_queries.settlement_of(row)).id in held]
    accounts = await accounts_of(tx, payer.sealer, [one.partner_id for one in due])
    payees = [
        _payee(wanted, one, account.bank, account.holder, account.number)
        for one in due
        if (account := accounts.get(one.partner_id)) is not None
    ]
    await audit.record(
        tx,
        caller,
        "partner_accounts.read",
        "payment_batch",
        wanted.id,
        details={"accounts": len(payees)},
    )
    return await draw_up(tx, caller, payer, wanted, payees, now=now)


def _payee(wanted: Wanted, settlement: Settlement, bank: str, holder: str, number: str) -> Payee:
    return Payee(
        id=instruction_id(wanted.id, settlement.id),
        matter_id=settlement.id,
        amount_rupiah=settlement.owed_rupiah,
        name=holder,
        account=number,
        account_kind=ACCOUNT,
        bank_code=bank,
        words=f"KHBS {settlement.number} {settlement.first_on}/{settlement.last_on}",
        partner_id=settlement.partner_id,
    )
