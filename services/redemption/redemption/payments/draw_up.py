"""Drawing up a batch of payment orders: its lines, its two files, and their digests."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Self
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE
from common.sealed import Sealer
from redemption.payments import queries
from redemption.payments.csv_file import as_csv
from redemption.payments.pain001 import as_pain001
from redemption.payments.rules import BATCH_LINES_MAX, Batch, Paper, Payee
from redemption.settings import Settings


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, from which account, and what seals the files."""

    name: str
    account: str
    bank_code: str
    sealer: Sealer
    # How many orders the bank takes in one file.
    lines_max: int = BATCH_LINES_MAX

    @classmethod
    def of(cls, settings: Settings, sealer: Sealer) -> Self:
        """Return who pays at this site."""
        return cls(
            settings.payment_payer,
            settings.payment_account,
            settings.payment_bank_code,
            sealer,
            settings.payment_file_lines,
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """A batch that somebody draws up; `id` is made with the form, once."""

    id: UUID
    purpose: str
    pay_on: date
    cycle_id: UUID | None = None
    bank_id: UUID | None = None
    # Where it is one of several files that one act draws up.
    run_id: UUID | None = None
    run_position: int | None = None


def place_of(form: str, batch_id: UUID) -> str:
    """Return the place for which a file is sealed."""
    return f"payment_batches.{form}:{batch_id}"


async def drawn_up_before(
    tx: AsyncConnection, caller: Principal, payer: Payer, wanted: Wanted
) -> Batch | None:
    """Return the batch that already has this id; refuse what may not be drawn up by this caller.

    Raises Refused: outside_your_regions, payment_account_missing, id_reused.
    """
    caller.demand_region(PROVINCE)
    if not payer.account:
        raise Refused("payment_account_missing")
    known = await queries.find(tx, wanted.id)
    if known is None:
        return None
    is_same = (known.purpose, known.cycle_id, known.bank_id, known.pay_on, known.drawn_up_by) == (
        wanted.purpose,
        wanted.cycle_id,
        wanted.bank_id,
        wanted.pay_on,
        caller.subject,
    )
    if not is_same:
        raise Refused("id_reused")
    return known


async def draw_up(
    tx: AsyncConnection,
    caller: Principal,
    payer: Payer,
    wanted: Wanted,
    payees: Sequence[Payee],
    *,
    now: datetime,
) -> Batch:
    """Write a batch with its orders and files. What is paid must be set aside already.

    Raises Refused: nothing_to_pay, batch_too_large. An order for something that is under way or
    paid already is a constraint of the database.
    """
    if not payees:
        raise Refused("nothing_to_pay")
    if len(payees) > payer.lines_max:
        raise Refused("batch_too_large", most=payer.lines_max)
    paper = Paper(
        wanted.id, wanted.pay_on, now, wanted.purpose, payer.name, payer.account, payer.bank_code
    )
    made = await asyncio.to_thread(_files, paper, list(payees), payer.sealer)
    await tx.execute(queries.ADD_BATCH, _row(caller, wanted, payees, now) | made)
    await queries.add_instructions(tx, wanted.id, payees)
    await audit.record(
        tx,
        caller,
        "payment.drawn_up",
        "payment_batch",
        wanted.id,
        details={"lines": len(payees), "csv_sha256": made["csv_sha256"]},
    )
    batch = await queries.find(tx, wanted.id)
    if batch is None:
        raise AssertionError("a batch that was just written is there")
    return batch


def _row(
    caller: Principal, wanted: Wanted, payees: Sequence[Payee], now: datetime
) -> dict[str, Any]:
    return {
        "id": wanted.id,
        "purpose": wanted.purpose,
        "cycle_id": wanted.cycle_id,
        "bank_id": wanted.bank_id,
        "pay_on": wanted.pay_on,
        "run_id": wanted.run_id,
        "run_position": wanted.run_position,
        "lines": len(payees),
        "total_rupiah": sum(one.amount_rupiah for one in payees),
        "state": "drawn_up",
        "drawn_up_by": caller.subject,
        "drawn_up_by_name": caller.name,
        "drawn_up_at": now,
    }


def _files(paper: Paper, payees: list[Payee], sealer: Sealer) -> dict[str, bytes | str]:
    made: dict[str, bytes | str] = {}
    for form, content in (("csv", as_csv(paper, payees)), ("xml", as_pain001(paper, payees))):
        made[f"{form}_sealed"] = sealer.seal(content, place_of(form, paper.id))
        made[f"{form}_sha256"] = sha256(content).hexdigest()
    return made
