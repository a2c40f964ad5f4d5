"""Every minute: what came since the last look is compared with the thresholds that hold."""

import json
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from common.village_points import village_points
from common.worker import every
from redemption.measures import queries as measures
from redemption.measures.queries import Measure
from redemption.measures.rules import THRESHOLD
from redemption.oversight import queries
from redemption.oversight.find_more_queries import FIND
from redemption.partners import queries as partners

LOOK_EVERY_S = 60.0
# Lines that were being written during the last look; found twice, they are one signal.
OVERLAP = timedelta(minutes=5)
# What one statement looks at, at most, and how many of them one look has: a backlog of a month
# takes some minutes, and never one transaction of an hour.
STRETCH_MAX = timedelta(hours=12)
STRETCHES_MAX = 8
SWITCHES = ("is_watched", "is_grave")
FAR = "far_places"

log = structlog.get_logger()


async def look_for_ever(engine: AsyncEngine) -> None:
    """Look for signals, for ever."""
    await every(LOOK_EVERY_S, engine, look)


async def look(tx: AsyncConnection) -> None:
    """Look once for signals of every kind, up to now."""
    await look_until(tx, clock.utc_now())


async def look_until(tx: AsyncConnection, now: datetime) -> int:
    """Raise the signals of what came up to a moment; return how many are new.

    Looked at again, the same lines raise the same signals: each subject and stretch has one.
    """
    if not await tx.scalar(queries.TRY_LOOK):
        return 0
    raised = 0
    for kind, measure in (await measures.current(tx, THRESHOLD)).items():
        if kind in FIND and measure.settings["is_watched"]:
            raised += await _look_at(tx, kind, measure, now)
    if raised:
        log.info("signals raised", signals=raised)
    return raised


async def _look_at(tx: AsyncConnection, kind: str, measure: Measure, now: datetime) -> int:
    done = await tx.scalar(queries.DONE_UNTIL, {"kind": kind})
    if done is None:
        done = await tx.scalar(queries.FIRST_LINE) or now
    raised = 0
    for _ in range(STRETCHES_MAX):
        since, until = done - OVERLAP, min(now, done + STRETCH_MAX)
        raised += await _find(tx, kind, measure, since, until)
        done = until
        if done >= now:
            break
    await tx.execute(queries.SET_DONE, {"kind": kind, "until": done})
    return raised


async def _find(
    tx: AsyncConnection, kind: str, measure: Measure, since: datetime, until: datetime
) -> int:
    asked: dict[str, Any] = {
        **{name: value for name, value in measure.settings.items() if name not in SWITCHES},
        "kind": kind,
        "measure_id": measure.id,
        "is_grave": bool(measure.settings["is_grave"]),
        "since": since,
        "until": until,
    }
    if kind == FAR:
        asked["villages"] = await _villages(tx)
    return sum(row.is_new for row in await tx.execute(FIND[kind], asked))


async def _villages(tx: AsyncConnection) -> str:
    """Return the points of the villages where partners stand, as JSON."""
    known = village_points()
    codes = set((await partners.villages_of_all(tx)).values()) & known.keys()
    return json.dumps(
        [
            {"code": code, "latitude": known[code].latitude, "longitude": known[code].longitude}
            for code in sorted(codes)
        ]
    )
