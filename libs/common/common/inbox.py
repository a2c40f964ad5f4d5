"""Hearing the others once: an event is noted in the transaction of its effect."""

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from common import tables
from common.events import Envelope

ADMIT = (
    insert(tables.inbox)
    .values(
        source=bindparam("source"),
        event_id=bindparam("event_id"),
        event_type=bindparam("event_type"),
    )
    .on_conflict_do_nothing()
    .returning(tables.inbox.c.event_id)
)


async def admit(tx: AsyncConnection, envelope: Envelope) -> bool:
    """Return True the first time an event comes, False when it has had its effect before.

    A second delivery that runs at the same moment waits here for the first one's commit.
    """
    row = await tx.execute(
        ADMIT, {"source": envelope.source, "event_id": envelope.id, "event_type": envelope.type}
    )
    return row.first() is not None
