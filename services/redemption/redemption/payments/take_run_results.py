"""A file of the bank about any of a run's files: each line finds its own."""

import asyncio
from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE
from common.sealed import Sealer
from redemption.payments import queries, result_queries, run_queries
from redemption.payments.rules import Batch, Ordered, Said, completed, instruction_id
from redemption.payments.take_results import (
    Came,
    is_known,
    keep_and_settle,
    place_of_result,
    read_results,
)


async def take_run_results(
    tx: AsyncConnection,
    caller: Principal,
    sealer: Sealer,
    *,
    run_id: UUID,
    file_id: UUID,
    content: bytes,
    now: datetime,
) -> bool:
    """Take in a file about one or several files of a run; return False when all of it was known.

    What names no order of the run is a difference of the first file that the answer speaks of.
    Raises Refused: not_found, payment_not_sent, result_of_another_run, id_reused; Unreadable
    with every row that is wrong. Nothing of a file that is refused is taken.
    """
    caller.demand_region(PROVINCE)
    if await run_queries.find(tx, run_id) is None:
        raise Refused("not_found")
    form, lines = await asyncio.to_thread(read_results, content)
    own = await run_queries.file_ids(tx, run_id)
    batches = await _held(tx, own, lines)
    known = await queries.lock_orders(tx, lines)
    if not batches:
        raise Refused("result_of_another_run")
    came = Came(file_id, sha256(content).hexdigest(), now)
    kept: dict[str, object] = {
        "form": form,
        "content_sealed": sealer.seal(content, place_of_result(file_id)),
        "whole_id": None,
    }
    is_new = False
    for batch, share in _shares(batches, completed(lines, known), known):
        if await is_known(tx, batch.id, came):
            continue
        await keep_and_settle(tx, caller, batch, came, kept=kept, lines=share, known=known)
        kept |= {"content_sealed": None, "whole_id": kept["whole_id"] or came.file_id}
        came = replace(came, file_id=instruction_id(file_id, batch.id))
        is_new = True
    return is_new


async def _held(tx: AsyncConnection, own: object, lines: list[Said]) -> list[Batch]:
    """Return the run's files that lines speak of, held in the order of their ids."""
    ids = [line.instruction_id for line in lines if line.instruction_id is not None]
    asked = {"ids": ids, "batch_ids": own}
    found = (await tx.execute(result_queries.BATCHES_OF_ORDERS, asked)).scalars().all()
    batches = [one for batch_id in found if (one := await queries.lock(tx, batch_id)) is not None]
    if any(batch.sent_at is None for batch in batches):
        raise Refused("payment_not_sent")
    return batches


def _shares(
    batches: list[Batch], lines: list[Said], known: dict[UUID, Ordered]
) -> list[tuple[Batch, list[Said]]]:
    """Return each file's lines; the first one also gets those that are of none of them."""
    first = batches[0].id
    homes = {batch.id for batch in batches}
    shares: dict[UUID, list[Said]] = defaultdict(list)
    for line in lines:
        wanted = line.instruction_id
        order = known.get(wanted) if wanted is not None else None
        shares[order.batch_id if order and order.batch_id in homes else first].append(line)
    return [(batch, shares[batch.id]) for batch in batches if shares[batch.id]]
