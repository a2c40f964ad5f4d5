"""What the demonstration's scenes share: the database, the keys, and waiting on a condition."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import in_transaction
from common.sealed import BlindIndex, Sealer
from common.sealed_to import SealedTo
from issuance.cards.move_many import move_many
from issuance.cards.rules import ON_ITS_WAY
from issuance.demonstration import queries
from issuance.demonstration.cast import IN_BULK
from issuance.demonstration.plan import One

LOOK_EVERY_S = 0.1
# Longer than this nothing changes only where a process does not do its work.
STANDSTILL_S = 60.0
MOVED_AT_ONCE = 500
WAY = (*ON_ITS_WAY, "active")


@dataclass(frozen=True, slots=True)
class AtWork:
    """The service without its processes."""

    engine: AsyncEngine
    sealer: Sealer
    index: BlindIndex
    pins: SealedTo | None

    async def do(self, act: Callable[[AsyncConnection], Awaitable[Any]]) -> Any:
        """Do one thing in one transaction."""
        return await in_transaction(self.engine, act)

    async def until_signed(self, announced: int) -> None:
        """Return once so many announcements were heard and every card they order is signed."""

        async def heard(tx: AsyncConnection) -> tuple[bool, object]:
            row = (await tx.execute(queries.HEARD)).one()
            return row.heard >= announced and not row.ordered, tuple(row)

        await self.until(heard, "the cards are signed")

    async def until_remade(self, village: str) -> None:
        """Return once every card of a village that took another one's place is signed."""

        async def signed(tx: AsyncConnection) -> tuple[bool, object]:
            waiting = await tx.scalar(queries.REMADE, {"region_code": village})
            return not waiting, waiting

        await self.until(signed, "cards in place of others are signed")

    async def until(
        self, ask: Callable[[AsyncConnection], Awaitable[tuple[bool, object]]], what: str
    ) -> None:
        """Look until `ask` says yes; TimeoutError when what it sees stays the same for long."""
        seen: object = None
        changed_at = time.monotonic()
        while True:
            is_so, sees = await self.do(ask)
            if is_so:
                return
            if sees != seen:
                seen, changed_at = sees, time.monotonic()
            elif time.monotonic() - changed_at > STANDSTILL_S:
                raise TimeoutError(f"waited in vain: {what}; it stands at {sees}")
            await asyncio.sleep(LOOK_EVERY_S)

    async def bring(self, cards: list[One], wanted: str) -> int:
        """Bring signed cards on their way in one go; return how many arrived now."""
        arrived = 0
        by_district = sorted(cards, key=_district)
        for district, some in groupby(by_district, key=_district):
            ids = [one.card_id for one in some]
            for first in range(0, len(ids), MOVED_AT_ONCE):
                chosen = ids[first : first + MOVED_AT_ONCE]
                arrived += await self.do(partial(_moved, chosen, wanted, district))
        return arrived


def _district(one: One) -> str:
    return one.region_code[:8]


async def _moved(ids: list[str], wanted: str, place: str, tx: AsyncConnection) -> int:
    for old, new in pairwise(WAY[: WAY.index(wanted) + 1]):
        who, why = IN_BULK, "demonstration"
        # Those that a repeat finds further on stay there.
        ids = await move_many(tx, who, ids, old=old, new=new, reason=why, place=place)
    return len(ids)
