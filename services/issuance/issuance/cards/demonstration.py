"""For a demonstration: cards that families hold, some at desks and some that wait for the printer.

No file is made of these cards and nobody took them: their history says "demonstration", and a real
site never runs this.
"""

import asyncio
import time
from itertools import groupby, pairwise

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.auth.principal import Principal
from common.database import in_transaction
from common.regions import PROVINCE
from issuance.cards import queries
from issuance.cards.move_many import move_many
from issuance.cards.rules import ON_ITS_WAY

REASON = "demonstration"
ACTOR = Principal(REASON, REASON, frozenset(), frozenset(), (PROVINCE,))
MOVED_AT_ONCE = 500
# Of each village so many stay to be printed, and so many lie at the desk.
LEFT_TO_PRINT = 10
LEFT_AT_DESK = 5
# Lists are approved and cards signed by other processes meanwhile.
WAITED_FOR_S = 90.0
QUIET_S = 4.0
LOOK_EVERY_S = 1.0
WAY = (*ON_ITS_WAY, "active")


async def hand_out(engine: AsyncEngine) -> dict[str, int]:
    """Wait until the demonstration's cards are signed and bring them on their way.

    Returns how many are active and at desks afterwards; safe to repeat.
    """
    await _until_signed(engine)
    async with engine.connect() as connection:
        rows = (await connection.execute(queries.SELECT_SIGNED)).all()
    last_kept = LEFT_TO_PRINT + LEFT_AT_DESK
    made = {"at_desk": 0, "active": 0}
    for district, cards in groupby(rows, key=lambda row: row.district):
        by_village = list(cards)
        at_desk = [one.card_id for one in by_village if LEFT_TO_PRINT < one.nth <= last_kept]
        active = [one.card_id for one in by_village if one.nth > last_kept]
        await _bring(engine, at_desk, "at_desk", district)
        await _bring(engine, active, "active", district)
        made["at_desk"] += len(at_desk)
        made["active"] += len(active)
    return made


async def _until_signed(engine: AsyncEngine) -> None:
    """Return when no order has come or waited for a while, or when the patience is over."""
    ends_at, quiet_since, before = time.monotonic() + WAITED_FOR_S, time.monotonic(), -1
    while time.monotonic() < ends_at:
        async with engine.connect() as connection:
            cards, ordered = (await connection.execute(queries.COUNT_ORDERED)).one()
        if ordered or not cards or cards != before:
            quiet_since, before = time.monotonic(), cards
        elif time.monotonic() - quiet_since >= QUIET_S:
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def _bring(engine: AsyncEngine, card_ids: list[str], wanted: str, place: str) -> None:
    for first in range(0, len(card_ids), MOVED_AT_ONCE):
        some = card_ids[first : first + MOVED_AT_ONCE]

        async def move(tx: AsyncConnection, some: list[str] = some) -> None:
            for old, new in pairwise(WAY[: WAY.index(wanted) + 1]):
                await move_many(tx, ACTOR, some, old=old, new=new, reason=REASON, place=place)

        await in_transaction(engine, move)
