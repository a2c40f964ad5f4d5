"""A file of the bank is taken in: every line is matched with one order, or is a difference."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from redemption.payments import queries, result_queries
from redemption.payments.decide import held
from redemption.payments.pain002 import read_pain002
from redemption.payments.result_csv import read_csv
from redemption.payments.rules import (
    APPLIED,
    Batch,
    Change,
    Judged,
    Ordered,
    Said,
    completed,
    judge,
    number_of,
)
from redemption.payments.settle import settle

UTF8_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Came:
    """A file as it came."""

    file_id: UUID
    sha256: str
    at: datetime


async def take_results(
    tx: AsyncConnection,
    caller: Principal,
    sealer: Sealer,
    *,
    batch_id: UUID,
    file_id: UUID,
    content: bytes,
    now: datetime,
) -> bool:
    """Take in a file about a batch; return False when the same bytes were taken before.

    Raises Refused: not_found, payment_not_sent, result_of_another_batch, id_reused; Unreadable
    with every row that is wrong. Nothing of a file that is refused is taken.
    """
    batch = await held(tx, caller, batch_id)
    if batch.sent_at is None:
        raise Refused("payment_not_sent")
    came = Came(file_id, sha256(content).hexdigest(), now)
    if await is_known(tx, batch_id, came):
        return False
    form, lines = await asyncio.to_thread(read_results, content)
    known = await queries.lock_orders(tx, lines)
    _demand_own(known, batch_id)
    sealed = sealer.seal(content, place_of_result(file_id))
    kept = {"form": form, "content_sealed": sealed, "whole_id": None}
    said = completed(lines, known)
    await keep_and_settle(tx, caller, batch, came, kept=kept, lines=said, known=known)
    return True


async def keep_and_settle(
    tx: AsyncConnection,
    caller: Principal,
    batch: Batch,
    came: Came,
    *,
    kept: Mapping[str, object],
    lines: list[Said],
    known: dict[UUID, Ordered],
) -> None:
    """Keep the lines of a file that are about one batch, and settle its orders by them."""
    judged = judge(lines, known, batch.id)
    file = {
        "id": came.file_id,
        "batch_id": batch.id,
        "sha256": came.sha256,
        "lines": len(lines),
        "received_by": caller.subject,
        "received_by_name": caller.name,
        "received_at": came.at,
    }
    await tx.execute(result_queries.ADD_FILE, {**file, **kept})
    await result_queries.add_lines(tx, came.file_id, judged)
    changes = [_change(one) for one in judged if one.outcome in APPLIED]
    await settle(tx, batch, changes, came.at)
    noted = {"sha256": came.sha256, "lines": len(lines), "settled": len(changes)}
    await audit.record(tx, caller, "payment.answered", "payment_batch", batch.id, details=noted)


def place_of_result(file_id: UUID) -> str:
    """Return the place for which a file of the bank is sealed."""
    return f"payment_result_files.content:{file_id}"


def read_results(content: bytes) -> tuple[str, list[Said]]:
    """Return the form of a file and its lines; raises Unreadable."""
    start = content.removeprefix(UTF8_MARK).lstrip()[:1]
    if start == b"<":
        return "pain.002", read_pain002(content)
    return "csv", read_csv(content)


async def is_known(tx: AsyncConnection, batch_id: UUID, came: Came) -> bool:
    """Tell whether a batch has had these bytes; raises Refused id_reused."""
    asked = {"file_id": came.file_id, "batch_id": batch_id, "sha256": came.sha256}
    known = (await tx.execute(result_queries.FIND_FILE, asked)).all()
    if any((row.batch_id, row.sha256) == (batch_id, came.sha256) for row in known):
        return True
    if known:
        raise Refused("id_reused")
    return False


def _demand_own(known: dict[UUID, Ordered], batch_id: UUID) -> None:
    """Refuse a file that speaks of another batch only: somebody chose the wrong one."""
    batches = {order.batch_id for order in known.values()}
    if batches and batch_id not in batches:
        raise Refused("result_of_another_batch", number=number_of(min(batches)))


def _change(judged: Judged) -> Change:
    line = judged.line
    if judged.instruction_id is None:
        raise AssertionError("only an order of ours is settled")
    return Change(judged.instruction_id, judged.outcome, line.reason_code, line.bank_reference)
