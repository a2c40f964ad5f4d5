"""A batch is approved by another person, fetched for the bank, or withdrawn before that."""

from datetime import datetime
from hashlib import sha256
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE
from common.sealed import Sealer
from redemption.entitlements.pay_out import give_back
from redemption.payments import queries, run_queries
from redemption.payments.draw_up import place_of
from redemption.payments.rules import Batch

REASON_MIN = 5


async def held(tx: AsyncConnection, caller: Principal, batch_id: UUID) -> Batch:
    """Return a batch, held until the transaction ends; raises Refused not_found."""
    caller.demand_region(PROVINCE)
    batch = await queries.lock(tx, batch_id)
    if batch is None:
        raise Refused("not_found")
    return batch


async def approve(
    tx: AsyncConnection, caller: Principal, sealer: Sealer, batch_id: UUID, now: datetime
) -> Batch:
    """Approve what another person drew up; the files are held to their digests once more.

    Raises Refused: not_found, part_of_run, maker_decides, payment_decided, payment_file_changed.
    """
    batch = await held(tx, caller, batch_id)
    if batch.state == "approved" and batch.approved_by == caller.subject:
        return batch
    _demand_alone(batch)
    if batch.state != "drawn_up":
        raise Refused("payment_decided")
    if batch.drawn_up_by == caller.subject:
        raise Refused("maker_decides")
    await approve_held(tx, caller, sealer, batch, now)
    return batch


async def approve_held(
    tx: AsyncConnection, caller: Principal, sealer: Sealer, batch: Batch, now: datetime
) -> None:
    """Approve a batch that is held and may be approved; raises Refused payment_file_changed."""
    for form, digest in (("csv", batch.csv_sha256), ("xml", batch.xml_sha256)):
        content = await open_file(tx, sealer, batch.id, form)
        if sha256(content).hexdigest() != digest:
            raise Refused("payment_file_changed")
    await tx.execute(queries.APPROVE, queries.by_whom(caller, batch.id, now))
    await audit.record(
        tx,
        caller,
        "payment.approved",
        "payment_batch",
        batch.id,
        details={"csv_sha256": batch.csv_sha256, "xml_sha256": batch.xml_sha256},
    )


async def fetch_file(
    tx: AsyncConnection,
    caller: Principal,
    sealer: Sealer,
    batch_id: UUID,
    *,
    form: Literal["csv", "xml"],
    now: datetime,
) -> tuple[Batch, bytes]:
    """Return the file for the bank; every time that it is fetched is noted.

    Raises Refused: not_found, payment_not_approved.
    """
    found = await queries.find(tx, batch_id)
    if found is not None and found.run_id is not None:
        # Held before the batch, in the order of whoever withdraws all of them.
        await run_queries.hold(tx, found.run_id)
    batch = await held(tx, caller, batch_id)
    await note_fetched(tx, caller, batch, form, now)
    return batch, await open_file(tx, sealer, batch_id, form)


async def note_fetched(
    tx: AsyncConnection, caller: Principal, batch: Batch, form: str, now: datetime
) -> None:
    """Note that the bank may have a batch from now on; raises Refused payment_not_approved."""
    if batch.state != "approved":
        raise Refused("payment_not_approved")
    if batch.run_id is not None and await run_queries.state_of(tx, batch.run_id) != "approved":
        raise Refused("payment_not_approved")
    await tx.execute(queries.SEND, queries.by_whom(caller, batch.id, now))
    noted = {"form": form, "sha256": batch.csv_sha256 if form == "csv" else batch.xml_sha256}
    await audit.record(tx, caller, "payment.fetched", "payment_batch", batch.id, details=noted)


async def withdraw(
    tx: AsyncConnection, caller: Principal, batch_id: UUID, reason: str, now: datetime
) -> None:
    """Take back a batch that nobody has fetched yet; the families' rights are open again.

    Raises Refused: not_found, words_needed, part_of_run, payment_sent.
    """
    if len(reason.strip()) < REASON_MIN:
        raise Refused("words_needed")
    batch = await held(tx, caller, batch_id)
    if batch.state == "withdrawn":
        return
    _demand_alone(batch)
    if batch.sent_at is not None:
        raise Refused("payment_sent")
    await withdraw_held(tx, caller, batch_id, reason.strip(), now)


async def withdraw_held(
    tx: AsyncConnection, caller: Principal, batch_id: UUID, reason: str, now: datetime
) -> None:
    """Take back a batch that is held and that no bank has: its rights are open again."""
    asked = {**queries.by_whom(caller, batch_id, now), "reason": reason}
    await tx.execute(queries.WITHDRAW, asked)
    freed = await tx.execute(queries.WITHDRAW_INSTRUCTIONS, {"batch_id": batch_id})
    payouts = {row.payout_id: "withdrawn" for row in freed if row.payout_id is not None}
    if payouts:
        await give_back(tx, payouts)
    await audit.record(tx, caller, "payment.withdrawn", "payment_batch", batch_id)


def _demand_alone(batch: Batch) -> None:
    """Refuse to decide on one of several files that were drawn up together."""
    if batch.run_id is not None:
        raise Refused("part_of_run")


async def open_file(tx: AsyncConnection, sealer: Sealer, batch_id: UUID, form: str) -> bytes:
    """Return a file as the bank gets it."""
    sealed = await tx.scalar(queries.FILES[form], {"batch_id": batch_id})
    return sealer.open(bytes(sealed or b""), place_of(form, batch_id))
