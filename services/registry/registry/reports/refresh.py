"""Counting how far the villages are, by the worker, when something has been written."""

import time
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.web.formats import in_wib
from registry.reports import bulk

LOOK_EVERY_S = 3.0
# Counting a whole province takes seconds: of any stretch of time, at most a tenth goes into it.
REST_FACTOR = 9


async def refresh(tx: AsyncConnection) -> bool:
    """Count anew if something was written since the last count; tell whether it was done."""
    if not await tx.scalar(bulk.LOCK):
        return False
    last = (await tx.execute(bulk.LAST_REFRESH)).one_or_none()
    # Read before counting: what is written meanwhile makes the next one differ.
    marker = await tx.scalar(bulk.MARKER, {"sources": list(bulk.SOURCES)}) or ""
    now = clock.utc_now()
    # A new day has other running cycles, and its own line in the history.
    marker = f"{in_wib(now).date()} {marker}"
    if last is not None:
        rest = timedelta(milliseconds=last.took_ms * REST_FACTOR)
        if last.marker == marker or now < last.refreshed_at + rest:
            return False
    began = time.monotonic()
    today = {"today": in_wib(now).date()}
    await tx.execute(bulk.COUNT_VILLAGES, today)
    await tx.execute(bulk.NOTE_DAY, today)
    took_ms = round((time.monotonic() - began) * 1000)
    noted = {"marker": marker, "took_ms": took_ms, "refreshed_at": now}
    await tx.execute(bulk.NOTE_REFRESH, noted)
    return True
