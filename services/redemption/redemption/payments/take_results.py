"""A file of the bank is taken in: every line is matched with one order, or is a difference."""

import asyncio
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
    digest = sha256(content).hexdigest()
    if await _is_known(tx, batch_id, file_id, digest):
        return False
    form, lines = await asyncio.to_thread(_read, content)
    known = await queries.lock_orders(tx, lines)
    _demand_own(known, batch_id)
    judged = judge(completed(lines, known), known, batch_id)
    file = {
        "id": file_id,
        "batch_id": batch_id,
        "form": form,
        "sha256": digest,
        "content_sealed": sealer.seal(content, f"payment_result_files.content:{file_id}"),
        "lines": len(lines),
    }
    await tx.execute(result_queries.ADD_FILE, file | _received(caller, now))
    await result_queries.add_lines(tx, file_id, judged)
    changes = [_change(one) for one in judged if one.outcome in APPLIED]
    await settle(tx, batch, changes, now)
    noted = {"sha256": digest, "lines": len(lines), "settled": len(changes)}
    await audit.record(tx, caller, "payment.answered", "payment_batch", batch_id, details=noted)
    return True


def _received(caller: Principal, now: datetime) -> dict[str, object]:
    return {
        "received_by": caller.subject,
        "received_by_name": caller.name,
        "received_at": now,
    }


def _read(content: bytes) -> tuple[str, list[Said]]:
    start = content.removeprefix(UTF8_MARK).lstrip()[:1]
    if start == b"<":
        return "pain.002", read_pain002(content)
    return "csv", read_csv(content)


async def _is_known(tx: AsyncConnection, batch_id: UUID, file_id: UUID, digest: str) -> bool:
    asked = {"file_id": file_id, "batch_id": batch_id, "sha256": digest}
    known = (await tx.execute(result_queries.FIND_FILE, asked)).all()
    if any((row.batch_id, row.sha256) == (batch_id, digest) for row in known):
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
