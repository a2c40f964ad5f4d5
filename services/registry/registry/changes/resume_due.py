"""Suspensions end by themselves after their last day, as the two people had agreed."""

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from common.auth.principal import Principal
from common.web.formats import in_wib
from common.worker import every
from registry.changes import queries
from registry.enrolment.suspend import resume_enrolments

RESUME_EVERY_S = 600.0
# Of nobody: the change named in each line says who suspended, who confirmed, and until when.
CALENDAR = Principal("calendar", "calendar", frozenset(), frozenset(), regions=("62",))

log = structlog.get_logger()


async def resume_due(tx: AsyncConnection) -> int:
    """Resume the enrolments whose suspension is over; return how many."""
    asked = {"today": in_wib(clock.utc_now()).date()}
    rows = (await tx.execute(queries.SUSPENSIONS_OVER, asked)).all()
    resumed = 0
    for row in rows:
        resumed += await resume_enrolments(
            tx, CALENDAR, row.enrolment_ids, "cleared", change_id=row.id
        )
    if resumed:
        log.info("suspensions are over", enrolments=resumed)
    return resumed


async def resume_suspended(engine: AsyncEngine) -> None:
    """Resume for ever."""
    await every(RESUME_EVERY_S, engine, resume_due)
