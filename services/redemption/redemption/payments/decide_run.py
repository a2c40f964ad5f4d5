"""A run is approved by another person as a whole, fetched for the bank, or withdrawn before."""

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE
from common.sealed import Sealer
from redemption.payments import queries, run_queries
from redemption.payments.decide import REASON_MIN, approve_held, note_fetched, open_file
from redemption.payments.rules import Batch
from redemption.payments.run_rules import WITHDRAWABLE, Run

CONTENTS = "daftar.csv"
COLUMNS = ("berkas", "perintah_bayar", "rupiah", "sha256")


async def held_run(tx: AsyncConnection, caller: Principal, run_id: UUID) -> Run:
    """Return a run, held until the transaction ends; raises Refused not_found."""
    caller.demand_region(PROVINCE)
    run = await run_queries.lock(tx, run_id)
    if run is None:
        raise Refused("not_found")
    return run


async def approve_run(
    tx: AsyncConnection, caller: Principal, sealer: Sealer, run_id: UUID, now: datetime
) -> None:
    """Approve all files that another person drew up; each is held to its digest once more.

    Raises Refused: not_found, run_not_ready, maker_decides, payment_decided, payment_file_changed.
    """
    run = await held_run(tx, caller, run_id)
    if run.state == "approved" and run.approved_by == caller.subject:
        return
    if run.state == "drawing":
        raise Refused("run_not_ready")
    if run.state != "drawn_up":
        raise Refused("payment_decided")
    if run.drawn_up_by == caller.subject:
        raise Refused("maker_decides")
    for batch_id in await run_queries.file_ids(tx, run_id):
        await approve_held(tx, caller, sealer, await _held(tx, batch_id), now)
    by = {"run_id": run_id, "by": caller.subject, "name": caller.name, "at": now}
    await tx.execute(run_queries.APPROVE, by)
    noted = {"files": run.files, "lines": run.lines}
    await audit.record(tx, caller, "payment_run.approved", "payment_run", run_id, details=noted)


async def fetch_run(
    tx: AsyncConnection,
    caller: Principal,
    run_id: UUID,
    *,
    form: Literal["csv", "xml"],
    now: datetime,
) -> tuple[Run, list[Batch]]:
    """Note that the bank may have every file of a run; `zipped` gives them out after the commit.

    Raises Refused: not_found, payment_not_approved.
    """
    run = await held_run(tx, caller, run_id)
    if run.state != "approved":
        raise Refused("payment_not_approved")
    batches = [await _held(tx, one) for one in await run_queries.file_ids(tx, run_id)]
    for batch in batches:
        await note_fetched(tx, caller, batch, form, now)
    return run, batches


async def withdraw_run(
    tx: AsyncConnection, caller: Principal, run_id: UUID, reason: str, now: datetime
) -> None:
    """Take back a run of which nobody has fetched a file; the worker opens the rights again.

    Raises Refused: not_found, words_needed, payment_sent, payment_decided.
    """
    if len(reason.strip()) < REASON_MIN:
        raise Refused("words_needed")
    run = await held_run(tx, caller, run_id)
    if run.state in ("withdrawing", "withdrawn"):
        return
    if run.state not in WITHDRAWABLE:
        raise Refused("payment_decided")
    if await tx.scalar(run_queries.IS_SENT, {"run_id": run_id}):
        raise Refused("payment_sent")
    by = {"run_id": run_id, "by": caller.subject, "name": caller.name, "at": now}
    await tx.execute(run_queries.WITHDRAW, {**by, "reason": reason.strip()})
    await audit.record(tx, caller, "payment_run.taken_back", "payment_run", run_id)


async def zipped(
    engine: AsyncEngine, sealer: Sealer, batches: Sequence[Batch], form: Literal["csv", "xml"]
) -> AsyncIterator[bytes]:
    """Give all files in one ZIP, piece by piece: one of them is in memory at a time."""
    out = _Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(CONTENTS, _contents(batches, form))
        for batch in batches:
            async with engine.connect() as tx:
                content = await open_file(tx, sealer, batch.id, form)
            await asyncio.to_thread(archive.writestr, file_name(batch, form), content)
            yield out.taken()
    yield out.taken()


def file_name(batch: Batch, form: str) -> str:
    """Return the name of a file in its run: they sort as they were drawn up."""
    return f"{batch.run_position or 1:03d}-{batch.number}.{form}"


def _contents(batches: Sequence[Batch], form: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for batch in batches:
        digest = batch.csv_sha256 if form == "csv" else batch.xml_sha256
        writer.writerow((file_name(batch, form), batch.lines, batch.total_rupiah, digest))
    return out.getvalue()


async def _held(tx: AsyncConnection, batch_id: UUID) -> Batch:
    batch = await queries.lock(tx, batch_id)
    if batch is None:
        raise AssertionError("a file of a run is there")
    return batch


class _Pipe(io.RawIOBase):
    """Where a ZIP is written to, and taken from before it is whole."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        """Keep a piece until it is taken."""
        self._pieces.append(bytes(piece))
        return len(piece)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        whole = b"".join(self._pieces)
        self._pieces.clear()
        return whole
