"""The worker's part of a run: one file after the other, each in a transaction of its own.

Whoever is stopped halfway goes on where the last file ended: what is held in memory, and what is
lost by a crash, is one file and never the province.
"""

import asyncio
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import audit, clock, ids
from common.auth.principal import Principal
from common.database import in_transaction, is_database_away
from common.process import Job
from common.regions import PROVINCE
from redemption.entitlements.pay_out import CashRight
from redemption.payments import queries, run_queries
from redemption.payments.decide import withdraw_held
from redemption.payments.draw_up import Payer, Wanted
from redemption.payments.draw_up_cash import Gathered, draw_up_gathered, gather
from redemption.payments.rules import Batch
from redemption.payments.run_rules import Run

LOOK_EVERY_S = 3.0


class Stopped(Exception):
    """Somebody took the run back while a file was drawn up: it is not written."""


log = structlog.get_logger()


async def continue_run(tx: AsyncConnection, payer: Payer, now: datetime) -> bool:
    """Draw up, or withdraw, the next file of a run; return False when no run waits for that."""
    run = await run_queries.next_run(tx)
    if run is None:
        return False
    if run.state == "withdrawing":
        await _withdraw_next(tx, run, now)
    else:
        await _draw_next(tx, payer, run, now)
    return True


def runs_for_ever(payer: Payer) -> Job:
    """Return the worker's job that does what runs wait for."""

    async def go_on(engine: AsyncEngine) -> None:
        while True:
            try:
                while await in_transaction(
                    engine, lambda tx: continue_run(tx, payer, clock.utc_now())
                ):
                    pass
            except Stopped:
                continue
            except Exception as error:  # noqa: BLE001 - the next round begins where this one stopped
                if not is_database_away(error):
                    log.error("payment run failed", kind=type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    return go_on


async def _draw_next(tx: AsyncConnection, payer: Payer, run: Run, now: datetime) -> None:
    wanted = Wanted(
        ids.new_id(),
        "family_cash",
        run.pay_on,
        run.cycle_id,
        run.bank_id,
        run_id=run.id,
        run_position=run.files + 1,
    )
    gathered = await gather(tx, payer, wanted, now, after=_place(run))
    batch = None
    if gathered.found:
        maker = _person(run.drawn_up_by, run.drawn_up_by_name)
        batch = await draw_up_gathered(tx, maker, payer, wanted, gathered, now=now)
    noted = await tx.execute(run_queries.NOTE_FILE, _noted(run, gathered, batch))
    if noted.rowcount == 0:
        raise Stopped
    if gathered.after is None:
        state = "drawn_up" if run.files or batch else "empty"
        await tx.execute(run_queries.STEP, {"run_id": run.id, "state": state})


async def _withdraw_next(tx: AsyncConnection, run: Run, now: datetime) -> None:
    who = _person(run.withdrawn_by or "", run.withdrawn_by_name or "")
    batch_id = await tx.scalar(run_queries.NEXT_TO_WITHDRAW, {"run_id": run.id})
    if batch_id is None:
        await tx.execute(run_queries.STEP, {"run_id": run.id, "state": "withdrawn"})
        await audit.record(tx, who, "payment_run.withdrawn", "payment_run", run.id)
        return
    await queries.lock(tx, batch_id)
    await withdraw_held(tx, who, batch_id, run.withdrawn_reason or "", now)


def _place(run: Run) -> CashRight | None:
    if run.after_household is None or run.after_benefit is None or run.after_subject is None:
        return None
    # Only its key is asked for.
    return CashRight(
        household_id=run.after_household,
        cycle_id=run.cycle_id,
        benefit_id=run.after_benefit,
        subject_id=run.after_subject,
        entitlement_id=run.after_household,
        amount_rupiah=0,
        region_code=None,
    )


def _noted(run: Run, gathered: Gathered, batch: Batch | None) -> dict[str, object]:
    after = gathered.after
    return {
        "run_id": run.id,
        "files": 1 if batch else 0,
        "lines": batch.lines if batch else 0,
        "rupiah": batch.total_rupiah if batch else 0,
        "without_card": gathered.without_card,
        "after_household": after.household_id if after else None,
        "after_benefit": after.benefit_id if after else None,
        "after_subject": after.subject_id if after else None,
    }


def _person(subject: str, name: str) -> Principal:
    """Return who told the worker to do it: it acts for that person, who had the right to."""
    return Principal(subject, name, frozenset(), frozenset(), (PROVINCE,))
