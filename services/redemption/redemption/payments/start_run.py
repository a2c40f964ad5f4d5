"""One act orders all that a bank can pay of a cycle, in as many files as that takes."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from redemption.entitlements.pay_out import rights_to_pay
from redemption.payments import run_queries
from redemption.payments.draw_up import Payer, Wanted, drawn_up_before
from redemption.payments.draw_up_cash import demand_bank
from redemption.payments.run_rules import Run

# What a request draws up itself; more is the worker's, whose transactions may take longer.
AT_ONCE_MAX = 2000


async def start_run(
    tx: AsyncConnection, caller: Principal, payer: Payer, wanted: Wanted, now: datetime
) -> Run | None:
    """Begin a run where it is too much for one file or one request; else return None, with nothing
    done.

    The worker draws up its files. The same form again gets the first run.
    Raises Refused: id_reused, not_a_bank, outside_your_regions, payment_account_missing.
    """
    known = await run_queries.find(tx, wanted.id)
    if known is not None:
        return _same_or_refuse(known, caller, wanted)
    if await drawn_up_before(tx, caller, payer, wanted) is not None or wanted.cycle_id is None:
        return None
    await demand_bank(tx, wanted.bank_id)
    rows = min(payer.lines_max, AT_ONCE_MAX) + 1
    if len(await rights_to_pay(tx, wanted.cycle_id, now, after=None, rows=rows)) < rows:
        return None
    row = {
        "id": wanted.id,
        "cycle_id": wanted.cycle_id,
        "bank_id": wanted.bank_id,
        "pay_on": wanted.pay_on,
        "state": "drawing",
        "drawn_up_by": caller.subject,
        "drawn_up_by_name": caller.name,
        "drawn_up_at": now,
    }
    await tx.execute(run_queries.ADD_RUN, row)
    await audit.record(tx, caller, "payment_run.begun", "payment_run", wanted.id)
    return await run_queries.find(tx, wanted.id)


def _same_or_refuse(known: Run, caller: Principal, wanted: Wanted) -> Run:
    first = (known.cycle_id, known.bank_id, known.pay_on, known.drawn_up_by)
    if first != (wanted.cycle_id, wanted.bank_id, wanted.pay_on, caller.subject):
        raise Refused("id_reused")
    return known
