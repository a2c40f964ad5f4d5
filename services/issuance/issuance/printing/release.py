"""Bring on what was left behind: cards of cancelled files, and what was blocked meanwhile."""

from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE
from common.worker import every
from issuance.cards.move_many import move_many
from issuance.printing import queries
from issuance.printing.read_batch import Batch, for_the_whole_file, read_batch

ACTOR = "printing"
PRINTING = Principal(ACTOR, ACTOR, frozenset(), frozenset(), regions=(PROVINCE,))
SWEEP_EVERY_S = 30.0


async def cancel_batch(tx: AsyncConnection, principal: Principal, batch_id: UUID) -> Batch:
    """Cancel what is not yet made of a batch; its cards wait for another one. A repeat is fine.

    Raises Refused: nothing_to_cancel, and those of read_batch.
    """
    batch = await read_batch(tx, principal, batch_id)
    principal.demand_region(batch.row["region_code"])
    await tx.execute(queries.SELECT_PARTS_FOR_UPDATE, {"id": batch_id})
    parts = list((await tx.execute(queries.CANCEL_UNMADE, {"id": batch_id})).scalars())
    if not parts:
        if batch.row["cancelled_at"] is not None:
            return batch
        raise Refused("nothing_to_cancel")
    who = {"by": principal.subject, "by_name": principal.name}
    await tx.execute(queries.MARK_CANCELLED, {"id": batch_id, "at": clock.utc_now(), **who})
    chosen = {"id": batch_id, "parts": parts}
    card_ids = list((await tx.execute(queries.SELECT_CARDS_OF_PARTS, chosen)).scalars())
    await move_many(
        tx,
        for_the_whole_file(principal),
        card_ids,
        old="in_print",
        new="signed",
        reason="print_cancelled",
        place=batch.row["region_code"],
    )
    await audit.record(
        tx,
        principal,
        "print.cancelled",
        "print_batch",
        batch_id,
        region_code=batch.row["region_code"],
        details={"files": len(parts)},
    )
    return await read_batch(tx, principal, batch_id)


async def retry_batch(tx: AsyncConnection, principal: Principal, batch_id: UUID) -> Batch:
    """Queue the files again that could not be made; raises Refused as read_batch does."""
    batch = await read_batch(tx, principal, batch_id)
    principal.demand_region(batch.row["region_code"])
    again = list((await tx.execute(queries.RETRY_FAILED, {"id": batch_id})).scalars())
    if again:
        await audit.record(
            tx,
            principal,
            "print.retried",
            "print_batch",
            batch_id,
            region_code=batch.row["region_code"],
            details={"files": len(again)},
        )
    return await read_batch(tx, principal, batch_id)


async def bring_back_strays(tx: AsyncConnection) -> int:
    """Let cards wait again that are in print by their state and in no file to come; how many."""
    strays = list((await tx.execute(queries.SELECT_STRAYS)).scalars())
    if strays:
        await move_many(
            tx,
            PRINTING,
            strays,
            old="in_print",
            new="signed",
            reason="print_left_out",
            place=PROVINCE,
        )
    return len(strays)


async def receive_unblocked(tx: AsyncConnection) -> int:
    """Let cards be at the desk that were blocked when their file was received; how many.

    Unblocked, they are called printed, as they were, and nobody receives their file again.
    """
    found = (await tx.execute(queries.SELECT_UNBLOCKED_SINCE)).all()
    for (place, reason), cards in groupby(sorted(found, key=_arrival), key=_arrival):
        ids = [card.card_id for card in cards]
        await move_many(tx, PRINTING, ids, old="printed", new="at_desk", reason=reason, place=place)
    return len(found)


def _arrival(card: Row[Any]) -> tuple[str, str]:
    return card.place, card.reason


async def _sweep(tx: AsyncConnection) -> None:
    await bring_back_strays(tx)
    await receive_unblocked(tx)


async def sweep_strays(engine: AsyncEngine) -> None:
    """Bring on what was left behind, for ever."""
    await every(SWEEP_EVERY_S, engine, _sweep)
