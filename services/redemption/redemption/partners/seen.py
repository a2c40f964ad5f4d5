"""Which accounts of the issuer belong to a partner, as they were seen at work here."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from common.auth.principal import Principal
from redemption.partners import seen_queries as queries

# Written again when it is older than this, by each process for itself.
SEEN_EVERY_S = 3600.0
REMEMBERED_MAX = 5_000


@dataclass(frozen=True, slots=True)
class SeenOperator:
    subject: str
    name: str
    role: str
    last_seen_at: datetime


@dataclass
class SeenPeople:
    """Whom this process has written down lately."""

    _at: OrderedDict[tuple[str, ...], float] = field(default_factory=OrderedDict)

    def is_due(self, key: tuple[str, ...]) -> bool:
        """Tell whether somebody is to be written down; from now on that is remembered."""
        now = time.monotonic()
        if now - self._at.get(key, float("-inf")) < SEEN_EVERY_S:
            return False
        self._at[key] = now
        self._at.move_to_end(key)
        while len(self._at) > REMEMBERED_MAX:
            self._at.popitem(last=False)
        return True


async def note_seen(engine: AsyncEngine, people: SeenPeople, caller: Principal) -> None:
    """Write down, once in a while, that a partner's person or system was here."""
    if caller.partner_id is None:
        return
    role = min(caller.roles, default="")
    if not people.is_due((str(caller.partner_id), caller.subject, role, caller.name)):
        return
    row = {
        "partner_id": caller.partner_id,
        "subject": caller.subject,
        "name": caller.name,
        "role": role,
        "now": clock.utc_now(),
    }
    async with engine.begin() as tx:
        await tx.execute(queries.NOTE_SEEN, row)


async def operators_of(tx: AsyncConnection, partner_id: UUID) -> list[SeenOperator]:
    """Return a partner's people and systems, by name."""
    found = await tx.execute(queries.SEEN_AT, {"partner_id": partner_id})
    return [SeenOperator(**row) for row in found.mappings()]
