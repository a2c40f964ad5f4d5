"""Counting how far each cycle is, by the worker, when something has been written."""

import time
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from common.web.formats import in_wib
from common.worker import every
from redemption.cycles import bulk

LOOK_EVERY_S = 3.0
# Counting a whole province takes seconds: of any stretch of time, at most a tenth goes into it.
REST_FACTOR = 9
# Late journals, judgements and ends of grace still change a cycle that was closed; after this long
# its numbers stay as they were.
COUNTED_AFTER_CLOSE = timedelta(days=120)


async def count_cycles(tx: AsyncConnection) -> bool:
    """Count anew if something was written since the last count; tell whether it was done."""
    if not await tx.scalar(bulk.LOCK):
        return False
    last = (await tx.execute(bulk.LAST_COUNT)).one_or_none()
    # Read before counting: what is written meanwhile makes the next one differ.
    marker = await tx.scalar(bulk.MARKER, {"sources": list(bulk.SOURCES)}) or ""
    now = clock.utc_now()
    # Leases lapse and grace ends without anything being written.
    marker = f"{now:%Y-%m-%d %H} {marker}"
    if last is not None:
        rest = timedelta(milliseconds=last.took_ms * REST_FACTOR)
        if last.marker == marker or now < last.counted_at + rest:
            return False
    began = time.monotonic()
    since = in_wib(now).date() - COUNTED_AFTER_CLOSE
    for cycle in (await tx.execute(bulk.CYCLES_TO_COUNT, {"since": since})).all():
        asked = {"cycle_id": cycle.id}
        for statement in (
            bulk.FORGET_VILLAGES,
            bulk.FORGET_DAYS,
            bulk.COUNT_VILLAGES,
            bulk.COUNT_DAYS,
        ):
            await tx.execute(statement, asked)
    took_ms = round((time.monotonic() - began) * 1000)
    await tx.execute(bulk.NOTE_COUNT, {"marker": marker, "took_ms": took_ms, "counted_at": now})
    return True


async def count_for_ever(engine: AsyncEngine) -> None:
    """Keep the counts up to date; a job of the worker."""
    await every(LOOK_EVERY_S, engine, count_cycles)
